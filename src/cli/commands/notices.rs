//! `notices`: batches to seal, and seals whose lasting level is still to be reached; what goes to recipients (`notices_delivery`).

use crate::cli::Failure;
use crate::cli::commands::notices_delivery::Delivery;
use crate::cli::commands::notices_statement::Statement;
use crate::cli::desk::{Desk, Session};
use crate::cli::output::complain;
use crate::digest::Sha256Hex;
use crate::id::{BatchId, NoticeId};
use crate::office::Role;
use crate::office::notices::{BatchCount, BatchItemState, BatchView, SealBatch, UpgradeRun, UpgradeView};
use crate::wording;
use clap::Subcommand;
use serde_json::{Value, json};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// 通知 / Notices: sealed as a batch, extended to their lasting level, mailed, printed
#[derive(Subcommand)]
pub enum Notices {
    /// 付与できる通知を一覧に確定する / Freezes a list of everything that can be sealed now; seals nothing
    Freeze {
        #[command(flatten)]
        desk: Desk,
    },
    /// 一覧を一度だけ承認し、電子公印を付す / Releases the seal for a frozen list, once, and seals what stands on it
    Release {
        /// The batch.
        batch: BatchId,
        /// 一覧のハッシュ値 / The hash of the list, as `freeze` and `batch` show it
        #[arg(long, value_name = "SHA256")]
        list: String,
        #[command(flatten)]
        desk: Desk,
    },
    /// 中断した一覧の続きを付す / Goes on with what is left of a released list
    Resume {
        /// The batch.
        batch: BatchId,
        #[command(flatten)]
        desk: Desk,
    },
    /// 一覧と進み / Shows a list, item by item with hash and state
    Batch {
        /// The batch.
        batch: BatchId,
        #[command(flatten)]
        desk: Desk,
    },
    /// 一括付与の一覧 / Lists every batch with how far it has come
    Batches {
        #[command(flatten)]
        desk: Desk,
    },
    /// 延長を待っている通知 / Lists what is still to be extended, with reason, next attempt and deadline
    Pending {
        #[command(flatten)]
        desk: Desk,
    },
    /// いま延長を試す / Reads the revocation lists anew and tries everything that waits
    Upgrade {
        #[command(flatten)]
        desk: Desk,
    },
    #[command(flatten)]
    Statement(Statement),
    #[command(flatten)]
    Delivery(Delivery),
}

impl Notices {
    /// Runs the command.
    pub fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::Freeze { desk } => desk.run(async |at: Session| {
                let batch = at.city.office.freeze_all(&at.actor).await?;
                at.answer(&list(&at.city.office.batch(&at.actor, batch.id).await?))
            }),
            Self::Release { batch, list, desk } => desk.run(async |at: Session| {
                let hash = Sha256Hex::parse(&list).ok_or_else(|| Failure::usage("--list is 64 hexadecimal digits"))?;
                at.city.office.release_batch(&at.actor, batch, &hash).await?;
                seal(&at, batch).await
            }),
            Self::Resume { batch, desk } => desk.run(async |at: Session| {
                at.actor.require_any(&[Role::SealKeeper])?;
                seal(&at, batch).await
            }),
            Self::Batch { batch, desk } => desk.run(async |at: Session| {
                let view = at.city.office.batch(&at.actor, batch).await?;
                at.answer(&list(&view))
            }),
            Self::Batches { desk } => desk.run(async |at: Session| {
                let batches = at.city.office.batches(&at.actor).await?;
                let batches: Vec<_> = batches.iter().map(|(batch, count)| head(batch, *count)).collect();
                at.answer(&json!({ "batches": batches }))
            }),
            Self::Pending { desk } => desk.run(async |at: Session| {
                let pending = at.city.office.pending_upgrades(&at.actor).await?;
                at.answer(&json!({ "pending": pending.iter().map(waiting).collect::<Vec<_>>() }))
            }),
            Self::Upgrade { desk } => desk.run(async |at: Session| {
                at.city.renew_lists()?;
                let run = at.city.office.upgrade_due(Some(&at.actor)).await?;
                at.answer(&outcome(&run))
            }),
            Self::Statement(statement) => return statement.run(),
            Self::Delivery(delivery) => delivery.run(),
        }?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Seals what is left, telling on standard error how far it has come: a line a second at most.
async fn seal(at: &Session, batch: BatchId) -> Result<(), Failure> {
    let told = Mutex::new(Instant::now());
    let progress = |count: BatchCount| {
        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
        if count.open == 0 || told.elapsed() >= Duration::from_secs(1) {
            *told = Instant::now();
            complain!("{} / {}", count.sealed + count.refused, count.total());
        }
    };
    at.city.office.run_batch(batch, progress).await?;
    let view = at.city.office.batch(&at.actor, batch).await?;
    at.answer(&head(&view.batch, view.count))
}

fn head(batch: &SealBatch, count: BatchCount) -> Value {
    json!({
        "batch": batch.id.to_string(),
        "list": batch.list_hash,
        "frozen_at": batch.frozen_at.to_string(),
        "released_at": batch.released.map(|(at, _)| at.to_string()),
        "finished_at": batch.finished_at.map(|at| at.to_string()),
        "halted": batch.halted,
        "sealed": count.sealed,
        "refused": count.refused,
        "open": count.open,
    })
}

fn list(view: &BatchView) -> Value {
    let mut value = head(&view.batch, view.count);
    let item = |item: &crate::office::notices::BatchItem| {
        let (sealed, code) = match &item.state {
            BatchItemState::Sealed { sha256, .. } => (Some(sha256), None),
            BatchItemState::Refused { code, .. } => (None, Some(code)),
            _ => (None, None),
        };
        json!({
            "position": item.position,
            "notice": item.notice.to_string(),
            "sha256": item.sha256,
            "state": item.state.name(),
            "sealed_sha256": sealed,
            "code": code,
            "ja": code.and_then(|code| wording::ja(code)),
            "en": code.and_then(|code| wording::en(code)),
        })
    };
    value["items"] = view.items.iter().map(item).collect();
    value
}

fn waiting(one: &UpgradeView) -> Value {
    let why = one.upgrade.waiting.as_ref();
    json!({
        "notice": one.id.to_string(),
        "number": one.number,
        "subject": one.subject,
        "level": one.upgrade.level,
        "due": one.upgrade.due.to_string(),
        "overdue": one.overdue,
        "code": why.map(|why| why.code.clone()),
        "ja": why.and_then(|why| wording::ja(&why.code)),
        "en": why.and_then(|why| wording::en(&why.code)),
        "tried_at": why.map(|why| why.tried_at.to_string()),
        "next": why.map(|why| why.next.to_string()),
    })
}

fn outcome(run: &UpgradeRun) -> Value {
    let texts = |ids: &[NoticeId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    json!({
        "upgraded": texts(&run.upgraded),
        "waiting": texts(&run.waiting),
        "untried": texts(&run.untried),
        "halted": run.halted,
    })
}
