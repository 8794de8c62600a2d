//! What is kept of a browser from one request to the next, by whichever process answers: what it has proven, the questions that it
//! has answered, and what is left to be shown to it.

use crate::http::app::App;
use crate::http::left::{Left, Row};
use crate::http::problem::Problem;
use crate::http::session::{CHALLENGE_MINUTES, Session, key_of};
use crate::time::Instant;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Minutes for which something is left to be shown.
const LEFT_MINUTES: i64 = 10;
/// Things that are left for one browser at once; beyond these the oldest goes.
const MOST_LEFT: usize = 64;

/// Everything that is kept of one browser.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Kept {
    /// What it has proven.
    pub session: Session,
    /// The questions that it has answered, each until nobody could answer it any more.
    answered: Vec<(Vec<u8>, Instant)>,
    /// What is left to be shown.
    left: Vec<Row>,
}

impl Kept {
    /// Reads what was kept; what another version of the service wrote in its own way is nothing.
    fn read(kept: Option<Zeroizing<Vec<u8>>>, now: Instant) -> Self {
        let mut kept: Self = kept.and_then(|kept| serde_json::from_slice(&kept).ok()).unwrap_or_default();
        kept.left.retain(|row| now.duration_since(row.at) < SignedDuration::from_mins(LEFT_MINUTES));
        kept.answered.retain(|(_, at)| now.duration_since(*at) < SignedDuration::from_mins(CHALLENGE_MINUTES));
        kept
    }

    fn write(&self) -> Option<Zeroizing<Vec<u8>>> {
        if self.session.is_empty() && self.answered.is_empty() && self.left.is_empty() {
            return None;
        }
        serde_json::to_vec(self).ok().map(Zeroizing::new)
    }

    /// Returns what is left for a page.
    pub fn look(&self, page: &str) -> Option<&Left> {
        self.left.iter().find(|row| row.page == page).map(|row| &row.what)
    }

    /// Leaves something for a page, in the place of what was left there before.
    pub fn leave(&mut self, page: &str, what: Left, at: Instant) {
        self.take(page);
        if self.left.len() >= MOST_LEFT {
            self.left.remove(0);
        }
        self.left.push(Row { page: page.to_owned(), what, at });
    }

    /// Takes what is left for a page; it is there no more.
    pub fn take(&mut self, page: &str) -> Option<Left> {
        let place = self.left.iter().position(|row| row.page == page)?;
        Some(self.left.remove(place).what)
    }

    /// Notes that a question was answered. Returns whether it had not been before.
    fn answer(&mut self, challenge: &[u8], at: Instant) -> bool {
        let is_first = self.answered.iter().all(|(known, _)| known != challenge);
        if is_first {
            self.answered.push((challenge.to_vec(), at));
        }
        is_first
    }
}

impl App {
    /// Returns what is kept of a browser.
    pub async fn kept(&self, cookie: &str) -> Result<Kept, Problem> {
        let Some(key) = key_of(cookie) else { return Ok(Kept::default()) };
        Ok(Kept::read(self.office.kept(&key).await?, self.clock.now()))
    }

    /// Changes what is kept of a browser, while nobody else does.
    pub async fn keep<T: Default + Send>(
        &self,
        cookie: &str,
        change: impl FnOnce(&mut Kept) -> T + Send,
    ) -> Result<T, Problem> {
        let (Some(key), now) = (key_of(cookie), self.clock.now()) else { return Ok(T::default()) };
        let changed = self.office.keep(&key, |kept| {
            let mut kept = Kept::read(kept, now);
            let answer = change(&mut kept);
            (kept.write(), answer)
        });
        Ok(changed.await?)
    }

    /// Gives what a browser has proven to its new cookie. Under the old one nothing stays but which questions were answered, so
    /// that they count no more.
    pub async fn keep_session(&self, old: &str, new: &str, session: Session) -> Result<(), Problem> {
        let (Some(old), Some(new)) = (key_of(old), key_of(new)) else { return Ok(()) };
        let (kept, now) = (Kept { session, ..Kept::default() }.write(), self.clock.now());
        let remains = |kept| Kept { answered: Kept::read(kept, now).answered, ..Kept::default() }.write();
        Ok(self.office.keep_anew((&old, remains), (&new, kept)).await?)
    }

    /// Changes the session of a browser.
    pub async fn change_session(&self, cookie: &str, change: impl FnOnce(&mut Session) + Send) -> Result<(), Problem> {
        self.keep(cookie, |kept| change(&mut kept.session)).await
    }

    /// Leaves something for a page of a browser.
    pub async fn leave(&self, cookie: &str, page: &str, what: Left) -> Result<(), Problem> {
        let now = self.clock.now();
        self.keep(cookie, |kept| kept.leave(page, what, now)).await
    }

    /// Takes what was left for a page of a browser; it is there no more, whoever else asks at the same time.
    pub async fn take(&self, cookie: &str, page: &str) -> Result<Option<Left>, Problem> {
        // Nothing is written where nothing is left.
        match self.kept(cookie).await?.look(page) {
            Some(_) => self.keep(cookie, |kept| kept.take(page)).await,
            None => Ok(None),
        }
    }

    /// Returns what was left for a page of a browser, and leaves it there.
    pub async fn look(&self, cookie: &str, page: &str) -> Result<Option<Left>, Problem> {
        Ok(self.kept(cookie).await?.look(page).cloned())
    }

    /// Tells whether this browser was asked over these bytes a short time ago and has not answered yet; from now on it has.
    pub async fn take_challenge(&self, cookie: &str, challenge: &[u8]) -> Result<bool, Problem> {
        let now = self.clock.now();
        if !self.marks.asked(cookie, challenge, now) {
            return Ok(false);
        }
        self.keep(cookie, |kept| kept.answer(challenge, now)).await
    }
}
