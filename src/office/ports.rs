//! The ports behind which disks, keys and clocks stand.

mod accounts;
mod backups;
mod batches;
mod browsers;
mod checkpoints;
mod counts;
mod digitiser;
mod fixity;
mod ledger;
mod mailer;
mod memory;
mod notices;
mod outside;
mod proofs;
mod provider;
mod record_filters;
mod record_rows;
mod records;
mod reorganisations;
mod shelves;
mod store;
mod tokens;
mod tray;
mod typesetter;
mod vault;
mod workers;

pub use accounts::{
    AccountNews, AccountNote, AccountRow, AccountRows, Factors, PasskeyRow, ProvenBy, SessionRow, TotpRow,
};
pub use backups::{BackupError, BackupSet, BackupShelf, BackupStanding, BackupTrial, TrialKind};
pub use batches::BatchRows;
pub use browsers::{BrowserRow, BrowserRows};
pub use checkpoints::CheckpointShelf;
pub use counts::{Count, CountRows};
pub use digitiser::{
    ConvertError, Converter, Derived, Digitiser, DigitiserError, DocumentInfo, PagePicture, PageProgress,
    ScannedDocument,
};
pub use fixity::{FixityCounts, FixityRow, FixityRows, FixityState};
pub use ledger::LedgerRows;
pub use mailer::{DeliveryRows, MailError, MailTrouble, Mailer, OutboxRow, OutgoingMail};
pub use memory::{
    FilePlace, FileTable, MEMORY_STRETCH, MEMORY_VERSION, Memory, MemoryLine, MemoryPart, MemoryRows, MemoryUnit,
    PartKey, Remembered,
};
pub use notices::{GivenNumbers, NoticeFile, NoticeRows};
pub use outside::{
    CertifiedFile, CoverLetter, DisposalCertificate, RenderError, RenderedPdf, Renderer, ReportPaper, ScanError, Seals,
    VirusScanner,
};
pub use proofs::{EarlierTrouble, ProofKind, ProofRows, ProofShelf, ProofStanding, ProofTreeRow, RehearsalKeys};
pub use provider::{IdentityProvider, ProvidedIdentity, ProviderError, ProviderQuestion};
pub use record_filters::{SearchedPart, SearchedPlaces, WantedFiles, WantedRecords};
pub use record_rows::*;
pub use records::RecordRows;
pub use reorganisations::ReorganisationRows;
pub use shelves::ShelfRows;
pub use store::{Store, StoreError, Transaction};
pub use tokens::{MadeBy, RequestRow, TokenRow, TokenRows};
pub use tray::{FilingWish, TrayCheck, TrayItem, TrayRows, TraySource, TrayState, TrayTrouble};
pub use typesetter::{Setting, Typeset, Typesetter};
pub use vault::{
    AbsenceCheck, AbsenceEvidence, CopyHealth, DestructionClaim, ListedPackage, NewPackage, PackageHealth, PackageName,
    PackageReceipt, RemovedItem, Vault, VaultError, VaultListing,
};
pub use workers::{WorkerRow, WorkerRows};
