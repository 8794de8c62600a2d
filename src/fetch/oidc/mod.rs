//! OpenID Connect Core 1.0: the authorization code flow with PKCE (RFC 7636), state and nonce, against one provider that is
//! found by its configuration (Discovery 1.0). What comes back is believed when its ID token is.

mod line;
mod token;

use crate::office::Role;
use crate::office::ports::{IdentityProvider, ProvidedIdentity, ProviderError, ProviderQuestion};
use crate::time::Instant;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::SignedDuration;
use line::Line;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use ring::digest::{SHA256, digest};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use token::{Expected, Jwk, verified};
use zeroize::Zeroizing;

/// Minutes for which the provider's configuration and keys are kept.
const KEPT_MINUTES: i64 = 60;
/// Seconds between two looks for keys that are not among those that are kept.
const LOOK_SECONDS: i64 = 60;

/// One provider, and this service as its client.
#[derive(Clone, Debug)]
pub struct OidcOptions {
    /// The provider's name for itself, an address.
    pub issuer: String,
    /// The name of this service there.
    pub client_id: String,
    /// Its secret.
    pub client_secret: Zeroizing<String>,
    /// Certificates (DER) of the authorities that the provider's own must come from; else those that browsers believe.
    pub authorities: Vec<Vec<u8>>,
    /// Where browsers come back to.
    pub back: String,
    /// The claim that is the login here.
    pub login_claim: String,
    /// The claim that is the section of an account that is made.
    pub section_claim: Option<String>,
    /// The authentication context classes of which one is demanded; none: any.
    pub acr: Vec<String>,
    /// The authentication methods that are all demanded.
    pub amr: Vec<String>,
    /// Whether what is demanded counts as a second factor here.
    pub is_second_factor: bool,
    /// Whether an account is made for who has none.
    pub make_accounts: bool,
    /// The claim that lists roles, and what its values are here; without it roles never come from the provider.
    pub roles: Option<(String, BTreeMap<String, Role>)>,
    /// How long an exchange may take.
    pub patience: Duration,
}

/// The way to a provider.
pub struct Oidc {
    options: OidcOptions,
    line: Line,
    known: Mutex<Option<Known>>,
}

/// What is known of the provider since when.
#[derive(Clone)]
struct Known {
    at: Instant,
    configuration: Configuration,
    keys: Vec<Jwk>,
}

/// What is used of the provider's configuration (Discovery, 3).
#[derive(Clone, Deserialize)]
struct Configuration {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    userinfo_endpoint: Option<String>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

#[derive(Deserialize)]
struct Keys {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    #[serde(default)]
    access_token: String,
}

impl Oidc {
    /// Makes the way; connects to nothing yet.
    ///
    /// # Errors
    /// [`ProviderError::Options`] for an issuer that is not reached over TLS (but on this machine), and for a second factor that
    /// nothing is demanded for.
    pub fn new(options: OidcOptions) -> Result<Self, ProviderError> {
        if !is_secure(&options.issuer) {
            return Err(ProviderError::Options("the issuer is https:// (http:// for this machine alone)"));
        }
        if options.is_second_factor && options.acr.is_empty() && options.amr.is_empty() {
            return Err(ProviderError::Options("is_second_factor needs acr or amr"));
        }
        let line = Line::new(options.patience, &options.authorities);
        Ok(Self { options, line, known: Mutex::default() })
    }

    /// Returns what is known of the provider, asked anew where that is old, or where keys are lacking.
    fn known(&self, now: Instant, longest: SignedDuration) -> Result<Known, ProviderError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.as_ref().filter(|known| now.duration_since(known.at) < longest) {
            return Ok(known.clone());
        }
        let issuer = self.options.issuer.trim_end_matches('/');
        let configuration: Configuration =
            self.line.get(&format!("{issuer}/.well-known/openid-configuration"), None)?;
        // Discovery, 4.3: letter by letter.
        if configuration.issuer != self.options.issuer {
            return Err(ProviderError::Mistrusted("the configuration is of another issuer"));
        }
        let ends = [&configuration.authorization_endpoint, &configuration.token_endpoint, &configuration.jwks_uri];
        if !ends.into_iter().all(|end| is_secure(end)) {
            return Err(ProviderError::Mistrusted("an endpoint is not reached over TLS"));
        }
        let keys: Keys = self.line.get(&configuration.jwks_uri, None)?;
        // Keys of other kinds, and for other uses, may stand beside ours.
        let keys = keys.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok()).collect();
        let fresh = Known { at: now, configuration, keys };
        *known = Some(fresh.clone());
        Ok(fresh)
    }

    fn tokens(&self, known: &Known, code: &str, question: &ProviderQuestion) -> Result<Tokens, ProviderError> {
        let OidcOptions { client_id, client_secret, back, .. } = &self.options;
        let mut fields = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", back),
            ("code_verifier", &question.verifier),
        ];
        let methods = known.configuration.token_endpoint_auth_methods_supported.as_deref();
        // Core, 9: client_secret_basic where nothing is said.
        let basic = methods.is_none_or(|methods| methods.iter().any(|method| method == "client_secret_basic"));
        let mut login = None;
        if basic {
            let pair = Zeroizing::new(format!("{}:{}", percent(client_id), percent(client_secret)));
            login = Some(Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes()))));
        } else {
            fields.extend([("client_id", client_id.as_str()), ("client_secret", client_secret.as_str())]);
        }
        self.line.post(&known.configuration.token_endpoint, &form(&fields), login.as_deref().map(String::as_str))
    }

    /// Adds what the provider says of a person only when it is asked with the access token (Core, 5.3); what the ID token says
    /// stays.
    fn with_more(&self, known: &Known, access_token: &str, mut claims: Value) -> Result<Value, ProviderError> {
        let OidcOptions { login_claim, section_claim, roles, .. } = &self.options;
        let wanted = [Some(login_claim), section_claim.as_ref(), roles.as_ref().map(|(claim, _)| claim)];
        let is_whole = wanted.into_iter().flatten().all(|claim| claims.get(claim).is_some());
        let Some(end) = known.configuration.userinfo_endpoint.as_ref().filter(|_| !is_whole) else { return Ok(claims) };
        if !is_secure(end) {
            return Err(ProviderError::Mistrusted("an endpoint is not reached over TLS"));
        }
        let more: Value = self.line.get(end, Some(access_token))?;
        // 5.3.2: of nobody else.
        if more.get("sub") != claims.get("sub") {
            return Err(ProviderError::Mistrusted("more was said of another person"));
        }
        if let (Some(claims), Value::Object(more)) = (claims.as_object_mut(), more) {
            for (name, value) in more {
                claims.entry(name).or_insert(value);
            }
        }
        Ok(claims)
    }

    fn identity_of(&self, claims: &Value) -> Result<ProvidedIdentity, ProviderError> {
        let OidcOptions { login_claim, section_claim, acr, amr, is_second_factor, make_accounts, roles, .. } =
            &self.options;
        let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let login = text(login_claim);
        if login.is_empty() {
            return Err(ProviderError::Mistrusted("the claim of the login is missing"));
        }
        let methods = words(claims, "amr");
        if !acr.is_empty() && !acr.contains(&text("acr")) || !amr.iter().all(|method| methods.contains(method)) {
            return Err(ProviderError::TooWeak);
        }
        let mapped = roles.as_ref().map(|(claim, map)| {
            words(claims, claim).iter().filter_map(|word| map.get(word).copied()).collect::<BTreeSet<Role>>()
        });
        Ok(ProvidedIdentity {
            subject: crate::digest::Sha256Hex::of(format!("{}\n{}", self.options.issuer, text("sub")).as_bytes()),
            name: Some(text("name")).filter(|name| !name.is_empty()),
            section: section_claim.as_deref().map(text).filter(|section| !section.is_empty()),
            login,
            roles: mapped,
            is_strong: *is_second_factor,
            makes_account: *make_accounts,
        })
    }
}

impl IdentityProvider for Oidc {
    fn address(&self, question: &ProviderQuestion, now: Instant) -> Result<String, ProviderError> {
        let known = self.known(now, SignedDuration::from_mins(KEPT_MINUTES))?;
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, question.verifier.as_bytes()));
        let acr = self.options.acr.join(" ");
        let mut fields = vec![
            ("response_type", "code"),
            ("client_id", &self.options.client_id),
            ("redirect_uri", &self.options.back),
            ("scope", "openid profile"),
            ("state", &question.state),
            ("nonce", &question.nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        if !acr.is_empty() {
            fields.push(("acr_values", &acr));
        }
        if question.anew {
            fields.extend([("prompt", "login"), ("max_age", "0")]);
        }
        let end = &known.configuration.authorization_endpoint;
        Ok(format!("{end}{}{}", if end.contains('?') { '&' } else { '?' }, form(&fields)))
    }

    fn identity(
        &self,
        (code, issuer): (&str, Option<&str>),
        question: &ProviderQuestion,
        now: Instant,
    ) -> Result<ProvidedIdentity, ProviderError> {
        let known = self.known(now, SignedDuration::from_mins(KEPT_MINUTES))?;
        // RFC 9207: the answer of another provider is not taken to this one.
        let says_issuer = known.configuration.authorization_response_iss_parameter_supported;
        if issuer.map_or(says_issuer, |issuer| issuer != self.options.issuer) {
            return Err(ProviderError::Mistrusted("the answer is of another issuer"));
        }
        let tokens = self.tokens(&known, code, question)?;
        let expected = Expected {
            issuer: &self.options.issuer,
            client: &self.options.client_id,
            nonce: &question.nonce,
            access_token: &tokens.access_token,
            asked_at: question.anew.then_some(question.asked_at),
        };
        let claims = match verified(&tokens.id_token, &known.keys, &expected, now) {
            // The provider may have changed its keys since.
            Err(ProviderError::UnknownKey) => {
                let anew = self.known(now, SignedDuration::from_secs(LOOK_SECONDS))?;
                verified(&tokens.id_token, &anew.keys, &expected, now)?
            }
            claims => claims?,
        };
        self.identity_of(&self.with_more(&known, &tokens.access_token, claims)?)
    }
}

/// Returns the words of a claim that is one word or a list.
fn words(claims: &Value, name: &str) -> Vec<String> {
    match claims.get(name) {
        Some(Value::String(word)) => vec![word.clone()],
        Some(Value::Array(words)) => words.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// Tells whether an address is reached over TLS, or is on this machine.
fn is_secure(address: &str) -> bool {
    let here = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
    let rests = here.into_iter().filter_map(|start| address.strip_prefix(start));
    address.starts_with("https://") || rests.into_iter().any(|rest| rest.is_empty() || rest.starts_with([':', '/']))
}

fn form(fields: &[(&str, &str)]) -> String {
    fields.iter().map(|(name, value)| format!("{name}={}", percent(value))).collect::<Vec<_>>().join("&")
}

fn percent(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
