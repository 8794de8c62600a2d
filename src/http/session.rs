//! What one browser has proven, one cookie, and the marks that only this city's service can make: of forms, against forged ones, and
//! of what a passkey answers over.
//!
//! The cookie holds 256 random bits. What is kept of a browser lies in the database, sealed under a key that is made of it
//! (`office/browsers`), so that any process of the city goes on with it and a copy of the database opens no session. Every visitor
//! has a cookie, so that forms shown before sign-in carry a token as well; only of those who have signed in or entered a
//! collection code, or for whom something is left, anything is kept.

use crate::crypto::Entropy;
use crate::digest::{hex, unhex};
use crate::http::problem::Problem;
use crate::http::provider::{Proven, Sent};
use crate::office::notices::RecipientSession;
use crate::office::{BrowserKey, HalfSignedIn};
use crate::texts::SealingKey;
use crate::time::Instant;
use jiff::SignedDuration;
use ring::hmac;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Minutes for which a question may be answered.
pub const CHALLENGE_MINUTES: i64 = 10;
/// The time, some random bytes, and the mark over them and the cookie.
const TIME_BYTES: usize = 8;
const RANDOM_BYTES: usize = 8;
const MARK_BYTES: usize = 16;

/// The bytes that a passkey answers over.
pub type Challenge = [u8; TIME_BYTES + RANDOM_BYTES + MARK_BYTES];

/// What one browser has proven so far.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Session {
    /// The secret of the office's session, where a member of staff has signed in.
    pub staff: Option<Zeroizing<String>>,
    /// A right password that waits for the second factor, and where to go then.
    pub half: Option<(HalfSignedIn, String)>,
    /// What this browser was sent to the identity provider with.
    pub sent: Option<Sent>,
    /// The one waiting form that may go on, as the provider has just asked its person.
    pub proven_for: Option<Proven>,
    /// The office's session with a recipient, where a collection code was entered.
    pub resident: Option<RecipientSession>,
}

impl Session {
    /// Tells whether nothing was proven or asked.
    pub fn is_empty(&self) -> bool {
        let Self { staff, half, sent, proven_for, resident } = self;
        staff.is_none() && half.is_none() && sent.is_none() && proven_for.is_none() && resident.is_none()
    }
}

/// Makes the marks, by a secret that all processes of the city have.
pub struct Marks(hmac::Key);

impl Marks {
    /// Takes the city's secret.
    pub fn new(secret: &SealingKey) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret.bytes()))
    }

    /// Returns the token that each form of this browser must carry.
    pub fn form_token(&self, cookie: &str) -> String {
        hex(hmac::sign(&self.0, cookie.as_bytes()).as_ref())
    }

    /// Tells in constant time whether a form's token belongs to this browser.
    pub fn form_token_fits(&self, cookie: &str, token: &str) -> bool {
        unhex(token).is_some_and(|bytes| hmac::verify(&self.0, cookie.as_bytes(), &bytes).is_ok())
    }

    /// Makes bytes for a passkey to answer over in this browser, for some minutes.
    pub fn challenge(&self, cookie: &str, entropy: &dyn Entropy, now: Instant) -> Result<Challenge, Problem> {
        let mut challenge = [0; TIME_BYTES + RANDOM_BYTES + MARK_BYTES];
        let (said, mark) = challenge.split_at_mut(TIME_BYTES + RANDOM_BYTES);
        let (time, random) = said.split_at_mut(TIME_BYTES);
        time.copy_from_slice(&now.as_second().to_be_bytes());
        entropy.fill(random).map_err(|fault| Problem::of(&fault))?;
        let tag = self.tag_of_challenge(cookie, said);
        mark.copy_from_slice(tag.as_ref().get(..MARK_BYTES).unwrap_or(&[0; MARK_BYTES]));
        Ok(challenge)
    }

    /// Tells whether this browser was asked over these bytes a short time ago; whether it has answered is for others to know.
    pub fn asked(&self, cookie: &str, challenge: &[u8], now: Instant) -> bool {
        let Some((said, mark)) = challenge.split_at_checked(TIME_BYTES + RANDOM_BYTES) else { return false };
        let tag = self.tag_of_challenge(cookie, said);
        let is_ours = tag.as_ref().get(..MARK_BYTES).is_some_and(|tag| subtle::ConstantTimeEq::ct_eq(tag, mark).into());
        let time = said.first_chunk().and_then(|time| Instant::from_second(i64::from_be_bytes(*time)).ok());
        is_ours && time.is_some_and(|asked| now.duration_since(asked) < SignedDuration::from_mins(CHALLENGE_MINUTES))
    }

    fn tag_of_challenge(&self, cookie: &str, said: &[u8]) -> hmac::Tag {
        hmac::sign(&self.0, &bound(cookie, &[b"challenge".to_vec(), said.to_vec()]))
    }

    /// Binds something to this browser and to what it is for: only this city's service can make it.
    pub fn bind(&self, cookie: &str, parts: &[Vec<u8>]) -> String {
        hex(hmac::sign(&self.0, &bound(cookie, parts)).as_ref())
    }

    /// Tells in constant time whether [`Self::bind`] made it.
    pub fn is_bound(&self, cookie: &str, parts: &[Vec<u8>], mark: &str) -> bool {
        unhex(mark).is_some_and(|bytes| hmac::verify(&self.0, &bound(cookie, parts), &bytes).is_ok())
    }
}

/// Makes a fresh cookie value.
pub fn fresh_cookie(entropy: &dyn Entropy) -> Result<String, Problem> {
    let mut bytes = [0; 32];
    entropy.fill(&mut bytes).map_err(|fault| Problem::of(&fault))?;
    Ok(hex(&bytes))
}

/// Tells whether a text has the shape of a cookie value made here.
pub fn is_cookie(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))
}

/// Returns under what a browser is kept.
pub fn key_of(cookie: &str) -> Option<BrowserKey> {
    unhex(cookie)?.try_into().ok().map(BrowserKey::new)
}

/// Writes parts one behind the other, each with its length, so that none runs into the next. A form's token is over a cookie
/// alone, which is shorter.
fn bound(cookie: &str, parts: &[Vec<u8>]) -> Vec<u8> {
    let mut all = cookie.as_bytes().to_vec();
    for part in parts {
        all.extend((part.len() as u64).to_be_bytes());
        all.extend(part);
    }
    all
}
