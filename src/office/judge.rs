//! Judging PDFs by the city's own trust: before a seal is let out, and for anyone who asks.

use super::notices::{Effect, Notice, NoticeState};
use super::settings::NoticeFlag;
use super::{Office, OfficeError};
use crate::asn1::CertificateList;
use crate::digest::Sha256Hex;
use crate::validate::{Judge, Report, ValidateError};
use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};

/// What anyone may know about a file: the validation, and the effect of the notice it is (N14).
#[derive(Clone, Debug)]
pub struct PublicVerdict {
    /// The validation.
    pub report: Report,
    /// What is known of it, where the file is, byte for byte, a notice that was issued here.
    pub standing: Option<PublicStanding>,
}

/// What anyone may know of a notice that was issued here, who has its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicStanding {
    /// The present effect (N14).
    pub effect: Effect,
    /// Whether it was delivered on paper, so that the file is not the official copy (N4).
    pub on_paper: bool,
    /// What it asks of whoever has it (N9).
    pub flags: BTreeSet<NoticeFlag>,
}

impl From<&Notice> for PublicStanding {
    fn from(notice: &Notice) -> Self {
        let on_paper = notice.state == NoticeState::ToPaper;
        Self { effect: notice.effect.clone(), on_paper, flags: notice.flags.clone() }
    }
}

impl Office {
    /// Takes revocation lists that were read anew in the place of those before, for everything that is judged from now on.
    pub fn renew_lists(&self, crls: Vec<CertificateList>) {
        let judge = Judge { crls, ..Judge::clone(&self.judge()) };
        *self.judge.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(judge);
    }

    /// Validates a file for anyone. Nothing of it is kept.
    ///
    /// # Errors
    /// [`OfficeError::Pdf`] where the file cannot be read at all.
    pub async fn public_validate(&self, bytes: Vec<u8>) -> Result<PublicVerdict, OfficeError> {
        let standing = self.public_standing(&Sha256Hex::of(&bytes)).await?;
        let (judge, now) = (self.judge(), self.now());
        let report = self.busy(move || judge.validate(bytes, now)).await?;
        let report = report.map_err(|ValidateError::Pdf(error)| error)?;
        Ok(PublicVerdict { report, standing })
    }

    /// Returns what anyone may know of the notice that a file of this hash is, where it was issued here. Only who has the
    /// file, or its hash, can ask.
    pub async fn public_standing(&self, sha256: &Sha256Hex) -> Result<Option<PublicStanding>, OfficeError> {
        let mut tx = self.read().await?;
        let notice = tx.notice_of_sealed(sha256).await?;
        Ok(notice.filter(|notice| notice.number.is_some()).as_ref().map(PublicStanding::from))
    }
}
