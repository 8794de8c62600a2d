//! `fumikura tsa serve`: a timestamping authority over HTTP.

use crate::asn1::Oid;
use crate::cli::identity::IdentityOptions;
use crate::cli::output::tell;
use crate::cli::{Failure, SystemClock, SystemEntropy};
use crate::fault::Kind;
use crate::http::{TsaState, serve, tsa_router};
use crate::tsp::{Accuracy, Authority, AuthorityOptions};
use clap::{Args, Subcommand};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

/// What to do as a timestamping authority.
#[derive(Subcommand)]
pub enum Tsa {
    /// タイムスタンプを HTTP で発行する / Answer RFC 3161 requests over HTTP until stopped
    Serve(Serve),
}

impl Tsa {
    /// Runs the command.
    pub fn run(&self) -> Result<ExitCode, Failure> {
        match self {
            Self::Serve(options) => options.run(),
        }
    }
}

/// Options of `tsa serve`.
#[derive(Args)]
#[command(after_help = "例 Examples:
  fumikura tsa serve --key file:keys/demo-tsa.key.pem --cert keys/demo-tsa.crt.pem --chain keys/demo-ca.crt.pem --listen 127.0.0.1:3161")]
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
}

impl Serve {
    fn run(&self) -> Result<ExitCode, Failure> {
        let identity = self.identity.open()?;
        let subject = identity.certificate().subject();
        let options = AuthorityOptions {
            other_policies: self.accept_policy.clone(),
            accuracy: Accuracy { seconds: self.accuracy, ..Accuracy::default() },
            ..AuthorityOptions::with_policy(self.policy)
        };
        let authority = Authority::new(identity, options).map_err(|error| Failure::at(&self.identity.key, &error))?;
        let state = TsaState {
            authority: Arc::new(authority),
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
            tell!("{subject}\nhttp://{address}/");
            serve(listener, tsa_router(state), stopped()).await;
            Ok(ExitCode::SUCCESS)
        })
    }
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
