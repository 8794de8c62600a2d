//! What the program does with documents in the tray by itself: looks at their pages, takes stacks apart at their cover sheets,
//! messages at their attachments, and makes derivatives. What it cannot do goes to a person, and the queue goes on.

use super::arrive::{Bringer, NewArrival};
use super::error::TrayError;
use super::look::{Outcome, Seen, attachments, converted, digitised, doubtful, extracted, is_of_the_document, trouble};
use super::pages::has_pages;
use super::{FILERS, SYSTEM, allow};
use crate::digest::sha256;
use crate::fault::Fault;
use crate::id::RecordId;
use crate::office::ports::{FilingWish, PackageName, TrayItem, TrayState, VaultError};
use crate::office::{Actor, Office, OfficeError};
use crate::package::{PackageLimits, WaitingContents, read_waiting_bag, write_waiting_bag};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// How often a document is begun before it is set aside: what ends the program each time would do so for ever.
const MOST_ATTEMPTS: u32 = 5;
/// A document of more bytes than this may take hours, for which no other waits.
const LONG_BYTES: u64 = 16 << 20;
/// The versions that a document's package can have in the tray.
const MOST_VERSIONS: u32 = 16;

/// How far this process is with the documents it works on: pages done, and of how many.
#[derive(Debug, Default)]
pub struct Progress(Mutex<BTreeMap<RecordId, (u32, u32)>>);

impl Progress {
    /// Returns how far a document is.
    pub fn of(&self, id: RecordId) -> Option<(u32, u32)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&id).copied()
    }

    pub(super) fn note(&self, id: RecordId, done: Option<(u32, u32)>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match done {
            Some(done) => all.insert(id, done),
            None => all.remove(&id),
        };
    }
}

/// What a round through the tray did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrayRun {
    /// Documents that now wait for a second person.
    pub to_check: usize,
    /// Stacks and messages that came apart.
    pub divided: usize,
    /// Documents that a person has to look at first.
    pub doubtful: usize,
    /// Documents that were accepted before and are filed now.
    pub filed: usize,
    /// Documents that left.
    pub left: usize,
}

impl TrayRun {
    /// Adds what another round did.
    fn and(self, other: Self) -> Self {
        Self {
            to_check: self.to_check + other.to_check,
            divided: self.divided + other.divided,
            doubtful: self.doubtful + other.doubtful,
            filed: self.filed + other.filed,
            left: self.left + other.left,
        }
    }
}

/// Which of the documents that wait are worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrayLane {
    /// Those of a usual length; beside them all that takes no time.
    Short,
    /// The large ones.
    Long,
}

impl Office {
    /// Goes through the tray once: works on what waits, the short documents first, files what was accepted and stopped, lets
    /// go what leaves. Of several processes each takes what no other has in hand.
    ///
    /// # Errors
    /// What would meet every document: the database, the vault, a virus check that does not answer.
    pub async fn work_through_tray(&self) -> Result<TrayRun, OfficeError> {
        let short = self.work_through_lane(TrayLane::Short).await?;
        let long = self.work_through_lane(TrayLane::Long).await?;
        // What came out of a long stack is short, and the stack leaves.
        Ok(short.and(long).and(self.work_through_lane(TrayLane::Short).await?))
    }

    /// As [`Self::work_through_tray`], for one lane: who keeps at each of them lets no short document wait for a long one.
    ///
    /// # Errors
    /// As there.
    pub async fn work_through_lane(&self, lane: TrayLane) -> Result<TrayRun, OfficeError> {
        let mut run = TrayRun::default();
        let mut tried = BTreeSet::new();
        if lane == TrayLane::Long {
            while self.work_on_waiting(lane, &mut tried, &mut run).await? {}
            return Ok(run);
        }
        let accepted = self.read().await?.tray_in(TrayState::Accepted, None, u32::MAX).await?;
        for item in accepted {
            let Some(lease) = self.lease(&lease_on(item.id)).await? else { continue };
            let filed = self.file_accepted(item.id).await;
            self.release(lease).await;
            run.filed += usize::from(filed?.is_some());
        }
        // What comes out of a stack waits, too, and may stand before it.
        while self.work_on_waiting(lane, &mut tried, &mut run).await? {}
        run.left = self.clear_tray().await?;
        Ok(run)
    }

    /// Works on every document of a lane that waits and was not tried yet; tells whether there was any.
    async fn work_on_waiting(
        &self,
        lane: TrayLane,
        tried: &mut BTreeSet<RecordId>,
        run: &mut TrayRun,
    ) -> Result<bool, OfficeError> {
        let (before, mut place) = (tried.len(), None);
        loop {
            let waiting = self.read().await?.tray_in(TrayState::Waiting, place, 1).await?;
            let Some(item) = waiting.into_iter().next() else { break };
            place = Some((item.arrived_at, item.id));
            if (item.size_bytes > LONG_BYTES) != (lane == TrayLane::Long) || !tried.insert(item.id) {
                continue;
            }
            let Some(lease) = self.lease(&lease_on(item.id)).await? else { continue };
            let done = self.work_on(item.id).await;
            self.progress.note(item.id, None);
            self.release(lease).await;
            match done? {
                Some(TrayState::ToCheck) => run.to_check += 1,
                Some(TrayState::Leaving) => run.divided += 1,
                Some(TrayState::Doubtful) => run.doubtful += 1,
                _ => {}
            }
        }
        Ok(tried.len() > before)
    }

    /// Has the program look at a document anew, or for the first time, as somebody asks for it.
    pub async fn look_again(&self, actor: &Actor, id: RecordId, row_version: u64) -> Result<TrayItem, OfficeError> {
        allow(actor, FILERS)?;
        let (mut tx, mut item) = self.in_hand(actor, id, row_version).await?;
        if !matches!(item.state, TrayState::Doubtful | TrayState::ToCheck | TrayState::Rejected) {
            return Err(TrayError::NotNow(item.state).into());
        }
        (item.state, item.attempts, item.check) = (TrayState::Waiting, 0, None);
        tx.put_tray_item(&item).await?;
        tx.append(self.entry(actor, "tray.looked-at-again", id)?).await?;
        tx.commit().await?;
        Ok(item)
    }

    /// Has a doubtful document go on as one, as it came, without anything made of it.
    pub async fn keep_whole(&self, actor: &Actor, id: RecordId, row_version: u64) -> Result<TrayItem, OfficeError> {
        allow(actor, FILERS)?;
        let (mut tx, mut item) = self.in_hand(actor, id, row_version).await?;
        if item.state != TrayState::Doubtful {
            return Err(TrayError::NotNow(item.state).into());
        }
        item.state = TrayState::ToCheck;
        tx.put_tray_item(&item).await?;
        tx.append(self.entry(actor, "tray.kept-whole", id)?).await?;
        tx.commit().await?;
        Ok(item)
    }

    /// Takes a stack apart as a person says: the pages of each part, and the record file it goes to where that is known.
    ///
    /// Pages that no part names are left out; they stay in the stack, which can be taken back for some days.
    pub async fn divide_scan(
        &self,
        actor: &Actor,
        id: RecordId,
        row_version: u64,
        parts: Vec<(Vec<u32>, FilingWish)>,
    ) -> Result<Vec<RecordId>, OfficeError> {
        allow(actor, FILERS)?;
        let Some(lease) = self.lease(&lease_on(id)).await? else { return Err(OfficeError::Leased) };
        let divided = self.divide_under_lease(actor, (id, row_version), parts).await;
        self.release(lease).await;
        divided
    }

    async fn divide_under_lease(
        &self,
        actor: &Actor,
        (id, row_version): (RecordId, u64),
        parts: Vec<(Vec<u32>, FilingWish)>,
    ) -> Result<Vec<RecordId>, OfficeError> {
        let (tx, item) = self.in_hand(actor, id, row_version).await?;
        drop(tx);
        if !matches!(item.state, TrayState::Doubtful | TrayState::ToCheck) {
            return Err(TrayError::NotNow(item.state).into());
        }
        let named: Vec<u32> = parts.iter().flat_map(|(pages, _)| pages).copied().collect();
        let there: Vec<u32> = item.pages.iter().map(|page| page.number).collect();
        let mut once = named.clone();
        once.sort_unstable();
        once.dedup();
        let is_bad = parts.is_empty() || parts.iter().any(|(pages, _)| pages.is_empty());
        if is_bad || once.len() != named.len() || once.iter().any(|page| !there.contains(page)) || item.signed {
            return Err(TrayError::BadParts.into());
        }
        let left_out = once.len() < there.len();
        let contents = self.waiting(&item).await?;
        let digitiser = self.digitiser.clone().ok_or(TrayError::NoPages)?;
        let of = item.clone();
        let parts = self.busy(move || {
            let parts = parts.into_iter().map(|(pages, wish)| (pages, wish, None));
            extracted(&*digitiser, &of, &contents, parts.collect())
        });
        let parts = parts.await?.map_err(TrayError::from)?;
        // What was left out was left out by a person: the whole can be taken back.
        let end = if left_out { TrayState::GivenUp } else { TrayState::Leaving };
        self.come_apart(item, parts, end, &actor.user().to_string()).await
    }

    /// Works on one document that waits; tells in which state it is then.
    async fn work_on(&self, id: RecordId) -> Result<Option<TrayState>, OfficeError> {
        let mut tx = self.begin().await?;
        let Some(mut item) = tx.tray_item(id).await?.filter(|item| item.state == TrayState::Waiting) else {
            return Ok(None);
        };
        item.attempts = item.attempts.saturating_add(1);
        item = item.changed();
        tx.put_tray_item(&item).await?;
        tx.commit().await?;
        let outcome = if item.attempts > MOST_ATTEMPTS {
            doubtful(trouble(0, "tray-gave-up", "the program ended again and again while it worked on this"))
        } else {
            match self.look_into(&item).await {
                Ok(outcome) => outcome,
                // The document's matter, or a defect that it brings to light: the queue goes on.
                Err(error) if is_of_the_document(&error) => doubtful(trouble(0, error.code(), &error.to_string())),
                Err(error) => return Err(error),
            }
        };
        match outcome {
            Outcome::ToCheck(seen) => self.to_check(item, *seen).await.map(Some),
            Outcome::Parts(parts) => {
                self.come_apart(item, parts, TrayState::Leaving, SYSTEM).await?;
                Ok(Some(TrayState::Leaving))
            }
            Outcome::Doubtful { pages, troubles } => {
                (item.state, item.pages, item.troubles) = (TrayState::Doubtful, pages, troubles);
                self.write_processed(item, "tray.doubtful").await.map(|item| Some(item.state))
            }
        }
    }

    /// Looks at a document, and makes of it what is to be made.
    async fn look_into(&self, item: &TrayItem) -> Result<Outcome, OfficeError> {
        let contents = self.waiting(item).await?;
        if item.media_type == "message/rfc822" {
            let item = item.clone();
            return self.busy(move || Ok(Outcome::ToCheck(Box::new(attachments(&item, &contents))))).await?;
        }
        if let Some(converter) = self.converter.clone().filter(|converter| converter.takes(&item.media_type)) {
            return self.busy(move || Ok(Outcome::ToCheck(Box::new(converted(&*converter, &contents))))).await?;
        }
        let Some(digitiser) = self.digitiser.clone().filter(|_| has_pages(item)) else {
            return Ok(Outcome::ToCheck(Box::default()));
        };
        let (item, progress) = (item.clone(), Arc::clone(&self.progress));
        self.busy(move || digitised(&*digitiser, &item, &contents, &progress)).await?
    }

    /// Reads what of a document is in the vault.
    pub(super) async fn waiting(&self, item: &TrayItem) -> Result<WaitingContents, OfficeError> {
        let receipt = item.safe()?;
        let bag = self.with_vault(move |vault| vault.read(receipt.package, &receipt.sealed_sha256)).await?;
        let contents = self.busy(move || read_waiting_bag(&bag, &PackageLimits::default())).await?;
        Ok(contents.map_err(VaultError::from)?)
    }

    /// Puts what was made of a document beside it into the vault, and has it wait for the second person.
    async fn to_check(&self, mut item: TrayItem, seen: Seen) -> Result<TrayState, OfficeError> {
        let Seen { pages, reader, derivatives, troubles, beside } = seen;
        let bringer = item.bringer();
        for (seed, part) in beside {
            self.bring_part(&bringer, &item, &seed, part).await?;
        }
        if !derivatives.is_empty() {
            let contents = WaitingContents { derivatives, ..self.waiting(&item).await? };
            item = self.repacked(item, contents).await?;
        }
        (item.state, item.pages, item.reader, item.troubles) = (TrayState::ToCheck, pages, reader, troubles);
        Ok(self.write_processed(item, "tray.looked-at").await?.state)
    }

    /// Writes the next version of a document's package. A version that an earlier attempt left is passed over.
    async fn repacked(&self, mut item: TrayItem, contents: WaitingContents) -> Result<TrayItem, OfficeError> {
        let (first, contents) = (item.safe()?.package.version.saturating_add(1), Arc::new(contents));
        for version in first..=MOST_VERSIONS {
            let package = PackageName { record: item.id, version };
            let packing = Arc::clone(&contents);
            let bag = self.busy(move || write_waiting_bag(&package.to_string(), &packing)).await?;
            let bag = bag.map_err(VaultError::from)?;
            match self.with_vault(move |vault| Ok(vault.write(package, &bag))).await? {
                Err(VaultError::Exists(_)) => {}
                written => {
                    let receipt = written?;
                    (item.bag_sha256, item.receipt) = (receipt.bag_sha256.clone(), Some(receipt));
                    return Ok(item);
                }
            }
        }
        Err(VaultError::Exists(PackageName { record: item.id, version: MOST_VERSIONS }).into())
    }

    /// Brings the parts of a document into the tray, each once whatever stops in between, and then has the whole leave.
    async fn come_apart(
        &self,
        mut item: TrayItem,
        parts: Vec<(Vec<u8>, NewArrival)>,
        end: TrayState,
        who: &str,
    ) -> Result<Vec<RecordId>, OfficeError> {
        let (bringer, mut ids) = (item.bringer(), Vec::new());
        for (seed, part) in parts {
            ids.push(self.bring_part(&bringer, &item, &seed, part).await?);
        }
        let mut tx = self.begin().await?;
        item.state = end;
        if end == TrayState::GivenUp {
            item.kept_until = Some(crate::time::days_after(self.today(), self.settings.scans.given_up_days));
        }
        item = item.changed();
        tx.put_tray_item(&item).await?;
        let entry = self.entry_by(who, "tray.divided", item.id)?;
        tx.append(entry.with_number("parts", ids.len() as u64)?.with_words("into", &ids)?).await?;
        tx.commit().await?;
        Ok(ids)
    }

    /// Brings a part under an identifier that follows from the whole and the part, so that it is brought once.
    async fn bring_part(
        &self,
        bringer: &Bringer,
        whole: &TrayItem,
        seed: &[u8],
        part: NewArrival,
    ) -> Result<RecordId, OfficeError> {
        let mut named = format!("{}/", whole.id).into_bytes();
        named.extend_from_slice(seed);
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(sha256(&named)).for_each(|(to, from)| *to = from);
        Ok(self.bring(bringer, RecordId::from_bytes(bytes), part).await?.id)
    }

    async fn write_processed(&self, item: TrayItem, verb: &str) -> Result<TrayItem, OfficeError> {
        let item = item.changed();
        let mut tx = self.begin().await?;
        let entry = self.entry_by(SYSTEM, verb, item.id)?.with_number("pages", item.pages.len() as u64)?;
        tx.put_tray_item(&item).await?;
        tx.append(entry).await?;
        tx.commit().await?;
        Ok(item)
    }
}

/// Names the lease on a document in the tray.
pub(super) fn lease_on(id: RecordId) -> String {
    format!("tray/{id}")
}
