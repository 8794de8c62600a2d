//! `fumikura keys demo-crl`: the demonstration PKI's revocation lists, issued anew.

use crate::asn1::Certificate;
use crate::cli::identity::{RemoteOptions, open_key};
use crate::cli::output::answer_line;
use crate::cli::{Failure, SystemClock, files};
use crate::keystore::{DemoPkiFiles, renewed_list};
use crate::time::Clock;
use clap::Args;
use std::path::{Path, PathBuf};

/// Options of `keys demo-crl`.
#[derive(Args)]
pub struct DemoCrl {
    /// デモ用の鍵の置き場所 / The folder that `init-demo` made
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// パスフレーズのファイル / A file whose first line is the keys' passphrase
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl DemoCrl {
    pub(super) fn run(&self) -> Result<(), Failure> {
        let place = DemoPkiFiles::below(&self.folder);
        let issuers = [
            (&place.root_certificate, &place.root_key, &place.root_crl),
            (&place.issuing_ca_certificate, &place.issuing_ca_key, &place.issuing_ca_crl),
        ];
        for (certificate, key, list) in issuers {
            let issuer = certificate_of(certificate)?;
            let opened = open_key(
                &format!("file:{}", key.display()),
                self.passphrase_file.as_deref(),
                &RemoteOptions::default(),
            )?;
            let renewed = renewed_list(&issuer, opened.signer.as_ref(), SystemClock.now())
                .map_err(|error| Failure::at(list.display().to_string(), &error))?;
            files::write_whole(list, renewed.der())?;
            answer_line!("{}", list.display())?;
        }
        Ok(())
    }
}

fn certificate_of(path: &Path) -> Result<Certificate, Failure> {
    let found = files::certificates(&[path.to_owned()])?;
    found.into_iter().next().ok_or_else(|| Failure::usage("the file holds no certificate"))
}
