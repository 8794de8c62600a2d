//! `notices outbox`, `remind`, `uncollected`, `to-paper`, `print`, `printed`, `posted`: what goes to recipients, by mail and on paper.

use crate::cli::Failure;
use crate::cli::desk::{Desk, Session};
use crate::cli::files;
use crate::id::{MailId, NoticeId, PrintPackageId};
use crate::office::Role;
use crate::office::notices::{OutboxItem, PrintPackage, Uncollected};
use crate::time::Date;
use crate::wording;
use clap::Subcommand;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// What goes to recipients.
#[derive(Subcommand)]
pub enum Delivery {
    /// 送信待ちのメール / Lists the mails that wait, and those that somebody has to see to
    Outbox {
        /// いま送る / Hands over now what is due, where no service runs
        #[arg(long)]
        send: bool,
        /// 送り直すメール / Queues a mail again that was refused or given up
        #[arg(long, value_name = "MAIL", conflicts_with = "send")]
        retry: Option<MailId>,
        #[command(flatten)]
        desk: Desk,
    },
    /// 期限のお知らせ / Queues the reminders that are due; none twice
    Remind {
        #[command(flatten)]
        desk: Desk,
    },
    /// 受取を待つ通知 / Lists what is not collected yet, with its last day
    Uncollected {
        #[command(flatten)]
        desk: Desk,
    },
    /// 紙の交付に切り替える / Delivers on paper: the named notices, or with --overdue whatever was not collected in time
    ToPaper {
        /// 通知 / The notices
        notices: Vec<NoticeId>,
        /// 期限を過ぎたもの / Whatever was not collected in time
        #[arg(long, conflicts_with = "notices")]
        overdue: bool,
        /// 理由 / Why
        #[arg(long, default_value = "取得期限の経過")]
        reason: String,
        #[command(flatten)]
        desk: Desk,
    },
    /// 印刷に回す / Packs what goes on paper for the print room: letters, notices and a list with hashes
    Print {
        /// 通知 / The notices; without any, all of the section whose address is known
        notices: Vec<NoticeId>,
        /// すでにあるまとまり / Writes a package again that was made before, instead of making one
        #[arg(long, value_name = "PACKAGE", conflicts_with = "notices")]
        again: Option<PrintPackageId>,
        /// 出力先 / The ZIP
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
        #[command(flatten)]
        desk: Desk,
    },
    /// 印刷の記録 / Writes down that a package was printed
    Printed {
        /// まとまり / The package
        package: PrintPackageId,
        /// 印刷した日 / The day
        #[arg(long, value_name = "DATE")]
        on: Date,
        #[command(flatten)]
        desk: Desk,
    },
    /// 発送の記録 / Writes down that a package was posted; its addresses are forgotten
    Posted {
        /// まとまり / The package
        package: PrintPackageId,
        /// 発送した日 / The day
        #[arg(long, value_name = "DATE")]
        on: Date,
        #[command(flatten)]
        desk: Desk,
    },
}

impl Delivery {
    /// Runs the command.
    pub fn run(self) -> Result<(), Failure> {
        match self {
            Self::Outbox { send, retry, desk } => desk.run(async |at: Session| outbox(&at, send, retry).await),
            Self::Remind { desk } => desk.run(async |at: Session| {
                let reminded = at.city.office.remind_due(Some(&at.actor)).await?;
                at.answer(&json!({ "reminded": texts(&reminded) }))
            }),
            Self::Uncollected { desk } => desk.run(async |at: Session| {
                let list = at.city.office.uncollected(&at.actor).await?;
                at.answer(&json!({ "uncollected": list.iter().map(uncollected).collect::<Vec<_>>() }))
            }),
            Self::ToPaper { notices, overdue, reason, desk } => desk.run(async |at: Session| {
                let office = &at.city.office;
                let turned = match overdue {
                    true => office.to_paper_due(Some(&at.actor), &reason).await?,
                    false if notices.is_empty() => return Err(Failure::usage("name notices, or --overdue")),
                    false => {
                        for notice in &notices {
                            office.to_paper(&at.actor, *notice, &reason).await?;
                        }
                        notices
                    }
                };
                at.answer(&json!({ "to_paper": texts(&turned) }))
            }),
            Self::Print { notices, again, output, desk } => desk.run(async |at: Session| {
                let named: BTreeSet<NoticeId> = notices.into_iter().collect();
                print(&at, &named, again, &output).await
            }),
            Self::Printed { package, on, desk } => desk.run(async |at: Session| {
                at.answer(&told(&at.city.office.record_printed(&at.actor, package, on).await?))
            }),
            Self::Posted { package, on, desk } => desk.run(async |at: Session| {
                at.answer(&told(&at.city.office.record_posted(&at.actor, package, on).await?))
            }),
        }
    }
}

async fn outbox(at: &Session, send: bool, retry: Option<MailId>) -> Result<(), Failure> {
    let office = &at.city.office;
    if let Some(mail) = retry {
        office.retry_mail(&at.actor, mail).await?;
    }
    let mut answer = json!({ "configured": office.sends_mail() });
    if send {
        at.actor.require_any(&[Role::Clerk])?;
        let lease = office.lease("outbox").await?.ok_or(crate::office::OfficeError::Leased)?;
        let run = office.send_mail_due().await;
        office.release(lease).await;
        let run = run?;
        answer["run"] = json!({
            "accepted": run.accepted, "failed": run.failed, "put_off": run.put_off, "dropped": run.dropped, "halted": run.halted,
        });
    }
    answer["mails"] = office.outbox(&at.actor).await?.iter().map(mail).collect();
    at.answer(&answer)
}

/// Makes a package and writes it; one that could not be written is there all the same, and `--again` writes it.
async fn print(
    at: &Session,
    named: &BTreeSet<NoticeId>,
    again: Option<PrintPackageId>,
    output: &std::path::Path,
) -> Result<(), Failure> {
    let office = &at.city.office;
    let id = match again {
        Some(id) => id,
        None => office.make_print_package(&at.actor, named).await?.id,
    };
    let zip = office.print_package_zip(&at.actor, id).await?;
    files::write_secret(output, &zip)?;
    let package = office.print_packages(&at.actor).await?.into_iter().find(|one| one.id == id);
    at.answer(&package.as_ref().map_or(Value::Null, told))
}

fn mail(item: &OutboxItem) -> Value {
    json!({
        "mail": item.mail.id.to_string(),
        "notice": item.notice.to_string(),
        "number": item.number,
        "subject": item.subject,
        "about": item.mail.kind.word(),
        "state": item.mail.state.word(),
        "tries": item.mail.tries,
        "next": item.next.map(|next| next.to_string()),
        "reply": item.mail.reply,
        "code": item.mail.trouble,
        "ja": item.mail.trouble.as_ref().and_then(|code| wording::ja(code)),
        "en": item.mail.trouble.as_ref().and_then(|code| wording::en(code)),
    })
}

fn uncollected(one: &Uncollected) -> Value {
    json!({
        "notice": one.id.to_string(),
        "number": one.number,
        "subject": one.subject,
        "state": one.state.word(),
        "collect_by": one.collect_by.to_string(),
        "overdue": one.is_overdue,
        "reminders": one.reminders,
    })
}

fn told(package: &PrintPackage) -> Value {
    let item = |item: &crate::office::notices::PrintItem| {
        json!({
            "notice": item.notice.to_string(),
            "number": item.number,
            "notice_sha256": item.notice_sha256,
            "letter_sha256": item.letter_sha256,
        })
    };
    json!({
        "package": package.id.to_string(),
        "made_at": package.made_at.to_string(),
        "printed_on": package.printed.map(|(day, _)| day.to_string()),
        "posted_on": package.posted.map(|(day, _)| day.to_string()),
        "items": package.items.iter().map(item).collect::<Vec<_>>(),
    })
}

fn texts(ids: &[NoticeId]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}
