//! Does a reorganisation, in the transaction of whoever asks: everything that bears an old name bears the new one afterwards.

use super::mapping::{Mapping, custodian_of};
use super::{Move, MovedPart, Reorganisation};
use crate::id::ReorganisationId;
use crate::ledger::NewEntry;
use crate::office::ports::{FileRow, Transaction};
use crate::office::records::lineages::{Lineages, lineages};
use crate::office::{Office, OfficeError};
use crate::records::{AccessGrant, Grantee};
use crate::shelves::{HeadCount, SectionHeads};
use crate::time::Date;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

/// Rows that are changed at once.
const AT_ONCE: u32 = 500;

impl Office {
    /// Moves what the lines name, and writes down when and how much.
    pub(super) async fn apply(&self, tx: &mut dyn Transaction, row: &mut Reorganisation) -> Result<(), OfficeError> {
        let (id, on, moves) = (row.id, row.effective_on, row.moves.clone());
        let mapping = Mapping(&moves);
        let moved = &mut row.moved;
        // Heads are counted before the people move.
        self.move_heads(tx, on, mapping).await?;
        moved.people = self.move_people(tx, id, mapping).await?;
        (moved.files, moved.grants) = self.move_files(tx, id, on, mapping).await?;
        moved.notices = self.move_notices(tx, id, mapping).await?;
        moved.packages = self.move_packages(tx, id, mapping).await?;
        moved.furniture = self.move_furniture(tx, id, mapping).await?;
        moved.waiting = self.move_waiting(tx, id, mapping).await?;
        row.applied_at = Some(self.now());
        let entry = self.entry_by("system", "reorganisation.applied", id)?.with_number("people", row.moved.people)?;
        let entry = entry.with_number("files", row.moved.files)?.with_number("notices", row.moved.notices)?;
        tx.append(entry).await?;
        Ok(())
    }

    async fn move_people(
        &self,
        tx: &mut dyn Transaction,
        id: ReorganisationId,
        mapping: Mapping<'_>,
    ) -> Result<u64, OfficeError> {
        let mut people = 0;
        for mut account in tx.accounts().await? {
            let Some(to) = mapping.to(mapping.person(&account.section, &account.login)) else { continue };
            account.section = to.to_owned();
            tx.put_account(&account).await?;
            tx.append(self.moved("user.moved", account.id, id)?).await?;
            people += 1;
        }
        Ok(people)
    }

    /// Has others keep record files, and lets in by their new names whom files let in as sections.
    async fn move_files(
        &self,
        tx: &mut dyn Transaction,
        id: ReorganisationId,
        on: Date,
        mapping: Mapping<'_>,
    ) -> Result<(u64, u64), OfficeError> {
        let classes = lineages(tx, self.today()).await?;
        let (mut files, mut grants, mut after) = (0, 0, None);
        loop {
            let page = tx.file_rows(after, AT_ONCE).await?;
            let Some(last) = page.last() else { return Ok((files, grants)) };
            after = Some(last.file.id);
            let (mut changed, mut entries) = (Vec::new(), Vec::new());
            for mut row in page {
                let let_in = rename_grants(&mut row.file.access.grants, mapping);
                let taken_over = take_over(&mut row, (id, on), mapping, &classes);
                if taken_over {
                    entries.push(self.moved("file.handed-over", row.file.id, id)?);
                    files += 1;
                }
                if let_in > 0 {
                    entries.push(self.moved("access.moved", row.file.id, id)?);
                    grants += let_in;
                }
                if taken_over || let_in > 0 {
                    changed.push(row);
                }
            }
            tx.put_files(&changed).await?;
            tx.append_all(entries).await?;
        }
    }

    async fn move_notices(
        &self,
        tx: &mut dyn Transaction,
        id: ReorganisationId,
        mapping: Mapping<'_>,
    ) -> Result<u64, OfficeError> {
        let (mut notices, mut before) = (0, None);
        loop {
            let page = tx.notices_in(None, before, AT_ONCE).await?;
            let Some((place, _)) = page.last() else { return Ok(notices) };
            before = Some(*place);
            let mut entries = Vec::new();
            for (_, mut notice) in page {
                let Some(to) = mapping.to(mapping.notices(&notice.section, &notice.kind)) else { continue };
                notice.hand_over(to, self.now());
                tx.update_notice(&notice).await?;
                entries.push(self.moved("notice.handed-over", notice.id, id)?);
            }
            notices += entries.len() as u64;
            tx.append_all(entries).await?;
        }
    }

    async fn move_packages(
        &self,
        tx: &mut dyn Transaction,
        id: ReorganisationId,
        mapping: Mapping<'_>,
    ) -> Result<u64, OfficeError> {
        let mut packages = 0;
        for mut package in tx.print_packages().await? {
            let Some(to) = mapping.to(mapping.whole(&package.section)) else { continue };
            package.section = to.to_owned();
            package.row_version += 1;
            tx.put_print_package(&package).await?;
            tx.append(self.moved("print.handed-over", package.id, id)?).await?;
            packages += 1;
        }
        Ok(packages)
    }

    async fn move_furniture(
        &self,
        tx: &mut dyn Transaction,
        id: ReorganisationId,
        mapping: Mapping<'_>,
    ) -> Result<u64, OfficeError> {
        let mut pieces = 0;
        for mut piece in tx.all_furniture().await? {
            let to = mapping.to(mapping.whole(&piece.section)).filter(|_| piece.removed_on.is_none());
            let Some(to) = to else { continue };
            piece.section = to.to_owned();
            piece.row_version += 1;
            tx.put_furniture(&piece).await?;
            tx.append(self.moved("furniture.handed-over", piece.id, id)?).await?;
            pieces += 1;
        }
        Ok(pieces)
    }

    async fn move_waiting(
        &self,
        tx: &mut dyn Transaction,
        id: ReorganisationId,
        mapping: Mapping<'_>,
    ) -> Result<u64, OfficeError> {
        let mut documents = 0;
        for item in tx.tray_ids().await? {
            let Some(mut item) = tx.tray_item(item).await? else { continue };
            let Some(to) = mapping.to(mapping.whole(&item.section)) else { continue };
            item.section = to.to_owned();
            item.row_version += 1;
            tx.put_tray_item(&item).await?;
            tx.append(self.moved("tray.handed-over", item.id, id)?).await?;
            documents += 1;
        }
        Ok(documents)
    }

    /// Writes down how many people the sections have from then on, where that was counted before: those who move leave the
    /// one and come to the other. A section that was counted on that day or later stays as it was counted.
    async fn move_heads(&self, tx: &mut dyn Transaction, on: Date, mapping: Mapping<'_>) -> Result<(), OfficeError> {
        let mut counted: BTreeMap<String, SectionHeads> =
            tx.heads().await?.into_iter().map(|heads| (heads.section.clone(), heads)).collect();
        let before: BTreeMap<String, u32> =
            counted.iter().filter_map(|(section, heads)| Some((section.clone(), heads.on(on)?))).collect();
        let mut after = before.clone();
        let mut carry = |one: &Move, heads: u32| {
            let from = after.entry(one.from.clone()).or_default();
            *from = from.saturating_sub(heads);
            *after.entry(one.to.clone()).or_default() += heads;
        };
        for one in mapping.0.iter().filter(|one| one.to != one.from) {
            let Some(heads) = before.get(&one.from).copied() else { continue };
            let named = |other: &&Move| other.from == one.from && matches!(other.part, MovedPart::Person(_));
            let named = u32::try_from(mapping.0.iter().filter(named).count()).unwrap_or(u32::MAX);
            match &one.part {
                MovedPart::Whole => carry(one, heads.saturating_sub(named)),
                MovedPart::Person(_) => carry(one, 1.min(heads)),
                MovedPart::Class(_) | MovedPart::File(_) | MovedPart::Notices(_) => {}
            }
        }
        let touched: BTreeSet<&String> =
            after.keys().filter(|section| after.get(*section) != before.get(*section)).collect();
        for section in touched {
            let none = SectionHeads { section: section.clone(), counts: Vec::new() };
            let mut heads = counted.remove(section).unwrap_or(none);
            if heads.counts.iter().any(|count| count.on >= on) {
                continue;
            }
            heads.take(HeadCount { on, heads: after.get(section).copied().unwrap_or_default() });
            tx.put_heads(&heads).await?;
        }
        Ok(())
    }

    /// Starts the entry that something moved.
    fn moved(&self, verb: &str, what: impl Display, id: ReorganisationId) -> Result<NewEntry, OfficeError> {
        Ok(self.entry_by("system", verb, what)?.with("reorganisation", id)?)
    }
}

/// Has another section keep a file where a line says so; tells whether one does.
fn take_over(row: &mut FileRow, (id, on): (ReorganisationId, Date), mapping: Mapping<'_>, classes: &Lineages) -> bool {
    let file = &mut row.file;
    let is_known = |name: &str| mapping.0.iter().any(|one| one.from == name);
    let (section, head) = custodian_of(&file.custodian, is_known);
    let line = mapping.file(section, file.id, &classes.of(&file.class));
    let Some(to) = mapping.to(line).map(|to| format!("{to}{head}")) else { return false };
    file.hand_over(to, on, id);
    true
}

/// Lets sections in by their new names, each once; returns how many that are.
fn rename_grants(grants: &mut Vec<AccessGrant>, mapping: Mapping<'_>) -> u64 {
    let mut renamed = 0;
    for grant in grants.iter_mut() {
        if let Grantee::Section(section) = &mut grant.to
            && let Some(to) = mapping.to(mapping.whole(section))
        {
            to.clone_into(section);
            renamed += 1;
        }
    }
    if renamed > 0 {
        // Of two that let the same section in, the one that lasts longer stays.
        let mut kept: Vec<AccessGrant> = Vec::new();
        for grant in std::mem::take(grants) {
            match kept.iter_mut().find(|other| other.to == grant.to) {
                None => kept.push(grant),
                Some(other) if outlasts(&grant, other) => *other = grant,
                Some(_) => {}
            }
        }
        *grants = kept;
    }
    renamed
}

fn outlasts(one: &AccessGrant, other: &AccessGrant) -> bool {
    match (one.until, other.until) {
        (None, Some(_)) => true,
        (Some(one), Some(other)) => one > other,
        (_, None) => false,
    }
}
