//! A city hall in a temporary folder: a database, packages on disk, a clock that tests move, people with roles.

use fumikura::cms::SigningIdentity;
use fumikura::crypto::{CryptoError, Entropy};
use fumikura::id::{RecordFileId, UserId};
use fumikura::office::ports::{DisposalCertificate, RenderError, RenderedPdf, Renderer, ReportPaper, Seals, Vault};
use fumikura::office::records::{DisposalPolicy, NewRecord, NewRecordFile};
use fumikura::office::{Actor, Judge, NewAccount, Office, Parts, Role, SealPlace, Settings};
use fumikura::pades::Appearance;
use fumikura::pki::TrustAnchors;
use fumikura::policy::ValidationPolicy;
use fumikura::records::{ClassCode, Medium};
use fumikura::time::{Clock, Date, Instant};
use fumikura::vault::{DiskVault, VaultFolders};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// A clock that a test moves.
pub(super) struct Hands(Mutex<Instant>);

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

    fn impression(&self, place: SealPlace, _day: Date) -> Option<Appearance> {
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

    fn validation_report(&self, _paper: &ReportPaper) -> Result<RenderedPdf, RenderError> {
        Err(RenderError::Writing("no pen".to_owned()))
    }
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
        let clock = Arc::new(Hands(Mutex::new("2026-04-10T00:00:00Z".parse().unwrap())));
        let (office, vault) = Self::office(folder, &clock).await;
        let clerk = person(&office, "clerk", Role::RecordsClerk).await;
        let mut managers = Vec::new();
        for login in ["manager1", "manager2", "manager3"] {
            managers.push(person(&office, login, Role::RecordsManager).await);
        }
        let auditor = person(&office, "auditor", Role::Auditor).await;
        office.load_rules(&managers[0], RULES).await.unwrap();
        Self { office, clock, vault, folder: folder.to_owned(), clerk, managers, auditor }
    }

    /// Opens one more office of the hall in a folder, as another process would.
    pub(super) async fn office(folder: &Path, clock: &Arc<Hands>) -> (Office, Arc<DiskVault>) {
        let folders = VaultFolders {
            copies: vec![folder.join("archive"), folder.join("second")],
            keys: vec![folder.join("keys")],
            master_key: folder.join("master.txt"),
        };
        let vault = Arc::new(DiskVault::create_or_open(folders, clock.clone()).unwrap());
        let office = Office::new(Parts {
            store: super::database::open(&folder.join("office.sqlite")).await,
            vault: vault.clone(),
            seals: Arc::new(NoSeal),
            timestamps: None,
            renderer: Arc::new(NoPen),
            clock: clock.clone(),
            entropy: Arc::new(Dice),
            judge: Judge {
                trust: TrustAnchors::default(),
                tsa_trust: TrustAnchors::default(),
                intermediates: Vec::new(),
                crls: Vec::new(),
                policy: ValidationPolicy::default(),
            },
            settings: Settings {
                city: "見本市".to_owned(),
                disposal: DisposalPolicy { grace_hours: 24, backup_horizon_days: 30 },
                ..Settings::default()
            },
        });
        (office, vault)
    }

    /// Sets the clock.
    pub(super) fn at(&self, instant: &str) {
        *self.clock.0.lock().unwrap() = instant.parse().unwrap();
    }

    /// Opens a file of a class, puts so many records in, and closes it on 2026-04-10: kept until 2032-03-31 for 5 years.
    pub(super) async fn closed_file(&self, class: &str, records: u8) -> RecordFileId {
        let id = self.open_file(class).await;
        for number in 0..records {
            self.office.file_record(&self.clerk, record(id, number)).await.unwrap();
        }
        self.office.close_file(&self.clerk, id, day("2026-04-10")).await.unwrap();
        id
    }

    /// Opens a file of a class.
    pub(super) async fn open_file(&self, class: &str) -> RecordFileId {
        let new = NewRecordFile {
            title: format!("簿冊 {class}"),
            class: ClassCode::parse(class).unwrap(),
            opened: day("2026-04-10"),
            year: None,
            creator: "総務課".to_owned(),
            custodian: "総務課長".to_owned(),
            place: "書庫".to_owned(),
            medium: Medium::Electronic,
        };
        self.office.open_file(&self.clerk, new).await.unwrap()
    }

    /// Counts the packages in the vault.
    pub(super) fn packages(&self) -> usize {
        self.vault.scan().unwrap().packages.len()
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
        validation_report: None,
        notice: None,
    }
}

pub(super) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

async fn person(office: &Office, login: &str, role: Role) -> Actor {
    let new = NewAccount {
        login: login.to_owned(),
        name: format!("見本 {login}"),
        section: "総務課".to_owned(),
        roles: [role].into(),
        password: "correct horse battery".to_owned().into(),
    };
    let id: UserId = office.add_user(None, new).await.unwrap();
    Actor::new(id, format!("見本 {login}"), "総務課".to_owned(), [role].into())
}
