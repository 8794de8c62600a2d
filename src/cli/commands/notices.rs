//! `notices pending|upgrade`: seals whose lasting level is still to be reached.

use crate::cli::Failure;
use crate::cli::desk::{Desk, Session};
use crate::id::NoticeId;
use crate::office::notices::{UpgradeRun, UpgradeView};
use crate::wording;
use clap::Subcommand;
use serde_json::{Value, json};
use std::process::ExitCode;

/// 通知 / Notices: seals still to be extended to their lasting level
#[derive(Subcommand)]
pub enum Notices {
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
}

impl Notices {
    /// Runs the command.
    pub fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::Pending { desk } => desk.run(async |at: Session| {
                let pending = at.city.office.pending_upgrades(&at.actor).await?;
                at.answer(&json!({ "pending": pending.iter().map(waiting).collect::<Vec<_>>() }))
            }),
            Self::Upgrade { desk } => desk.run(async |at: Session| {
                at.city.renew_lists()?;
                let run = at.city.office.upgrade_due(Some(&at.actor)).await?;
                at.answer(&outcome(&run))
            }),
        }?;
        Ok(ExitCode::SUCCESS)
    }
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
