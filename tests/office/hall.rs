//! A city hall in a temporary folder: a database, packages on disk, a clock that tests move, people with roles.

use super::database;
use super::doubles::{MoodyStore, MoodyVault};
use fumikura::cms::SigningIdentity;
use fumikura::crypto::{CryptoError, Entropy};
use fumikura::fault::Fault;
use fumikura::id::{DisposalId, RecordFileId, UserId};
use fumikura::office::notices::PaperMark;
use fumikura::office::ports::{
    CoverLetter, DisposalCertificate, DisposalRow, RenderError, RenderedPdf, Renderer, ReportPaper, Seals, Store, Vault,
};
use fumikura::office::records::{DisposalPolicy, NewRecord, NewRecordFile, RecordsState, rebuild};
use fumikura::office::templates::Templates;
use fumikura::office::{Actor, Judge, NewAccount, Office, OfficeError, Parts, Role, SealPlace, Settings};
use fumikura::pades::Appearance;
use fumikura::pki::TrustAnchors;
use fumikura::policy::ValidationPolicy;
use fumikura::records::{AppraisalOutcome, ClassCode, ItemState, Medium};
use fumikura::time::{Clock, Date, Instant};
use fumikura::vault::{DiskVault, VaultFolders};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// A clock that a test moves.
pub(super) struct Hands(Mutex<Instant>);

impl Hands {
    pub(super) fn at(instant: &str) -> Self {
        Self(Mutex::new(instant.parse().unwrap()))
    }

    pub(super) fn set(&self, instant: &str) {
        self.show(instant.parse().unwrap());
    }

    pub(super) fn show(&self, instant: Instant) {
        *self.0.lock().unwrap() = instant;
    }
}

impl Clock for Hands {
    fn now(&self) -> Instant {
        *self.0.lock().unwrap()
    }
}

struct Dice;

impl Entropy for Dice {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), CryptoError> {
        use ring::rand::SecureRandom;
        #[expect(clippy::disallowed_methods, reason = "the tests' own source of randomness")]
        ring::rand::SystemRandom::new().fill(buffer).map_err(|_| CryptoError::NoEntropy)
    }
}

struct NoSeal;

impl Seals for NoSeal {
    fn identity(&self) -> Result<SigningIdentity, CryptoError> {
        Err(CryptoError::NoEntropy)
    }

    fn impression(&self, place: SealPlace, _day: Date, _mark: Option<&PaperMark>) -> Option<Appearance> {
        Some(Appearance {
            page: place.page,
            at: place.at,
            lines: Vec::new(),
            font: None,
            image: None,
            ..Appearance::default()
        })
    }
}

struct NoPen;

impl Renderer for NoPen {
    fn disposal_certificate(&self, _certificate: &DisposalCertificate) -> Result<RenderedPdf, RenderError> {
        Err(RenderError::Writing("no pen".to_owned()))
    }

    fn cover_letter(&self, _letter: &CoverLetter) -> Result<RenderedPdf, RenderError> {
        Err(RenderError::Writing("no pen".to_owned()))
    }

    fn validation_report(&self, _paper: &ReportPaper) -> Result<RenderedPdf, RenderError> {
        Err(RenderError::Writing("no pen".to_owned()))
    }
}

/// The first morning on which five-year files closed in April 2026 are due.
pub(super) const DUE: &str = "2032-04-01T00:00:00Z";
/// A day later: the time for objections is over.
pub(super) const AFTER_GRACE: &str = "2032-04-02T01:00:00Z";

/// Returns the code of a refusal.
pub(super) fn code<T: std::fmt::Debug>(result: Result<T, OfficeError>) -> &'static str {
    result.unwrap_err().code()
}

/// The hall, and who works in it.
pub(super) struct Hall {
    pub(super) office: Office,
    pub(super) clock: Arc<Hands>,
    pub(super) vault: Arc<DiskVault>,
    pub(super) folder: PathBuf,
    pub(super) clerk: Actor,
    pub(super) managers: Vec<Actor>,
    pub(super) auditor: Actor,
}

/// Words every rule set of these tests shares.
pub(super) const RULES: &str = include_str!("../../archive/rules.sample.toml");
/// A class with five years by completion and no board.
pub(super) const ROADS: &str = "B-02";
/// A class with five years by completion and a board.
pub(super) const DISCLOSURE: &str = "A-01-02";

impl Hall {
    /// Opens a hall in a folder, on a morning in April 2026.
    pub(super) async fn open(folder: &Path) -> Self {
        Self::with(folder, |_, _, _| {}).await
    }

    /// Opens a hall, with its parts changed before; the vault is the one that lies on the disk.
    pub(super) async fn with(folder: &Path, change: impl FnOnce(&mut Parts, &Arc<DiskVault>, &Arc<Hands>)) -> Self {
        let clock = Arc::new(Hands(Mutex::new("2026-04-10T00:00:00Z".parse().unwrap())));
        let folders = VaultFolders {
            copies: vec![folder.join("archive"), folder.join("second")],
            keys: vec![folder.join("keys")],
            master_key: folder.join("master.txt"),
        };
        let vault = Arc::new(DiskVault::create_or_open(folders, clock.clone()).unwrap());
        let store = database::open(&folder.join("office.sqlite")).await;
        let mut parts = parts(store, vault.clone(), &clock);
        change(&mut parts, &vault, &clock);
        let office = Office::new(parts);
        let clerk = person(&office, "clerk", Role::RecordsClerk).await;
        let mut managers = Vec::new();
        for login in ["manager1", "manager2", "manager3"] {
            managers.push(person(&office, login, Role::RecordsManager).await);
        }
        let auditor = person(&office, "auditor", Role::Auditor).await;
        office.load_rules(&managers[0], RULES).await.unwrap();
        Self { office, clock, vault, folder: folder.to_owned(), clerk, managers, auditor }
    }

    /// Opens a hall whose database and vault play trouble when asked to.
    pub(super) async fn moody(folder: &Path) -> (Self, Arc<MoodyStore>, Arc<MoodyVault>) {
        let mut doubles = None;
        let hall = Self::with(folder, |parts, disk, clock| {
            let (store, vault) = (MoodyStore::new(&parts.store, clock), MoodyVault::new(disk));
            (parts.store, parts.vault) = (store.clone(), vault.clone());
            doubles = Some((store, vault));
        })
        .await;
        let (store, vault) = doubles.unwrap();
        (hall, store, vault)
    }

    /// Makes the database of a name anew from what the vault remembers.
    pub(super) async fn made_anew(&self, name: &str) -> Result<RecordsState, OfficeError> {
        let store = database::open(&self.folder.join(name)).await;
        let memory = self.vault.memory().unwrap().expect("something is remembered");
        rebuild(&*store, self.vault.clone(), &memory, vec![], self.clock.now()).await
    }

    /// Sets the clock.
    pub(super) fn at(&self, instant: &str) {
        self.clock.set(instant);
    }

    /// Opens an office over another database, with the same vault and clock.
    pub(super) async fn over(&self, name: &str) -> Office {
        let store = database::open(&self.folder.join(name)).await;
        Office::new(parts(store, self.vault.clone(), &self.clock))
    }

    /// Opens a file of a class, puts so many records in, and closes it on 2026-04-10: kept until 2032-03-31 for 5 years.
    pub(super) async fn closed_file(&self, class: &str, records: u8) -> RecordFileId {
        self.closed_file_of("2026-04-10", class, records).await
    }

    /// Opens a file of a class, puts so many records in, and closes it, all of it dated on one day.
    pub(super) async fn closed_file_of(&self, on: &str, class: &str, records: u8) -> RecordFileId {
        let id = self.open_file_of(on, class).await;
        for number in 0..records {
            let new = NewRecord { created: day(on), ..record(id, number) };
            self.office.file_record(&self.clerk, new).await.unwrap();
        }
        self.office.close_file(&self.clerk, id, day(on)).await.unwrap();
        id
    }

    /// Opens a file of a class on 2026-04-10.
    pub(super) async fn open_file(&self, class: &str) -> RecordFileId {
        self.open_file_of("2026-04-10", class).await
    }

    async fn open_file_of(&self, on: &str, class: &str) -> RecordFileId {
        let new = NewRecordFile {
            title: format!("簿冊 {class}"),
            class: ClassCode::parse(class).unwrap(),
            opened: day(on),
            year: None,
            creator: "総務課".to_owned(),
            custodian: "総務課長".to_owned(),
            place: "書庫".to_owned(),
            medium: Medium::Electronic,
            access: None,
        };
        self.office.open_file(&self.clerk, new).await.unwrap()
    }

    /// Changes the database behind the office's back.
    pub(super) async fn execute(&self, sql: impl Into<String>) {
        database::execute(&self.folder.join("office.sqlite"), sql.into()).await;
    }

    /// Freezes a list of what is due and approves it twice; the records are sealed off then.
    pub(super) async fn approved(&self, files: &[RecordFileId]) -> DisposalRow {
        for file in files {
            self.office.appraise(&self.managers[0], *file, AppraisalOutcome::Destroy).await.unwrap();
        }
        let row = self.office.plan_disposal(&self.managers[0], None).await.unwrap();
        let hash = &row.plan.list_hash;
        self.office.approve_disposal(&self.managers[1], row.plan.id, hash).await.unwrap();
        self.office.approve_disposal(&self.managers[2], row.plan.id, hash).await.unwrap()
    }

    /// Returns the states of a list's items.
    pub(super) async fn item_states(&self, id: DisposalId) -> Vec<ItemState> {
        let view = self.office.disposal(&self.auditor, id).await.unwrap();
        view.items.iter().map(|item| item.item.state).collect()
    }

    /// Returns the words of the database and of its log.
    pub(super) async fn bytes_of_database(&self) -> String {
        database::bytes(&self.folder.join("office.sqlite")).await
    }

    /// Expects that nothing is wrong with database, vault and ledger; but that nobody audited in the years that a story
    /// leaps over is no wonder.
    pub(super) async fn clean(&self) {
        let mut report = self.office.fsck(&self.auditor).await.unwrap();
        report.findings.retain(|finding| finding.code != "fixity-overdue");
        assert_eq!(report.findings, []);
        self.office.verify_ledger(Vec::new()).await.unwrap();
    }

    /// Counts the packages in the vault.
    pub(super) fn packages(&self) -> usize {
        self.vault.scan().unwrap().packages.len()
    }
}

/// The parts of a hall's office.
pub(super) fn parts(store: Arc<dyn Store>, vault: Arc<dyn Vault>, clock: &Arc<Hands>) -> Parts {
    Parts {
        store,
        vault,
        checkpoints: None,
        proofs: None,
        rehearsal_keys: None,
        seals: Arc::new(NoSeal),
        timestamps: None,
        renderer: Arc::new(NoPen),
        typesetter: None,
        templates: Templates::default(),
        scanner: None,
        digitiser: None,
        converter: None,
        post: None,
        public_url: None,
        clock: clock.clone(),
        entropy: Arc::new(Dice),
        judge: Judge {
            trust: TrustAnchors::default(),
            tsa_trust: TrustAnchors::default(),
            intermediates: Vec::new(),
            crls: Vec::new(),
            policy: ValidationPolicy::default(),
            good: Default::default(),
        },
        settings: Settings {
            city: "見本市".to_owned(),
            disposal: DisposalPolicy { grace_hours: 24, backup_horizon_days: 30, brake_percent: 0 },
            ..Settings::default()
        },
    }
}

/// A document to file.
pub(super) fn record(file: RecordFileId, number: u8) -> NewRecord {
    NewRecord {
        file,
        title: format!("通知 {number}"),
        number: Some(format!("8見総第{number}号")),
        created: day("2026-04-10"),
        original_name: "通知.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        bytes: format!("{file} {number}").into_bytes(),
        derivatives: Vec::new(),
        validation_report: None,
        notice: None,
        digitisation: None,
        access: None,
    }
}

pub(super) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// Gives somebody an account, and returns them at work.
pub(super) async fn person(office: &Office, login: &str, role: Role) -> Actor {
    let new = NewAccount {
        login: login.to_owned(),
        name: format!("見本 {login}"),
        section: "総務課".to_owned(),
        roles: [role].into(),
        password: "correct horse battery".to_owned().into(),
        own_password: true,
    };
    let id: UserId = office.add_user(None, new).await.unwrap();
    Actor::new(id, format!("見本 {login}"), "総務課".to_owned(), [role].into())
}
