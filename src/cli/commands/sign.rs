//! `fumikura sign`: a PAdES signature with a key from a file, a token or a service.

use super::extend::LongTermOptions;
use super::signature::{LevelName, SignatureOptions};
use crate::cli::draft::Draft;
use crate::cli::identity::IdentityOptions;
use crate::cli::release::{Promise, release};
use crate::cli::stamps::TsaOptions;
use crate::cli::{Failure, SystemClock, SystemEntropy, files, output};
use crate::digest::DigestAlgorithm;
use crate::pades::{Extension, sign_extended};
use crate::pdf::{Limits, Pdf};
use crate::time::Clock;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// PDF に電子署名を付ける / Sign a PDF (PAdES)
#[derive(Args)]
#[command(after_help = "例 Examples:
  fumikura sign notice.pdf -o sealed.pdf --key file:seal.p12 --level b-t --tsa http://127.0.0.1:3161/
  fumikura sign notice.pdf -o sealed.pdf --key file:seal.key.pem --cert seal.crt.pem --chain ca.crt.pem
  fumikura sign notice.pdf -o sealed.pdf --key file:seal.p12 --level b-lta --tsa http://127.0.0.1:3161/ --trust root.crt --crl crls/
  fumikura sign notice.pdf -o sealed.pdf --key 'csc:https://sign.example/csc/v2?credential=GX0112348' --csc-token-file token.txt
  fumikura sign notice.pdf -o sealed.pdf --key file:seal.p12 --at 1:380,700,150,48 --seal-text 見本市長 --font ipam.ttf")]
pub struct Sign {
    /// 署名する PDF / The PDF to sign
    input: PathBuf,
    /// 出力先 / Where the signed PDF goes; it appears whole or not at all
    #[arg(short, long, value_name = "OUT.pdf")]
    output: PathBuf,
    #[command(flatten)]
    identity: IdentityOptions,
    /// 署名レベル / The level; what cannot be had is refused, never lowered
    #[arg(long, value_enum, default_value = "b-b")]
    level: LevelName,
    #[command(flatten)]
    tsa: TsaOptions,
    #[command(flatten)]
    signature: SignatureOptions,
    /// 後からタイムスタンプを入れる場所を残す / Keep room for a timestamp that `extend --level b-t` puts there later
    #[arg(long)]
    keep_room: bool,
    #[command(flatten)]
    long_term: LongTermOptions,
}

impl Sign {
    /// Runs the command.
    pub fn run(&self) -> Result<ExitCode, Failure> {
        let read = [self.input.as_path()].into_iter().chain(self.identity.files()).chain(self.long_term.trust.files());
        files::apart(&self.output, read)?;
        let input = files::source(&self.input)?;
        let place = self.input.display().to_string();
        let password = self.long_term.password()?;
        let password = password.as_ref().map(|password| password.as_bytes());
        let identity = self.identity.open_in_force()?;
        let mut options = self.signature.read(self.level.into(), identity.certificate())?;
        options.keep_room = self.keep_room;
        let mut draft = Draft::new(&self.output, 0o666)?;
        let input = draft.copy(&input, &[DigestAlgorithm::Sha256, options.digest])?;
        let pdf = Pdf::read_locked(input.clone(), password, &Limits::default())
            .map_err(|error| Failure::at(&place, &error))?;
        let source = self.tsa.open()?;
        let at = SystemClock.now();
        let trust = self.long_term.trust.read(at)?;
        let extension = Extension {
            timestamps: source.as_deref(),
            long_term: Some(self.long_term.long_term(&trust, at)),
            digest: options.digest,
            at,
        };
        let made = sign_extended(&pdf, &identity, &options, &extension, &SystemEntropy::default())
            .map_err(|error| Failure::at(&place, &error))?;
        let promise = Promise { trust: &trust, password, at: SystemClock.now(), level: options.level };
        release(draft, &input, &made, &promise)?;
        let (level, subject) = (options.level.name(), identity.certificate().subject());
        output::print(&format!("{} ({level}): {subject}\n", self.output.display()))?;
        Ok(ExitCode::SUCCESS)
    }
}
