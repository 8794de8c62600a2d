//! A city in a folder: `city.toml`, and the office that is put together from it.

use super::anchors::ListOptions;
use super::backup::{BackupFile, Backups, over};
use super::buckets::BucketFile;
use super::database::DatabasePlace;
use super::digitising::Scans;
use super::door::Door;
use super::hot_folder::{HotFolder, IntakeFolder};
use super::mail::MailFile;
use super::office_suite::{OfficeSuite, in_path};
use super::oidc::OidcFile;
use super::seals::{SealInHand, SealOutOfHand};
use super::stamps::{TSA_TIMEOUT, TsaPlace};
use super::{Failure, SystemClock, SystemEntropy, files, fonts, identity, stamps, templates};
use crate::asn1::CertificateList;
use crate::cms::SigningIdentity;
use crate::crypto::Entropy;
use crate::fault::Kind;
use crate::fetch::HttpTimestampSource;
use crate::fetch::clamd::Clamd;
use crate::http::{Provider, Tls};
use crate::keystore::FreshKeys;
use crate::office::ports::{Converter, Digitiser, ProofShelf, VirusScanner};
use crate::office::templates::Templates;
use crate::office::{Judge, Office, Parts, RelyingParty, Settings};
use crate::policy::ValidationPolicy;
use crate::render::PdfWriter;
use crate::time::Clock;
use crate::tsp::{Authority, AuthorityOptions, LocalSource, TimestampSource};
use crate::vault::{Bucket, CheckpointFolder, DiskVault, ProofFolders, VaultFolders};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zeroize::Zeroizing;

/// The name of the file in a city's folder.
pub const FILE_NAME: &str = "city.toml";

/// `city.toml`. Paths are relative to the folder it is in.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CityFile {
    /// Where the web service listens.
    pub listen: String,
    /// The address under which browsers reach the service, `https://NAME`; without it no passkeys and no QR codes on notices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// The database: a file of SQLite, or `postgres://USER@HOST/DATABASE` without a password.
    pub database: PathBuf,
    /// A file whose first line is the password for PostgreSQL; else libpq's own ways (`PGPASSWORD`, `~/.pgpass`).
    pub database_password_file: Option<PathBuf>,
    /// The folders of the packages' copies, the primary one first; best on different disks.
    pub archive: Vec<PathBuf>,
    /// Buckets of object stores that hold further copies of the packages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub archive_buckets: Vec<BucketFile>,
    /// The folders of the packages' wrapped keys.
    pub package_keys: Vec<PathBuf>,
    /// The vault's master identity.
    pub master_key: PathBuf,
    /// The folder of sealed checkpoints of the ledger; best copied every day to where nobody here can write.
    #[serde(default = "checkpoints")]
    pub checkpoints: PathBuf,
    /// Backups of the whole city; without it `backup` makes none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backup: Option<BackupFile>,
    /// The folders of the proof trees, each with all of them; best on different disks.
    #[serde(default = "proofs")]
    pub proofs: Vec<PathBuf>,
    /// A Japanese font for seals and certificates; without one seals are invisible, and certificates name the reader's own.
    pub font: Option<PathBuf>,
    /// The folder of the templates that notices are set by, each a form (`NAME.toml`) and a source (`NAME.typ`).
    #[serde(default = "templates_folder")]
    pub templates: PathBuf,
    /// The fonts of notices that are set, the first asked for every character first; without any, `font` and, where it is
    /// installed, one with many more characters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notice_fonts: Vec<PathBuf>,
    /// Folders whose documents are taken by the service.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub intake: Vec<IntakeFolder>,
    /// Programs that are used where they are installed.
    #[serde(default, skip_serializing_if = "Programs::is_unsaid")]
    pub programs: Programs,
    /// The virus check (ClamAV) that every document passes before it is filed: `unix:PATH` or `HOST:PORT`; without one
    /// documents are filed unchecked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub virus_check: Option<String>,
    /// How mails go to recipients of notices; without it none does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mail: Option<MailFile>,
    /// Whether this is a demonstration.
    #[serde(default)]
    pub demo: bool,
    /// Whether browsers reach the service over TLS, ended by a proxy.
    #[serde(default)]
    pub tls: bool,
    /// The certificate with which the service itself ends TLS, where no proxy does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub https: Option<HttpsFiles>,
    /// Whether everybody may read the register of record files at `/register`, with titles only of those that may be published.
    #[serde(default)]
    pub public_register: bool,
    /// Whether a proxy of ours stands in front and sets `X-Forwarded-For`.
    #[serde(default)]
    pub behind_proxy: bool,
    /// Seconds for which a service that was asked to end still answers, while `/readyz` says that it leaves.
    #[serde(default)]
    pub drain_seconds: u16,
    /// Where metrics are read (`/metrics`), for the operator alone, for example `127.0.0.1:9480`; without it, nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics_listen: Option<String>,
    /// The log of requests and troubles on standard error.
    #[serde(default, skip_serializing_if = "Log::is_unsaid")]
    pub log: Log,
    /// The identity provider by which staff may sign in; needs `public_url`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oidc: Option<OidcFile>,
    /// The official seal; until it is named nothing can be sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<KeyFile>,
    /// The key of the service itself, which seals reports of validations; without one they are handed out unsealed.
    pub reports: Option<KeyFile>,
    /// The timestamping authority; until it is named nothing of class B or C can be sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamps: Option<Timestamps>,
    /// Whom to believe.
    pub trust: TrustFiles,
    /// The city's settings.
    pub settings: Settings,
}

/// Programs that are used where they are installed: without a path they are looked for as a shell would; an empty path says
/// that one is not to be used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Programs {
    /// LibreOffice's `soffice`, which makes PDFs of office documents.
    pub soffice: Option<PathBuf>,
    /// `tesseract`, which reads the text of scans.
    pub tesseract: Option<PathBuf>,
}

/// How the service logs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Log {
    /// Troubles alone, a line each.
    #[default]
    Troubles,
    /// Every request, too, a line each.
    Text,
    /// The same, each as a JSON object.
    Json,
}

impl Log {
    fn is_unsaid(&self) -> bool {
        *self == Self::default()
    }
}

/// The files of a web server's certificate. They are read anew in every round of the service, so that a new certificate is put in
/// their place.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpsFiles {
    /// The certificate and its chain (PEM).
    pub certificate: PathBuf,
    /// Its key (PEM).
    pub key: PathBuf,
}

/// The bytes of a web server's certificate, and of its key.
type CertificateWithKey = (Vec<u8>, Zeroizing<Vec<u8>>);

/// A key with its certificate.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFile {
    /// The key: `file:PATH`.
    pub key: String,
    /// Its certificate, where the key's file does not hold it.
    pub certificate: Option<PathBuf>,
    /// Further certificates towards the root.
    #[serde(default)]
    pub chain: Vec<PathBuf>,
    /// A file whose first line is the key's passphrase; else the environment or a prompt.
    pub passphrase_file: Option<PathBuf>,
}

/// Where timestamps come from.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub enum Timestamps {
    /// From an authority over HTTP.
    Url(String),
    /// From several, or one that wants to know who we are: of these, in their order, the first that answers well.
    Services(Vec<TsaPlace>),
    /// From an authority of our own in this process, under a policy.
    Own {
        /// Its key.
        identity: KeyFile,
        /// The policy's object identifier.
        policy: String,
    },
}

/// Files and folders of certificates and revocation lists.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustFiles {
    /// Anchors for signers.
    pub signers: Vec<PathBuf>,
    /// Anchors for timestamps; without any, those for signers.
    #[serde(default)]
    pub timestamps: Vec<PathBuf>,
    /// The certificates of those who may sign trusted lists (XML) that are named above.
    #[serde(default)]
    pub list_signers: Vec<PathBuf>,
    /// Whether lists are believed whose time is over.
    #[serde(default)]
    pub accept_stale_lists: bool,
    /// Files of names (TOML) for whom the reports speak of.
    #[serde(default)]
    pub names: Vec<PathBuf>,
    /// Certificates that may complete a path.
    #[serde(default)]
    pub intermediates: Vec<PathBuf>,
    /// Revocation lists.
    #[serde(default)]
    pub crls: Vec<PathBuf>,
    /// A validation policy; without one the built-in.
    pub policy: Option<PathBuf>,
}

/// A city that is open.
pub struct City {
    /// The office.
    pub office: Office,
    /// The file it was made from.
    pub file: CityFile,
    folder: PathBuf,
    path: PathBuf,
    /// Held as long as this process works on the city.
    door: Door,
}

impl City {
    /// Opens the city of a file, and puts right what a crash left, where no other process works on it.
    pub async fn open(path: &Path) -> Result<Self, Failure> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let (file, settings) = CityFile::read(path)?;
        let (mut parts, backups) = Self::parts(folder, &file, settings).await?;
        let clock = Arc::clone(&parts.clock);
        let identity = file.seal.as_ref().map(|key| key.open(folder)).transpose()?;
        let reports = file.reports.as_ref().map(|key| key.open(folder)).transpose()?;
        let (office, font) = (parts.settings.office.clone(), file.font(folder)?);
        parts.seals = Arc::new(SealInHand { identity, reports, office, font });
        let authority = file.timestamps.as_ref();
        parts.timestamps = authority.map(|authority| authority.open(folder, &clock, &parts.entropy)).transpose()?;
        let office = over(parts, backups);
        let door = Door::enter(folder, &office).await?;
        Ok(Self { office, file, folder: folder.to_owned(), path: path.to_owned(), door })
    }

    /// Returns the path of its file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the folders whose documents are taken by the service.
    pub fn hot_folders(&self) -> Result<Vec<HotFolder>, Failure> {
        self.file.intake.iter().map(|settings| HotFolder::new(settings.clone(), &self.folder)).collect()
    }

    /// Returns what the service ends TLS with, where it does.
    pub fn tls(&self) -> Result<Option<Tls>, Failure> {
        let Some((chain, key)) = self.https_files()? else { return Ok(None) };
        Ok(Some(Tls::new(&chain, &key)?))
    }

    /// Reads the web server's certificate anew.
    pub fn renew_tls(&self, tls: &Tls) -> Result<(), Failure> {
        let Some((chain, key)) = self.https_files()? else { return Ok(()) };
        Ok(tls.renew(&chain, &key)?)
    }

    fn https_files(&self) -> Result<Option<CertificateWithKey>, Failure> {
        let Some(https) = &self.file.https else { return Ok(None) };
        let key = Zeroizing::new(files::read(&self.folder.join(&https.key))?);
        Ok(Some((files::read(&self.folder.join(&https.certificate))?, key)))
    }

    /// Returns how the web service is known: as passkeys know it, and by which identity provider staff may sign in.
    pub fn doors(&self) -> Result<(Option<RelyingParty>, Option<Provider>), Failure> {
        let party = self.file.public_url.as_deref().map(RelyingParty::new).transpose()?;
        let open = |oidc: &OidcFile| oidc.open(&self.folder, party.as_ref());
        let provider = self.file.oidc.as_ref().map(open).transpose()?;
        Ok((party, provider))
    }

    /// Resolves when others have taken this process for dead. To be asked for once.
    pub fn shut_out(&mut self) -> impl Future<Output = Failure> + use<> {
        self.door.shut_out()
    }

    /// Reads the revocation lists anew, and judges by them from now on.
    pub fn renew_lists(&self) -> Result<(), Failure> {
        self.office.renew_lists(self.file.trust.crls(&self.folder)?);
        Ok(())
    }

    /// Opens the office of a file without seal and timestamps, for what needs neither: no key's passphrase is asked for.
    pub async fn open_without_keys(path: &Path) -> Result<Office, Failure> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let (file, settings) = CityFile::read(path)?;
        let (parts, backups) = Self::parts(folder, &file, settings).await?;
        Ok(over(parts, backups))
    }

    async fn parts(folder: &Path, file: &CityFile, settings: Settings) -> Result<(Parts, Backups), Failure> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy::default());
        let (folders, buckets) = file.vault(folder)?;
        let templates = file.templates(folder, &settings)?;
        let vault = DiskVault::create_or_open_with(folders, buckets, Arc::clone(&clock))?;
        let backups = file.backup.as_ref().map(|backup| backup.shelf(folder, &vault));
        let parts = Parts {
            store: DatabasePlace::of(file, folder)?.open_with(&vault).await?,
            vault: Arc::new(vault),
            checkpoints: Some(Arc::new(CheckpointFolder::new(folder.join(&file.checkpoints)))),
            proofs: Some(Arc::new(file.proof_folders(folder)) as Arc<dyn ProofShelf>)
                .filter(|_| !file.proofs.is_empty()),
            rehearsal_keys: Some(Arc::new(FreshKeys)),
            seals: Arc::new(SealOutOfHand),
            timestamps: None,
            renderer: Arc::new(PdfWriter::new(file.font(folder)?)),
            typesetter: templates::typesetter(&templates, &file.notice_fonts(folder))?,
            templates,
            scanner: file.scanner(folder)?,
            digitiser: file.programs.digitiser(),
            converter: file.programs.converter(folder),
            clock,
            entropy,
            post: file.mail.as_ref().map(|mail| mail.open(folder, file.public_url.as_deref())).transpose()?,
            public_url: file.mail.as_ref().and_then(|mail| mail.public_url.clone()).or_else(|| file.public_url.clone()),
            judge: file.trust.judge(folder)?,
            settings,
        };
        Ok((parts, backups))
    }
}

impl Programs {
    fn is_unsaid(&self) -> bool {
        *self == Self::default()
    }

    fn converter(&self, folder: &Path) -> Option<Arc<dyn Converter>> {
        let program = found(self.soffice.as_ref(), "soffice")?;
        Some(Arc::new(OfficeSuite::new(program, folder.to_owned())))
    }

    fn digitiser(&self) -> Option<Arc<dyn Digitiser>> {
        Some(Arc::new(Scans::new(found(self.tesseract.as_ref(), "tesseract"))))
    }
}

/// Returns the path of a program that is named, or found.
fn found(named: Option<&PathBuf>, name: &str) -> Option<PathBuf> {
    match named {
        Some(path) if path.as_os_str().is_empty() => None,
        Some(path) => Some(path.clone()),
        None => in_path(name),
    }
}

impl CityFile {
    /// Returns the virus check, where one is named.
    fn scanner(&self, folder: &Path) -> Result<Option<Arc<dyn VirusScanner>>, Failure> {
        let Some(address) = &self.virus_check else { return Ok(None) };
        let clamd = match Clamd::at(address) {
            Some(Clamd::Unix(path)) => Clamd::Unix(folder.join(path)),
            Some(over_tcp) => over_tcp,
            None => return Err(unusable(&folder.join(FILE_NAME), "virus_check is neither unix:PATH nor HOST:PORT")),
        };
        Ok(Some(Arc::new(clamd)))
    }

    /// Reads a city's file and its settings.
    pub fn read(path: &Path) -> Result<(Self, Settings), Failure> {
        let text = String::from_utf8(files::read(path)?).map_err(|_| unusable(path, "it is not UTF-8 text"))?;
        let file: Self = toml::from_str(&text).map_err(|error| unusable(path, &error.to_string()))?;
        // The settings are held together by their own reader, too.
        let settings = toml::to_string(&file.settings).map_err(|error| unusable(path, &error.to_string()))?;
        let settings =
            Settings::from_toml(&settings).map_err(|error| Failure::at(path.display().to_string(), &error))?;
        Ok((file, settings))
    }

    /// Returns where the vault lies: its folders, and the ways to its buckets.
    pub fn vault(&self, folder: &Path) -> Result<(VaultFolders, Vec<Bucket>), Failure> {
        let below = |path: &PathBuf| folder.join(path);
        let folders = VaultFolders {
            copies: self.archive.iter().map(below).collect(),
            keys: self.package_keys.iter().map(below).collect(),
            master_key: below(&self.master_key),
        };
        let buckets = self.archive_buckets.iter().map(|bucket| bucket.open(folder)).collect::<Result<Vec<_>, _>>()?;
        Ok((folders, buckets))
    }

    /// Returns where proof trees lie.
    pub(super) fn proof_folders(&self, folder: &Path) -> ProofFolders {
        ProofFolders::new(self.proofs.iter().map(|path| folder.join(path)).collect())
    }

    /// Reads the templates, and looks whether those are there that notice types name.
    fn templates(&self, folder: &Path, settings: &Settings) -> Result<Templates, Failure> {
        let below = folder.join(&self.templates);
        let templates = templates::read(&below)?;
        let named = settings.notice_types.iter().filter_map(|kind| kind.template.as_deref());
        match named.into_iter().find(|name| templates.get(name).is_none()) {
            Some(name) => Err(unusable(&below.join(format!("{name}.toml")), "a notice type names this template")),
            None => Ok(templates),
        }
    }

    fn notice_fonts(&self, folder: &Path) -> Vec<PathBuf> {
        if !self.notice_fonts.is_empty() {
            return self.notice_fonts.iter().map(|path| folder.join(path)).collect();
        }
        let font = self.font.as_ref().map(|path| folder.join(path));
        let wide = fonts::wide().filter(|wide| font.as_ref() != Some(wide));
        font.into_iter().chain(wide).collect()
    }

    fn font(&self, folder: &Path) -> Result<Option<Arc<[u8]>>, Failure> {
        Ok(self.font.as_ref().map(|path| files::read(&folder.join(path))).transpose()?.map(Arc::from))
    }
}

impl KeyFile {
    fn open(&self, folder: &Path) -> Result<SigningIdentity, Failure> {
        let key = match self.key.strip_prefix("file:") {
            Some(path) => format!("file:{}", folder.join(path).display()),
            None => self.key.clone(),
        };
        identity::IdentityOptions {
            key,
            cert: self.certificate.as_ref().map(|path| folder.join(path)),
            chain: self.chain.iter().map(|path| folder.join(path)).collect(),
            passphrase_file: self.passphrase_file.as_ref().map(|path| folder.join(path)),
            remote: identity::RemoteOptions::default(),
        }
        .open()
    }
}

impl Timestamps {
    fn open(
        &self,
        folder: &Path,
        clock: &Arc<dyn Clock>,
        entropy: &Arc<dyn Entropy>,
    ) -> Result<Arc<dyn TimestampSource>, Failure> {
        match self {
            Self::Url(url) => Ok(Arc::new(HttpTimestampSource::new(url, TSA_TIMEOUT)?)),
            Self::Services(places) => stamps::open(places, folder),
            Self::Own { identity, policy } => {
                let oid =
                    policy.parse().map_err(|_| Failure::usage(format!("{policy} is not an object identifier")))?;
                let authority = Authority::new(identity.open(folder)?, AuthorityOptions::with_policy(oid))?;
                Ok(Arc::new(LocalSource::new(Arc::new(authority), Arc::clone(clock), Arc::clone(entropy))))
            }
        }
    }
}

impl TrustFiles {
    pub(super) fn judge(&self, folder: &Path) -> Result<Judge, Failure> {
        let below = |paths: &[PathBuf]| paths.iter().map(|path| folder.join(path)).collect::<Vec<_>>();
        let lists = ListOptions {
            trust_list_signer: below(&self.list_signers),
            accept_stale_list: self.accept_stale_lists,
            names: below(&self.names),
        };
        let lists = lists.reader(SystemClock.now())?;
        let signers = lists.signers(&below(&self.signers))?;
        let timestamps = match self.timestamps.is_empty() {
            true => signers.clone(),
            false => lists.accredited(&below(&self.timestamps))?,
        };
        let policy = match &self.policy {
            None => ValidationPolicy::built_in(),
            Some(path) => {
                let path = folder.join(path);
                let text =
                    String::from_utf8(files::read(&path)?).map_err(|_| unusable(&path, "it is not UTF-8 text"))?;
                ValidationPolicy::from_toml(&text).map_err(|error| Failure::at(path.display().to_string(), &error))?
            }
        };
        Ok(Judge {
            trust: signers,
            tsa_trust: timestamps,
            intermediates: files::certificates(&below(&self.intermediates))?,
            crls: self.crls(folder)?,
            policy,
            good: Arc::default(),
        })
    }

    fn crls(&self, folder: &Path) -> Result<Vec<CertificateList>, Failure> {
        files::crls(&self.crls.iter().map(|path| folder.join(path)).collect::<Vec<_>>())
    }
}

fn templates_folder() -> PathBuf {
    "templates".into()
}

fn checkpoints() -> PathBuf {
    PathBuf::from("checkpoints")
}

fn proofs() -> Vec<PathBuf> {
    vec![PathBuf::from("proofs")]
}

pub(super) fn unusable(path: &Path, what: &str) -> Failure {
    Failure::new("city-file", Kind::Refused, format!("{}: {what}", path.display()))
}
