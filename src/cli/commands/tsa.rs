//! `fumikura tsa serve|ask`: a timestamping authority over HTTP, and one that is asked for others.

use super::signature::DigestName;
use crate::asn1::Oid;
use crate::cli::identity::IdentityOptions;
use crate::cli::output::{answer_line, complain, tell};
use crate::cli::stamps::{QUERY, REPLY, TsaOptions};
use crate::cli::tsa::{ClockStatus, Journal, Watch};
use crate::cli::{Failure, SystemClock, SystemEntropy, files};
use crate::cms::SigningIdentity;
use crate::digest::DigestAlgorithm;
use crate::fault::{Fault, Kind};
use crate::http::{TSA_HEALTH as HEALTH, TsaState, serve, tsa_router};
use crate::time::Clock;
use crate::tsp::{
    Accuracy, Authority, AuthorityOptions, ShownClock, TimestampRequest, TimestampResponse, TokenJournal,
};
use clap::{Args, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// What to do as a timestamping authority.
#[derive(Subcommand)]
pub enum Tsa {
    /// タイムスタンプを HTTP で発行する / Answer RFC 3161 requests over HTTP until stopped
    Serve(Box<Serve>),
    /// 持ち運んだ要求に答えをもらう / Ask an authority for the answers to requests that were carried here
    Ask(Ask),
}

impl Tsa {
    /// Runs the command.
    pub fn run(&self) -> Result<ExitCode, Failure> {
        match self {
            Self::Serve(options) => options.run(),
            Self::Ask(options) => options.run(),
        }
    }
}

/// Options of `tsa serve`.
#[derive(Args)]
#[command(after_help = "例 Examples:
  fumikura tsa serve --key file:keys/demo-tsa.key.pem --cert keys/demo-tsa.crt.pem --chain keys/demo-ca.crt.pem --listen 127.0.0.1:3161
  fumikura tsa serve --key 'pkcs11:token=tsa;object=stamp' --path /tsa --journal tsa.jsonl --clock-status chrony --clock-server ntp.example.lg.jp")]
pub struct Serve {
    #[command(flatten)]
    identity: IdentityOptions,
    /// 待ち受けるアドレス / The address to listen at; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:3161")]
    listen: SocketAddr,
    /// ポリシー / The policy under which tokens are made
    #[arg(long, value_name = "OID", default_value = "1.3.6.1.4.1.32473.3161")]
    policy: Oid,
    /// 受け付ける他のポリシー / Further policies that may be asked for
    #[arg(long, value_name = "OID")]
    accept_policy: Vec<Oid>,
    /// 精度（秒）/ The accuracy that tokens state, in seconds; the machine's clock must be kept that close to UTC
    #[arg(long, value_name = "SECONDS", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=3600))]
    accuracy: u64,
    /// 受け付けるダイジェスト / The digest algorithms that are stamped (default: SHA-2 and SHA-3)
    #[arg(long, value_enum)]
    digest: Vec<DigestName>,
    /// 要求を受けるパス / The one path that takes requests; /healthz beside it tells whether there are tokens
    #[arg(long, value_name = "PATH", default_value = "/", value_parser = path)]
    path: String,
    /// 発行の記録 / A file that tells every token, hash-chained, before it leaves (`ledger verify --file`)
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// 時計の同期を答えるもの / Who says whether this machine's clock is synchronised; while it is not, there are no tokens
    #[arg(long, value_name = "PROGRAM")]
    clock_status: Option<ClockStatus>,
    /// 時計を比べるサーバー / A time server, HOST or HOST:PORT, that the clock must agree with; several: one at least, and none may differ
    #[arg(long, value_name = "SERVER")]
    clock_server: Vec<String>,
}

impl Serve {
    fn run(&self) -> Result<ExitCode, Failure> {
        let identity = self.identity.open()?;
        let subject = identity.certificate().subject();
        let state = TsaState {
            authority: Arc::new(self.authority(identity)?),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy::default()),
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(|error| unavailable(&error))?;
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind(self.listen).await.map_err(|error| {
                Failure::new("tsa-cannot-listen", Kind::Unavailable, format!("{}: {error}", self.listen))
            })?;
            let address = listener.local_addr().map_err(|error| unavailable(&error))?;
            tell!("{subject}\nhttp://{address}{}", self.path);
            serve(listener, tsa_router(state, &self.path), stopped()).await;
            Ok(ExitCode::SUCCESS)
        })
    }

    /// Makes the authority with its journal, and begins to watch its clock.
    fn authority(&self, identity: SigningIdentity) -> Result<Authority, Failure> {
        let usual = AuthorityOptions::with_policy(self.policy);
        let digests: Vec<DigestAlgorithm> = self.digest.iter().map(|name| DigestAlgorithm::from(*name)).collect();
        let options = AuthorityOptions {
            other_policies: self.accept_policy.clone(),
            accuracy: Accuracy { seconds: self.accuracy, ..Accuracy::default() },
            digests: if digests.is_empty() { usual.digests.clone() } else { digests },
            ..usual
        };
        let mut authority =
            Authority::new(identity, options).map_err(|error| Failure::at(&self.identity.key, &error))?;
        let journal = self.journal.as_deref().map(|path| Journal::open(path, SystemClock.now())).transpose()?;
        if let Some(journal) = &journal {
            journal.sync_beside();
            authority = authority.with_journal(Arc::clone(journal) as Arc<dyn TokenJournal>);
        }
        if self.clock_status.is_none() && self.clock_server.is_empty() {
            complain!("時計を確かめません（--clock-status、--clock-server）/ the clock is held against nothing");
            return Ok(authority);
        }
        let shown = Arc::new(ShownClock::default());
        // Half of what tokens state: the other half is for what lies between two comparisons.
        let within_seconds = self.accuracy as f64 / 2.0;
        let watch = Watch { status: self.clock_status, servers: self.clock_server.clone(), within_seconds };
        watch.begin(&shown, journal);
        Ok(authority.with_shown_clock(shown))
    }
}

/// Options of `tsa ask`.
#[derive(Args)]
#[command(after_help = "例 Example:
  fumikura tsa ask letters/*.tsq --tsa https://tsa.example.jp/")]
pub struct Ask {
    /// 要求 / The requests (.tsq), as `--tsa relay:DIR` leaves them; each answer (.tsr) is written beside its request
    #[arg(required = true, value_name = "REQUEST.tsq")]
    requests: Vec<PathBuf>,
    #[command(flatten)]
    tsa: TsaOptions,
}

impl Ask {
    /// An answer that is there already is left as it is; one that does not fit its request is not written.
    fn run(&self) -> Result<ExitCode, Failure> {
        let source = self.tsa.open()?.ok_or_else(|| Failure::usage("name the timestamping authority by --tsa"))?;
        for path in &self.requests {
            if path.extension().is_none_or(|ending| ending != QUERY) {
                return Err(Failure::usage(format!("{}: a request ends in .{QUERY}", path.display())));
            }
            let answer = path.with_extension(REPLY);
            if answer.exists() {
                continue;
            }
            let told = |error: &dyn Fault| Failure::at(path.display().to_string(), error);
            let asked = files::read(path)?;
            let request = TimestampRequest::parse(&asked).map_err(|error| told(&error))?;
            let der = source.timestamp(&asked).map_err(|error| told(&error))?;
            let token = TimestampResponse::parse(&der).and_then(|response| response.accept(&request));
            let token = token.map_err(|error| told(&error))?;
            files::write_whole(&answer, &der)?;
            answer_line!("{} {}", answer.display(), token.gen_time)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn path(text: &str) -> Result<String, String> {
    let fits =
        text.starts_with('/') && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte));
    if fits && text != HEALTH { Ok(text.to_owned()) } else { Err("/… (A-Z a-z 0-9 - _ .)".to_owned()) }
}

/// Resolves on Ctrl-C or SIGTERM.
async fn stopped() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else {
            let _ = interrupt.await;
            return;
        };
        tokio::select! {
            _ = interrupt => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = interrupt.await;
}

fn unavailable(error: &std::io::Error) -> Failure {
    Failure::new("tsa-cannot-listen", Kind::Unavailable, error.to_string())
}
