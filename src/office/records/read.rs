//! Shows and reads records, searches them, and lists the registers (R4).

use super::error::FilingError;
use super::glance::{Glance, Glances};
use super::sight::{READ, VIEWED, see_record};
use super::standing::Measure;
use super::views::{RecordView, RegisterPage, RegisterRow, is_hidden};
use super::{READERS, allow};
use crate::id::{NoticeId, RecordFileId, RecordId};
use crate::office::ports::{RecordRow, Survey, Tombstone, Transaction, VaultError};
use crate::office::{Actor, Office, OfficeError};
use crate::package::{PackageContents, PackageLimits, read_bag};
use crate::records::{AccessClass, Disposition, Reader, RecordFile, RetentionPeriod, may_see};

/// Files that one page of the register looks through for words at most.
const LONGEST_WAY: usize = 20_000;
/// Open files that are read at once.
const PAGE: u32 = 500;

impl Office {
    /// Shows a record with its file's dates today. Sealed-off and destroyed records are refused by name, restricted ones to
    /// those whom their file does not let in.
    ///
    /// That a restricted one was shown is in the ledger before it is.
    pub async fn record_view(&self, actor: &Actor, id: RecordId) -> Result<RecordView, OfficeError> {
        allow(actor, READERS)?;
        let (reader, mut tx) = (self.reader(actor), self.read().await?);
        let view = view(&mut *tx, &reader, id).await?;
        if view.access < AccessClass::Restricted {
            return Ok(view);
        }
        drop(tx);
        let mut tx = self.begin_reading().await?;
        let view = self::view(&mut *tx, &reader, id).await?;
        tx.append(self.entry(actor, VIEWED, id)?).await?;
        tx.commit().await?;
        Ok(view)
    }

    /// Returns the record of a notice, where it is filed: that it is, and nothing of it.
    pub async fn record_of_notice(&self, actor: &Actor, notice: NoticeId) -> Result<Option<RecordId>, OfficeError> {
        allow(actor, READERS)?;
        Ok(self.read().await?.record_of_notice(notice).await?.map(|row| row.record.id))
    }

    /// Reads a record's package: originals as they were received, what is said of them, and their report (R9).
    ///
    /// Every reading is in the ledger.
    pub async fn read_record(&self, actor: &Actor, id: RecordId) -> Result<PackageContents, OfficeError> {
        let bag = self.read_bag(actor, id).await?;
        Ok(read_bag(&bag, &PackageLimits::default()).map_err(VaultError::from)?)
    }

    /// Reads a record's bag as it was packed, digests checked, for export.
    pub async fn read_bag(&self, actor: &Actor, id: RecordId) -> Result<Vec<u8>, OfficeError> {
        allow(actor, READERS)?;
        let mut tx = self.begin().await?;
        let row = shown(&mut *tx, &self.reader(actor), id).await?;
        tx.append(self.entry(actor, READ, id)?).await?;
        tx.commit().await?;
        let (package, sha256) = (row.receipt.package, row.receipt.sealed_sha256);
        self.with_vault(move |vault| vault.read(package, &sha256)).await
    }

    /// Returns the register (文書ファイル管理簿): every record file with its dates today, by class and title (R4).
    pub async fn register(&self, actor: &Actor) -> Result<Vec<RegisterRow>, OfficeError> {
        self.surveyed(actor, Survey::Register, |_| true).await
    }

    /// Returns a page of the register: the rows after a file that hold each of the words in class, title, creator or
    /// custodian, at most so many (R4). Where the words are rare the page ends after a long way, and the next goes on.
    pub async fn register_page(
        &self,
        actor: &Actor,
        words: &str,
        after: Option<RecordFileId>,
        most: usize,
    ) -> Result<RegisterPage, OfficeError> {
        allow(actor, READERS)?;
        let (reader, mut tx) = (self.reader(actor), self.read().await?);
        let measure = Measure::read(&mut *tx, self.today()).await?;
        let mut glances = Glances::read(&mut *tx, measure).await?;
        let files = tx.count_files().await?.0;
        let mut page = RegisterPage { rows: Vec::new(), next: after, files };
        let (mut seen, step) = (0, u32::try_from(most).unwrap_or(u32::MAX));
        while seen < LONGEST_WAY {
            let found = tx.survey(Survey::Register, page.next, step).await?;
            let (all, last) = (found.len(), found.last().map(|last| last.file.id));
            seen += all;
            for surveyed in found {
                if page.rows.len() == most {
                    return Ok(page);
                }
                page.next = Some(surveyed.file.id);
                if has_words(&surveyed.file, &glances.measure.class_path(&surveyed.file.class), words, &reader) {
                    page.rows.push(glances.glance(&mut *tx, surveyed).await?.register_row(&reader));
                }
            }
            if all < most || last.is_none() {
                page.next = None;
                return Ok(page);
            }
        }
        Ok(page)
    }

    /// Returns record files that take records, that the actor may see and that hold each of the words, with the names of
    /// their classes, in the register's order, at most so many.
    pub async fn open_files(
        &self,
        actor: &Actor,
        words: &str,
        most: usize,
    ) -> Result<Vec<(RecordFile, String)>, OfficeError> {
        allow(actor, READERS)?;
        let mut tx = self.read().await?;
        let (measure, reader) = (Measure::read(&mut *tx, self.today()).await?, self.reader(actor));
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = tx.open_files(after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(found) };
            after = Some(last.id);
            for file in page.into_iter().filter(|file| may_see(file, None, &reader)) {
                let path = measure.class_path(&file.class);
                if has_words(&file, &path, words, &reader) {
                    found.push((file, path));
                }
                if found.len() == most {
                    return Ok(found);
                }
            }
        }
    }

    /// Returns what is due today, whatever its action at expiry (R5).
    pub async fn due_list(&self, actor: &Actor) -> Result<Vec<RegisterRow>, OfficeError> {
        self.surveyed(actor, Survey::ExpiredBefore(self.today()), |glance| glance.due.due).await
    }

    /// Judges every file of a survey, and returns the rows of those that are wanted.
    pub(super) async fn surveyed(
        &self,
        actor: &Actor,
        survey: Survey,
        wanted: impl Fn(&Glance) -> bool + Send,
    ) -> Result<Vec<RegisterRow>, OfficeError> {
        allow(actor, READERS)?;
        let (reader, mut tx) = (self.reader(actor), self.read().await?);
        let measure = Measure::read(&mut *tx, self.today()).await?;
        let (mut glances, mut after) = (Glances::read(&mut *tx, measure).await?, None);
        let mut rows = Vec::new();
        loop {
            let page = glances.page(&mut *tx, survey, after).await?;
            let Some(last) = page.last() else { return Ok(rows) };
            after = Some(last.surveyed.file.id);
            let seen = page.into_iter().map(|glance| glance.seen_by(&reader));
            rows.extend(seen.filter(&wanted).map(|glance| glance.register_row(&reader)));
        }
    }

    /// Returns the queue 満了日を計算できない文書: record files whose last day cannot be told. They are kept.
    ///
    /// Permanent files and files in use have no last day by rule; they are not in the queue.
    pub async fn undetermined_files(&self, actor: &Actor) -> Result<Vec<RegisterRow>, OfficeError> {
        let counted = |glance: &Glance| matches!(glance.surveyed.file.terms.years, RetentionPeriod::Years(_));
        self.surveyed(actor, Survey::Undated, |glance| counted(glance) && glance.due.expires_on.is_none()).await
    }

    /// Returns what is due but not for destruction: to be transferred or decided on.
    pub async fn due_otherwise(&self, actor: &Actor) -> Result<Vec<RegisterRow>, OfficeError> {
        let otherwise = |glance: &Glance| glance.surveyed.file.present_action() != Disposition::Destroy;
        let today = Survey::ExpiredBefore(self.today());
        self.surveyed(actor, today, |glance| glance.due.due && otherwise(glance)).await
    }

    /// Returns the tombstone of a destroyed record.
    pub async fn tombstone(&self, actor: &Actor, id: RecordId) -> Result<Option<Tombstone>, OfficeError> {
        allow(actor, READERS)?;
        Ok(self.read().await?.tombstone(id).await?)
    }
}

/// Tells whether a file has each of the words somewhere in what the register says of it to a reader.
fn has_words(file: &RecordFile, class_path: &str, words: &str, reader: &Reader) -> bool {
    let title = file.title_for(reader);
    let text = format!("{} {class_path} {title} {} {}", file.class, file.creator, file.custodian);
    words.split_whitespace().all(|word| text.contains(word))
}

/// Reads a record with its file for a reader who may see it.
async fn view(tx: &mut dyn Transaction, reader: &Reader, id: RecordId) -> Result<RecordView, OfficeError> {
    let mut row = shown(tx, reader, id).await?;
    let measure = Measure::read(tx, reader.today).await?;
    let standing = measure.stand_by_id(tx, row.record.file).await?;
    let file = &standing.row.file;
    let access = file.access_of(Some(&row.record));
    if !reader.sees_all {
        row.record.access.iter_mut().for_each(|own| own.wish = None);
    }
    Ok(RecordView {
        row,
        file_title: file.title_for(reader),
        access,
        class_path: standing.class_path.clone(),
        dates: standing.due.clone(),
        holds: standing.holds_in_force(reader),
    })
}

/// Returns a record that may be shown to a reader.
async fn shown(tx: &mut dyn Transaction, reader: &Reader, id: RecordId) -> Result<RecordRow, OfficeError> {
    match tx.record(id).await? {
        Some(row) => {
            see_record(tx, reader, &row).await?;
            if is_hidden(row.record.state) { Err(FilingError::SealedOff(id).into()) } else { Ok(row) }
        }
        None if tx.tombstone(id).await?.is_some() => Err(FilingError::Destroyed(id).into()),
        None => Err(FilingError::NoSuchRecord(id).into()),
    }
}
