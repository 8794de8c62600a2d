//! Where a credential is: the part of a `csc:` reference behind its scheme.

use super::CscError;
use percent_encoding::percent_decode_str;
use std::net::IpAddr;
use std::str::FromStr;
use ureq::http::Uri;

/// The longest credential identifier that is taken, in bytes.
const CREDENTIAL_BYTES: usize = 255;

/// A credential at a remote signing service: the service's base address and the credential's identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CscAddress {
    pub(super) base: String,
    pub(super) credential: String,
    /// Whether the way to the service is unprotected, and ends on this machine.
    pub(super) is_plain_loopback: bool,
}

impl FromStr for CscAddress {
    type Err = CscError;

    /// Reads `https://HOST/PATH?credential=ID`, the identifier percent-encoded where it must be. `http` is understood for
    /// this machine's own addresses only.
    fn from_str(text: &str) -> Result<Self, CscError> {
        let bad = |why| Err(CscError::BadAddress(why));
        let Ok(uri) = text.parse::<Uri>() else { return bad("it is no URL") };
        if text.contains('#') {
            return bad("it has a fragment");
        }
        let Some(authority) = uri.authority() else { return bad("it has no host") };
        if authority.as_str().contains('@') {
            return bad("it holds a user's name or password");
        }
        if uri.host().is_none_or(str::is_empty) {
            return bad("it has no host");
        }
        let is_plain_loopback = match uri.scheme_str() {
            Some("https") => false,
            Some("http") if uri.host().is_some_and(is_loopback) => true,
            _ => return bad("it is not https"),
        };
        let Some(("credential", encoded)) = uri.query().and_then(|query| query.split_once('=')) else {
            return bad("it does not end in ?credential=ID");
        };
        let credential = match percent_decode_str(encoded).decode_utf8() {
            Ok(credential) if !encoded.contains('&') => credential.into_owned(),
            _ => return bad("it asks for more than a credential"),
        };
        if credential.is_empty() || credential.len() > CREDENTIAL_BYTES || credential.contains(char::is_control) {
            return bad("the credential's identifier cannot be one");
        }
        let base = text.split('?').next().unwrap_or(text).trim_end_matches('/').to_owned();
        Ok(Self { base, credential, is_plain_loopback })
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
