//! A small city for tests: an office over a database, vault and key in a temporary folder, and its people.

use super::database;
use crate::engine::pki::{TestEntropy, instant, pki};
use fumikura::asn1::Oid;
use fumikura::cms::SigningIdentity;
use fumikura::crypto::CryptoError;
use fumikura::digest::Sha256Hex;
use fumikura::id::{NoticeId, UserId};
use fumikura::office::notices::{Issued, NewConsent, NewNotice, PaperMark, SealItem};
use fumikura::office::ports::{
    CoverLetter, DisposalCertificate, RenderError, RenderedPdf, Renderer, ReportPaper, Seals,
};
use fumikura::office::templates::Templates;
use fumikura::office::{Actor, Judge, Office, OfficeError, Parts, Role, SealPlace, Settings};
use fumikura::pades::Appearance;
use fumikura::policy::ValidationPolicy;
use fumikura::render::PdfWriter;
use fumikura::time::{Clock, Date, Instant};
use fumikura::tsp::{Authority, AuthorityOptions, LocalSource, TimestampSource};
use fumikura::vault::{DiskVault, VaultFolders};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// A one-page notice made by another program.
pub const PDF: &[u8] = include_bytes!("../data/pdf/libreoffice.pdf");
/// Another one.
pub const OTHER_PDF: &[u8] = include_bytes!("../data/pdf/typst.pdf");

const SETTINGS: &str = r#"
city = "見本市"
collection_days = 14
code_attempts = 3
lock_minutes = 15

[symbols]
"総務文書課" = "見総"
"道路管理課" = "見道"

[[notice_types]]
id = "permit"
name = "道路占用許可"
legal_basis = "道路法32条"
disposition = true
class = "B"

[[notice_types]]
id = "certificate"
name = "長期に示す証明"
legal_basis = "条例"
class = "C"

[[notice_types]]
id = "information"
name = "お知らせ"
legal_basis = "なし"
class = "A"

[[notice_types]]
id = "on-paper-only"
name = "対面で渡す通知"
legal_basis = "条例"
electronic_excluded = true
class = "B"
"#;

/// A clock that tests put forward.
#[derive(Debug)]
pub struct TestClock(Mutex<Instant>);

impl TestClock {
    /// Makes a clock that stands at an instant.
    pub fn at(text: &str) -> Self {
        Self(Mutex::new(instant(text)))
    }

    /// Puts the clock to an instant.
    pub fn set(&self, text: &str) {
        *self.0.lock().expect("the clock is not poisoned") = instant(text);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Instant {
        *self.0.lock().expect("the clock is not poisoned")
    }
}

struct TestSeals(&'static str);

impl Seals for TestSeals {
    fn identity(&self) -> Result<SigningIdentity, CryptoError> {
        Ok(pki().identity(self.0))
    }

    fn impression(&self, place: SealPlace, day: Date, mark: Option<&PaperMark>) -> Option<Appearance> {
        let lines = vec![format!("SEAL {day}")];
        let notes = mark.map(|mark| mark.confirmation.to_string()).into_iter().collect();
        let code = mark.and_then(|mark| mark.address.clone());
        Some(Appearance { page: place.page, at: place.at, lines, notes, code, ..Appearance::default() })
    }
}

struct TestRenderer;

impl Renderer for TestRenderer {
    fn disposal_certificate(&self, _certificate: &DisposalCertificate) -> Result<RenderedPdf, RenderError> {
        Ok(RenderedPdf { pdf: PDF.to_vec(), seal: None })
    }

    fn cover_letter(&self, letter: &CoverLetter) -> Result<RenderedPdf, RenderError> {
        let mark = letter.mark.as_ref().map(|mark| (mark.confirmation.to_string(), mark.address.clone()));
        let pdf = format!("{} {:?} {} {} {mark:?}", letter.postcode, letter.lines, letter.recipient, letter.number);
        Ok(RenderedPdf { pdf: pdf.into_bytes(), seal: None })
    }

    fn validation_report(&self, paper: &ReportPaper) -> Result<RenderedPdf, RenderError> {
        PdfWriter::default().validation_report(paper)
    }
}

/// The city: its office, its clock, and the folder that goes with it.
pub struct City {
    pub office: Office,
    pub clock: Arc<TestClock>,
    pub folder: TempDir,
}

impl City {
    /// Founds a city whose seal is good.
    pub async fn found() -> Self {
        Self::with(|_| {}).await
    }

    /// Founds a city, with its parts changed before it opens.
    pub async fn with(change: impl FnOnce(&mut Parts)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let clock = Arc::new(TestClock(Mutex::new(instant("2026-06-01T01:00:00Z"))));
        let mut parts = parts(folder.path(), &clock).await;
        change(&mut parts);
        Self { office: Office::new(parts), clock, folder }
    }

    /// Changes the database behind the office's back.
    pub async fn execute(&self, sql: &'static str) {
        database::execute(&self.folder.path().join("city.sqlite"), sql.to_owned()).await;
    }

    /// Returns a member of staff in 総務文書課.
    pub fn person(number: u8, roles: &[Role]) -> Actor {
        Self::person_of("総務文書課", number, roles)
    }

    /// Returns a member of staff of a section.
    pub fn person_of(section: &str, number: u8, roles: &[Role]) -> Actor {
        let roles = roles.iter().copied().collect();
        Actor::new(UserId::from_bytes([number; 16]), format!("職員{number}"), section.to_owned(), roles)
    }

    /// Drafts and submits a notice of a type.
    pub async fn submitted(&self, kind: &str) -> NoticeId {
        let id = self.office.draft(&clerk(), notice(kind, PDF)).await.expect("drafted");
        self.office.submit(&clerk(), id).await.expect("submitted");
        id
    }

    /// Brings a notice of a type as far as approval.
    pub async fn approved(&self, kind: &str) -> NoticeId {
        let id = self.submitted(kind).await;
        self.office.approve(&approver(), id, &Sha256Hex::of(PDF)).await.expect("approved");
        id
    }

    /// Brings a notice of a type as far as the seal.
    pub async fn sealed(&self, kind: &str) -> NoticeId {
        let id = self.approved(kind).await;
        self.seal(id).await.expect("sealed");
        id
    }

    /// Releases the seal for one notice.
    pub async fn seal(&self, id: NoticeId) -> Result<Sha256Hex, OfficeError> {
        let items = vec![SealItem { id, sha256: Sha256Hex::of(PDF) }];
        let mut outcomes = self.office.seal(&seal_keeper(), items).await?;
        outcomes.pop().expect("one outcome an item").result
    }

    /// Brings a notice of a type as far as issue.
    pub async fn issued(&self, kind: &str) -> (NoticeId, Issued) {
        let id = self.sealed(kind).await;
        self.office
            .record_consent(&clerk(), id, NewConsent::today("online", "申請 12"))
            .await
            .expect("consent recorded");
        (id, self.office.issue(&clerk(), id).await.expect("issued"))
    }
}

/// The drafter.
pub fn clerk() -> Actor {
    City::person(1, &[Role::Clerk])
}

/// The approver.
pub fn approver() -> Actor {
    City::person(2, &[Role::Approver])
}

/// The seal keeper.
pub fn seal_keeper() -> Actor {
    City::person(3, &[Role::SealKeeper])
}

/// The auditor.
pub fn auditor() -> Actor {
    City::person(4, &[Role::Auditor])
}

/// A notice with all that the law asks.
pub fn notice(kind: &str, pdf: &[u8]) -> NewNotice {
    NewNotice {
        kind: kind.to_owned(),
        subject: "道路占用許可について".to_owned(),
        recipient: "見本 太郎".to_owned(),
        reasons: "道路法33条の基準に合うため".to_owned(),
        appeal_instructions: "3か月以内に審査請求ができます".to_owned(),
        flags: BTreeSet::new(),
        pdf: pdf.to_vec(),
    }
}

/// Puts the parts of an office together over a folder.
pub async fn parts(folder: &Path, clock: &Arc<TestClock>) -> Parts {
    let folders = VaultFolders {
        copies: vec![folder.join("archive")],
        keys: vec![folder.join("keys")],
        master_key: folder.join("master.key"),
    };
    let clock: Arc<dyn Clock> = clock.clone();
    let vault = DiskVault::create_or_open(folders, clock.clone()).expect("a vault");
    Parts {
        store: database::open(&folder.join("city.sqlite")).await,
        vault: Arc::new(vault),
        checkpoints: None,
        proofs: None,
        rehearsal_keys: None,
        seals: Arc::new(TestSeals("signer-rsa2048")),
        timestamps: Some(timestamps(clock.clone())),
        renderer: Arc::new(TestRenderer),
        typesetter: None,
        templates: Templates::default(),
        scanner: None,
        digitiser: None,
        converter: None,
        post: None,
        public_url: None,
        clock,
        entropy: Arc::new(TestEntropy),
        judge: judge(),
        settings: Settings::from_toml(SETTINGS).expect("settings that hold together"),
    }
}

/// Gives an office a seal, a timestamping authority and whom to believe.
pub fn sealing(parts: &mut Parts) {
    parts.timestamps = Some(timestamps(parts.clock.clone()));
    parts.seals = seals("signer-rsa2048");
    parts.renderer = Arc::new(TestRenderer);
    parts.judge = judge();
}

/// A timestamping authority by a clock.
pub fn timestamps(clock: Arc<dyn Clock>) -> Arc<dyn TimestampSource> {
    let options = AuthorityOptions::with_policy(Oid::new_unwrap("1.3.6.1.4.1.55555.2.1"));
    let authority = Authority::new(pki().identity("tsa"), options).expect("an authority");
    Arc::new(LocalSource::new(Arc::new(authority), clock, Arc::new(TestEntropy)))
}

fn judge() -> Judge {
    Judge {
        trust: pki().anchors(),
        tsa_trust: pki().anchors(),
        intermediates: pki().intermediates(),
        crls: pki().crls(),
        policy: ValidationPolicy::built_in(),
        good: Default::default(),
    }
}

/// A seal of another certificate of the test PKI.
pub fn seals(name: &'static str) -> Arc<dyn Seals> {
    Arc::new(TestSeals(name))
}
