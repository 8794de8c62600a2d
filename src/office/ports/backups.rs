//! The port behind which backups of the whole city lie, and what can be wrong with them.

use super::VaultError;
use crate::digest::Sha256Hex;
use crate::fault::{Fault, Kind};
use crate::package::PackageError;
use crate::time::Instant;
use serde::{Deserialize, Serialize};

/// The store of backups, as the office needs it. Calls block on the disk.
pub trait BackupShelf: Send + Sync {
    /// Takes packages that were destroyed out of the store, and has it tell from then on that they were. Returns how many it
    /// had; those that are gone already count no more.
    ///
    /// # Errors
    /// Where the store is away: then it is to be asked again.
    fn forget(&self, packages: &[Sha256Hex]) -> Result<u64, BackupError>;

    /// Returns how the backups stand.
    ///
    /// # Errors
    /// Where the store is away, or is not this city's.
    fn standing(&self) -> Result<BackupStanding, BackupError>;
}

/// How the backups stand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BackupStanding {
    /// Every backup, the newest first.
    pub sets: Vec<BackupSet>,
    /// The last good trial by somebody who has an identity, also of a backup that is no more.
    pub by_identity: Option<BackupTrial>,
    /// Hours between two backups that are made by themselves; 0 for none.
    pub every_hours: u32,
}

/// One backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BackupSet {
    /// What it is called: the time at which it was begun, and eight digits by chance.
    pub id: String,
    /// As of when it is.
    pub made_at: Instant,
    /// When it goes, as nothing that was destroyed may be kept longer.
    pub expires_at: Instant,
    /// How many packages it has.
    pub packages: u64,
    /// Their bytes, which it shares with other backups.
    pub package_bytes: u64,
    /// The bytes of what is its own.
    pub own_bytes: u64,
    /// The code of what is wrong with it, as far as was looked.
    pub trouble: Option<&'static str>,
    /// What came of the last trial of each kind.
    pub trials: Vec<BackupTrial>,
}

/// A trial of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupTrial {
    /// The backup.
    pub set: String,
    /// How it was tried.
    pub kind: TrialKind,
    /// When.
    pub at: Instant,
    /// The code of what went wrong; none where all was well.
    pub trouble: Option<String>,
}

/// How a backup is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrialKind {
    /// Restored as it was made, by a key that was made for this once and forgotten.
    Making,
    /// Every byte held against what was written.
    Bytes,
    /// Restored by somebody who has an identity of a recipient.
    Identity,
}

impl TrialKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Making, Self::Bytes, Self::Identity];

    /// Returns the name as files and metrics have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Making => "making",
            Self::Bytes => "bytes",
            Self::Identity => "identity",
        }
    }

    /// Tells whether the whole city was restored.
    pub fn is_restore(self) -> bool {
        self != Self::Bytes
    }
}

impl BackupStanding {
    /// Returns when a backup was last restored for a trial and all was well, and which.
    pub fn last_good_trial(&self) -> Option<&BackupTrial> {
        let trials = self.sets.iter().filter(|set| set.trouble.is_none()).flat_map(|set| &set.trials);
        trials.filter(|trial| trial.kind.is_restore() && trial.trouble.is_none()).max_by_key(|trial| trial.at)
    }

    /// Tells whether the last good trial restore is older than two backups are apart, at least two days; also where there is none.
    pub fn is_old(&self, now: Instant) -> bool {
        let hours = self.every_hours.saturating_mul(2).max(48);
        let most = jiff::SignedDuration::from_hours(i64::from(hours));
        self.last_good_trial().is_none_or(|trial| now.duration_since(trial.at) > most)
    }

    /// Tells whether nobody has shown for more than a quarter of a year that an identity opens the backups.
    pub fn is_unopened(&self, now: Instant) -> bool {
        let quarter = jiff::SignedDuration::from_hours(24 * 100);
        self.by_identity.as_ref().is_none_or(|trial| now.duration_since(trial.at) > quarter)
    }

    /// Returns the newest backup with which nothing is known to be wrong.
    pub fn newest_good(&self) -> Option<&BackupSet> {
        self.sets.iter().find(|set| set.trouble.is_none() && set.trials.iter().all(|trial| trial.trouble.is_none()))
    }
}

/// Why a backup cannot be made, checked or restored. What it names of places tells nothing of what is in them.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// `city.toml` says nothing of backups.
    #[error("city.toml has no [backup]: a store and recipients")]
    NotSetUp,
    /// Backups would outlive the horizon at once.
    #[error("backup_horizon_days is 0, or keep_days is more than it: what was destroyed would outlive the horizon")]
    NoHorizon,
    /// A database on a server, and no other that a backup of it can be restored into for a trial.
    #[error(
        "a database on PostgreSQL is tried in another one that is there for that: name it as trial_database under [backup]"
    )]
    NoTrialDatabase,
    /// The folder is no store of backups.
    #[error(
        "{place} has no mark of a store of backups; is its disk there? `backup init` makes a store in an empty folder"
    )]
    NoStore {
        /// Where.
        place: String,
    },
    /// The store is another city's.
    #[error("{place} holds the backups of another city, or is another store than was named")]
    OtherCity {
        /// Where.
        place: String,
    },
    /// Another process works on the store.
    #[error("another process is at {place}")]
    Busy {
        /// The file by which they keep out of each other's way.
        place: String,
    },
    /// Something is in the way, and is not overwritten.
    #[error("{place} is there already; nothing is overwritten")]
    InTheWay {
        /// Where.
        place: String,
    },
    /// No such backup.
    #[error("there is no backup {0}")]
    NoSuchSet(String),
    /// The term of the backup is over.
    #[error("the term of the backup {0} is over: what was destroyed since may be in it")]
    Expired(String),
    /// Something that the backup names is not there.
    #[error("{place} is not there")]
    Missing {
        /// Which part or package.
        place: String,
    },
    /// Something is not what was written.
    #[error("{place} is not what was written: {what}")]
    Altered {
        /// Which part or package.
        place: String,
        /// What is wrong.
        what: String,
    },
    /// Something is of another backup.
    #[error("{place} belongs to another backup")]
    Mixed {
        /// Which part.
        place: String,
    },
    /// Whoever wrote it did not have the city's master key.
    #[error("{place} was not written by the holder of the city's master key")]
    Forged {
        /// Which part.
        place: String,
    },
    /// None of the identities opens the backup.
    #[error("none of the identities opens {place}")]
    WrongIdentity {
        /// Which part.
        place: String,
    },
    /// Packages are lacking.
    #[error("{number} packages are lacking or altered, the first being {first}")]
    Lacking {
        /// How many.
        number: u64,
        /// The first of them.
        first: String,
    },
    /// What was restored for a trial is not what was backed up.
    #[error("the trial restore: {0}")]
    Trial(String),
    /// A key is none.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// The disk, or the vault.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl Fault for BackupError {
    fn code(&self) -> &'static str {
        match self {
            Self::NotSetUp => "backup-not-set-up",
            Self::NoHorizon => "backup-no-horizon",
            Self::NoTrialDatabase => "backup-no-trial-database",
            Self::NoStore { .. } => "backup-no-store",
            Self::OtherCity { .. } => "backup-other-city",
            Self::Busy { .. } => "backup-busy",
            Self::InTheWay { .. } => "backup-in-the-way",
            Self::NoSuchSet(_) => "backup-no-such-set",
            Self::Expired(_) => "backup-expired",
            Self::Missing { .. } => "backup-missing",
            Self::Altered { .. } => "backup-altered",
            Self::Mixed { .. } => "backup-mixed",
            Self::Forged { .. } => "backup-forged",
            Self::WrongIdentity { .. } => "backup-wrong-identity",
            Self::Lacking { .. } => "backup-lacking",
            Self::Trial(_) => "backup-trial",
            Self::Package(error) => error.code(),
            Self::Vault(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::NoSuchSet(_) => Kind::NotFound,
            Self::Busy { .. } => Kind::Conflict,
            Self::NoStore { .. } => Kind::Unavailable,
            Self::Package(error) => error.kind(),
            Self::Vault(error) => error.kind(),
            _ => Kind::Refused,
        }
    }
}
