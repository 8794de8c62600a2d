//! PKCS#11 URIs (RFC 7512): which key, on which token, through which module.

use crate::keystore::KeyError;
use std::path::PathBuf;
use std::str::FromStr;

/// A `pkcs11:` URI. Attributes that are not there match anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenUri {
    /// The token's label.
    pub token: Option<String>,
    /// The token's manufacturer.
    pub manufacturer: Option<String>,
    /// The token's serial number.
    pub serial: Option<String>,
    /// The token's model.
    pub model: Option<String>,
    /// The slot's number.
    pub slot_id: Option<u64>,
    /// The key's label.
    pub object: Option<String>,
    /// The key's identifier, CKA_ID.
    pub id: Option<Vec<u8>>,
    /// The module's file.
    pub module_path: Option<PathBuf>,
    /// The file whose first line is the PIN.
    pub pin_source: Option<PathBuf>,
}

impl FromStr for TokenUri {
    type Err = KeyError;

    /// Reads a URI. A PIN in the URI itself (`pin-value`) is refused: it would stand in process lists and histories.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let bad = KeyError::BadTokenUri;
        let rest = text.strip_prefix("pkcs11:").ok_or(bad("it does not begin with pkcs11:"))?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut uri = Self::default();
        let mut seen: Vec<&str> = Vec::new();
        for (attribute, in_query) in
            path.split(';').map(|part| (part, false)).chain(query.split('&').map(|part| (part, true)))
        {
            if attribute.is_empty() {
                continue;
            }
            let (name, value) = attribute.split_once('=').ok_or(bad("an attribute without ="))?;
            if seen.contains(&name) {
                return Err(bad("an attribute that stands twice"));
            }
            seen.push(name);
            uri.take(name, &decoded(value)?, in_query)?;
        }
        Ok(uri)
    }
}

impl TokenUri {
    fn take(&mut self, name: &str, value: &[u8], in_query: bool) -> Result<(), KeyError> {
        let bad = KeyError::BadTokenUri;
        let text = || String::from_utf8(value.to_vec()).map_err(|_| bad("a value that is not UTF-8"));
        match (name, in_query) {
            ("token", false) => self.token = Some(text()?),
            ("manufacturer", false) => self.manufacturer = Some(text()?),
            ("serial", false) => self.serial = Some(text()?),
            ("model", false) => self.model = Some(text()?),
            ("slot-id", false) => self.slot_id = Some(text()?.parse().map_err(|_| bad("a slot-id that is no number"))?),
            ("object", false) => self.object = Some(text()?),
            ("id", false) => self.id = Some(value.to_vec()),
            ("type", false) => match text()?.as_str() {
                "private" | "public" | "cert" => {}
                _ => return Err(bad("a type that is no key")),
            },
            ("library-manufacturer" | "library-description" | "library-version", false)
            | ("slot-manufacturer" | "slot-description", false) => {
                return Err(bad(
                    "modules and slots are not told apart by such attributes; give module-path or slot-id",
                ));
            }
            ("module-path", true) => self.module_path = Some(text()?.into()),
            ("pin-source", true) => {
                let text = text()?;
                let path = text.strip_prefix("file:").ok_or(bad("a pin-source that is no file:"))?;
                self.pin_source = Some(path.strip_prefix("//").unwrap_or(path).into());
            }
            ("pin-value", true) => return Err(bad("a PIN never stands in a URI; use pin-source or a passphrase file")),
            ("module-name", true) => return Err(bad("modules are named by module-path")),
            // Vendors' attributes say nothing of which key is meant (RFC 7512, 2.3).
            (vendor, _) if vendor.starts_with("x-") => {}
            _ => return Err(bad("an attribute that is not known")),
        }
        Ok(())
    }
}

impl std::fmt::Display for TokenUri {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let texts = [("token", &self.token), ("serial", &self.serial), ("object", &self.object)];
        let mut parts: Vec<String> = texts
            .into_iter()
            .filter_map(|(name, value)| value.as_ref().map(|value| format!("{name}={}", encoded(value.as_bytes()))))
            .collect();
        parts.extend(self.slot_id.map(|slot| format!("slot-id={slot}")));
        parts.extend(self.id.as_ref().map(|id| format!("id={}", encoded(id))));
        write!(f, "pkcs11:{}", parts.join(";"))
    }
}

/// Decodes `%xx` (RFC 3986, 2.1).
fn decoded(value: &str) -> Result<Vec<u8>, KeyError> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        match (first, after) {
            (b'%', [high, low, after @ ..]) => {
                let nibble = |digit: &u8| char::from(*digit).to_digit(16);
                let pair = nibble(high).zip(nibble(low)).and_then(|(high, low)| u8::try_from(high << 4 | low).ok());
                bytes.push(pair.ok_or(KeyError::BadTokenUri("a % that is followed by no two digits"))?);
                rest = after;
            }
            (b'%', _) => return Err(KeyError::BadTokenUri("a % that is followed by no two digits")),
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    Ok(bytes)
}

fn encoded(bytes: &[u8]) -> String {
    let one = |byte: &u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(*byte).to_string(),
        other => format!("%{other:02X}"),
    };
    bytes.iter().map(one).collect()
}
