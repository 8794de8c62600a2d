//! Places and releases holds (廃棄保留, R6). Placing one is never refused, and reaches into lists under way.

use super::error::FilingError;
use super::glance::Glances;
use super::sight::{seen_of, sees_scope};
use super::standing::{Measure, Standing, rule_book};
use super::views::{HoldEffect, HoldView, NewHold};
use super::{HOLDERS, READERS, allow, said};
use crate::fault::Fault;
use crate::id::{HoldId, RecordFileId};
use crate::office::ports::{FileRow, ItemRow, Survey, Transaction};
use crate::office::{Actor, Office, OfficeError};
use crate::records::{HeldSearch, Hold, HoldScope, ItemState, RecordState, WITHHELD};
use crate::time::Date;

impl Office {
    /// Places a hold (R6). It is never refused for the sake of what it lies on, not even where that is unknown or cannot
    /// be read, nor in a database that was restored.
    ///
    /// Listed and sealed-off files that it keeps go back in the same transaction; files claimed before are named.
    pub async fn place_hold(&self, actor: &Actor, new: NewHold) -> Result<HoldEffect, OfficeError> {
        self.place(actor, new, None).await
    }

    /// Places a hold, with the saved search that its description was taken from, where there is one.
    pub(super) async fn place(
        &self,
        actor: &Actor,
        new: NewHold,
        search: Option<HeldSearch>,
    ) -> Result<HoldEffect, OfficeError> {
        allow(actor, HOLDERS)?;
        said(&new.reason, "reason")?;
        let id = HoldId::from_bytes(self.random()?);
        let mut tx = self.begin_on_any_copy().await?;
        let mut effect = self.write_hold(&mut *tx, actor, id, &new, search.clone()).await?;
        match self.reach_all(&mut *tx, actor, id, &new.scope, &mut effect).await {
            Ok(()) => tx.commit().await?,
            Err(trouble) => {
                // What it lies on cannot be reached now. The hold stands all the same, and every claim finds it.
                drop(tx);
                tracing::error!(code = trouble.code(), error = %trouble, "a hold could not reach lists under way");
                let mut tx = self.begin_on_any_copy().await?;
                effect = self.write_hold(&mut *tx, actor, id, &new, search).await?;
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
        search: Option<HeldSearch>,
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
            search,
        };
        tx.put_hold(&hold).await?;
        let entry = self.entry(actor, "hold.placed", id)?.with("kind", hold.kind.word())?;
        let mut entry = entry.with("scope", scope_word(&hold.scope))?;
        if let Some(search) = &hold.search {
            entry = entry.with("search", search.id)?.with_number("search-version", search.row_version)?;
        }
        tx.append(entry).await?;
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
        let files = match scope {
            HoldScope::File(file) => one(tx, *file).await?,
            HoldScope::Record(record) => match tx.record(*record).await? {
                Some(row) => one(tx, row.record.file).await?,
                None => {
                    effect.too_late.extend(tx.tombstone(*record).await?.map(|tombstone| tombstone.file));
                    Vec::new()
                }
            },
            HoldScope::Class(_) => below(tx, &measure, id).await?,
            HoldScope::Predicate(_) => {
                let mut alone = Measure::read_at_least_holds(tx, self.today()).await?;
                alone.holds.retain(|hold| hold.id == id);
                described(tx, alone).await?
            }
        };
        for (file, listed) in files {
            effect.files.push(file);
            if listed {
                self.reach(tx, actor, &measure, file, effect).await?;
            }
        }
        if !matches!(scope, HoldScope::File(_)) {
            // Which files have what the scope asks for is no answer to whom they do not let in.
            let reader = self.reader(actor);
            for files in [&mut effect.files, &mut effect.taken_back, &mut effect.too_late] {
                *files = seen_of(tx, &reader, std::mem::take(files)).await?;
            }
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

    /// Returns every hold, open ones first (R6), without the reasons of those on something that the actor may not see.
    pub async fn holds(&self, actor: &Actor) -> Result<Vec<HoldView>, OfficeError> {
        allow(actor, READERS)?;
        let (reader, mut tx) = (self.reader(actor), self.read().await?);
        let mut views = Vec::new();
        for mut hold in tx.holds().await? {
            if !sees_scope(&mut *tx, &reader, &hold.scope).await {
                hold.reason = WITHHELD.to_owned();
            }
            let mut view = view(hold, reader.today);
            if let HoldScope::File(file) = view.hold.scope {
                // A row that cannot be read hides no hold.
                view.file_title = tx.file(file).await.ok().flatten().map(|row| row.file.title_for(&reader));
            }
            views.push(view);
        }
        Ok(views)
    }

    async fn reach(
        &self,
        tx: &mut dyn Transaction,
        actor: &Actor,
        measure: &Measure,
        file: RecordFileId,
        effect: &mut HoldEffect,
    ) -> Result<(), OfficeError> {
        let Some(item) = tx.living_item(file).await? else { return Ok(()) };
        if !matches!(item.state, ItemState::Listed | ItemState::SealedOff) {
            effect.too_late.push(file);
            return Ok(());
        }
        let (disposal, standing) = (item.disposal, measure.stand_by_id(tx, file).await?);
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

/// Returns a file, if it is there, with whether it is on a list.
async fn one(tx: &mut dyn Transaction, file: RecordFileId) -> Result<Vec<(RecordFileId, bool)>, OfficeError> {
    Ok(tx.surveyed(file).await?.map(|surveyed| (file, surveyed.listed)).into_iter().collect())
}

/// Returns the files of the classes that a hold on a class lies on: by the plan of today, by every plan since it was
/// placed, and those of which no plan knows where they lie.
async fn below(
    tx: &mut dyn Transaction,
    measure: &Measure,
    id: HoldId,
) -> Result<Vec<(RecordFileId, bool)>, OfficeError> {
    let Some(hold) = measure.holds.iter().find(|hold| hold.id == id) else { return Ok(Vec::new()) };
    let mut files = Vec::new();
    for class in tx.classes_in_use().await? {
        if hold.covers(&measure.class_target(&class)) {
            files.extend(tx.files_of_class(&class).await?);
        }
    }
    Ok(files)
}

/// Returns the files that the one hold of a measure describes.
async fn described(tx: &mut dyn Transaction, measure: Measure) -> Result<Vec<(RecordFileId, bool)>, OfficeError> {
    let (mut glances, mut after) = (Glances::read(tx, measure).await?, None);
    let mut files = Vec::new();
    loop {
        let page = glances.page(tx, Survey::Register, after).await?;
        let Some(last) = page.last() else { return Ok(files) };
        after = Some(last.surveyed.file.id);
        let held = page.iter().filter(|glance| glance.held);
        files.extend(held.map(|glance| (glance.surveyed.file.id, glance.surveyed.listed)));
    }
}

fn view(hold: Hold, today: Date) -> HoldView {
    let fact = hold.fact();
    HoldView { keeps_until: fact.keeps_until(), in_force: fact.in_force(today), file_title: None, hold }
}

fn scope_word(scope: &HoldScope) -> String {
    match scope {
        HoldScope::Record(id) => format!("record/{id}"),
        HoldScope::File(id) => format!("file/{id}"),
        HoldScope::Class(class) => format!("class/{class}"),
        HoldScope::Predicate(_) => "description".to_owned(),
    }
}
