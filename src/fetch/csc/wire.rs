//! Questions and answers of the CSC API as they stand in JSON (CSC API 2.0.0.2, 11). Fields that nobody here asks about are
//! passed over.

use serde::{Deserialize, Serialize};

/// The question of `info` (11.1).
#[derive(Serialize)]
pub(super) struct InfoQuestion {}

/// What a service says of itself.
#[derive(Deserialize)]
pub(super) struct Info {
    pub(super) specs: String,
    #[serde(default)]
    pub(super) methods: Vec<String>,
}

/// The question of `credentials/info` (11.5).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CredentialQuestion<'a> {
    #[serde(rename = "credentialID")]
    pub(super) credential: &'a str,
    pub(super) certificates: &'static str,
    pub(super) cert_info: bool,
    pub(super) auth_info: bool,
}

/// What a service says of a credential.
#[derive(Deserialize)]
pub(super) struct Credential {
    pub(super) key: Key,
    pub(super) cert: Option<Cert>,
    pub(super) auth: Auth,
    pub(super) multisign: u64,
}

/// The key of a credential.
#[derive(Deserialize)]
pub(super) struct Key {
    pub(super) status: String,
    pub(super) algo: Vec<String>,
    pub(super) len: u32,
    pub(super) curve: Option<String>,
}

/// The certificates of a credential.
#[derive(Deserialize)]
pub(super) struct Cert {
    pub(super) status: Option<String>,
    #[serde(default)]
    pub(super) certificates: Vec<String>,
}

/// How a credential is authorised.
#[derive(Deserialize)]
pub(super) struct Auth {
    pub(super) mode: String,
    pub(super) expression: Option<String>,
    #[serde(default)]
    pub(super) objects: Vec<AuthObject>,
}

/// One thing that authorises: a PIN, a one-time password.
#[derive(Deserialize)]
pub(super) struct AuthObject {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) id: String,
    pub(super) label: Option<String>,
    pub(super) generator: Option<String>,
}

/// The question of `credentials/authorize` (11.6). The hashes are always told, so that what is authorised is what is
/// signed, which SCAL 2 requires and SCAL 1 allows.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AuthorizeQuestion<'a> {
    #[serde(rename = "credentialID")]
    pub(super) credential: &'a str,
    pub(super) num_signatures: usize,
    pub(super) hashes: &'a [String],
    #[serde(rename = "hashAlgorithmOID")]
    pub(super) hash_algorithm: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(super) auth_data: &'a [AuthDatum<'a>],
}

/// One secret on its way.
#[derive(Serialize)]
pub(super) struct AuthDatum<'a> {
    pub(super) id: &'a str,
    pub(super) value: &'a str,
}

/// The question of `credentials/authorizeCheck` (11.7).
#[derive(Serialize)]
pub(super) struct CheckQuestion<'a> {
    pub(super) handle: &'a str,
}

/// The authorisation, or where to ask for it later.
#[derive(Deserialize)]
pub(super) struct Authorized {
    #[serde(rename = "SAD")]
    pub(super) activation: Option<String>,
    #[serde(rename = "expiresIn")]
    pub(super) seconds: Option<u32>,
    pub(super) handle: Option<String>,
}

/// The question of `signatures/signHash` (11.10).
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SignQuestion<'a> {
    #[serde(rename = "credentialID")]
    pub(super) credential: &'a str,
    #[serde(rename = "SAD")]
    pub(super) activation: &'a str,
    pub(super) hashes: &'a [String],
    #[serde(rename = "hashAlgorithmOID")]
    pub(super) hash_algorithm: &'a str,
    pub(super) sign_algo: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) sign_algo_params: Option<&'a str>,
}

/// The signatures, in the order of the hashes.
#[derive(Deserialize)]
pub(super) struct Signed {
    #[serde(default)]
    pub(super) signatures: Vec<String>,
}

/// A refusal (10.1).
#[derive(Default, Deserialize)]
pub(super) struct Refusal {
    #[serde(default)]
    pub(super) error: String,
    #[serde(default)]
    pub(super) error_description: String,
}
