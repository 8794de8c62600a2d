//! Asking by paper: whoever holds a notice on paper learns by its number and its confirmation number (確認番号) whether it was
//! issued here and has effect, without its file.
//!
//! The confirmation number is the beginning of the hash that the approvers named: it is known before the seal, on whose page it
//! stands, while the hash of the sealed file never can. Its 64 bits are found by nobody who tries. It opens nothing but this one
//! answer, of which whoever has the paper knows the rest, and so may stand in an address, as a QR code has to carry it.

use super::{Effect, Notice, NoticeState};
use crate::digest::Sha256Hex;
use crate::office::settings::SealConfirmation;
use crate::office::{Office, OfficeError};
use crate::time::{Date, japanese_date};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt;
use unicode_normalization::UnicodeNormalization;

/// How many hexadecimal digits a confirmation number has.
const DIGITS: usize = 16;

/// What of the approved hash stands on paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfirmationNumber(String);

impl ConfirmationNumber {
    /// Takes the beginning of the hash that was approved.
    pub fn of(approved: &Sha256Hex) -> Self {
        Self(approved.as_str().chars().take(DIGITS).collect())
    }

    /// Reads one as people type it: wide or narrow, with or without blanks and hyphens, in letters of either case.
    pub fn read(text: &str) -> Option<Self> {
        let digits = bare(text);
        let fits = digits.len() == DIGITS && digits.bytes().all(|c| c.is_ascii_hexdigit());
        fits.then_some(Self(digits))
    }

    /// Returns the digits as an address carries them.
    pub fn digits(&self) -> &str {
        &self.0
    }
}

/// In groups of four, as it is read aloud: `3F9A-01BC-77D2-E410`.
impl fmt::Display for ConfirmationNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, digit) in self.0.chars().enumerate() {
            if place > 0 && place.is_multiple_of(4) {
                f.write_str("-")?;
            }
            write!(f, "{}", digit.to_ascii_uppercase())?;
        }
        Ok(())
    }
}

/// What stands on paper for whoever asks by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaperMark {
    /// The confirmation number.
    pub confirmation: ConfirmationNumber,
    /// The address that a QR code leads to; none where the service has no public address. A notice that has no number yet is
    /// asked for it there.
    pub address: Option<String>,
}

/// What anyone may know of a notice that was issued here, who has it on paper: nothing that the paper does not say itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaperStanding {
    /// The document number as it was given, however it was typed.
    pub number: String,
    /// The present effect (N14).
    pub effect: PaperEffect,
    /// Since when: the day of issue, or that on which it was revoked or replaced.
    pub since: Date,
    /// Whether paper is the official form of it (N4).
    pub on_paper: bool,
}

/// The present effect as paper is told of it: not by what a notice was replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaperEffect {
    /// 有効: in force.
    InForce,
    /// 取消: revoked.
    Revoked,
    /// 差替: replaced by another notice.
    Replaced,
}

impl Notice {
    /// Returns its confirmation number, once it was approved.
    pub fn confirmation(&self) -> Option<ConfirmationNumber> {
        self.approved_sha256.as_ref().map(ConfirmationNumber::of)
    }

    /// Returns the key under which it is found by paper, once it was issued; before that it is not there.
    pub fn paper_key(&self) -> Option<Sha256Hex> {
        Some(paper_key(self.number.as_deref()?, &self.confirmation()?))
    }

    fn paper_standing(&self) -> Option<PaperStanding> {
        let (effect, since) = match &self.effect {
            Effect::InForce => (PaperEffect::InForce, self.issued_on?),
            Effect::Revoked { at } => (PaperEffect::Revoked, japanese_date(*at)),
            Effect::Replaced { at, .. } => (PaperEffect::Replaced, japanese_date(*at)),
        };
        let number = self.number.clone()?;
        Some(PaperStanding { number, effect, since, on_paper: self.state == NoticeState::ToPaper })
    }
}

impl Office {
    /// Returns what anyone may know of the notice of a number and a confirmation number, where it was issued here.
    ///
    /// Both are found together, by one digest: for a number that was never given, and for a wrong confirmation number of one that
    /// was, the same is done and the same is known.
    pub async fn standing_on_paper(
        &self,
        number: &str,
        confirmation: &ConfirmationNumber,
    ) -> Result<Option<PaperStanding>, OfficeError> {
        let notice = self.read().await?.notice_of_paper(&paper_key(number, confirmation)).await?;
        Ok(notice.as_ref().and_then(Notice::paper_standing))
    }

    /// Returns what the seal of a notice shows for paper, by the city's settings.
    pub(super) fn seal_mark(&self, notice: &Notice) -> Option<PaperMark> {
        match self.settings.seal_confirmation {
            SealConfirmation::None => None,
            SealConfirmation::Number => Some(PaperMark { address: None, ..self.paper_mark(notice)? }),
            SealConfirmation::Qr => self.paper_mark(notice),
        }
    }

    /// Returns what stands on paper for a notice that was approved.
    pub(super) fn paper_mark(&self, notice: &Notice) -> Option<PaperMark> {
        let confirmation = notice.confirmation()?;
        let number = notice.number.as_ref().or(notice.reserved_number.as_ref());
        let number = number.map(|number| format!("n={}&", utf8_percent_encode(number, NON_ALPHANUMERIC)));
        let address = self.public_url.as_ref().map(|url| {
            let number = number.as_deref().unwrap_or_default();
            format!("{}/verify/paper?{number}c={}", url.trim_end_matches('/'), confirmation.digits())
        });
        Some(PaperMark { confirmation, address })
    }
}

/// Digests what a paper says.
fn paper_key(number: &str, confirmation: &ConfirmationNumber) -> Sha256Hex {
    Sha256Hex::of(format!("fumikura paper {} {}", confirmation.digits(), bare(number)).as_bytes())
}

/// Takes what makes no difference off a text that was typed off paper: width, case, blanks and hyphens.
fn bare(text: &str) -> String {
    let is_hyphen = |c: char| matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2500}' | '\u{30fc}');
    text.nfkc().filter(|c| !c.is_whitespace() && !is_hyphen(*c)).flat_map(char::to_lowercase).collect()
}
