//! `rules check|explain|date`: retention rule sets, and the dates that follow from them.

use super::rules_date;
use crate::cli::desk::{Desk, Session};
use crate::cli::{Failure, SystemClock, output};
use crate::digest::Sha256Hex;
use crate::records::{
    AssignedYear, ClassCode, DueDate, Extension, HoldFact, HoldKind, Reason, ReasonCode, RetentionFacts, RetentionRule,
    RuleChange, RuleFile, RuleSet, due_date,
};
use crate::time::{Clock, Date};
use crate::wording;
use clap::{Args, Subcommand, ValueEnum};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Retention rule sets: does one hold together, why does a file expire when it does.
#[derive(Subcommand)]
pub enum Rules {
    /// Checks a rule file: gaps, overlaps, classes and rules that nothing reaches, references to nothing.
    Check {
        /// The rule file (TOML).
        file: PathBuf,
        /// How to answer.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Says in words why a record file expires when it does.
    Explain(Box<Explain>),
    /// 規則を読み込む / Loads a rule set into a city. It acts for the days it is for: at once where it shortens nothing,
    /// else after two approvals.
    Load {
        /// The rule file (TOML).
        file: PathBuf,
        #[command(flatten)]
        desk: Desk,
    },
    /// 承認待ちの規則 / Lists the rule sets that wait for approval.
    Waiting {
        #[command(flatten)]
        desk: Desk,
    },
    /// 規則を承認する / Approves a rule set that shortens something; two persons who did not load it have to.
    Approve {
        /// The rule set.
        set: String,
        /// The version.
        version: String,
        /// The hash that `waiting` names.
        #[arg(long, value_parser = super::disposal::hash)]
        sha256: Sha256Hex,
        #[command(flatten)]
        desk: Desk,
    },
    /// Computes dates: JSON lines in on standard input, JSON lines out.
    Date {
        /// The rule file that classes are named from; lines may also give their class inline.
        #[arg(long)]
        rules: Option<PathBuf>,
    },
}

/// How a command answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For machines: one document.
    Json,
}

/// The arguments of `rules explain`.
#[derive(Args)]
pub struct Explain {
    /// The rule file (TOML).
    file: PathBuf,
    /// The class of the record file.
    #[arg(long, value_parser = class_code)]
    class: ClassCode,
    /// The day it was made or received.
    #[arg(long)]
    created: Option<Date>,
    /// The day the record file was opened.
    #[arg(long)]
    opened: Option<Date>,
    /// The day the matter was completed.
    #[arg(long)]
    completed: Option<Date>,
    /// The day of the rule's event.
    #[arg(long)]
    event: Option<Date>,
    /// A year set by hand (所属年度); needs --year-reason.
    #[arg(long, requires = "year_reason")]
    year: Option<i16>,
    /// Why the year was set by hand.
    #[arg(long)]
    year_reason: Option<String>,
    /// Approved extensions in years, in their order.
    #[arg(long = "extension", value_name = "YEARS")]
    extensions: Vec<u16>,
    /// Holds: `audit`, `litigation`, `appeal` or `disclosure` while open, with `=DATE` once ended or decided.
    #[arg(long = "hold", value_name = "KIND[=DATE]", value_parser = hold)]
    holds: Vec<HoldFact>,
    /// The day to judge on; today in Japan when not given.
    #[arg(long)]
    as_of: Option<Date>,
    /// How to answer.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

impl Rules {
    /// Runs the command.
    pub fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::Check { file, format } => check(&file, format),
            Self::Explain(arguments) => explain(*arguments),
            Self::Load { file, desk } => load(&file, desk),
            Self::Waiting { desk } => waiting(desk),
            Self::Approve { set, version, sha256, desk } => approve(&set, &version, &sha256, desk),
            Self::Date { rules } => {
                let set = rules.map(|file| sound_set(&file)).transpose()?;
                rules_date::run(set.as_ref(), std::io::stdin().lock(), std::io::stdout().lock())
            }
        }
    }
}

fn load(file: &Path, desk: Desk) -> Result<ExitCode, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure::io(file, &error, false))?;
    desk.run(async |at: Session| {
        let loaded = at.city.office.load_rules(&at.actor, &text).await;
        let loaded = loaded.map_err(|error| Failure::at(file.display().to_string(), &error))?;
        let changes = loaded.differences.iter().map(|one| {
            let change = match one.change {
                RuleChange::Same => "same",
                RuleChange::Longer => "longer",
                RuleChange::Shorter => "shorter",
                RuleChange::Unclear => "unclear",
            };
            serde_json::json!({
                "class": one.class, "from": one.from, "before": one.before, "after": one.after, "change": change,
            })
        });
        at.answer(&serde_json::json!({
            "set": loaded.set.id,
            "version": loaded.set.version,
            "rules": loaded.set.rules.len(),
            "sha256": loaded.sha256,
            "acts": loaded.acts,
            "changes": changes.collect::<Vec<_>>(),
        }))
    })?;
    Ok(ExitCode::SUCCESS)
}

fn waiting(desk: Desk) -> Result<ExitCode, Failure> {
    desk.run(async |at: Session| {
        let rows = at.city.office.rules_waiting(&at.actor).await?;
        let rows = rows.iter().map(|row| {
            serde_json::json!({
                "set": row.set, "version": row.version, "sha256": row.sha256, "approvals": row.approvals,
            })
        });
        at.answer(&serde_json::json!({ "waiting": rows.collect::<Vec<_>>() }))
    })?;
    Ok(ExitCode::SUCCESS)
}

fn approve(set: &str, version: &str, shown: &Sha256Hex, desk: Desk) -> Result<ExitCode, Failure> {
    desk.run(async |at: Session| {
        let acts = at.city.office.approve_rules(&at.actor, set, version, shown).await?;
        at.answer(&serde_json::json!({ "set": set, "version": version, "acts": acts }))
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Computes the dates of a record file of a class under the rule that applies on the day it was made.
///
/// The day is that of making, else of opening, completion or the event, else the day asked about.
pub(super) fn dates(
    set: &RuleSet,
    class: &ClassCode,
    facts: &RetentionFacts,
    holds: &[HoldFact],
    as_of: Date,
) -> DueDate {
    let day = rule_day(facts, as_of);
    match set.rule_for(class, day) {
        Some(rule) => {
            let named = [("rule", rule.id.clone()), ("version", set.version.clone())];
            let mut answer = due_date(&rule.terms(), facts, holds, as_of);
            answer.because.insert(0, Reason::new(ReasonCode::RuleApplied, named));
            answer
        }
        None => {
            let named = [("class", class.to_string()), ("day", day.to_string())];
            DueDate::undetermined(Reason::new(ReasonCode::NoRule, named), holds)
        }
    }
}

fn rule_day(facts: &RetentionFacts, as_of: Date) -> Date {
    let known = [facts.created, facts.opened, facts.completed, facts.event];
    known.into_iter().flatten().next().unwrap_or(as_of)
}

fn check(path: &Path, format: Format) -> Result<ExitCode, Failure> {
    let file = read(path)?;
    let text = match format {
        Format::Json => format!("{:#}\n", check_json(path, &file)),
        Format::Text => check_text(path, &file),
    };
    output::print(&text)?;
    Ok(if file.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(65) })
}

fn check_text(path: &Path, file: &RuleFile) -> String {
    let place = path.display();
    let mut text = String::new();
    for finding in &file.findings {
        let said = wording::rule_finding(finding);
        let at = format!("{place}:{}:{}", finding.line, finding.column);
        let _ = writeln!(text, "{at}: {}\n    [{}] {}", said.ja, finding.code.code(), finding.message);
    }
    let (classes, rules) = (file.set.plan.classes().count(), file.set.rules.len());
    let count = file.findings.len();
    let verdict = if count == 0 { "誤りなし / sound".to_owned() } else { format!("{count} 件の誤り / faults") };
    let _ = writeln!(text, "{place}: 分類 {classes} / classes, 規則 {rules} / rules: {verdict}");
    if file.set.sample {
        let _ =
            writeln!(text, "{place}: 見本の規則です。実在する市のものではありません / a sample, no real city's rules");
    }
    text
}

fn check_json(path: &Path, file: &RuleFile) -> serde_json::Value {
    let set = &file.set;
    serde_json::json!({
        "file": path.display().to_string(),
        "set": { "id": set.id, "version": set.version, "title": set.title, "sample": set.sample },
        "classes": set.plan.classes().count(),
        "rules": set.rules.len(),
        "findings": file.findings.iter().map(finding_json).collect::<Vec<_>>(),
    })
}

fn finding_json(finding: &crate::records::RuleFinding) -> serde_json::Value {
    let said = wording::rule_finding(finding);
    serde_json::json!({
        "code": finding.code.code(), "line": finding.line, "column": finding.column,
        "subject": finding.subject, "ja": said.ja, "en": finding.message,
    })
}

fn explain(arguments: Explain) -> Result<ExitCode, Failure> {
    let set = sound_set(&arguments.file)?;
    let Explain { class, created, opened, completed, event, as_of, format, .. } = arguments;
    let Some(name) = set.plan.path_name(&class) else {
        return Err(Failure::usage(format!("class {class} is not in {}", arguments.file.display())));
    };
    let year = arguments.year.map(|year| AssignedYear { year, reason: arguments.year_reason.unwrap_or_default() });
    let extensions = arguments.extensions.into_iter();
    let facts = RetentionFacts {
        created,
        opened,
        completed,
        event,
        year,
        start_override: None,
        extensions: extensions.map(|years| Extension { years, approved_on: None, authority: None }).collect(),
    };
    let as_of = as_of.unwrap_or_else(|| SystemClock.today());
    let answer = dates(&set, &class, &facts, &arguments.holds, as_of);
    let text = match format {
        Format::Json => format!("{}\n", rules_date::Answer::new(serde_json::Value::Null, &answer).text()),
        Format::Text => {
            let rule = set.rule_for(&class, rule_day(&facts, as_of));
            heading(&set, &class, &name, rule) + &explanation(&answer, as_of)
        }
    };
    output::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn explanation(answer: &DueDate, as_of: Date) -> String {
    let shown = |date: Option<Date>| date.map_or("—".to_owned(), |date| date.to_string());
    let keep = rules_date::keep_text(answer).unwrap_or("—".to_owned());
    let due = if answer.due { "はい / yes" } else { "いいえ / no" };
    let mut text = String::new();
    let _ = writeln!(text, "起算日 / starts on    {}", shown(answer.starts_on));
    let _ = writeln!(text, "満了日 / expires on   {}", shown(answer.expires_on));
    let _ = writeln!(text, "保存 / keep until     {keep}");
    let _ = writeln!(text, "{as_of} に対象か / due   {due}");
    for (index, reason) in answer.because.iter().enumerate() {
        let said = wording::reason(reason);
        let _ = writeln!(text, "{:>3}. {}\n     {}", index + 1, said.ja, said.en);
    }
    text
}

fn heading(set: &RuleSet, class: &ClassCode, name: &str, rule: Option<&RetentionRule>) -> String {
    let sample = if set.sample { "（見本 / a sample）" } else { "" };
    let mut text = format!("{class} {name}\n{} {} {sample}\n", set.title, set.version);
    let Some(rule) = rule else { return text };
    let _ = writeln!(text, "根拠 / authority      {}", rule.authority);
    if let Some(event) = &rule.event {
        let _ = writeln!(text, "事由 / event          {event}");
    }
    let action = wording::sentence(&format!("action-{}", rule.action.word()), &[]);
    let _ = writeln!(text, "満了時の措置 / action {} / {}", action.ja, action.en);
    text
}

fn read(path: &Path) -> Result<RuleFile, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure::io(path, &error, false))?;
    RuleFile::read(&text).map_err(|error| Failure::at(path.display().to_string(), &error))
}

fn sound_set(path: &Path) -> Result<RuleSet, Failure> {
    read(path)?.sound().map_err(|error| Failure::at(path.display().to_string(), &error))
}

fn class_code(text: &str) -> Result<ClassCode, &'static str> {
    ClassCode::try_from(text.to_owned())
}

fn hold(text: &str) -> Result<HoldFact, String> {
    let (kind, decided) = match text.split_once('=') {
        Some((kind, date)) => (kind, Some(date.parse().map_err(|_| format!("{date} is no date"))?)),
        None => (text, None),
    };
    let kinds = [HoldKind::Audit, HoldKind::Litigation, HoldKind::Appeal, HoldKind::Disclosure];
    let kind = kinds.into_iter().find(|known| known.word() == kind);
    let kind = kind.ok_or("a hold is audit, litigation, appeal or disclosure, with =DATE once it ended")?;
    Ok(HoldFact { id: None, kind, decided })
}
