//! Sealed checkpoints: once a day the end of the ledger is signed by the service, timestamped, and kept outside the database,
//! so that whoever writes the ledger anew contradicts what others hold.

use super::ports::{CheckpointShelf, Transaction};
use super::{Actor, Office, OfficeError, Role, Sealed};
use crate::cms::SigningIdentity;
use crate::fault::{Fault, Kind};
use crate::ledger::{Checkpoint, Entry, LedgerError, Verifier};
use crate::policy::Outcome;
use crate::time::japanese_date;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Who may have a checkpoint sealed between two days.
const SEALERS: &[Role] = &[Role::Auditor, Role::RecordsManager, Role::Administrator];
/// The verb of a sealed checkpoint in the ledger, and the name of the digest of what was sealed.
const SEALED: (&str, &str) = ("ledger.checkpointed", "sealed");
/// The verb by which somebody who confirmed a restored database gave up a checkpoint of what it lacks.
pub(super) const SET_ASIDE: &str = "ledger.checkpoint-set-aside";

/// A checkpoint of the ledger in a CMS that holds it (RFC 5652): signed by the service, and timestamped where the city has an
/// authority (RFC 5126, 6.1.1). Its content is canonical JSON.
#[derive(Clone, Debug)]
pub struct SealedCheckpoint {
    /// The end of the ledger that it names.
    pub checkpoint: Checkpoint,
    /// Its seal.
    pub sealed: Sealed,
}

/// A ledger that holds, and what bears witness to that.
#[derive(Clone, Debug)]
pub struct Witnessed {
    /// Its end.
    pub end: Checkpoint,
    /// The sealed checkpoints that it meets, in the order of the entries that they name.
    pub met: Vec<SealedCheckpoint>,
    /// Those that somebody gave up who confirmed a restored database: it lacks what they are of.
    pub set_aside: Vec<SealedCheckpoint>,
}

/// Why a checkpoint cannot be made, or does not hold.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// There is no key of the service, or no place to keep checkpoints.
    #[error("checkpoints are signed with the service's own key, which city.toml names under [reports]; there is none")]
    NoKey,
    /// What was given is no sealed checkpoint, or no sealed statement.
    #[error("{name} is nothing that the service sealed so: {what}")]
    Unreadable {
        /// The file.
        name: String,
        /// What is wrong.
        what: String,
    },
    /// The signature or the timestamp of a checkpoint is not good.
    #[error("the signature or the timestamp of {name} is not good: {what}")]
    Forged {
        /// The file.
        name: String,
        /// What is wrong.
        what: String,
    },
    /// The ledger tells of a checkpoint that is not on the shelf.
    #[error("entry {seq} of the ledger tells of a sealed checkpoint that is not kept any more")]
    Missing {
        /// The place of the entry.
        seq: u64,
    },
}

impl SealedCheckpoint {
    /// Reads a sealed checkpoint and verifies its signature and its timestamp. Says nothing on whom to believe.
    ///
    /// # Errors
    /// [`CheckpointError::Unreadable`], [`CheckpointError::Forged`].
    pub fn open(name: &str, der: &[u8]) -> Result<Self, CheckpointError> {
        let (sealed, checkpoint) = Sealed::open(name, der)?;
        Ok(Self { checkpoint, sealed })
    }
}

impl Office {
    /// Seals a checkpoint where none was sealed today and the ledger went on since the last one. Returns it where one was.
    ///
    /// # Errors
    /// Those of [`Office::seal_checkpoint`].
    pub async fn seal_checkpoint_due(&self) -> Result<Option<SealedCheckpoint>, OfficeError> {
        let last = self.newest_checkpoint().await?;
        if last.as_ref().is_some_and(|last| japanese_date(last.checkpoint.at) >= self.today()) {
            return Ok(None);
        }
        let newest = self.read().await?.newest_entries(1).await?.pop();
        let is_told_of =
            |entry: &Entry| last.as_ref().is_some_and(|last| sealed(entry) == Some(last.sealed.sha256.as_str()));
        match newest {
            Some(entry) if !is_told_of(&entry) => self.seal_end("system").await.map(Some),
            _ => Ok(None),
        }
    }

    /// Verifies the ledger from the last sealed checkpoint on, seals one of its end, keeps it, and writes that down.
    ///
    /// # Errors
    /// [`OfficeError::NotInRole`]. [`OfficeError::Ledger`] where the ledger does not hold or contradicts the last checkpoint: nothing is sealed then.
    /// [`CheckpointError::NoKey`]; [`OfficeError::Pades`] where no timestamp can be had now, though the city has an authority.
    pub async fn seal_checkpoint(&self, actor: &Actor) -> Result<SealedCheckpoint, OfficeError> {
        actor.require_any(SEALERS)?;
        self.seal_end(&actor.user().to_string()).await
    }

    async fn seal_end(&self, who: &str) -> Result<SealedCheckpoint, OfficeError> {
        let shelf = self.shelf()?;
        let identity = self.seals.report_identity().ok_or(CheckpointError::NoKey)?;
        // Nothing is sealed of a copy that nobody has confirmed.
        drop(self.begin().await?);
        let last = self.newest_checkpoint().await?;
        let checkpoint = self.verify_since(last.map(|last| last.checkpoint)).await?;
        let (office, seq) = (self.clone(), checkpoint.seq);
        let sealed = self.busy(move || office.seal_and_keep(&*shelf, &checkpoint, &identity)).await??;
        let mut tx = self.begin().await?;
        let entry = self.entry_by(who, SEALED.0, format!("ledger/{seq}"))?.with(SEALED.1, &sealed.sealed.sha256)?;
        tx.append(entry.with_flag("timestamped", sealed.sealed.timestamp.is_some())?).await?;
        tx.commit().await?;
        Ok(sealed)
    }

    /// Verifies every checkpoint on the shelf, the whole ledger against them, and that none is missing of which it tells.
    ///
    /// # Errors
    /// [`OfficeError::Ledger`] names the first entry that does not hold; [`OfficeError::Checkpoint`].
    pub async fn verify_against_checkpoints(&self) -> Result<Witnessed, OfficeError> {
        let kept = self.kept_checkpoints().await?;
        let (mut told, mut given_up) = (Vec::new(), BTreeSet::new());
        self.each_entry(1, &mut |entry| {
            told.extend(sealed(entry).map(|sha256| (entry.seq, sha256.to_owned())));
            if entry.verb.as_str() == SET_ASIDE {
                given_up.insert(entry.subject.to_string());
            }
            Ok(())
        })
        .await?;
        if let Some((seq, _)) = told.iter().find(|(_, told)| kept.iter().all(|one| one.sealed.sha256.as_str() != told))
        {
            return Err(CheckpointError::Missing { seq: *seq }.into());
        }
        let (set_aside, met): (Vec<_>, Vec<_>) =
            kept.into_iter().partition(|one| given_up.contains(one.sealed.sha256.as_str()));
        let end = self.verify_ledger(met.iter().map(|one| one.checkpoint.clone()).collect()).await?;
        Ok(Witnessed { end, met, set_aside })
    }

    /// Returns the checkpoints that the ledger does not meet and that nobody has set aside: it was restored from a copy that
    /// is older, or written anew.
    pub(super) async fn unmet_checkpoints(&self) -> Result<Vec<SealedCheckpoint>, OfficeError> {
        if self.checkpoints.is_none() {
            return Ok(Vec::new());
        }
        let kept = self.kept_checkpoints().await?;
        let mut tx = self.read().await?;
        let mut unmet = Vec::new();
        for one in kept {
            if !is_met(&mut *tx, &one.checkpoint).await? && !is_set_aside(&mut *tx, &one).await? {
                unmet.push(one);
            }
        }
        Ok(unmet)
    }

    /// Tells whether the newest checkpoint, by a signer who is believed, is of a ledger that went on farther, or otherwise.
    pub(super) async fn is_behind_its_checkpoint(&self) -> Result<bool, OfficeError> {
        if self.checkpoints.is_none() {
            return Ok(false);
        }
        let newest = match self.newest_checkpoint().await {
            Ok(Some(newest)) => newest,
            Ok(None) => return Ok(false),
            Err(trouble) => {
                // The next checkpoint cannot be sealed either, and that is told; it must not keep the house shut.
                tracing::error!(code = trouble.code(), error = %trouble, "the newest checkpoint cannot be read");
                return Ok(false);
            }
        };
        // By the service's own certificate also while revocation lists are too old to believe anybody.
        let own = self.seals.report_identity();
        let is_ours = own.is_some_and(|own| own.certificate().der() == newest.sealed.signer.der())
            || newest.sealed.witness(&self.judge(), self.now()).outcome == Outcome::Passed;
        let mut tx = self.read().await?;
        Ok(is_ours && !is_met(&mut *tx, &newest.checkpoint).await?)
    }

    fn shelf(&self) -> Result<Arc<dyn CheckpointShelf>, CheckpointError> {
        self.checkpoints.clone().ok_or(CheckpointError::NoKey)
    }

    async fn kept_checkpoints(&self) -> Result<Vec<SealedCheckpoint>, OfficeError> {
        let shelf = self.shelf()?;
        let kept = self.busy(move || shelf.all()).await??;
        Ok(kept.iter().map(|(name, der)| SealedCheckpoint::open(name, der)).collect::<Result<Vec<_>, _>>()?)
    }

    /// Returns the sealed checkpoint of the latest entry that nobody has set aside.
    ///
    /// # Errors
    /// [`OfficeError::Vault`] where the shelf cannot be read, [`OfficeError::Checkpoint`] where what lies there is none.
    pub async fn newest_checkpoint(&self) -> Result<Option<SealedCheckpoint>, OfficeError> {
        let shelf = self.shelf()?;
        let Some((name, der)) = self.busy(move || shelf.newest()).await?? else { return Ok(None) };
        let newest = SealedCheckpoint::open(&name, &der)?;
        let mut tx = self.read().await?;
        if !is_set_aside(&mut *tx, &newest).await? {
            return Ok(Some(newest));
        }
        for earlier in self.kept_checkpoints().await?.into_iter().rev() {
            if !is_set_aside(&mut *tx, &earlier).await? {
                return Ok(Some(earlier));
            }
        }
        Ok(None)
    }

    /// Verifies the ledger from a checkpoint on, or from the first entry.
    async fn verify_since(&self, last: Option<Checkpoint>) -> Result<Checkpoint, OfficeError> {
        let Some(last) = last.filter(|last| last.seq > 0) else { return self.verify_ledger(Vec::new()).await };
        let mut verifier = None;
        self.each_entry(last.seq, &mut |entry| match &mut verifier {
            None => Verifier::from(&last, entry).map(|begun| verifier = Some(begun)),
            Some(verifier) => verifier.take(entry),
        })
        .await?;
        match verifier {
            Some(verifier) => Ok(verifier.finish(self.now())?),
            None => {
                let found = self.read().await?.newest_entries(1).await?.first().map_or(0, |entry| entry.seq);
                Err(LedgerError::CutShort { expected: last.seq, found }.into())
            }
        }
    }

    fn seal_and_keep(
        &self,
        shelf: &dyn CheckpointShelf,
        checkpoint: &Checkpoint,
        identity: &SigningIdentity,
    ) -> Result<SealedCheckpoint, OfficeError> {
        let der = self.seal_content(checkpoint, identity)?;
        // Nothing is kept that does not open again.
        let sealed = SealedCheckpoint::open("the new checkpoint", &der)?;
        shelf.put(checkpoint.seq, &sealed.sealed.sha256, &der)?;
        Ok(sealed)
    }
}

/// Tells whether the ledger has the entry that a checkpoint names.
async fn is_met(tx: &mut dyn Transaction, checkpoint: &Checkpoint) -> Result<bool, OfficeError> {
    let Some(before) = checkpoint.seq.checked_sub(1) else { return Ok(true) };
    let entry = tx.entries_after(before, 1).await?.pop();
    Ok(entry.is_some_and(|entry| entry.seq == checkpoint.seq && entry.hash == checkpoint.hash))
}

async fn is_set_aside(tx: &mut dyn Transaction, sealed: &SealedCheckpoint) -> Result<bool, OfficeError> {
    let about = tx.entries_about(sealed.sealed.sha256.as_str()).await?;
    Ok(about.iter().any(|entry| entry.verb.as_str() == SET_ASIDE))
}

/// Returns the digest of the sealed checkpoint that an entry tells of.
fn sealed(entry: &Entry) -> Option<&str> {
    (entry.verb.as_str() == SEALED.0).then(|| entry.word(SEALED.1))?
}

impl Fault for CheckpointError {
    fn code(&self) -> &'static str {
        match self {
            Self::NoKey => "checkpoint-no-key",
            Self::Unreadable { .. } => "checkpoint-unreadable",
            Self::Forged { .. } => "checkpoint-forged",
            Self::Missing { .. } => "checkpoint-missing",
        }
    }

    fn kind(&self) -> Kind {
        Kind::Refused
    }
}
