//! What the second person says of a scan: content, then it is filed; or sent back, then it is scanned anew (R8).

use super::error::TrayError;
use super::process::lease_on;
use super::{FILERS, allow};
use crate::fault::{Fault, Kind};
use crate::id::RecordId;
use crate::office::ports::{FilingWish, StoreError, TrayCheck, TrayItem, TraySource, TrayState, TrayTrouble};
use crate::office::records::sight::seen_file;
use crate::office::records::{Digitisation, NewRecord};
use crate::office::{Actor, Office, OfficeError};
use crate::records::AccessClass;
use crate::scans::{PaperOriginal, PaperState};
use crate::time::{days_after, japanese_date};
use std::collections::BTreeSet;

/// The word of a second person that a document is as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptance {
    /// The version of the document's row that was shown.
    pub row_version: u64,
    /// As what it is filed.
    pub wish: FilingWish,
    /// The pages that were looked at.
    pub looked_at: Vec<u32>,
}

impl Office {
    /// Files a document with which the actor is content. Of a scan the actor is not who made it, and has looked at every page
    /// that has to be looked at. Returns the record.
    ///
    /// # Errors
    /// [`TrayError::SamePerson`], [`TrayError::NotLookedAt`], [`TrayError::NoFile`]; and whatever its file does not take: then
    /// the document waits on, with the reason.
    pub async fn accept_scan(
        &self,
        actor: &Actor,
        id: RecordId,
        acceptance: Acceptance,
    ) -> Result<RecordId, OfficeError> {
        allow(actor, FILERS)?;
        let Some(lease) = self.lease(&lease_on(id)).await? else { return Err(OfficeError::Leased) };
        let filed = match self.accept(actor, id, acceptance).await {
            Ok(()) => self.file_accepted(id).await,
            Err(error) => Err(error),
        };
        self.release(lease).await;
        filed?.ok_or(TrayError::NoSuchItem(id).into())
    }

    /// Writes down which pages a second person has looked at so far, of a document that has more than are shown at once.
    pub async fn note_looked_at(
        &self,
        actor: &Actor,
        id: RecordId,
        row_version: u64,
        pages: &[u32],
    ) -> Result<TrayItem, OfficeError> {
        allow(actor, FILERS)?;
        let (mut tx, mut item) = self.in_hand(actor, id, row_version).await?;
        if item.state != TrayState::ToCheck {
            return Err(TrayError::NotNow(item.state).into());
        }
        let looked_at = looked_at(&item, actor, pages);
        item.check = Some(TrayCheck { by: actor.user(), at: self.now(), looked_at, reason: String::new() });
        tx.put_tray_item(&item).await?;
        tx.append(self.entry(actor, "tray.pages-looked-at", id)?.with_number("pages", pages.len() as u64)?).await?;
        tx.commit().await?;
        Ok(item)
    }

    async fn accept(&self, actor: &Actor, id: RecordId, acceptance: Acceptance) -> Result<(), OfficeError> {
        let becomes = RecordId::from_bytes(self.random()?);
        let (mut tx, mut item) = self.in_hand(actor, id, acceptance.row_version).await?;
        if item.state != TrayState::ToCheck {
            return Err(TrayError::NotNow(item.state).into());
        }
        let file = acceptance.wish.file.ok_or(TrayError::NoFile)?;
        seen_file(&mut *tx, &self.reader(actor), file).await?;
        if !item.pages.is_empty() && item.arrived_by == actor.user() {
            return Err(TrayError::SamePerson.into());
        }
        let looked_at = looked_at(&item, actor, &acceptance.looked_at);
        let mut unseen = self.settings.scans.standard.to_look_at(&item.pages, item.expected_pages);
        unseen.retain(|page| !looked_at.contains(page));
        if !unseen.is_empty() {
            return Err(TrayError::NotLookedAt(unseen.into_iter().collect()).into());
        }
        (item.state, item.wish, item.becomes) = (TrayState::Accepted, acceptance.wish, Some(becomes));
        item.check = Some(TrayCheck { by: actor.user(), at: self.now(), looked_at, reason: String::new() });
        tx.put_tray_item(&item).await?;
        let entry = self.entry(actor, "tray.accepted", id)?.with("record", becomes)?.with("file", file)?;
        tx.append(entry).await?;
        Ok(tx.commit().await?)
    }

    /// Sends a scan back, to be made anew.
    pub async fn reject_scan(
        &self,
        actor: &Actor,
        id: RecordId,
        row_version: u64,
        reason: &str,
    ) -> Result<TrayItem, OfficeError> {
        allow(actor, FILERS)?;
        let reason = reason.trim().to_owned();
        if reason.is_empty() {
            return Err(TrayError::NoReason.into());
        }
        let (mut tx, mut item) = self.in_hand(actor, id, row_version).await?;
        if !matches!(item.state, TrayState::ToCheck | TrayState::Doubtful) {
            return Err(TrayError::NotNow(item.state).into());
        }
        item.state = TrayState::Rejected;
        item.check = Some(TrayCheck { by: actor.user(), at: self.now(), looked_at: Vec::new(), reason });
        tx.put_tray_item(&item).await?;
        tx.append(self.entry(actor, "tray.rejected", id)?).await?;
        tx.commit().await?;
        Ok(item)
    }

    /// Files what was accepted, and may be repeated after a crash: the record was named before. Returns it; none where there is
    /// nothing to file any more.
    pub(super) async fn file_accepted(&self, id: RecordId) -> Result<Option<RecordId>, OfficeError> {
        let mut tx = self.read().await?;
        let Some(item) = tx.tray_item(id).await?.filter(|item| item.state == TrayState::Accepted) else {
            return Ok(None);
        };
        let (Some(record), Some(check)) = (item.becomes, item.check.clone()) else {
            return Err(StoreError::Damaged(format!("document {id} is accepted by nobody")).into());
        };
        let is_filed = tx.record(record).await?.is_some();
        let account = tx.account(check.by).await?.ok_or(OfficeError::NoSuchUser)?;
        drop(tx);
        if !is_filed {
            let actor = Actor::new(account.id, account.name, account.section, account.roles);
            let new = self.accepted_record(&item, &check).await?;
            match self.file_as(&actor, record, new).await {
                Ok(_) => {}
                Err(error) if matches!(error.kind(), Kind::Refused | Kind::Conflict | Kind::NotFound) => {
                    self.back_to_check(item, &error).await?;
                    return Err(error);
                }
                Err(error) => return Err(error),
            }
        }
        self.filed(item, record, &check).await?;
        Ok(Some(record))
    }

    /// Returns what an accepted document is filed as, with what was made of it and how it was scanned.
    async fn accepted_record(&self, item: &TrayItem, check: &TrayCheck) -> Result<NewRecord, OfficeError> {
        let contents = self.waiting(item).await?;
        let scan = (!item.pages.is_empty()).then(|| Digitisation {
            scanned_by: item.arrived_by,
            scanned_at: item.arrived_at,
            device: item.device.clone(),
            checked_by: check.by,
            checked_at: check.at,
            looked_at: check.looked_at.clone(),
            stack: match &item.source {
                TraySource::Part { sha256, pages, .. } => Some((sha256.clone(), pages.clone())),
                _ => None,
            },
            pages: item.pages.clone(),
            reader: item.reader.clone(),
        });
        Ok(NewRecord {
            file: item.wish.file.ok_or(TrayError::NoFile)?,
            title: item.wish.title.clone(),
            number: item.wish.number.clone(),
            created: item.wish.created,
            original_name: contents.original.name,
            media_type: contents.original.media_type,
            bytes: contents.original.bytes,
            derivatives: contents.derivatives,
            validation_report: contents.validation_report,
            notice: None,
            access: item.wish.restricted.then_some(AccessClass::Restricted),
            digitisation: scan,
        })
    }

    /// Has a document wait on that its file did not take.
    async fn back_to_check(&self, item: TrayItem, error: &OfficeError) -> Result<(), OfficeError> {
        let mut item = item.changed();
        (item.state, item.becomes, item.check) = (TrayState::ToCheck, None, None);
        item.troubles = vec![TrayTrouble { page: 0, code: error.code().to_owned(), english: error.to_string() }];
        let mut tx = self.begin().await?;
        tx.put_tray_item(&item).await?;
        Ok(tx.commit().await?)
    }

    /// Writes down that a document is a record now, and that its paper is kept until somebody decides.
    async fn filed(&self, item: TrayItem, record: RecordId, check: &TrayCheck) -> Result<(), OfficeError> {
        let mut item = item.changed();
        item.state = TrayState::Leaving;
        let mut tx = self.begin().await?;
        if let (Some(place), Some(file)) = (item.wish.paper.clone(), item.wish.file) {
            let scanned_on = japanese_date(item.arrived_at);
            let paper = PaperOriginal {
                record,
                file,
                pages: u32::try_from(item.pages.len()).unwrap_or(u32::MAX),
                place,
                scanned_by: item.arrived_by,
                scanned_on,
                checked_by: check.by,
                checked_on: japanese_date(check.at),
                // An objection may be raised for three months after the document took effect, which is not before it was made.
                waits_until: days_after(scanned_on.max(item.wish.created), self.settings.scans.paper_waits_days),
                exclusion: None,
                state: PaperState::Kept,
                list: None,
                shredded_on: None,
                row_version: 1,
            };
            tx.put_paper_original(&paper).await?;
        }
        tx.put_tray_item(&item).await?;
        let entry = self.entry_by(&check.by.to_string(), "tray.filed", item.id)?.with("record", record)?;
        tx.append(entry).await?;
        Ok(tx.commit().await?)
    }
}

/// Returns the pages of a document that somebody has looked at, now and before.
fn looked_at(item: &TrayItem, actor: &Actor, now: &[u32]) -> Vec<u32> {
    let before = item.check.iter().filter(|check| check.by == actor.user()).flat_map(|check| &check.looked_at);
    let all: BTreeSet<u32> = before.chain(now).copied().collect();
    all.into_iter().filter(|page| item.pages.iter().any(|there| there.number == *page)).collect()
}
