//! Encrypted files (ISO 32000-2, 7.6): the standard security handler with RC4, AES-128 or AES-256.

use super::PdfError;
use lopdf::encryption::{EncryptionState, decrypt_object, encrypt_object};
use lopdf::{Dictionary, Document, Object, ObjectId, Permissions};

/// The open lock of one file.
pub(super) struct Encryption {
    state: EncryptionState,
    /// The encryption dictionary's own object, whose strings are never encrypted.
    dictionary: Option<ObjectId>,
    may_sign: bool,
}

impl Encryption {
    /// Opens a file's lock with a password, or with the empty one that files have whose reading is free.
    ///
    /// # Errors
    /// [`PdfError::Encrypted`] for another handler, [`PdfError::Password`] for a password that does not open it.
    pub(super) fn open(
        trailer: &Dictionary,
        dictionary: (Option<ObjectId>, Dictionary),
        password: Option<&[u8]>,
    ) -> Result<Self, PdfError> {
        let (id, dictionary) = dictionary;
        let stand_in = id.unwrap_or((1, 0));
        let mut document = Document::new();
        document.objects.insert(stand_in, Object::Dictionary(dictionary));
        document.trailer.set("Encrypt", Object::Reference(stand_in));
        if let Ok(id) = trailer.get(b"ID") {
            document.trailer.set("ID", id.clone());
        }
        let given = password.unwrap_or_default();
        let is_owner =
            std::str::from_utf8(given).is_ok_and(|given| document.authenticate_owner_password(given).is_ok());
        let state = EncryptionState::decode(&document, given).map_err(|error| match error {
            lopdf::Error::InvalidPassword => PdfError::Password { given: password.is_some() },
            lopdf::Error::Decryption(lopdf::encryption::DecryptionError::IncorrectPassword) => {
                PdfError::Password { given: password.is_some() }
            }
            _ => PdfError::Encrypted,
        })?;
        // Table 22: either of these bits lets a user sign.
        let may_sign = is_owner || state.permissions().intersects(Permissions::ANNOTABLE | Permissions::FILLABLE);
        Ok(Self { state, dictionary: id, may_sign })
    }

    /// Returns whether whoever holds the password may add a signature.
    pub(super) fn may_sign(&self) -> bool {
        self.may_sign
    }

    /// Decrypts an object read from the file's body. What cannot be decrypted is no object. A stream still states the length
    /// that it has in the file.
    pub(super) fn decrypt(&self, id: ObjectId, mut object: Object) -> Option<Object> {
        let stated = object.as_stream().ok().and_then(|stream| stream.dict.get(b"Length").ok()).cloned();
        if self.dictionary != Some(id) {
            decrypt_object(&self.state, id, &mut object).ok()?;
        }
        if let (Object::Stream(stream), Some(length)) = (&mut object, stated) {
            stream.dict.set("Length", length);
        }
        Some(object)
    }

    /// Encrypts an object that is to be written.
    ///
    /// # Errors
    /// [`PdfError::BadObject`] where the file's own settings do not allow it.
    pub(super) fn encrypt(&self, id: ObjectId, mut object: Object) -> Result<Object, PdfError> {
        encrypt_object(&self.state, id, &mut object)
            .map_err(|error| PdfError::BadObject { id, what: format!("cannot be encrypted: {error}") })?;
        Ok(object)
    }
}
