//! Places and releases holds (廃棄保留, R6). Placing one is never refused, and reaches into lists under way.

use super::error::FilingError;
use super::standing::{Measure, Standing, rule_book};
use super::views::{HoldEffect, HoldView, NewHold};
use super::{HOLDERS, READERS, allow, said};
use crate::fault::Fault;
use crate::id::{HoldId, RecordFileId};
use crate::office::ports::{FileRow, ItemRow, Transaction};
use crate::office::{Actor, Office, OfficeError};
use crate::records::{Hold, HoldScope, ItemState, RecordState};
use crate::time::Date;

impl Office {
    /// Places a hold (R6). It is never refused for the sake of what it lies on, not even where that is unknown or cannot
    /// be read, nor in a database that was restored.
    ///
    /// Listed and sealed-off files that it keeps go back in the same transaction; files claimed before are named.
    pub async fn place_hold(&self, actor: &Actor, new: NewHold) -> Result<HoldEffect, OfficeError> {
        allow(actor, HOLDERS)?;
        said(&new.reason, "reason")?;
        let id = HoldId::from_bytes(self.random()?);
        let mut tx = self.begin_on_any_copy().await?;
        let mut effect = self.write_hold(&mut *tx, actor, id, &new).await?;
        match self.reach_all(&mut *tx, actor, id, &new.scope, &mut effect).await {
            Ok(()) => tx.commit().await?,
            Err(trouble) => {
                // What it lies on cannot be reached now. The hold stands all the same, and every claim finds it.
                drop(tx);
                tracing::error!(code = trouble.code(), error = %trouble, "a hold could not reach lists under way");
                let mut tx = self.begin_on_any_copy().await?;
                effect = self.write_hold(&mut *tx, actor, id, &new).await?;
                effect.reached = false;
                tx.commit().await?;
            }
        }
        Ok(effect)
    }

    async fn write_hold(
        &self,
        tx: &mut dyn Transaction,
        actor: &Actor,
        id: HoldId,
        new: &NewHold,
    ) -> Result<HoldEffect, OfficeError> {
        let hold = Hold {
            id,
            kind: new.kind,
            scope: new.scope.clone(),
            reason: new.reason.clone(),
            placed_by: actor.user(),
            placed_at: self.now(),
            decided: None,
            row_version: 1,
            plan: rule_book(tx).await.ok().and_then(|rules| rules.number_on(self.today())),
        };
        tx.put_hold(&hold).await?;
        let entry = self.entry(actor, "hold.placed", id)?.with("kind", hold.kind.word())?;
        tx.append(entry.with("scope", scope_word(&hold.scope))?).await?;
        let (files, taken_back, too_late) = (Vec::new(), Vec::new(), Vec::new());
        Ok(HoldEffect { hold: id, files, taken_back, too_late, reached: true })
    }

    /// Takes back what the hold lies on, and says what that is.
    async fn reach_all(
        &self,
        tx: &mut dyn Transaction,
        actor: &Actor,
        id: HoldId,
        scope: &HoldScope,
        effect: &mut HoldEffect,
    ) -> Result<(), OfficeError> {
        let measure = Measure::read_at_least_holds(tx, self.today()).await?;
        for row in reached(tx, scope).await? {
            let standing = measure.stand(tx, row).await?;
            if standing.holds.iter().any(|other| other.id == id) {
                self.reach(tx, actor, standing, effect).await?;
            }
        }
        if let HoldScope::Record(record) = scope {
            effect.too_late.extend(tx.tombstone(*record).await?.map(|tombstone| tombstone.file));
        }
        Ok(())
    }

    /// Releases a hold: what it waited for ended, was ruled on or decided on a day (R6). Appeal and disclosure keep on
    /// for a year from the day after.
    pub async fn release_hold(&self, actor: &Actor, id: HoldId, decided: Date) -> Result<HoldView, OfficeError> {
        allow(actor, HOLDERS)?;
        let mut tx = self.begin().await?;
        let today = self.today();
        if decided > today {
            return Err(FilingError::Future(decided).into());
        }
        let mut hold = tx.hold(id).await?.ok_or(FilingError::NoSuchHold(id))?;
        if hold.decided.is_some() {
            return Err(FilingError::HoldReleased(id).into());
        }
        hold.decided = Some(decided);
        hold.row_version = hold.row_version.saturating_add(1);
        tx.put_hold(&hold).await?;
        tx.append(self.entry(actor, "hold.released", id)?.with("decided", decided)?).await?;
        tx.commit().await?;
        Ok(view(hold, today))
    }

    /// Returns every hold, open ones first (R6).
    pub async fn holds(&self, actor: &Actor) -> Result<Vec<HoldView>, OfficeError> {
        allow(actor, READERS)?;
        let today = self.today();
        let mut tx = self.read().await?;
        Ok(tx.holds().await?.into_iter().map(|hold| view(hold, today)).collect())
    }

    async fn reach(
        &self,
        tx: &mut dyn Transaction,
        actor: &Actor,
        standing: Standing,
        effect: &mut HoldEffect,
    ) -> Result<(), OfficeError> {
        let file = standing.row.file.id;
        effect.files.push(file);
        let Some(item) = tx.living_item(file).await? else { return Ok(()) };
        if !matches!(item.state, ItemState::Listed | ItemState::SealedOff) {
            effect.too_late.push(file);
            return Ok(());
        }
        let disposal = item.disposal;
        take_back(tx, item, standing, vec!["hold-placed".to_owned()]).await?;
        let entry = self.entry(actor, "disposal.withdrawn", file)?.with("disposal", disposal)?;
        tx.append(entry.with("because", "hold-placed")?).await?;
        effect.taken_back.push(file);
        Ok(())
    }
}

/// Takes a file off its list before it is claimed: the item is withdrawn, its records are back where their dates put
/// them, and a board's consent to this list counts no more (R5).
pub(super) async fn take_back(
    tx: &mut dyn Transaction,
    mut item: ItemRow,
    standing: Standing,
    because: Vec<String>,
) -> Result<(), OfficeError> {
    item.state = ItemState::Withdrawn;
    item.withdrawn_because = because;
    tx.put_item(&item).await?;
    let state = if standing.due.due { RecordState::Due } else { RecordState::Retained };
    for mut record in standing.records {
        if matches!(record.record.state, RecordState::Listed | RecordState::SealedOff) {
            record.record.state = record.record.state.step(state)?;
            tx.put_record(&record).await?;
        }
    }
    let mut row: FileRow = standing.row;
    row.file.board_consent = None;
    tx.put_file(&row).await?;
    Ok(())
}

/// Returns the files that a scope can reach: one where it names one, else all of them.
async fn reached(tx: &mut dyn Transaction, scope: &HoldScope) -> Result<Vec<FileRow>, OfficeError> {
    let one: Option<RecordFileId> = match scope {
        HoldScope::File(id) => Some(*id),
        HoldScope::Record(id) => match tx.record(*id).await? {
            Some(row) => Some(row.record.file),
            None => tx.tombstone(*id).await?.map(|tombstone| tombstone.file),
        },
        HoldScope::Class(_) | HoldScope::Predicate(_) => return Ok(tx.files().await?),
    };
    let Some(id) = one else { return Ok(Vec::new()) };
    Ok(tx.file(id).await?.into_iter().collect())
}

fn view(hold: Hold, today: Date) -> HoldView {
    let fact = hold.fact();
    HoldView { keeps_until: fact.keeps_until(), in_force: fact.in_force(today), hold }
}

fn scope_word(scope: &HoldScope) -> String {
    match scope {
        HoldScope::Record(id) => format!("record/{id}"),
        HoldScope::File(id) => format!("file/{id}"),
        HoldScope::Class(class) => format!("class/{class}"),
        HoldScope::Predicate(_) => "description".to_owned(),
    }
}
