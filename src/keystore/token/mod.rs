//! Keys on PKCS#11 tokens: IC cards, USB tokens, HSMs. The key never leaves its token; the PIN is asked for once and tried
//! once (PKCS #11 v3.0, 5).

mod objects;
mod signer;
mod uri;

pub use uri::TokenUri;

use super::{KeyError, OpenedKey, Passphrase};
use crate::asn1::Certificate;
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::AuthPin;
use objects::KeyFound;
use signer::TokenSigner;
use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use zeroize::Zeroizing;

/// A module is initialised once in a process (PKCS #11 v3.0, 5.4), however many keys are opened through it.
static MODULES: LazyLock<Mutex<HashMap<PathBuf, Pkcs11>>> = LazyLock::new(Mutex::default);
/// The longest PIN file that is read, in bytes.
const PIN_BYTES: u64 = 1024;

/// One thing on a token, for lists.
#[derive(Clone, Debug)]
pub struct TokenEntry {
    /// The URI that names it.
    pub uri: TokenUri,
    /// Its certificate, where the token holds one of the same identifier.
    pub certificate: Option<Certificate>,
    /// Its public key as `SubjectPublicKeyInfo`.
    pub public_key_info: Vec<u8>,
}

/// Opens the one key that a URI names. `pin` is called at most once.
pub(super) fn open(uri: &TokenUri, pin: impl FnOnce() -> Option<Passphrase>) -> Result<OpenedKey, KeyError> {
    let token = Token::find(uri)?;
    let (session, pin) = token.log_in(uri, pin)?;
    let found = objects::find_key(&session, uri)?;
    let certificates = objects::certificates(&session, found.id.as_deref())?;
    let public_key_info = objects::public_key_info(&session, &found, &certificates)?;
    let pin = pin.filter(|_| found.always_authenticate);
    let signer = TokenSigner::new(token.module, token.slot, session, found, public_key_info, pin)?;
    Ok(OpenedKey::elsewhere(Arc::new(signer), certificates))
}

/// Lists the keys of a token.
///
/// # Errors
/// Those of opening a key.
pub fn list(uri: &TokenUri, pin: impl FnOnce() -> Option<Passphrase>) -> Result<Vec<TokenEntry>, KeyError> {
    let token = Token::find(uri)?;
    let (session, _) = token.log_in(uri, pin)?;
    let entry = |found: KeyFound| {
        let certificates = objects::certificates(&session, found.id.as_deref())?;
        let public_key_info = objects::public_key_info(&session, &found, &certificates)?;
        let label = Some(found.label.clone()).filter(|label| !label.is_empty());
        let uri =
            TokenUri { token: Some(token.info.label().to_owned()), object: label, id: found.id, ..TokenUri::default() };
        let certificate = certificates.into_iter().find(|one| one.spki_der() == public_key_info);
        Ok(TokenEntry { uri, certificate, public_key_info })
    };
    objects::keys(&session, uri)?.into_iter().map(entry).collect()
}

/// A token that is there.
struct Token {
    module: Pkcs11,
    slot: Slot,
    info: TokenInfo,
}

impl Token {
    /// Finds the one token that a URI names.
    fn find(uri: &TokenUri) -> Result<Self, KeyError> {
        let module = module(uri.module_path.as_deref().ok_or(KeyError::TokenModuleNeeded)?)?;
        let mut fitting = Vec::new();
        let mut labels = Vec::new();
        for slot in module.get_slots_with_initialized_token()? {
            let info = module.get_token_info(slot)?;
            labels.push(info.label().to_owned());
            if fits(uri, slot, &info) {
                fitting.push((slot, info));
            }
        }
        match (fitting.pop(), fitting.is_empty()) {
            (Some((slot, info)), true) => Ok(Self { module, slot, info }),
            (Some(_), false) => Err(KeyError::TokenSeveral(labels.join(", "))),
            (None, _) => Err(KeyError::TokenNotFound(labels.join(", "))),
        }
    }

    /// Opens a session and logs in, once. A PIN that may be the last one is not tried: a locked seal seals no more.
    fn log_in(
        &self,
        uri: &TokenUri,
        pin: impl FnOnce() -> Option<Passphrase>,
    ) -> Result<(Session, Option<AuthPin>), KeyError> {
        let session = self.module.open_ro_session(self.slot)?;
        if !self.info.login_required() {
            return Ok((session, None));
        }
        if self.info.user_pin_locked() {
            return Err(KeyError::TokenPinLocked);
        }
        if self.info.user_pin_final_try() {
            return Err(KeyError::TokenPinLastTry);
        }
        let pin = match (&uri.pin_source, self.info.protected_authentication_path()) {
            (_, true) => None,
            (Some(path), false) => Some(pin_of_file(path)?),
            (None, false) => Some(pin().ok_or(KeyError::PassphraseNeeded)?),
        };
        let pin = pin.map(|pin| AuthPin::from(pin.as_str()));
        match session.login(UserType::User, pin.as_ref()) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok((session, pin)),
            Err(Error::Pkcs11(RvError::PinIncorrect | RvError::PinLenRange | RvError::PinInvalid, _)) => {
                Err(KeyError::TokenPinWrong)
            }
            Err(Error::Pkcs11(RvError::PinLocked, _)) => Err(KeyError::TokenPinLocked),
            Err(error) => Err(error.into()),
        }
    }
}

fn module(path: &Path) -> Result<Pkcs11, KeyError> {
    let mut modules = MODULES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(module) = modules.get(path) {
        return Ok(module.clone());
    }
    let module = Pkcs11::new(path).map_err(|_| KeyError::TokenModule(path.display().to_string()))?;
    match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        Err(error) => return Err(error.into()),
    }
    modules.insert(path.to_owned(), module.clone());
    Ok(module)
}

fn fits(uri: &TokenUri, slot: Slot, info: &TokenInfo) -> bool {
    let same = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
    same(&uri.token, info.label())
        && same(&uri.manufacturer, info.manufacturer_id())
        && same(&uri.serial, info.serial_number())
        && same(&uri.model, info.model())
        && uri.slot_id.is_none_or(|wanted| wanted == slot.id())
}

/// Reads the first line of a file.
fn pin_of_file(path: &Path) -> Result<Passphrase, KeyError> {
    let mut text = Zeroizing::new(String::new());
    std::fs::File::open(path)?.take(PIN_BYTES).read_to_string(&mut text)?;
    Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
}

impl From<Error> for KeyError {
    fn from(error: Error) -> Self {
        match error {
            Error::Pkcs11(code, _) if is_gone(code) => Self::TokenGone,
            // The name of the return value: a module's longer words are not ours.
            Error::Pkcs11(code, function) => Self::Token(format!("{function}: {code:?}")),
            _ => Self::Token("the module does not answer as it should".to_owned()),
        }
    }
}

/// Tells whether the token, or the session with it, is no more.
fn is_gone(code: RvError) -> bool {
    matches!(
        code,
        RvError::DeviceRemoved
            | RvError::TokenNotPresent
            | RvError::SessionHandleInvalid
            | RvError::SessionClosed
            | RvError::UserNotLoggedIn
            | RvError::DeviceError
            | RvError::KeyHandleInvalid
            | RvError::ObjectHandleInvalid
            | RvError::SlotIdInvalid
            | RvError::TokenNotRecognized
    )
}
