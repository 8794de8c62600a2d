//! ID tokens (Core, 2 and 3.1.3.7): signed JWTs by RS256, PS256 or ES256, and nothing else.

use crate::office::ports::ProviderError;
use crate::time::Instant;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use serde::Deserialize;
use serde_json::Value;
use subtle::ConstantTimeEq;

/// Seconds by which clocks may differ.
const SKEW_SECONDS: i64 = 60;
/// Seconds for which a token is new.
const NEW_SECONDS: i64 = 600;
/// The longest token, in bytes.
const LONGEST_BYTES: usize = 64 * 1024;

/// A key of the provider's (RFC 7517), as far as it is used.
#[derive(Clone, Debug, Deserialize)]
pub struct Jwk {
    kty: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(rename = "use", default)]
    used_for: Option<String>,
    #[serde(default)]
    alg: Option<String>,
    #[serde(default)]
    n: String,
    #[serde(default)]
    e: String,
    #[serde(default)]
    crv: String,
    #[serde(default)]
    x: String,
    #[serde(default)]
    y: String,
}

/// What a token has to fit.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// Whose it must be.
    pub issuer: &'a str,
    /// Whom it must be for.
    pub client: &'a str,
    /// What was asked with.
    pub nonce: &'a str,
    /// What came beside it.
    pub access_token: &'a str,
    /// When the person was to be asked anew; none where an earlier sign-in will do.
    pub asked_at: Option<Instant>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    crit: Option<Value>,
}

/// Returns the claims of a token that is believed at an instant.
///
/// # Errors
/// [`ProviderError::UnknownKey`] where no key is the one that it names; [`ProviderError::Mistrusted`], and why, for the log.
pub fn verified(token: &str, keys: &[Jwk], expected: &Expected<'_>, now: Instant) -> Result<Value, ProviderError> {
    let wrong = ProviderError::Mistrusted;
    let unreadable = || wrong("the token cannot be read");
    let parts: Vec<&str> = token.split('.').collect();
    let ([head, claims, signature], true) = (parts.as_slice(), token.len() <= LONGEST_BYTES) else {
        return Err(unreadable());
    };
    let header: Header = serde_json::from_slice(&decoded(head)?).map_err(|_| unreadable())?;
    if header.crit.is_some() {
        return Err(wrong("the token has extensions that are not known"));
    }
    let (signed, _) = token.rsplit_once('.').ok_or_else(unreadable)?;
    let signature = decoded(signature)?;
    let fitting: Vec<&Jwk> = keys.iter().filter(|key| key.fits(&header)).collect();
    if !["RS256", "PS256", "ES256"].contains(&header.alg.as_str()) {
        return Err(wrong("the token is signed by no algorithm that is taken"));
    }
    if fitting.is_empty() {
        return Err(ProviderError::UnknownKey);
    }
    if !fitting.into_iter().any(|key| key.verifies(&header.alg, signed.as_bytes(), &signature)) {
        return Err(wrong("the token's signature does not fit"));
    }
    let claims: Value = serde_json::from_slice(&decoded(claims)?).map_err(|_| unreadable())?;
    check(&claims, expected, now)?;
    Ok(claims)
}

impl Jwk {
    fn fits(&self, header: &Header) -> bool {
        let kind = if header.alg == "ES256" { "EC" } else { "RSA" };
        self.kty == kind
            && self.used_for.as_deref().is_none_or(|used| used == "sig")
            && self.alg.as_deref().is_none_or(|alg| alg == header.alg)
            && header.kid.as_ref().is_none_or(|kid| self.kid.as_ref() == Some(kid))
    }

    fn verifies(&self, alg: &str, signed: &[u8], signature: &[u8]) -> bool {
        let bytes = |text: &str| decoded(text).unwrap_or_default();
        if alg == "ES256" {
            let (x, y) = (bytes(&self.x), bytes(&self.y));
            let point = [&[4], x.as_slice(), &y].concat();
            let is_point = self.crv == "P-256" && x.len() == 32 && y.len() == 32;
            return is_point
                && UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(signed, signature).is_ok();
        }
        let key = RsaPublicKeyComponents { n: bytes(&self.n), e: bytes(&self.e) };
        let parameters = if alg == "PS256" { &RSA_PSS_2048_8192_SHA256 } else { &RSA_PKCS1_2048_8192_SHA256 };
        key.verify(parameters, signed, signature).is_ok()
    }
}

fn check(claims: &Value, expected: &Expected<'_>, now: Instant) -> Result<(), ProviderError> {
    let wrong = |why| Err(ProviderError::Mistrusted(why));
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let seconds = |name: &str| claims.get(name).and_then(Value::as_f64).map(|at| at as i64);
    let now = now.as_second();
    if text("iss") != Some(expected.issuer) {
        return wrong("the token is of another issuer");
    }
    let for_us = match claims.get("aud") {
        Some(Value::String(one)) => one == expected.client,
        // Others beside us are believed where we are the one that it was made for.
        Some(Value::Array(all)) => {
            all.iter().any(|one| one == expected.client) && (all.len() == 1 || text("azp").is_some())
        }
        _ => false,
    };
    if !for_us || text("azp").is_some_and(|azp| azp != expected.client) {
        return wrong("the token is for another client");
    }
    if seconds("exp").is_none_or(|end| now >= end.saturating_add(SKEW_SECONDS)) {
        return wrong("the token has ended");
    }
    let is_new = |at: i64| at <= now + SKEW_SECONDS && at > now - NEW_SECONDS;
    if !seconds("iat").is_some_and(is_new) || seconds("nbf").is_some_and(|from| from > now + SKEW_SECONDS) {
        return wrong("the token is not of now");
    }
    if !bool::from(text("nonce").unwrap_or_default().as_bytes().ct_eq(expected.nonce.as_bytes())) {
        return wrong("the token answers another question");
    }
    if text("sub").is_none_or(str::is_empty) {
        return wrong("the token is of nobody");
    }
    if text("at_hash").is_some_and(|hash| hash != half_hash(expected.access_token)) {
        return wrong("the token belongs to another access token");
    }
    match expected.asked_at {
        Some(asked) if seconds("auth_time").is_none_or(|at| at < asked.as_second() - SKEW_SECONDS) => {
            wrong("the person was not asked anew")
        }
        _ => Ok(()),
    }
}

/// The left half of the digest of an access token (3.1.3.6); every algorithm here goes with SHA-256.
fn half_hash(access_token: &str) -> String {
    let hash = digest(&SHA256, access_token.as_bytes());
    URL_SAFE_NO_PAD.encode(hash.as_ref().get(..16).unwrap_or_default())
}

fn decoded(text: &str) -> Result<Vec<u8>, ProviderError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| ProviderError::Mistrusted("the token cannot be read"))
}
