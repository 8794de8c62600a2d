//! The identity provider of a city, as its file says.

use super::{Failure, files};
use crate::fault::Kind;
use crate::fetch::oidc::{Oidc, OidcOptions};
use crate::http::Provider;
use crate::office::{RelyingParty, Role};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// An identity provider by which staff sign in (OpenID Connect).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OidcFile {
    /// The provider's name for itself, `https://…`, letter by letter.
    pub issuer: String,
    /// The name of this service there.
    pub client_id: String,
    /// A file whose first line is its secret.
    pub client_secret_file: PathBuf,
    /// What the button says.
    #[serde(default = "button")]
    pub name: String,
    /// Certificates (PEM or DER) of the authorities that the provider's own must come from; else those that browsers believe.
    #[serde(default)]
    pub authorities: Vec<PathBuf>,
    /// The claim that is the login here.
    #[serde(default = "login_claim")]
    pub login_claim: String,
    /// The claim that is the section of an account that is made.
    #[serde(default)]
    pub section_claim: Option<String>,
    /// Whether an account is made for who has none.
    #[serde(default)]
    pub make_accounts: bool,
    /// The authentication context classes of which one is demanded.
    #[serde(default)]
    pub acr: Vec<String>,
    /// The authentication methods that are all demanded.
    #[serde(default)]
    pub amr: Vec<String>,
    /// Whether what is demanded counts as a second factor here.
    #[serde(default)]
    pub is_second_factor: bool,
    /// The claim that lists roles; without it roles never come from the provider.
    #[serde(default)]
    pub role_claim: Option<String>,
    /// What the values of that claim are here.
    #[serde(default)]
    pub roles: BTreeMap<String, Role>,
    /// How many seconds an exchange may take.
    #[serde(default = "ten")]
    pub timeout_seconds: u16,
}

impl OidcFile {
    /// Makes the way to the provider; connects to nothing yet.
    pub fn open(&self, folder: &Path, party: Option<&RelyingParty>) -> Result<Provider, Failure> {
        let unusable = |what: &str| Failure::new("provider-options", Kind::Usage, what.to_owned());
        let party = party.ok_or_else(|| unusable("[oidc] needs public_url, where browsers come back to"))?;
        let text = Zeroizing::new(files::read(&folder.join(&self.client_secret_file))?);
        let secret = std::str::from_utf8(&text).ok().and_then(|text| text.lines().next());
        let secret =
            secret.filter(|secret| !secret.is_empty()).ok_or_else(|| unusable("the client's secret is empty"))?;
        let authorities: Vec<PathBuf> = self.authorities.iter().map(|path| folder.join(path)).collect();
        let authorities = files::certificates(&authorities)?;
        let way = Oidc::new(OidcOptions {
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            client_secret: Zeroizing::new(secret.to_owned()),
            authorities: authorities.iter().map(|certificate| certificate.der().to_vec()).collect(),
            back: format!("{}/sign-in/provider/back", party.origin()),
            login_claim: self.login_claim.clone(),
            section_claim: self.section_claim.clone(),
            acr: self.acr.clone(),
            amr: self.amr.clone(),
            is_second_factor: self.is_second_factor,
            make_accounts: self.make_accounts,
            roles: self.role_claim.clone().map(|claim| (claim, self.roles.clone())),
            patience: Duration::from_secs(self.timeout_seconds.max(1).into()),
        })?;
        Ok(Provider { way: Arc::new(way), name: self.name.clone() })
    }
}

fn button() -> String {
    "庁内の認証基盤".to_owned()
}

fn login_claim() -> String {
    "preferred_username".to_owned()
}

fn ten() -> u16 {
    10
}
