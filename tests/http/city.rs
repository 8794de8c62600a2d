//! A small city behind the web service: a database, a vault and keys in a temporary folder, and one person a role.

use crate::engine::pki::{TestEntropy, instant, pki};
use axum::Router;
use axum::extract::Request;
use fumikura::asn1::Oid;
use fumikura::cms::SigningIdentity;
use fumikura::crypto::CryptoError;
use fumikura::http::{App, Engine, Provider, Settings as WebSettings, router};
use fumikura::office::notices::PaperMark;
use fumikura::office::ports::{
    BackupShelf, CoverLetter, DisposalCertificate, RenderError, RenderedPdf, Renderer, ReportPaper, Seals,
};
use fumikura::office::templates::Templates;
use fumikura::office::{Judge, NewAccount, Office, Parts, RelyingParty, Role, SealPlace, Settings};
use fumikura::pades::Appearance;
use fumikura::policy::ValidationPolicy;
use fumikura::render::PdfWriter;
use fumikura::time::{Clock, Date, Instant};
use fumikura::tsp::{Authority, AuthorityOptions, LocalSource};
use fumikura::vault::{DiskVault, ProofFolders, VaultFolders};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;
use tower::{ServiceExt, service_fn};
use zeroize::Zeroizing;

/// A one-page notice made by another program.
pub const PDF: &[u8] = include_bytes!("../data/pdf/libreoffice.pdf");
/// The password of everybody here.
pub const PASSWORD: &str = "correct horse battery";

const SETTINGS: &str = r#"
city = "見本市"
[symbols]
"総務文書課" = "見総"
"文書法制課" = "見文"
[[notice_types]]
id = "disclosure"
name = "公文書開示決定通知書"
legal_basis = "見本市情報公開条例11条"
disposition = true
class = "B"
[[notice_types]]
id = "info"
name = "手続のお知らせ"
legal_basis = "見本市行政手続条例"
class = "B"
[[notice_types]]
id = "typeset"
name = "道路占用許可書"
legal_basis = "道路法32条"
disposition = true
class = "B"
template = "sample"
[disposal]
grace_hours = 24
backup_horizon_days = 3
"#;

/// The rule set of the city.
pub const RULES: &str = include_str!("../../archive/rules.sample.toml");

/// A clock that tests put forward.
pub struct TestClock(Mutex<Instant>);

impl TestClock {
    /// Puts the clock to an instant.
    pub fn set(&self, text: &str) {
        *self.0.lock().expect("nobody panics while setting the clock") = instant(text);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Instant {
        *self.0.lock().expect("nobody panics while setting the clock")
    }
}

/// The city.
pub struct City {
    /// Its service, in two processes that answer in turn.
    pub router: Router,
    /// A third of them, for what each counts by itself.
    pub alone: Router,
    pub office: Arc<Office>,
    pub clock: Arc<TestClock>,
    settings: WebSettings,
    rules: &'static str,
    folder: TempDir,
}

impl City {
    /// Returns every file of the city.
    pub fn files(&self) -> Vec<std::path::PathBuf> {
        let (mut folders, mut files) = (vec![self.folder.path().to_owned()], Vec::new());
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        files
    }

    /// Ends the service, and starts another one in the same folder.
    pub async fn restarted(self) -> Self {
        let Self { router, alone, office, clock, settings, rules, folder } = self;
        drop((router, alone, office));
        found_in(folder, clock, settings, rules).await
    }

    /// Names a store of backups, and starts the service anew.
    pub fn with_backups(mut self, shelf: Arc<dyn BackupShelf>) -> Self {
        self.office = Arc::new((*self.office).clone().with_backups(shelf));
        let one = || service(&self.office, &self.settings, &self.clock);
        (self.router, self.alone) = (in_turn([one(), one()]), one());
        self
    }
}

/// Founds a city without people, reached without TLS.
pub async fn empty() -> City {
    found(WebSettings { upload_limit_bytes: 1 << 20, ..WebSettings::default() }).await
}

/// Founds a city that browsers reach over TLS.
pub async fn over_tls() -> City {
    found(WebSettings { tls: true, ..WebSettings::default() }).await
}

/// Founds a city without people whose page verifies by itself.
pub async fn with_engine(engine: Arc<Engine>) -> City {
    found(WebSettings { engine: Some(engine), ..WebSettings::default() }).await
}

/// Founds a city with its people and its rules.
pub async fn with_people() -> City {
    with_people_and(None).await
}

/// Founds a city with its people and its rules, and perhaps with an engine for its page.
pub async fn with_people_and(engine: Option<Arc<Engine>>) -> City {
    peopled(WebSettings { city: "見本市".into(), engine, ..WebSettings::default() }).await
}

/// Founds a city with its people and its rules, which publishes its register.
pub async fn publishing() -> City {
    peopled(WebSettings { city: "見本市".into(), public_register: true, ..WebSettings::default() }).await
}

/// Founds a city with its people, who may sign in at a provider.
pub async fn with_provider(provider: Provider) -> City {
    peopled(WebSettings { city: "見本市".into(), provider: Some(provider), ..WebSettings::default() }).await
}

/// Founds a city with its people, reached under a name.
pub async fn with_passkeys(party: RelyingParty) -> City {
    peopled(WebSettings { city: "見本市".into(), party: Some(party), ..WebSettings::default() }).await
}

/// Founds a city with its people, with more said in its settings.
pub async fn with_people_under(rules: &'static str) -> City {
    peopled_under(WebSettings { city: "見本市".into(), ..WebSettings::default() }, rules).await
}

async fn peopled(settings: WebSettings) -> City {
    peopled_under(settings, "").await
}

async fn peopled_under(settings: WebSettings, rules: &'static str) -> City {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let city = found_in(folder, clock(), settings, rules).await;
    let people = [
        ("sato", "佐藤　花子", Role::Clerk),
        ("suzuki", "鈴木　次郎", Role::Approver),
        ("takahashi", "髙橋　三千代", Role::SealKeeper),
        ("tanaka", "田中　四郎", Role::RecordsManager),
        ("ito", "伊藤　五月", Role::RecordsManager),
        ("watanabe", "渡邉　六実", Role::RecordsManager),
        ("kobayashi", "小林　七海", Role::Auditor),
    ];
    for (login, name, role) in people {
        let new = NewAccount {
            login: login.into(),
            name: name.into(),
            section: "総務文書課".into(),
            roles: [role].into(),
            password: Zeroizing::new(PASSWORD.into()),
            own_password: true,
        };
        city.office.add_user(None, new).await.expect("an account is made");
    }
    let manager = city.office.sign_in("tanaka", Zeroizing::new(PASSWORD.into())).await.expect("signs in");
    city.office.load_rules(&manager.actor, RULES).await.expect("rules are loaded");
    city
}

async fn found(settings: WebSettings) -> City {
    let folder = tempfile::tempdir().expect("a temporary folder");
    found_in(folder, clock(), settings, "").await
}

fn clock() -> Arc<TestClock> {
    Arc::new(TestClock(Mutex::new(instant("2026-06-01T01:00:00Z"))))
}

async fn found_in(folder: TempDir, clock: Arc<TestClock>, settings: WebSettings, rules: &'static str) -> City {
    let store = super::database::open(&folder.path().join("city.sqlite")).await;
    let folders = VaultFolders {
        copies: vec![folder.path().join("archive")],
        keys: vec![folder.path().join("keys")],
        master_key: folder.path().join("master.key"),
    };
    let vault = DiskVault::create_or_open(folders, clock.clone()).expect("a vault");
    let options = AuthorityOptions::with_policy(Oid::new_unwrap("1.3.6.1.4.1.55555.2.1"));
    let authority = Authority::new(pki().identity("tsa"), options).expect("an authority");
    let timestamps = LocalSource::new(Arc::new(authority), clock.clone(), Arc::new(TestEntropy));
    let mut parts = Parts {
        store,
        vault: Arc::new(vault),
        checkpoints: None,
        proofs: Some(Arc::new(ProofFolders::new(vec![folder.path().join("proofs")]))),
        rehearsal_keys: Some(Arc::new(fumikura::keystore::FreshKeys)),
        seals: Arc::new(TestSeals),
        timestamps: Some(Arc::new(timestamps)),
        renderer: Arc::new(TestRenderer),
        typesetter: None,
        templates: Templates::default(),
        scanner: None,
        digitiser: Some(Arc::new(crate::office::pages::Lines)),
        converter: None,
        post: None,
        public_url: Some("https://tsuchi.mihon.example.jp".to_owned()),
        clock: clock.clone(),
        entropy: Arc::new(TestEntropy),
        judge: Judge {
            trust: pki().anchors(),
            tsa_trust: pki().anchors(),
            intermediates: pki().intermediates(),
            crls: pki().crls(),
            policy: ValidationPolicy::built_in(),
            good: Default::default(),
        },
        settings: Settings::from_toml(&format!("{SETTINGS}{rules}")).expect("settings that hold together"),
    };
    #[cfg(feature = "templates")]
    crate::office::typeset::setting(&mut parts);
    let office = Arc::new(Office::new(parts));
    let one = || service(&office, &settings, &clock);
    let (router, alone) = (in_turn([one(), one()]), one());
    City { router, alone, office, clock, settings, rules, folder }
}

/// Returns one process of a city's service.
fn service(office: &Arc<Office>, settings: &WebSettings, clock: &Arc<TestClock>) -> Router {
    let app = App::new(office.clone(), settings.clone(), clock.clone(), Arc::new(TestEntropy));
    router(app.unwrap_or_else(|problem| panic!("the service starts: {}", problem.code())))
}

/// Two services of one city that answer in turn: nothing that one of them remembers by itself may matter to anybody.
fn in_turn(services: [Router; 2]) -> Router {
    let asked = Arc::new(AtomicUsize::new(0));
    Router::new().fallback_service(service_fn(move |request: Request| {
        let turn = asked.fetch_add(1, Ordering::Relaxed) % services.len();
        services[turn].clone().oneshot(request)
    }))
}

struct TestSeals;

impl Seals for TestSeals {
    fn identity(&self) -> Result<SigningIdentity, CryptoError> {
        Ok(pki().identity("signer-rsa2048"))
    }

    /// A code alone, where a place has room for one.
    fn impression(&self, place: SealPlace, _day: Date, mark: Option<&PaperMark>) -> Option<Appearance> {
        let code = mark.and_then(|mark| mark.address.clone());
        let look = Appearance { page: place.page, at: place.at, code, ..Appearance::default() };
        look.code.as_ref()?;
        look.type_size().is_ok().then_some(look)
    }

    fn report_identity(&self) -> Option<SigningIdentity> {
        Some(pki().identity("signer-p256"))
    }
}

struct TestRenderer;

impl Renderer for TestRenderer {
    fn disposal_certificate(&self, _certificate: &DisposalCertificate) -> Result<RenderedPdf, RenderError> {
        Ok(RenderedPdf { pdf: PDF.to_vec(), seal: None })
    }

    fn cover_letter(&self, letter: &CoverLetter) -> Result<RenderedPdf, RenderError> {
        let pdf = format!("{} {:?} {} {}", letter.postcode, letter.lines, letter.recipient, letter.number);
        Ok(RenderedPdf { pdf: pdf.into_bytes(), seal: None })
    }

    fn validation_report(&self, paper: &ReportPaper) -> Result<RenderedPdf, RenderError> {
        PdfWriter::default().validation_report(paper)
    }
}
