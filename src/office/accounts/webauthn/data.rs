//! Authenticator data (6.1) and the attestation object around it (6.5.4), read without a copy.

use super::Mistrust;
use minicbor::Decoder;

/// Flags of authenticator data.
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const HAS_CREDENTIAL: u8 = 0x40;
const HAS_EXTENSIONS: u8 = 0x80;
/// Members that an attestation object may have.
const MOST_MEMBERS: u64 = 8;

/// What an authenticator says beside its signature.
pub struct AuthenticatorData<'a> {
    /// SHA-256 of the name that the credential is for.
    pub party: &'a [u8],
    /// Whether somebody was there.
    pub is_present: bool,
    /// Whether the person was verified.
    pub is_verified: bool,
    /// The signature counter.
    pub count: u32,
    /// The credential, where one was made.
    pub credential: Option<AttestedCredential<'a>>,
}

/// A credential that was made.
pub struct AttestedCredential<'a> {
    /// Its identifier.
    pub id: &'a [u8],
    /// Its public key, as COSE writes it.
    pub key: &'a [u8],
}

impl<'a> AuthenticatorData<'a> {
    /// Reads the bytes to their end.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Mistrust> {
        let mut rest = bytes;
        let party = take(&mut rest, 32)?;
        let [flags] = array(&mut rest)?;
        let count = u32::from_be_bytes(array(&mut rest)?);
        let credential = if flags & HAS_CREDENTIAL == 0 { None } else { Some(credential(&mut rest)?) };
        if flags & HAS_EXTENSIONS != 0 {
            // None is asked for; what is there is passed over.
            item(&mut rest)?;
        }
        if !rest.is_empty() {
            return Err(Mistrust::Unreadable);
        }
        let (is_present, is_verified) = (flags & PRESENT != 0, flags & VERIFIED != 0);
        Ok(Self { party, is_present, is_verified, count, credential })
    }
}

/// Returns the authenticator data in an attestation object.
pub fn attested(object: &[u8]) -> Result<&[u8], Mistrust> {
    let mut decoder = Decoder::new(object);
    let members = decoder.map().ok().flatten().filter(|members| *members <= MOST_MEMBERS);
    let mut data = None;
    for _ in 0..members.ok_or(Mistrust::Unreadable)? {
        match decoder.str().map_err(|_| Mistrust::Unreadable)? {
            "authData" if data.is_none() => data = Some(decoder.bytes().map_err(|_| Mistrust::Unreadable)?),
            "authData" => return Err(Mistrust::Unreadable),
            _ => decoder.skip().map_err(|_| Mistrust::Unreadable)?,
        }
    }
    if decoder.position() == object.len() { data.ok_or(Mistrust::Unreadable) } else { Err(Mistrust::Unreadable) }
}

fn credential<'a>(rest: &mut &'a [u8]) -> Result<AttestedCredential<'a>, Mistrust> {
    let _make = take(rest, 16)?;
    let length = u16::from_be_bytes(array(rest)?);
    let id = take(rest, length.into())?;
    Ok(AttestedCredential { id, key: item(rest)? })
}

/// Takes one item of CBOR, whatever it is.
fn item<'a>(rest: &mut &'a [u8]) -> Result<&'a [u8], Mistrust> {
    let mut decoder = Decoder::new(rest);
    decoder.skip().map_err(|_| Mistrust::Unreadable)?;
    let length = decoder.position();
    take(rest, length)
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], Mistrust> {
    let (taken, after) = rest.split_at_checked(length).ok_or(Mistrust::Unreadable)?;
    *rest = after;
    Ok(taken)
}

fn array<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], Mistrust> {
    take(rest, N)?.try_into().map_err(|_| Mistrust::Unreadable)
}
