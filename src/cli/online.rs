//! Fetching what a validation lacks: the options of every command that judges, off unless asked for.

use super::shelf::FolderShelf;
use super::{Failure, SystemEntropy};
use crate::fetch::online::{Bounds, Gatherer, Host, Reach, Web};
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

/// Whether, from where and for how long.
#[derive(Args, Debug)]
pub struct OnlineOptions {
    /// 足りない失効情報や証明書を取得する / Fetch what is lacking from where the certificates say: revocation lists, OCSP answers, issuers; from
    /// public addresses only, unless --allow-host is given
    #[arg(long)]
    online: bool,
    /// 取得を許す相手 / A host that may be fetched from, whatever its address; once one is given, from no other. Without a port, 80 or
    /// 443
    #[arg(long, value_name = "HOST[:PORT]", requires = "online")]
    allow_host: Vec<Host>,
    /// 取得したものの保存先 / A folder that keeps what was fetched for the next run; without --online, it alone is looked at
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// 取得に使う時間 / How long fetching may take in all, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60, requires = "online", value_parser = clap::value_parser!(u64).range(1..=3600))]
    online_seconds: u64,
}

/// What the options ask for, ready to be used.
pub struct Online {
    web: Option<Web>,
    shelf: Option<FolderShelf>,
    entropy: SystemEntropy,
}

impl OnlineOptions {
    /// Tells whether anything may be fetched.
    pub fn is_on(&self) -> bool {
        self.online
    }

    /// Opens the folder; nothing is connected to yet.
    pub fn open(&self) -> Result<Online, Failure> {
        let run = Duration::from_secs(self.online_seconds);
        let bounds = Bounds { run, ..Bounds::default() };
        let web = self.online.then(|| Web::new(Reach::new(self.allow_host.clone()), bounds));
        let shelf = self.cache.as_deref().map(FolderShelf::open).transpose()?;
        Ok(Online { web, shelf, entropy: SystemEntropy::default() })
    }
}

impl Online {
    /// Makes what brings the material, for one run.
    pub fn gatherer(&mut self) -> Gatherer<'_> {
        let shelf = self.shelf.as_ref().map(|shelf| shelf as &dyn crate::fetch::online::Shelf);
        Gatherer::new(self.web.take(), shelf, &self.entropy)
    }
}
