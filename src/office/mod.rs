//! The verbs of the city hall, one a file, and the ports behind which disks, keys and clocks stand.

mod accounts;
mod actor;
mod audit;
mod awaiting;
mod backups;
mod browsers;
mod checkpoints;
mod error;
mod health;
mod judge;
pub mod notices;
pub mod ports;
pub mod proofs;
pub mod records;
pub mod reorganisation;
mod report;
mod sealed;
mod settings;
pub mod shelves;
pub mod templates;
mod together;
pub mod tokens;
pub mod tray;
mod workers;

pub use crate::validate::Judge;
pub use accounts::{
    Account, AccountChange, AccountError, Answered, Assertion, BadPublicUrl, Enrolling, Entered, HalfSignedIn,
    NewAccount, NewCredential, NewSystem, OwnAccount, OwnPasskey, OwnSession, PASSKEY_ALGORITHMS, RecoveryCodes,
    RelyingParty, SecondSteps, SignedIn, Standing,
};
pub use actor::{Actor, Role};
pub use awaiting::{Awaiting, Counted, Decision, DisposalStep};
pub use backups::{BackedUp, BackedUpEnd, TriedRestore, backed_up};
pub use browsers::BrowserKey;
pub use checkpoints::{CheckpointError, SealedCheckpoint, Witnessed};
pub use error::OfficeError;
pub use health::Readiness;
pub use judge::{PublicStanding, PublicVerdict};
pub use sealed::{Sealed, Witness};
pub use settings::{
    AccountPolicy, AfterDeadline, ArrivalRule, AssuranceClass, NoticeFlag, NoticeType, SealConfirmation, SealPlace,
    Settings, SettingsError,
};
pub use together::{Unfinished, side_by_side};
pub use tokens::Scope;
pub use workers::{Entrance, Lease, SILENT_LOOKS, Watch, WorkerView};

use crate::crypto::Entropy;
use crate::ledger::NewEntry;
use crate::time::{Clock, Date, Instant};
use crate::tsp::TimestampSource;
use ports::{
    BackupShelf, CheckpointShelf, Converter, Digitiser, ProofShelf, RehearsalKeys, Renderer, Seals, Store, Transaction,
    Typesetter, Vault, VaultError, VirusScanner,
};
use std::fmt::Display;
use std::sync::{Arc, PoisonError, RwLock};
use templates::{TemplateError, Templates};

/// The city hall: every verb is a method, in the file of its subject.
#[derive(Clone)]
pub struct Office {
    store: Arc<dyn Store>,
    vault: Arc<dyn Vault>,
    checkpoints: Option<Arc<dyn CheckpointShelf>>,
    proofs: Option<Arc<dyn ProofShelf>>,
    rehearsal_keys: Option<Arc<dyn RehearsalKeys>>,
    seals: Arc<dyn Seals>,
    timestamps: Option<Arc<dyn TimestampSource>>,
    stamps: Arc<health::Stamps>,
    renderer: Arc<dyn Renderer>,
    typesetter: Option<Arc<dyn Typesetter>>,
    templates: Arc<Templates>,
    scanner: Option<Arc<dyn VirusScanner>>,
    digitiser: Option<Arc<dyn Digitiser>>,
    converter: Option<Arc<dyn Converter>>,
    progress: Arc<tray::Progress>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    post: Option<notices::Post>,
    public_url: Option<String>,
    judge: Arc<RwLock<Arc<Judge>>>,
    settings: Arc<Settings>,
    workplace: Arc<workers::Workplace>,
    once: Option<Arc<tokens::Once>>,
    backups: Option<Arc<dyn BackupShelf>>,
}

/// What an office is made of; `cli` puts it together.
pub struct Parts {
    /// The database.
    pub store: Arc<dyn Store>,
    /// The packages.
    pub vault: Arc<dyn Vault>,
    /// The shelf of sealed checkpoints of the ledger; none where the office is opened for work that makes none.
    pub checkpoints: Option<Arc<dyn CheckpointShelf>>,
    /// The shelf of proof trees; none where the office is opened for work that makes none.
    pub proofs: Option<Arc<dyn ProofShelf>>,
    /// Whatever makes keys for a rehearsal of coming decades; without it there is none.
    pub rehearsal_keys: Option<Arc<dyn RehearsalKeys>>,
    /// The official seal.
    pub seals: Arc<dyn Seals>,
    /// The timestamping authority; without one nothing of class B or C can be sealed.
    pub timestamps: Option<Arc<dyn TimestampSource>>,
    /// The writer of PDFs.
    pub renderer: Arc<dyn Renderer>,
    /// The typesetter of notices; without it their PDFs are made elsewhere.
    pub typesetter: Option<Arc<dyn Typesetter>>,
    /// The templates of notices.
    pub templates: Templates,
    /// The virus check; without one documents are taken unchecked.
    pub scanner: Option<Arc<dyn VirusScanner>>,
    /// Whatever makes pages of scans; without it they are filed as they came.
    pub digitiser: Option<Arc<dyn Digitiser>>,
    /// Whatever makes PDFs of office documents; without it they are filed as they came.
    pub converter: Option<Arc<dyn Converter>>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The source of randomness.
    pub entropy: Arc<dyn Entropy>,
    /// How mails go to recipients; without it none does.
    pub post: Option<notices::Post>,
    /// The address of the service as anybody reaches it, for what stands on paper; without it no paper has a QR code.
    pub public_url: Option<String>,
    /// Whom to believe when a PDF is judged.
    pub judge: Judge,
    /// The city's settings.
    pub settings: Settings,
}

impl Office {
    /// Puts an office together.
    pub fn new(parts: Parts) -> Self {
        let stamps = Arc::default();
        Self {
            store: parts.store,
            vault: parts.vault,
            checkpoints: parts.checkpoints,
            proofs: parts.proofs,
            rehearsal_keys: parts.rehearsal_keys,
            seals: parts.seals,
            timestamps: parts.timestamps.map(|source| health::counted(source, &stamps)),
            stamps,
            renderer: parts.renderer,
            typesetter: parts.typesetter,
            templates: Arc::new(parts.templates),
            scanner: parts.scanner,
            digitiser: parts.digitiser,
            converter: parts.converter,
            progress: Arc::default(),
            clock: parts.clock,
            entropy: parts.entropy,
            post: parts.post,
            public_url: parts.public_url,
            judge: Arc::new(RwLock::new(Arc::new(parts.judge))),
            settings: Arc::new(parts.settings),
            workplace: Arc::default(),
            once: None,
            backups: None,
        }
    }

    /// Returns the city's settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Returns the address under which recipients reach the service, where that is known.
    pub fn public_url(&self) -> Option<&str> {
        self.public_url.as_deref()
    }

    /// Returns the templates of notices.
    pub fn templates(&self) -> &Templates {
        &self.templates
    }

    fn typesetter(&self) -> Result<Arc<dyn Typesetter>, TemplateError> {
        self.typesetter.clone().ok_or(TemplateError::NoTypesetter("it was built without one, or has no font"))
    }

    /// Returns the present instant.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Returns today's civil date in Japan.
    pub fn today(&self) -> Date {
        self.clock.today()
    }

    /// Returns whom to believe, with the revocation lists as they were last read.
    pub fn judge(&self) -> Arc<Judge> {
        Arc::clone(&self.judge.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Begins a unit of work that may write.
    ///
    /// # Errors
    /// [`OfficeError::CopyUnconfirmed`] in a database that is a copy of an earlier one, until somebody has confirmed it;
    /// [`OfficeError::Fenced`] in a process that was taken for dead; what [`Office::once`] says, for a request that is done once.
    async fn begin(&self) -> Result<Box<dyn Transaction>, OfficeError> {
        let mut tx = self.store.begin().await?;
        if let Some(worker) = self.workplace.worker()
            && !tx.is_worker(worker).await?
        {
            return Err(OfficeError::Fenced);
        }
        match tx.unconfirmed_copy().await? {
            None => self.claim_request(&mut *tx).await?,
            Some(entry) => return Err(OfficeError::CopyUnconfirmed(entry)),
        }
        Ok(tx)
    }

    /// Begins a unit of work that may write also in a copy that nobody has confirmed, and in a process that was taken for
    /// dead: what must go on there.
    async fn begin_on_any_copy(&self) -> Result<Box<dyn Transaction>, OfficeError> {
        Ok(self.store.begin().await?)
    }

    /// Begins a unit of work that only reads.
    async fn read(&self) -> Result<Box<dyn Transaction>, OfficeError> {
        Ok(self.store.read().await?)
    }

    /// Returns random bytes.
    fn random<const N: usize>(&self) -> Result<[u8; N], OfficeError> {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// Starts a ledger entry of an actor's deed; it says by which token, where another system acts.
    fn entry(&self, actor: &Actor, verb: &str, subject: impl Display) -> Result<NewEntry, OfficeError> {
        let entry = self.entry_by(&actor.user().to_string(), verb, subject)?;
        Ok(match actor.token() {
            Some(token) => entry.with("token", token)?,
            None => entry,
        })
    }

    /// Starts a ledger entry of somebody or something that is no member of staff: `system`, `recipient`.
    fn entry_by(&self, who: &str, verb: &str, subject: impl Display) -> Result<NewEntry, OfficeError> {
        Ok(NewEntry::new(self.now(), who, verb, &subject.to_string())?)
    }

    /// Does something with the vault where its blocking on the disk holds nobody up.
    async fn with_vault<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Vault) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, OfficeError> {
        let vault = self.vault.clone();
        Ok(self.busy(move || work(&*vault)).await??)
    }

    /// Runs work that keeps a processor or a disk busy where it holds nobody up.
    async fn busy<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, OfficeError> {
        tokio::task::spawn_blocking(work).await.map_err(|_| OfficeError::Task)
    }
}

impl std::fmt::Debug for Office {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Office").field("settings", &self.settings).finish_non_exhaustive()
    }
}
