//! The command line: parses, builds the adapters, runs one command, and turns trouble into an exit status.
//!
//! The only place that reads the environment and the clock and makes random bytes.

mod anchors;
mod backup;
mod buckets;
mod city;
mod commands;
mod database;
mod database_desk;
mod demo;
mod desk;
mod digitising;
mod door;
mod draft;
mod failure;
mod files;
mod fonts;
mod hot_folder;
mod identity;
mod lasting;
mod log;
mod mail;
mod new_city;
mod office_suite;
mod oidc;
mod online;
mod output;
mod real;
mod release;
mod report_seal;
mod seals;
mod secret;
mod shelf;
mod stamps;
mod templates;
mod trust;
mod tsa;

pub use failure::Failure;
pub use real::{SystemClock, SystemEntropy};

use clap::{Parser, Subcommand};
use std::process::ExitCode;
use std::sync::Arc;

/// What `--version` says of this build.
const BUILD: &str = concat!(
    env!("CARGO_PKG_VERSION"),
    "\ncommit: ",
    env!("FUMIKURA_COMMIT"),
    "\nsources of the engine: ",
    env!("FUMIKURA_SOURCES"),
    "\ndatabase schema: ",
    env!("FUMIKURA_SCHEMA"),
    "\nbuilt for: ",
    env!("FUMIKURA_TARGET"),
    ", ",
    env!("FUMIKURA_PROFILE"),
    "\nbuilt by: ",
    env!("FUMIKURA_COMPILER"),
);

/// 文庫: 電子公印と文書の保存・廃棄 / electronic official seals, and records kept and destroyed by rule.
#[derive(Parser)]
#[command(name = "fumikura", version, long_version = BUILD, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Demo(demo::Demo),
    New(new_city::New),
    Serve(commands::serve::Serve),
    /// 証明書 / Certificates: is one good for a purpose at a time?
    #[command(subcommand)]
    Certs(commands::certs::Certs),
    /// 鍵と証明書 / Keys and certificates: demonstration PKI, list, import, request, check. Never prints a private key.
    #[command(subcommand)]
    Keys(Box<commands::keys::Keys>),
    /// タイムスタンプ局 / A timestamping authority (RFC 3161)
    #[command(subcommand)]
    Tsa(Box<commands::tsa::Tsa>),
    /// The audit ledger: verify its chain, take a checkpoint of its end.
    #[command(subcommand)]
    Ledger(commands::ledger::Ledger),
    #[command(subcommand)]
    Proofs(Box<commands::proofs::Proofs>),
    #[command(subcommand)]
    Backup(Box<commands::backup::Backups>),
    #[command(subcommand, name = "db")]
    Database(commands::db::Database),
    #[command(subcommand, name = "user")]
    Users(commands::user::Users),
    #[command(subcommand, name = "token")]
    Tokens(commands::token::Tokens),
    #[command(subcommand)]
    Notices(commands::notices::Notices),
    /// 文書の保存 / Records: file, show, search, export and check them
    #[command(subcommand)]
    Records(Box<commands::records::Records>),
    /// 廃棄 / Disposal: preview, plan, approve, run, certificate
    #[command(subcommand)]
    Disposal(Box<commands::disposal::Disposal>),
    /// 移管 / Transfer to the archives: send, receive, cancel, list
    #[command(subcommand)]
    Transfer(Box<commands::transfer::Transfer>),
    #[command(subcommand)]
    Shelves(Box<commands::shelves::Shelves>),
    #[command(subcommand)]
    Tray(Box<commands::tray::Tray>),
    #[command(subcommand)]
    Papers(Box<commands::papers::Papers>),
    /// 廃棄保留 / Holds on disposal
    #[command(subcommand)]
    Hold(commands::hold::Holds),
    /// 機構改革 / Sections move: check, propose, approve
    #[command(subcommand)]
    Reorganise(Box<commands::reorganise::Reorganise>),
    /// 信頼の一覧 / Lists of whom to believe: show them, import trusted lists
    #[command(subcommand)]
    Trust(commands::trust::Trust),
    #[command(flatten)]
    Frequent(Frequent),
    #[command(name = "seal-batch")]
    SealBatch(Box<commands::seal_batch::SealBatch>),
    /// 鍵が別の場所にあるときの署名 / Signing where the key is elsewhere, even offline
    #[command(subcommand)]
    Deferred(Box<commands::deferred::Deferred>),
    /// 証拠記録 / Evidence records (RFC 4998): one timestamp for many files, verified and renewed
    #[command(subcommand)]
    Evidence(Box<commands::evidence::Evidence>),
    /// Retention rule sets: check one, explain a date, compute dates.
    #[command(subcommand)]
    Rules(commands::rules::Rules),
}

/// What scripts run once a file: known by its name without building every other command, a tenth of a signature's time.
#[derive(Parser)]
#[command(name = "fumikura", version, max_term_width = 100)]
enum Frequent {
    Sign(Box<commands::sign::Sign>),
    Timestamp(Box<commands::extend::Timestamp>),
    Extend(Box<commands::extend::Extend>),
    Validate(Box<commands::validate::Validate>),
}

impl Frequent {
    /// Parses the process's arguments where they begin with one of these commands.
    fn try_parse_alone() -> Option<Result<Self, clap::Error>> {
        let first = std::env::args_os().nth(1)?;
        let is_one = ["sign", "timestamp", "extend", "validate"].iter().any(|name| first == *name);
        is_one.then(Self::try_parse)
    }

    fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::Sign(sign) => sign.run(),
            Self::Timestamp(timestamp) => timestamp.run(),
            Self::Extend(extend) => extend.run(),
            Self::Validate(validate) => validate.run(),
        }
    }
}

/// Parses the process's arguments, runs the command, and returns the exit status of the contract.
pub fn run() -> ExitCode {
    // A file over the limit of its size is an error of that write, told and cleaned up after, not the end of the process.
    // Where that cannot be arranged, the system's own way stays.
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default());
    let parsed = match Frequent::try_parse_alone() {
        Some(parsed) => parsed.map(Command::Frequent),
        None => Arguments::try_parse().map(|arguments| arguments.command),
    };
    let command = match parsed {
        Ok(command) => command,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(64) } else { ExitCode::SUCCESS };
        }
    };
    match dispatch(command) {
        Ok(code) => code,
        Err(failure) => failure.report(),
    }
}

fn dispatch(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Demo(demo) => demo.run(),
        Command::New(new) => new.run(),
        Command::Serve(serve) => serve.run(),
        Command::Certs(certs) => certs.run(),
        Command::Keys(keys) => keys.run(),
        Command::Tsa(tsa) => tsa.run(),
        Command::Ledger(ledger) => ledger.run(),
        Command::Proofs(proofs) => proofs.run(),
        Command::Backup(backup) => backup.run(),
        Command::Database(database) => database.run(),
        Command::Users(users) => users.run(),
        Command::Tokens(tokens) => tokens.run(),
        Command::Notices(notices) => notices.run(),
        Command::Records(records) => records.run(),
        Command::Disposal(disposal) => disposal.run(),
        Command::Transfer(transfer) => transfer.run(),
        Command::Shelves(shelves) => shelves.run(),
        Command::Tray(tray) => tray.run().map(|()| ExitCode::SUCCESS),
        Command::Papers(papers) => papers.run().map(|()| ExitCode::SUCCESS),
        Command::Hold(hold) => hold.run(),
        Command::Trust(trust) => trust.run(),
        Command::Frequent(frequent) => frequent.run(),
        Command::SealBatch(batch) => batch.run(),
        Command::Deferred(deferred) => deferred.run(),
        Command::Evidence(evidence) => evidence.run(),
        Command::Rules(rules) => rules.run(),
        Command::Reorganise(reorganise) => reorganise.run(),
    }
}
