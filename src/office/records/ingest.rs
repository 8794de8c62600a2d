//! Files a document: bytes before row, so that a crash leaves either both or an intent that says what was going on.

use super::contents::{Said, check_derivatives, hear, sealed};
use super::error::FilingError;
use super::files::unlisted;
use super::filing::Seen;
use super::sight::{first_of_bytes, see_file};
use super::standing::rule_book;
use super::views::{Filed, NewRecord};
use super::{FILERS, allow, said};
use crate::digest::Sha256Hex;
use crate::id::{RecordFileId, RecordId, WorkerId};
use crate::office::error::{LONGEST_FILE_NAME, LONGEST_TITLE, fits};
use crate::office::ports::{
    FileRow, FixityRow, IngestIntent, NewPackage, PackageName, PackageReceipt, RecordDraft, RecordRow, RecordText,
    StoreError, Transaction, VaultError,
};
use crate::office::{Actor, Office, OfficeError, Unfinished, side_by_side};
use crate::package::{Original, PackageContents, PackageEvent, PackageMetadata, write_bag};
use crate::records::{Record, RecordAccess, RecordState, RecordsError, RuleBook, RuleChange, due_date};
use crate::time::Instant;
use std::collections::{BTreeMap, BTreeSet};

/// A document that its file takes.
struct Announced {
    draft: RecordDraft,
    file: FileRow,
    new: NewRecord,
    begun_at: Instant,
    worker: Option<WorkerId>,
}

/// A document on its way: its intent, the file it goes into, its bag, and what it says.
struct Coming {
    intent: IngestIntent,
    file: RecordFileId,
    bag: Vec<u8>,
    said: Option<Said>,
}

/// What documents that are filed together are looked up in, read once for all of them in one transaction.
struct Desk<'a> {
    rules: RuleBook,
    files: Takers,
    /// The digests of those whose bytes a record has.
    known: BTreeSet<Sha256Hex>,
    /// Those that came before and are no records yet.
    seen: &'a Seen,
}

/// Files that take documents, each asked for once in a transaction.
#[derive(Default)]
struct Takers(BTreeMap<RecordFileId, FileRow>);

impl Coming {
    /// Takes what the vault is to write.
    fn package(&mut self) -> NewPackage {
        let (package, bag_sha256) = (package_of(&self.intent), self.intent.bag_sha256.clone());
        NewPackage { package, bag: std::mem::take(&mut self.bag), bag_sha256 }
    }
}

impl Takers {
    async fn unlisted(&mut self, tx: &mut dyn Transaction, id: RecordFileId) -> Result<FileRow, OfficeError> {
        if let Some(row) = self.0.get(&id) {
            return Ok(row.clone());
        }
        let row = unlisted(tx, id).await?;
        self.0.insert(id, row.clone());
        Ok(row)
    }
}

impl Office {
    /// Files a document and returns only when its bytes and its row are safe (R3, R9).
    ///
    /// In this order: intent row, package, then record row, dates and ledger entry in one transaction. The original bytes
    /// are kept as they are. The same bytes filed before are flagged, never refused and never shared.
    pub async fn file_record(&self, actor: &Actor, new: NewRecord) -> Result<Filed, OfficeError> {
        self.file_as(actor, RecordId::from_bytes(self.random()?), new).await
    }

    /// Files a document as a record that was chosen before.
    pub(in crate::office) async fn file_as(
        &self,
        actor: &Actor,
        id: RecordId,
        new: NewRecord,
    ) -> Result<Filed, OfficeError> {
        let filed = self.file_all(actor, vec![(id, new)], &Seen::default()).await?;
        // One document, one answer.
        filed.into_iter().next().unwrap_or(Err(StoreError::Conflict.into()))
    }

    /// Files documents as records that were chosen before, knowing those that were seen; see [`super::Filing::file`].
    pub(super) async fn file_all(
        &self,
        actor: &Actor,
        news: Vec<(RecordId, NewRecord)>,
        seen: &Seen,
    ) -> Result<Vec<Result<Filed, OfficeError>>, OfficeError> {
        allow(actor, FILERS)?;
        let mut news = news;
        let digested = self.busy(move || {
            let digests = side_by_side(&mut news, |(_, new)| Sha256Hex::of(&new.bytes))?;
            Ok::<_, Unfinished>(news.into_iter().zip(digests))
        });
        let digested = digested.await??;
        let digested: Vec<_> = digested.collect();
        let digests: Vec<Sha256Hex> = digested.iter().map(|(_, sha256)| sha256.clone()).collect();
        let mut tx = self.read().await?;
        let (rules, known) = (rule_book(&mut *tx).await?, tx.digests_among(&digests).await?);
        let mut desk = Desk { rules, files: Takers::default(), known, seen };
        let mut announced = Vec::new();
        for (named, sha256) in digested {
            announced.push(Some(self.announced(&mut *tx, actor, (named, sha256), &mut desk).await));
        }
        drop(tx);
        let mut coming = self.busy(move || side_by_side(&mut announced, bagged)).await??;
        if coming.iter().any(Result::is_ok) {
            self.write_intents(&mut coming).await?;
        }
        if coming.iter().all(Result::is_err) {
            return Ok(coming.into_iter().filter_map(Result::err).map(Err).collect());
        }
        let packages: Vec<NewPackage> = coming.iter_mut().flatten().map(Coming::package).collect();
        let said = coming.iter_mut().flatten().map(|one| Some((package_of(&one.intent), one.said.take()?)));
        let said: Vec<(PackageName, Said)> = said.flatten().collect();
        let who = actor.user().to_string();
        let written = self.with_vault(move |vault| {
            let receipts = vault.write_all(&packages)?;
            Ok((receipts, sealed(vault, said)))
        });
        let (receipts, texts) = match written.await {
            Ok(written) => written,
            Err(error) => {
                for one in coming.iter().flatten() {
                    self.give_up(&who, &one.intent).await?;
                }
                return Err(error);
            }
        };
        self.finish_all(&who, coming, receipts, &texts).await
    }

    /// Reads what a document may go into, and what it is a duplicate of.
    async fn announced(
        &self,
        tx: &mut dyn Transaction,
        actor: &Actor,
        ((id, new), sha256): ((RecordId, NewRecord), Sha256Hex),
        desk: &mut Desk<'_>,
    ) -> Result<Announced, OfficeError> {
        said(&new.title, "title")?;
        said(&new.original_name, "original name")?;
        fits(&new.title, "title", LONGEST_TITLE)?;
        fits(&new.original_name, "original name", LONGEST_FILE_NAME)?;
        check_derivatives(&new)?;
        if new.created > self.today() {
            return Err(FilingError::Future(new.created).into());
        }
        let file = desk.files.unlisted(tx, new.file).await?;
        see_file(&file.file, &self.reader(actor))?;
        admits(tx, &desk.rules, &file, &new).await?;
        let earlier = match desk.known.contains(&sha256) {
            true => first_of_bytes(tx, &self.reader(actor), &sha256).await?,
            false => None,
        };
        let before = desk.seen.first(&sha256, id);
        let duplicate_of = earlier.or(before);
        let (filed_by, notice, token) = (actor.user(), new.notice, actor.token());
        let draft = RecordDraft { record: self.announce(id, &new, sha256), filed_by, notice, duplicate_of, token };
        Ok(Announced { draft, file, new, begun_at: self.now(), worker: self.workplace.worker() })
    }

    /// Writes the intents in one transaction; one that is refused has its answer with that.
    async fn write_intents(&self, coming: &mut [Result<Coming, OfficeError>]) -> Result<(), OfficeError> {
        let mut tx = self.begin().await?;
        let ids: Vec<RecordId> = coming.iter().flatten().map(|one| one.intent.draft.record.id).collect();
        let (taken, mut files) = (tx.records_known(&ids).await?, Takers::default());
        for slot in coming.iter_mut() {
            let Ok(one) = &*slot else { continue };
            if let Err(error) = may_intend(&mut *tx, one, &taken, &mut files).await {
                *slot = Err(error);
            } else if one.intent.draft.notice.is_some() {
                // Another document of the same notice is to find it.
                tx.put_intents(&[&one.intent]).await?;
            }
        }
        let intents = coming.iter().flatten().map(|one| &one.intent).filter(|intent| intent.draft.notice.is_none());
        tx.put_intents(&intents.collect::<Vec<_>>()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Writes the rows of all whose packages are safe in one transaction, and gives up the others.
    async fn finish_all(
        &self,
        who: &str,
        coming: Vec<Result<Coming, OfficeError>>,
        receipts: Vec<Result<PackageReceipt, VaultError>>,
        texts: &[RecordText],
    ) -> Result<Vec<Result<Filed, OfficeError>>, OfficeError> {
        let (mut receipts, mut answers, mut safe) = (receipts.into_iter(), Vec::new(), Vec::new());
        let mut tx = self.begin().await?;
        for slot in coming {
            let one = match slot {
                Ok(one) => one,
                Err(error) => {
                    answers.push(Some(Err(error)));
                    continue;
                }
            };
            let missing = VaultError::NoSuchPackage(package_of(&one.intent));
            answers.push(match receipts.next().unwrap_or(Err(missing)) {
                Ok(receipt) => {
                    safe.push((one.intent, receipt));
                    None
                }
                Err(trouble) => {
                    self.give_up_in(&mut *tx, who, &one.intent).await?;
                    Some(Err(trouble.into()))
                }
            });
        }
        let mut filed = self.finish_in(&mut *tx, who, safe, texts).await?.into_iter();
        tx.commit().await?;
        // What has no answer yet is filed, in the same order.
        let answers = answers.into_iter().map(|answer| answer.or_else(|| filed.next().map(Ok)));
        Ok(answers.map(|answer| answer.unwrap_or(Err(StoreError::Conflict.into()))).collect())
    }

    /// Writes the record's row, its file's dates and the ledger entry in one transaction, and takes the intent away.
    ///
    /// Doing it again for a record that is there already changes nothing.
    pub(super) async fn finish_filing(
        &self,
        actor: &str,
        intent: IngestIntent,
        receipt: PackageReceipt,
    ) -> Result<Filed, OfficeError> {
        let mut tx = self.begin().await?;
        let filed = self.finish_in(&mut *tx, actor, vec![(intent, receipt)], &[]).await?.pop();
        tx.commit().await?;
        // One intent, one answer.
        filed.ok_or(StoreError::Conflict.into())
    }

    async fn finish_in(
        &self,
        tx: &mut dyn Transaction,
        actor: &str,
        safe: Vec<(IngestIntent, PackageReceipt)>,
        texts: &[RecordText],
    ) -> Result<Vec<Filed>, OfficeError> {
        let (today, mut filed, mut rows) = (self.today(), Vec::new(), Vec::new());
        let ids: Vec<RecordId> = safe.iter().map(|(intent, _)| intent.draft.record.id).collect();
        let there = tx.records_known(&ids).await?;
        let into: BTreeSet<RecordFileId> = safe.iter().map(|(intent, _)| intent.draft.record.file).collect();
        let files = tx.files_among(&into.into_iter().collect::<Vec<_>>()).await?;
        let mut files: BTreeMap<_, _> = files.into_iter().map(|row| (row.file.id, (row, false))).collect();
        let (mut checked, mut entries) = (Vec::new(), Vec::new());
        for (IngestIntent { draft, .. }, receipt) in safe {
            let (id, file_id) = (draft.record.id, draft.record.file);
            let (file, changed) = files.get_mut(&file_id).ok_or(FilingError::NoSuchFile(file_id))?;
            let (sha256, package_sha256) = (draft.record.sha256.clone(), receipt.sealed_sha256.clone());
            let (duplicate_of, token) = (draft.duplicate_of, draft.token);
            if !there.contains(&id) {
                let row = row_of(draft, receipt, self.now());
                file.file.facts.created = file.file.facts.created.max(Some(row.record.created));
                file.file.row_version = file.file.row_version.saturating_add(1);
                file.dates = due_date(&file.file.terms, &file.file.facts, &[], today);
                *changed = true;
                // What was written was read back.
                checked.push(FixityRow::sound(id, row.record.filed_at));
                let entry = self.entry_by(actor, "record.filed", id)?.with("file", file_id)?;
                let entry = entry.with("sha256", &sha256)?.with("package", &package_sha256)?;
                let entry = token.map_or(Ok(entry.clone()), |token| entry.with("token", token))?;
                entries.push(entry.with_number("size-bytes", row.record.size_bytes)?);
                rows.push(row);
            }
            filed.push(Filed { record: id, sha256, package_sha256, duplicate_of, dates: file.dates.clone() });
        }
        let changed: Vec<FileRow> = files.into_values().filter(|(_, changed)| *changed).map(|(row, _)| row).collect();
        tx.put_files(&changed).await?;
        tx.put_records(&rows).await?;
        let new: BTreeSet<RecordId> = rows.iter().map(|row| row.record.id).collect();
        let texts: Vec<RecordText> = texts.iter().filter(|text| new.contains(&text.record)).cloned().collect();
        if !texts.is_empty() {
            tx.put_texts(&self.index_keys()?, &texts).await?;
        }
        tx.put_all_fixity(&checked).await?;
        tx.remove_intents(&ids).await?;
        tx.append_all(entries).await?;
        Ok(filed)
    }

    /// Takes an intent away whose package was not written; nothing was acknowledged.
    pub(super) async fn give_up(&self, actor: &str, intent: &IngestIntent) -> Result<(), OfficeError> {
        let mut tx = self.begin().await?;
        self.give_up_in(&mut *tx, actor, intent).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn give_up_in(
        &self,
        tx: &mut dyn Transaction,
        actor: &str,
        intent: &IngestIntent,
    ) -> Result<(), OfficeError> {
        let id = intent.draft.record.id;
        if tx.remove_intent(id).await? {
            let entry = self.entry_by(actor, "record.not-filed", id)?;
            tx.append(entry.with("sha256", &intent.draft.record.sha256)?).await?;
        }
        Ok(())
    }

    fn announce(&self, id: RecordId, new: &NewRecord, sha256: Sha256Hex) -> Record {
        Record {
            id,
            file: new.file,
            title: new.title.clone(),
            number: new.number.clone(),
            created: new.created,
            original_name: new.original_name.clone(),
            media_type: new.media_type.clone(),
            size_bytes: new.bytes.len() as u64,
            sha256,
            made: Vec::new(),
            version: 1,
            package_sha256: None,
            access: new.access.and_then(RecordAccess::of),
            state: RecordState::Staged,
            filed_at: self.now(),
            row_version: 1,
        }
    }
}

/// Makes the bag of a document that is announced; one that was refused stays refused.
fn bagged(announced: &mut Option<Result<Announced, OfficeError>>) -> Result<Coming, OfficeError> {
    let Announced { mut draft, file, mut new, begun_at, worker } =
        announced.take().unwrap_or(Err(OfficeError::Task))?;
    let (said, made) = hear(&mut new);
    draft.record.made = new.derivatives.iter().map(|one| one.kind.clone()).collect();
    let bag = write_bag(&contents(&draft, &file, new, made, begun_at)).map_err(VaultError::from)?;
    let intent = IngestIntent { draft, bag_sha256: Sha256Hex::of(&bag), begun_at, worker };
    Ok(Coming { intent, file: file.file.id, bag, said: Some(said) })
}

/// Refuses the intent of a document that its file does not take any more, or that is a record already.
async fn may_intend(
    tx: &mut dyn Transaction,
    coming: &Coming,
    taken: &BTreeSet<RecordId>,
    files: &mut Takers,
) -> Result<(), OfficeError> {
    let file = files.unlisted(tx, coming.file).await?;
    if file.file.closed {
        return Err(FilingError::FileClosed(file.file.id).into());
    }
    if let Some(notice) = coming.intent.draft.notice {
        unfiled(tx, notice).await?;
    }
    if taken.contains(&coming.intent.draft.record.id) {
        return Err(StoreError::Conflict.into());
    }
    Ok(())
}

/// Names the package of an intent.
pub(super) fn package_of(intent: &IngestIntent) -> PackageName {
    PackageName { record: intent.draft.record.id, version: intent.draft.record.version }
}

/// Returns the file if it takes the document: open, on no list, and under the one rule that the document has (R3).
pub(super) async fn admitting(tx: &mut dyn Transaction, new: &NewRecord) -> Result<FileRow, OfficeError> {
    let (rules, file) = (rule_book(tx).await?, unlisted(tx, new.file).await?);
    admits(tx, &rules, &file, new).await?;
    Ok(file)
}

/// Refuses a document that a file, which is on no list, does not take.
async fn admits(
    tx: &mut dyn Transaction,
    rules: &RuleBook,
    file: &FileRow,
    new: &NewRecord,
) -> Result<(), OfficeError> {
    if file.file.closed {
        return Err(FilingError::FileClosed(new.file).into());
    }
    if rules.is_empty() {
        return Err(FilingError::NoRuleSet.into());
    }
    let Some((set, rule)) = rules.rule_for(&file.file.class, new.created) else {
        return Err(FilingError::NoRule { class: file.file.class.clone(), day: new.created }.into());
    };
    file.file.admit(&set.reference(rule))?;
    if matches!(file.file.change_to(rule), RuleChange::Longer | RuleChange::Unclear) {
        // The rule of that day keeps the document longer than the file's own would: not in this file.
        let bound = format!("{} ({})", file.file.rule.rule, file.file.rule.version);
        return Err(RecordsError::MixedRules { bound, offered: format!("{} ({})", rule.id, set.version) }.into());
    }
    if let Some(notice) = new.notice {
        unfiled(tx, notice).await?;
    }
    Ok(())
}

/// Refuses a notice that is in a record already, or on its way into one.
async fn unfiled(tx: &mut dyn Transaction, notice: crate::id::NoticeId) -> Result<(), OfficeError> {
    let filed = tx.record_of_notice(notice).await?.map(|row| row.record.id);
    let going = tx.intents().await?.into_iter().find(|intent| intent.draft.notice == Some(notice));
    match filed.or(going.map(|intent| intent.draft.record.id)) {
        Some(record) => Err(FilingError::NoticeFiled(record).into()),
        None => Ok(()),
    }
}

fn row_of(draft: RecordDraft, receipt: PackageReceipt, filed_at: Instant) -> RecordRow {
    let RecordDraft { mut record, filed_by, notice, duplicate_of, .. } = draft;
    record.package_sha256 = Some(receipt.sealed_sha256.clone());
    record.state = RecordState::Filed;
    record.filed_at = filed_at;
    RecordRow { record, receipt, filed_by, notice, duplicate_of }
}

fn contents(
    draft: &RecordDraft,
    file: &FileRow,
    new: NewRecord,
    made: Vec<(&'static str, String)>,
    at: Instant,
) -> PackageContents {
    let (record, file) = (&draft.record, &file.file);
    let metadata = PackageMetadata {
        record: record.id,
        version: record.version,
        title: record.title.clone(),
        number: record.number.clone(),
        created: record.created,
        packaged_at: at,
        creator: file.creator.clone(),
        file: file.id,
        file_title: file.title.clone(),
        class: file.class.clone(),
        rule: file.rule.clone(),
        terms: file.terms,
        facts: file.facts.clone(),
        more: serde_json::json!({
            "filed_by": draft.filed_by,
            "notice": draft.notice,
            "duplicate_of": draft.duplicate_of,
            "digitisation": new.digitisation,
        }),
    };
    let event = |kind: &str, detail: String| PackageEvent {
        kind: kind.to_owned(),
        at,
        agent: draft.filed_by.to_string(),
        detail,
        outcome: "success".to_owned(),
    };
    let mut events = vec![
        event("ingestion", "filed in the records archive".to_owned()),
        event("message digest calculation", format!("SHA-256 {}", record.sha256)),
    ];
    if new.validation_report.is_some() {
        events.push(event("digital signature validation", "the report is in metadata/validation.json".to_owned()));
    }
    if let Some(scan) = &new.digitisation {
        let mut checked =
            event("quality review", format!("{} of {} pages looked at", scan.looked_at.len(), scan.pages.len()));
        (checked.at, checked.agent) = (scan.checked_at, scan.checked_by.to_string());
        let mut scanned = event("digitization", format!("{} pages {}", scan.pages.len(), scan.device));
        (scanned.at, scanned.agent) = (scan.scanned_at, scan.scanned_by.to_string());
        events.splice(0..0, [scanned, checked]);
    }
    events.extend(made.into_iter().map(|(kind, detail)| event(kind, detail)));
    let original = Original {
        name: new.original_name,
        media_type: new.media_type,
        bytes: new.bytes,
        sha256: record.sha256.clone(),
    };
    PackageContents {
        metadata,
        originals: vec![original],
        derivatives: new.derivatives,
        events,
        validation_report: new.validation_report,
    }
}

/// Tells whether an error of the vault says that the package is simply not there.
pub(super) fn is_absent(error: &VaultError) -> bool {
    matches!(error, VaultError::NoSuchPackage(_))
}
