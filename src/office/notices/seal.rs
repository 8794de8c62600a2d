//! Seal (公印): the seal keeper releases what was approved, item by item with its hash (N18).

use super::batch::Place;
use super::typeset::SealAt;
use super::{Approved, BatchItemState, Notice, NoticeError, NoticeState, PaperMark, PendingUpgrade};
use crate::digest::Sha256Hex;
use crate::id::{NoticeId, UserId};
use crate::office::ports::{NoticeFile, Transaction};
use crate::office::settings::{AssuranceClass, SealPlace};
use crate::office::{Actor, Office, OfficeError, Role};
use crate::pades::{Level, SignOptions, sign};
use crate::pdf::{Limits, Pdf};
use crate::time::{Instant, japanese_date};
use crate::validate::{Coverage, Indication, Report, SubIndication, ValidateError};
use jiff::ToSpan;
use serde::{Deserialize, Serialize};

/// One notice to seal, as the seal keeper saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealItem {
    /// The notice.
    pub id: NoticeId,
    /// The hash that was approved.
    pub sha256: Sha256Hex,
}

/// What became of one item of a release.
#[derive(Debug)]
pub struct SealOutcome {
    /// The notice.
    pub id: NoticeId,
    /// The hash of the sealed file, or why there is none.
    pub result: Result<Sha256Hex, OfficeError>,
}

/// A use of the seal (鍵使用記録, N10).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealUse {
    /// When.
    pub at: Instant,
    /// Who released it.
    pub by: UserId,
    /// For which notice or record; an identifier.
    pub subject: String,
    /// The hash of what was sealed.
    pub before: Sha256Hex,
    /// The hash of the sealed file.
    pub after: Sha256Hex,
    /// The serial number of the certificate.
    pub certificate: String,
    /// The level reached.
    pub level: String,
}

impl Office {
    /// Releases the seal for a batch. Each item stands for itself: one that fails leaves the others sealed.
    pub async fn seal(&self, actor: &Actor, items: Vec<SealItem>) -> Result<Vec<SealOutcome>, OfficeError> {
        actor.require_any(&[Role::SealKeeper])?;
        let mut outcomes = Vec::with_capacity(items.len());
        for item in items {
            let result = self.seal_one(actor.user(), &item, None).await;
            outcomes.push(SealOutcome { id: item.id, result });
        }
        Ok(outcomes)
    }

    /// Seals one notice for a seal keeper; where it stands on a batch's list, its place is settled in the same transaction.
    pub(super) async fn seal_one(
        &self,
        keeper: UserId,
        item: &SealItem,
        listed: Option<Place>,
    ) -> Result<Sha256Hex, OfficeError> {
        let (notice, approved) = {
            let mut tx = self.read().await?;
            let notice = tx.notice(item.id).await?.ok_or(NoticeError::NoSuchNotice(item.id))?;
            let draft = tx.notice_file(item.id, NoticeFile::Draft).await?.unwrap_or_default();
            releasable(keeper, &notice, item)?;
            let approved = Approved::prove(&notice, draft)?;
            (notice, approved)
        };
        if notice.class == AssuranceClass::A {
            return self.release_unsealed(keeper, notice, approved, listed).await;
        }
        let before = item.sha256.clone();
        let kind = self.settings.notice_type(&notice.kind);
        let set = notice.typeset.as_ref().and_then(|set| set.seal).map(SealAt::place);
        let place = set.or(kind.and_then(|kind| kind.seal_place)).or(self.settings.seal_place);
        let mark = self.seal_mark(&notice);
        let (sealed, certificate) = self.apply_seal(approved.bytes().to_vec(), place, mark).await?;
        let after = Sha256Hex::of(&sealed);
        let mut tx = self.begin().await?;
        // Signing took a while: whoever changed the notice meanwhile was quicker, and the seal is not used.
        let mut now = tx.notice(item.id).await?.ok_or(NoticeError::NoSuchNotice(item.id))?;
        if now.row_version != notice.row_version {
            return Err(OfficeError::ChangedMeanwhile);
        }
        now.state = NoticeState::Sealed;
        // What was filled in stands on the notice from here on.
        now.typeset.iter_mut().for_each(|set| set.filled.clear());
        now.seal_keeper = Some(keeper);
        now.sealed_sha256 = Some(after.clone());
        now.upgrade = lasting_level(notice.class).map(|level| PendingUpgrade {
            level: level.name().to_owned(),
            due: self.now() + i64::from(self.settings.upgrade_hours).hours(),
            waiting: None,
        });
        tx.put_notice_file(item.id, NoticeFile::Sealed, &sealed).await?;
        tx.add_seal_use(&SealUse {
            at: self.now(),
            by: keeper,
            subject: item.id.to_string(),
            before,
            after: after.clone(),
            certificate,
            level: Level::BT.name().to_owned(),
        })
        .await?;
        self.settle(&mut *tx, listed, &after).await?;
        self.change_notice_by(tx, keeper, now, "notice.sealed", "").await?;
        Ok(after)
    }

    /// Class A goes out without a seal (公印省略); the bytes stay those that were approved.
    async fn release_unsealed(
        &self,
        keeper: UserId,
        mut notice: Notice,
        approved: Approved,
        listed: Option<Place>,
    ) -> Result<Sha256Hex, OfficeError> {
        let sha256 = Sha256Hex::of(approved.bytes());
        let mut tx = self.begin().await?;
        notice.state = NoticeState::Sealed;
        notice.seal_keeper = Some(keeper);
        notice.sealed_sha256 = Some(sha256.clone());
        tx.put_notice_file(notice.id, NoticeFile::Sealed, approved.bytes()).await?;
        self.settle(&mut *tx, listed, &sha256).await?;
        self.change_notice_by(tx, keeper, notice, "notice.released-unsealed", "").await?;
        Ok(sha256)
    }

    /// Settles a place on a batch's list as sealed. One that is settled already was somebody else's: nothing is stored.
    async fn settle(
        &self,
        tx: &mut dyn Transaction,
        listed: Option<Place>,
        after: &Sha256Hex,
    ) -> Result<(), OfficeError> {
        let Some(place) = listed else { return Ok(()) };
        let state = BatchItemState::Sealed { at: self.now(), sha256: after.clone() };
        if tx.settle_batch_item(place.batch, place.position, &state).await? {
            return Ok(());
        }
        Err(OfficeError::ChangedMeanwhile)
    }

    /// Seals a PDF with signature and timestamp (B-T), and lets it out only after our own validation has passed it.
    /// A notice shows what its paper is asked by, where there is room. Returns the sealed file and the serial number of the certificate.
    pub(in crate::office) async fn apply_seal(
        &self,
        pdf: Vec<u8>,
        place: Option<SealPlace>,
        mark: Option<PaperMark>,
    ) -> Result<(Vec<u8>, String), OfficeError> {
        let office = self.clone();
        self.busy(move || office.apply_seal_blocking(&pdf, place, mark.as_ref())).await?
    }

    fn apply_seal_blocking(
        &self,
        bytes: &[u8],
        place: Option<SealPlace>,
        mark: Option<&PaperMark>,
    ) -> Result<(Vec<u8>, String), OfficeError> {
        if !self.seals.is_set_up() {
            return Err(NoticeError::NoSeal.into());
        }
        let timestamps = self.timestamps.as_deref().ok_or(NoticeError::NoTimestamps)?;
        let pdf = Pdf::read(bytes, &Limits::default())?;
        let identity = self.seals.identity()?;
        let now = self.now();
        let mut options = SignOptions::new(Level::BT, now);
        options.appearance = place.and_then(|place| self.seals.impression(place, japanese_date(now), mark));
        let sealed = sign(&pdf, &identity, &options, Some(timestamps), &*self.entropy)?.to_vec()?;
        if !sealed.starts_with(bytes) {
            return Err(NoticeError::SealNotValid("FORMAT_FAILURE".to_owned()).into());
        }
        let report = self.judge().validate(sealed.as_slice(), self.now());
        passed(&report.map_err(|ValidateError::Pdf(error)| error)?)?;
        Ok((sealed, identity.certificate().serial_hex()))
    }
}

/// Holds a freshly sealed file to what was asked: every signature in it passes, and the new one covers all of it and has
/// its timestamp. An earlier signature that cannot be judged here would make the whole file unjudged for its recipient.
fn passed(report: &Report) -> Result<(), NoticeError> {
    let refused = |why: &str| Err(NoticeError::SealNotValid(why.to_owned()));
    let Some(ours) = report.signatures.last() else { return refused(Indication::NoSignature.name()) };
    if report.indication != Indication::TotalPassed {
        let why = report.decisive().and_then(|signature| signature.sub_indication);
        return refused(why.map_or(report.indication.name(), SubIndication::name));
    }
    if ours.coverage != Coverage::WholeFile || ours.level != Some("B-T") || ours.proven_time.is_none() {
        return refused("FORMAT_FAILURE");
    }
    Ok(())
}

/// The level that a class is brought to after sealing (N6, N12).
fn lasting_level(class: AssuranceClass) -> Option<Level> {
    match class {
        AssuranceClass::A => None,
        AssuranceClass::B => Some(Level::BLt),
        AssuranceClass::C => Some(Level::BLta),
    }
}

pub(super) fn releasable(keeper: UserId, notice: &Notice, item: &SealItem) -> Result<(), OfficeError> {
    notice.require(&[NoticeState::Approved])?;
    if notice.took_part(keeper) {
        return Err(NoticeError::OwnSeal.into());
    }
    if notice.approved_sha256.as_ref() == Some(&item.sha256) { Ok(()) } else { Err(NoticeError::HashDiffers.into()) }
}
