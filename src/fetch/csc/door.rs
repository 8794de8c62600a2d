//! Authorising signatures: PIN, one-time password, or nothing, against activation data (CSC API 2.0.0.2, 8.2 and 11.6).

use super::CscError;
use super::client::Client;
use super::error::Said;
use super::wire::{Auth, AuthDatum, AuthObject, AuthorizeQuestion, Authorized, CheckQuestion};
use crate::time::{Clock, Instant};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use zeroize::Zeroizing;

/// How long activation data lasts where the service does not say (11.6), in seconds.
const SECONDS: u32 = 3600;
/// How many secrets a credential may want.
const SECRETS: usize = 4;
/// The pause between two looks at whether the holder has authorised.
const PAUSE: Duration = Duration::from_secs(1);

/// A secret that a credential wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretWanted<'a> {
    /// What the service calls it.
    pub label: &'a str,
    /// Its place among those that are asked for, from 0.
    pub number: usize,
    /// Whether it authorises once.
    pub is_one_time: bool,
}

/// The way to activation data.
pub(super) struct Door {
    way: Way,
    patience: Duration,
    state: Mutex<State>,
}

enum Way {
    /// By secrets; by none where the service sees to it by itself.
    Secrets(Vec<Secret>),
    /// By a token that is the activation data.
    Token(Zeroizing<String>),
}

struct Secret {
    id: String,
    value: Zeroizing<String>,
    is_one_time: bool,
}

#[derive(Default)]
struct State {
    /// Why nothing is asked for any more.
    shut: Option<CscError>,
    /// Whether a one-time password was used.
    is_spent: bool,
}

/// What authorises a call of `signHash`.
pub(super) struct Activation {
    pub(super) data: Zeroizing<String>,
    pub(super) until: Option<Instant>,
}

/// What is to be authorised.
pub(super) struct Batch<'a> {
    pub(super) credential: &'a str,
    pub(super) hashes: &'a [String],
    pub(super) hash_algorithm: &'a str,
}

impl Door {
    /// Finds the way that a credential wants, and has the secrets asked for.
    pub(super) fn new(
        auth: &Auth,
        credential_token: Option<Zeroizing<String>>,
        patience: Duration,
        ask: &mut dyn FnMut(&SecretWanted<'_>) -> Option<Zeroizing<String>>,
    ) -> Result<Self, CscError> {
        let way = match (auth.mode.as_str(), credential_token) {
            ("implicit", _) => Way::Secrets(Vec::new()),
            ("explicit", _) => Way::Secrets(secrets(auth, ask)?),
            ("oauth2code", Some(token)) => Way::Token(token),
            ("oauth2code", None) => return Err(CscError::CodeNeeded),
            _ => return Err(CscError::AuthorizationUnsupported("its mode is not known")),
        };
        Ok(Self { way, patience, state: Mutex::default() })
    }

    /// Returns whether more than one authorisation can be had.
    pub(super) fn opens_again(&self) -> bool {
        match &self.way {
            Way::Secrets(secrets) => !secrets.iter().any(|secret| secret.is_one_time),
            Way::Token(_) => true,
        }
    }

    /// Gets activation data for a batch. One at a time: a wrong PIN is sent once, however many threads sign.
    pub(super) fn open(&self, client: &Client, clock: &dyn Clock, batch: &Batch<'_>) -> Result<Activation, CscError> {
        let secrets = match &self.way {
            Way::Secrets(secrets) => secrets,
            Way::Token(token) => return Ok(Activation { data: token.clone(), until: None }),
        };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = &state.shut {
            return Err(error.clone());
        }
        if state.is_spent {
            return Err(CscError::OneTimeSpent);
        }
        state.is_spent = !self.opens_again();
        let made = self.authorize(client, clock, batch, secrets);
        // Whatever the service says to a PIN but that it is busy, or waits for the holder, the PIN may be why.
        if let Err(error) = &made
            && !secrets.is_empty()
            && !matches!(error, CscError::Unavailable(_) | CscError::NotAuthorized)
        {
            state.shut = Some(error.clone());
        }
        made
    }

    fn authorize(
        &self,
        client: &Client,
        clock: &dyn Clock,
        batch: &Batch<'_>,
        secrets: &[Secret],
    ) -> Result<Activation, CscError> {
        let data: Vec<AuthDatum<'_>> =
            secrets.iter().map(|secret| AuthDatum { id: &secret.id, value: &secret.value }).collect();
        let question = AuthorizeQuestion {
            credential: batch.credential,
            num_signatures: batch.hashes.len(),
            hashes: batch.hashes,
            hash_algorithm: batch.hash_algorithm,
            auth_data: &data,
        };
        let hidden: Vec<&str> = secrets.iter().map(|secret| secret.value.as_str()).collect();
        let mut asked = clock.now();
        let mut answer: Authorized = client.ask("credentials/authorize", &question, &hidden)?;
        let mut looks = self.patience.as_secs() / PAUSE.as_secs();
        loop {
            if let Some(data) = answer.activation {
                let seconds = i64::from(answer.seconds.unwrap_or(SECONDS));
                let until = asked.checked_add(jiff::SignedDuration::from_secs(seconds)).ok();
                return Ok(Activation { data: Zeroizing::new(data), until });
            }
            let handle = answer.handle.ok_or(CscError::BadAnswer("it authorises nothing"))?;
            looks = looks.checked_sub(1).ok_or(CscError::NotAuthorized)?;
            std::thread::sleep(PAUSE);
            asked = clock.now();
            answer = client.ask("credentials/authorizeCheck", &CheckQuestion { handle: &handle }, &hidden)?;
        }
    }
}

/// Has the secrets asked for that a credential wants all of (11.4).
fn secrets(
    auth: &Auth,
    ask: &mut dyn FnMut(&SecretWanted<'_>) -> Option<Zeroizing<String>>,
) -> Result<Vec<Secret>, CscError> {
    let unsupported = |why| Err(CscError::AuthorizationUnsupported(why));
    let expression = auth.expression.as_deref().unwrap_or_default();
    let words: Vec<&str> = expression.split(|c: char| c.is_whitespace() || "()".contains(c)).collect();
    if words.iter().any(|word| word.eq_ignore_ascii_case("OR") || word.eq_ignore_ascii_case("XOR")) {
        return unsupported("it offers a choice of secrets");
    }
    let is_wanted = |object: &&AuthObject| expression.trim().is_empty() || words.contains(&object.id.as_str());
    let wanted: Vec<&AuthObject> = auth.objects.iter().filter(is_wanted).collect();
    if wanted.len() > SECRETS {
        return unsupported("it wants too many secrets");
    }
    if wanted.iter().any(|object| object.kind != "Password") {
        return unsupported("it wants more than PIN and one-time password");
    }
    let get = |(number, object): (usize, &&AuthObject)| {
        let is_one_time = object.generator.is_some() || object.id.to_ascii_uppercase().contains("OTP");
        let label = Said::new(object.label.as_deref().unwrap_or(&object.id), &[]);
        let given = ask(&SecretWanted { label: label.words(), number, is_one_time });
        let value = given.filter(|value| !value.is_empty()).ok_or(CscError::SecretNeeded)?;
        Ok(Secret { id: object.id.clone(), value, is_one_time })
    };
    wanted.iter().enumerate().map(get).collect()
}
