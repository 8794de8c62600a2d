//! What every handler shares: the office, the settings, marks, limits, clock and entropy.

use crate::crypto::Entropy;
use crate::http::alarms::Alarms;
use crate::http::engine::Engine;
use crate::http::limiter::{Deed, Doer, Limiter};
use crate::http::metrics::Metrics;
use crate::http::places::Places;
use crate::http::problem::{Problem, WebFault};
use crate::http::provider::Provider;
use crate::http::public_register::PublishedCsv;
use crate::http::session::Marks;
use crate::http::setup::SetupCode;
use crate::http::trust::Published;
use crate::office::{Office, RelyingParty};
use crate::time::Clock;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Semaphore;

/// How the web service presents itself.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The name of the city shown in the header; may be empty.
    pub city: String,
    /// Whether a ribbon says that this is a demonstration.
    pub demo: bool,
    /// Whether browsers reach the service over TLS: cookies become `__Host-` and Secure, HSTS is sent.
    pub tls: bool,
    /// Whether everybody may read the register of record files, with titles only of those that may be published.
    pub public_register: bool,
    /// Whether a reverse proxy of ours stands in front and sets `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// The identity provider by which staff may sign in.
    pub provider: Option<Provider>,
    /// The service as passkeys know it; without a public address there are none.
    pub party: Option<RelyingParty>,
    /// The largest upload, in bytes.
    pub upload_limit_bytes: usize,
    /// Seconds after which a request is given up.
    pub request_seconds: u64,
    /// The engine for pages that verify by themselves; without one, files are sent to be verified.
    pub engine: Option<Arc<Engine>>,
    /// The code for the first administrator, while nobody has an account.
    pub setup: Option<SetupCode>,
}

impl Default for Settings {
    fn default() -> Self {
        let upload_limit_bytes = 50 * 1024 * 1024;
        Self {
            city: String::new(),
            demo: false,
            tls: false,
            public_register: false,
            behind_proxy: false,
            provider: None,
            party: None,
            upload_limit_bytes,
            request_seconds: 120,
            engine: None,
            setup: None,
        }
    }
}

/// Uploads of staff and of systems taken at a time; each is held in memory whole.
const MOST_UPLOADS: usize = 16;

/// Uploads of everybody that are taken at a time; one address has a quarter of them.
const MOST_OPEN_UPLOADS: usize = 16;
/// Pages of notices set at a time for whoever fills them in; setting one keeps a processor busy.
const MOST_LOOKS: usize = 2;

/// The state of the web service; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// The parts of [`App`].
pub struct Inner {
    /// The verbs.
    pub office: Arc<Office>,
    /// How the service presents itself.
    pub settings: Settings,
    /// What marks forms and questions.
    pub marks: Marks,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Unpredictable bytes.
    pub entropy: Arc<dyn Entropy>,
    /// Places for uploads of staff and of systems.
    pub uploads: Semaphore,
    /// Places for uploads of everybody.
    pub places: Places,
    /// Places for pages of notices that are looked at while they are filled in.
    pub looks: Arc<Semaphore>,
    /// What this service judges by, as it was published last.
    pub published: Published,
    /// The register as CSV for everybody, as it was made last.
    pub register: PublishedCsv,
    /// What the fixity audit found, as it was counted last.
    pub alarms: Alarms,
    /// What is counted of requests.
    pub metrics: Metrics,
    limiter: Limiter,
    leaving: AtomicBool,
}

impl App {
    /// Puts the parts together.
    pub fn new(
        office: Arc<Office>,
        settings: Settings,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, Problem> {
        let marks = Marks::new(&office.form_secret()?);
        let inner = Inner {
            office,
            settings,
            marks,
            clock,
            entropy,
            uploads: Semaphore::new(MOST_UPLOADS),
            places: Places::new(MOST_OPEN_UPLOADS, MOST_OPEN_UPLOADS / 4),
            looks: Arc::new(Semaphore::new(MOST_LOOKS)),
            published: Published::default(),
            register: PublishedCsv::default(),
            alarms: Alarms::default(),
            metrics: Metrics::default(),
            limiter: Limiter::default(),
            leaving: AtomicBool::new(false),
        };
        Ok(Self(Arc::new(inner)))
    }

    /// Has `/readyz` say from now on that this service leaves, and every connection end with its next answer.
    pub fn leave_soon(&self) {
        self.leaving.store(true, Ordering::Relaxed);
    }

    /// Tells whether this service leaves.
    pub fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::Relaxed)
    }

    /// Takes back what [`App::limit`] counted, where it was no guess.
    pub fn forgive(&self, deed: Deed, address: IpAddr) {
        self.limiter.forgive(deed, Doer::Address(address));
    }

    /// Counts a deed of an address and refuses it when done too often.
    pub fn limit(&self, deed: Deed, address: IpAddr) -> Result<(), Problem> {
        self.limit_doer(deed, Doer::Address(address))
    }

    /// Counts a deed of anybody and refuses it when done too often.
    pub fn limit_doer(&self, deed: Deed, doer: Doer) -> Result<(), Problem> {
        if self.limiter.allows(deed, doer, self.clock.now()) { Ok(()) } else { Err(WebFault::TooOften.into()) }
    }

    /// Returns the cookie's name: `__Host-` binds it to this host where TLS allows.
    pub fn cookie_name(&self) -> &'static str {
        if self.settings.tls { "__Host-fumikura" } else { "fumikura" }
    }
}

impl std::ops::Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}
