//! Sessions kept in memory, one cookie, and the token against forged forms that is derived from it.
//!
//! The cookie holds 256 random bits; the table is keyed by their SHA-256, so a copy of the table opens no session.
//! Every visitor has a cookie, so that forms shown before sign-in carry a token as well; only those who have signed in
//! or entered a collection code have a row.

use crate::crypto::Entropy;
use crate::digest::{hex, unhex};
use crate::http::problem::Problem;
use crate::http::provider::{Proven, Sent};
use crate::office::HalfSignedIn;
use crate::office::notices::RecipientSession;
use crate::time::Instant;
use jiff::SignedDuration;
use ring::{digest, hmac};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use zeroize::Zeroizing;

/// Minutes without a request after which a session ends.
const IDLE_MINUTES: i64 = 30;
/// Hours after which a session ends in any case.
const LONGEST_HOURS: i64 = 10;
/// Sessions held at once; beyond this the longest idle one ends.
const MOST_SESSIONS: usize = 10_000;

/// Questions that a browser may answer late: pages that are open beside each other.
const MOST_CHALLENGES: usize = 8;
/// Minutes for which a question may be answered.
const CHALLENGE_MINUTES: i64 = 10;

/// The bytes that a passkey answers over.
pub type Challenge = [u8; 32];

/// What one browser was asked, and when.
type Questions = Vec<(Challenge, Instant)>;

/// What one browser has proven so far.
#[derive(Clone, Default)]
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

/// The table of sessions and the process's secret.
pub struct Sessions {
    rows: Mutex<HashMap<[u8; 32], Row>>,
    challenges: Mutex<HashMap<[u8; 32], Questions>>,
    secret: hmac::Key,
}

struct Row {
    session: Session,
    opened: Instant,
    touched: Instant,
}

impl Sessions {
    /// Makes an empty table with a fresh secret.
    pub fn new(entropy: &dyn Entropy) -> Result<Self, Problem> {
        let mut secret = [0; 32];
        entropy.fill(&mut secret).map_err(|fault| Problem::of(&fault))?;
        Ok(Self {
            rows: Mutex::default(),
            challenges: Mutex::default(),
            secret: hmac::Key::new(hmac::HMAC_SHA256, &secret),
        })
    }

    /// Makes a fresh cookie value.
    pub fn fresh(entropy: &dyn Entropy) -> Result<String, Problem> {
        let mut bytes = [0; 32];
        entropy.fill(&mut bytes).map_err(|fault| Problem::of(&fault))?;
        Ok(hex(&bytes))
    }

    /// Returns the session behind a cookie value and marks it as used, unless it has ended.
    pub fn find(&self, cookie: &str, now: Instant) -> Option<Session> {
        let mut rows = self.rows();
        let key = key_of(cookie);
        if rows.get(&key).is_some_and(|row| row.ended(now)) {
            rows.remove(&key);
        }
        let row = rows.get_mut(&key)?;
        row.touched = now;
        Some(row.session.clone())
    }

    /// Puts a session under a new cookie value and forgets the old one.
    pub fn replace(&self, old: &str, new: &str, session: Session, now: Instant) {
        let mut rows = self.rows();
        rows.remove(&key_of(old));
        if rows.len() >= MOST_SESSIONS {
            rows.retain(|_, row| !row.ended(now));
        }
        if rows.len() >= MOST_SESSIONS
            && let Some(oldest) = rows.iter().min_by_key(|(_, row)| row.touched).map(|(key, _)| *key)
        {
            rows.remove(&oldest);
        }
        rows.insert(key_of(new), Row { session, opened: now, touched: now });
    }

    /// Changes the session behind a cookie value, where there is one.
    pub fn change(&self, cookie: &str, change: impl FnOnce(&mut Session)) {
        if let Some(row) = self.rows().get_mut(&key_of(cookie)) {
            change(&mut row.session);
        }
    }

    /// Ends the session behind a cookie value.
    pub fn end(&self, cookie: &str) {
        self.rows().remove(&key_of(cookie));
    }

    /// Returns the token that each form of this browser must carry.
    pub fn form_token(&self, cookie: &str) -> String {
        hex(hmac::sign(&self.secret, cookie.as_bytes()).as_ref())
    }

    /// Tells in constant time whether a form's token belongs to this browser.
    pub fn form_token_fits(&self, cookie: &str, token: &str) -> bool {
        unhex(token).is_some_and(|bytes| hmac::verify(&self.secret, cookie.as_bytes(), &bytes).is_ok())
    }

    /// Makes bytes for a passkey to answer over, once, in this browser.
    pub fn challenge(&self, cookie: &str, entropy: &dyn Entropy, now: Instant) -> Result<Challenge, Problem> {
        let mut challenge = [0; 32];
        entropy.fill(&mut challenge).map_err(|fault| Problem::of(&fault))?;
        let mut all = self.challenges.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST_SESSIONS {
            all.retain(|_, asked| asked.iter().any(|(_, at)| is_open(*at, now)));
        }
        if all.len() >= MOST_SESSIONS
            && let Some(oldest) =
                all.iter().min_by_key(|(_, asked)| asked.last().map(|(_, at)| *at)).map(|(key, _)| *key)
        {
            all.remove(&oldest);
        }
        let asked = all.entry(key_of(cookie)).or_default();
        asked.retain(|(_, at)| is_open(*at, now));
        if asked.len() >= MOST_CHALLENGES {
            asked.remove(0);
        }
        asked.push((challenge, now));
        Ok(challenge)
    }

    /// Tells whether this browser was asked over these bytes a short time ago; they count no more after that.
    pub fn take_challenge(&self, cookie: &str, challenge: &[u8], now: Instant) -> bool {
        let mut all = self.challenges.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(asked) = all.get_mut(&key_of(cookie)) else { return false };
        let Some(place) = asked.iter().position(|(known, _)| known == challenge) else { return false };
        let (_, at) = asked.remove(place);
        is_open(at, now)
    }

    /// Binds something to this browser and to what it is for: only this process can make it.
    pub fn bind(&self, cookie: &str, parts: &[Vec<u8>]) -> String {
        hex(hmac::sign(&self.secret, &bound(cookie, parts)).as_ref())
    }

    /// Tells in constant time whether [`Self::bind`] made it.
    pub fn is_bound(&self, cookie: &str, parts: &[Vec<u8>], mark: &str) -> bool {
        unhex(mark).is_some_and(|bytes| hmac::verify(&self.secret, &bound(cookie, parts), &bytes).is_ok())
    }

    fn rows(&self) -> MutexGuard<'_, HashMap<[u8; 32], Row>> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Row {
    fn ended(&self, now: Instant) -> bool {
        now.duration_since(self.touched) > SignedDuration::from_mins(IDLE_MINUTES)
            || now.duration_since(self.opened) > SignedDuration::from_hours(LONGEST_HOURS)
    }
}

/// Tells whether a text has the shape of a cookie value made here.
pub fn is_cookie(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_open(asked: Instant, now: Instant) -> bool {
    now.duration_since(asked) < SignedDuration::from_mins(CHALLENGE_MINUTES)
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

/// Returns under what a browser is kept: a digest, so that a copy of a table opens no session.
pub fn key_of(cookie: &str) -> [u8; 32] {
    let mut key = [0; 32];
    key.copy_from_slice(digest::digest(&digest::SHA256, cookie.as_bytes()).as_ref());
    key
}
