//! `records access`, `records reads`: who may see what, and who has.

use crate::cli::Failure;
use crate::cli::desk::{Desk, Session};
use crate::id::{RecordFileId, RecordId};
use crate::office::OfficeError;
use crate::office::records::{AccessChange, AccessTarget, AccessView, FilingError};
use crate::records::{AccessClass, AccessGrant, Grantee};
use crate::time::Date;
use clap::Args;
use serde_json::{Value, json};

/// The arguments of `records access`.
#[derive(Args)]
pub struct Access {
    /// 簿冊または文書 / The record file; or a record, for a class of its own that is stricter than its file's
    subject: String,
    /// 公開可・庁内・限定 / public, internal or restricted. A stricter class acts at once, a more open one once a second records
    /// manager has given the same command; the class that there is takes back what waits
    #[arg(long, value_parser = access_class, group = "change")]
    class: Option<AccessClass>,
    /// 閲覧を認める職員または課 / A login or a section that the file lets in
    #[arg(long, value_name = "USER|SECTION", group = "change", requires = "reason")]
    grant: Option<String>,
    /// 閲覧を認めるのをやめる職員または課 / A login or a section that it lets in no more
    #[arg(long, value_name = "USER|SECTION", group = "change")]
    revoke: Option<String>,
    /// 最後の日 / The last day of a grant; without it, until it is revoked
    #[arg(long, value_name = "DAY", requires = "grant")]
    until: Option<Date>,
    /// 理由 / Why; it is not in the ledger
    #[arg(long)]
    reason: Option<String>,
    #[command(flatten)]
    desk: Desk,
}

impl Access {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        let Self { subject, class, grant, revoke, until, reason, desk } = self;
        let unknown = || Failure::usage("the subject is the identifier of a record file or of a record");
        let file: RecordFileId = subject.parse().map_err(|_| unknown())?;
        let record: RecordId = subject.parse().map_err(|_| unknown())?;
        let reason = reason.unwrap_or_default();
        let change = match (class, grant, revoke) {
            (Some(class), _, _) => AccessChange::Class { class, reason },
            (_, Some(to), _) => AccessChange::Grant { to, until, reason },
            (_, _, Some(from)) => AccessChange::Revoke { from },
            _ => return Err(Failure::usage("say what is to change: --class, --grant or --revoke")),
        };
        desk.run(async |at: Session| {
            let office = &at.city.office;
            let view = match office.change_access(&at.actor, AccessTarget::File(file), change.clone()).await {
                Err(OfficeError::Filing(FilingError::NoSuchFile(_))) => {
                    office.change_access(&at.actor, AccessTarget::Record(record), change).await?
                }
                other => other?,
            };
            at.answer(&show(&view))
        })
    }
}

/// Runs `records reads`.
pub fn reads(record: RecordId, desk: Desk) -> Result<(), Failure> {
    desk.run(async |at: Session| {
        let reads = at.city.office.reads_of(&at.actor, record).await?;
        let reads: Vec<Value> = reads
            .iter()
            .map(|one| json!({ "at": one.at, "by": one.by, "name": one.name, "what": one.what, "ledger": one.seq }))
            .collect();
        at.answer(&json!({ "record": record, "reads": reads }))
    })
}

/// Reads an access class from the command line.
pub(super) fn access_class(text: &str) -> Result<AccessClass, String> {
    AccessClass::parse(text).ok_or_else(|| "an access class is public, internal or restricted".to_owned())
}

fn show(view: &AccessView) -> Value {
    json!({
        "class": view.class,
        "waits_for_second_manager": view.waits,
        "grants": view.grants.iter().map(show_grant).collect::<Vec<_>>(),
    })
}

fn show_grant(grant: &AccessGrant) -> Value {
    let (kind, to) = match &grant.to {
        Grantee::User(user) => ("user", user.to_string()),
        Grantee::Section(section) => ("section", section.clone()),
    };
    json!({ "kind": kind, "to": to, "until": grant.until, "reason": grant.reason })
}
