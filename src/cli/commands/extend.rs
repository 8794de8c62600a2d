//! `fumikura extend` and `fumikura timestamp`: proofs added to a PDF that is finished.

use super::signature::LevelName;
use crate::cli::draft::Draft;
use crate::cli::files;
use crate::cli::lasting::Lasting;
use crate::cli::online::OnlineOptions;
use crate::cli::release::{Promise, release};
use crate::cli::secret;
use crate::cli::stamps::TsaOptions;
use crate::cli::trust::{Trust, TrustOptions};
use crate::cli::{Failure, SystemClock, SystemEntropy, output};
use crate::digest::DigestAlgorithm;
use crate::pades::{Extension, Level, LongTerm, extend, timestamp};
use crate::pdf::{Limits, Pdf};
use crate::time::{Clock, Instant};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// What long-term levels rest on, beside whom to believe.
#[derive(Args, Debug)]
pub struct LongTermOptions {
    #[command(flatten)]
    pub trust: TrustOptions,
    /// タイムスタンプより前の失効情報でもよい / Take revocation data from before the signature's timestamp
    #[arg(long)]
    accept_older_revocation: bool,
    /// 署名ごとの検証情報も書く / Also say which validation data belong to which signature (VRI)
    #[arg(long)]
    vri: bool,
    /// PDF のパスワードのファイル / A file whose first line is the PDF's password
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl LongTermOptions {
    /// Returns the PDF's password, where one was given.
    pub fn password(&self) -> Result<Option<zeroize::Zeroizing<String>>, Failure> {
        self.password_file.as_deref().map(secret::first_line).transpose()
    }

    /// Joins what was read with the wishes.
    pub fn long_term<'a>(&self, trust: &'a Trust, at: Instant) -> LongTerm<'a> {
        LongTerm {
            trust: &trust.signers,
            tsa_trust: &trust.timestamps,
            intermediates: &[],
            crls: &trust.crls,
            ocsps: &trust.ocsps,
            policy: &trust.policy,
            at,
            accept_older_revocation: self.accept_older_revocation,
            vri: self.vri,
        }
    }
}

/// 署名済み PDF のレベルを上げる / Bring a signed PDF to a higher level, or renew its archive timestamp
#[derive(Args)]
#[command(after_help = "例 Examples:
  fumikura extend sealed.pdf -o stamped.pdf --level b-t --tsa http://127.0.0.1:3161/
  fumikura extend stamped.pdf -o lasting.pdf --level b-lta --tsa http://127.0.0.1:3161/ --trust root.crt --crl crls/
  fumikura extend stamped.pdf -o lasting.pdf --level b-lt --trust root.crt --online
  fumikura extend sealed.pdf -o stamped.pdf --level b-t --tsa relay:letters    (again, once `tsa ask` was elsewhere)")]
pub struct Extend {
    /// 署名済みの PDF / The signed PDF
    input: PathBuf,
    /// 出力先 / Where the PDF goes; it appears whole or not at all
    #[arg(short, long, value_name = "OUT.pdf")]
    output: PathBuf,
    /// 署名レベル / The level; what cannot be had is refused, never lowered
    #[arg(long, value_enum)]
    level: LevelName,
    #[command(flatten)]
    tsa: TsaOptions,
    #[command(flatten)]
    long_term: LongTermOptions,
    #[command(flatten)]
    online: OnlineOptions,
}

impl Extend {
    /// Runs the command.
    pub fn run(&self) -> Result<ExitCode, Failure> {
        let level = Level::from(self.level);
        if level == Level::BB {
            return Err(Failure::usage("a signature is at level b-b at least; extend to b-t, b-lt or b-lta"));
        }
        let read = [self.input.as_path()].into_iter().chain(self.long_term.trust.files());
        files::apart(&self.output, read)?;
        let place = self.input.display().to_string();
        let password = self.long_term.password()?;
        let password = password.as_ref().map(|password| password.as_bytes());
        let mut draft = Draft::new(&self.output, 0o666)?;
        let input = draft.copy(&files::source(&self.input)?, &[DigestAlgorithm::Sha256])?;
        let pdf = Pdf::read_locked(input.clone(), password, &Limits::default())
            .map_err(|error| Failure::at(&place, &error))?;
        // What a signature timestamp is over stays the same when the command is given again.
        let source = if level == Level::BT { self.tsa.open_or_relay()? } else { self.tsa.open()? };
        let at = SystemClock.now();
        let trust = self.long_term.trust.read(at)?;
        let timestamps = source.as_deref();
        let digest = DigestAlgorithm::Sha256;
        let made = if self.online.is_on() && level >= Level::BLt {
            let (options, online) = (&self.long_term, &self.online);
            Lasting { options, trust: &trust, online, timestamps, digest }.extend(&pdf, level)?
        } else {
            let long_term = Some(self.long_term.long_term(&trust, at));
            let extension = Extension { timestamps, long_term, digest, at };
            extend(&pdf, level, &extension, &SystemEntropy::default()).map_err(|error| Failure::at(&place, &error))?
        };
        release(draft, &input, &made, &Promise { trust: &trust, password, at: SystemClock.now(), level })?;
        output::print(&format!("{} ({})\n", self.output.display(), level.name()))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// PDF に文書タイムスタンプを付ける / Add a document timestamp to a PDF, signed or not
#[derive(Args)]
#[command(after_help = "例 Example:
  fumikura timestamp scan.pdf -o stamped.pdf --tsa http://127.0.0.1:3161/")]
pub struct Timestamp {
    /// PDF / The PDF
    input: PathBuf,
    /// 出力先 / Where the PDF goes; it appears whole or not at all
    #[arg(short, long, value_name = "OUT.pdf")]
    output: PathBuf,
    #[command(flatten)]
    tsa: TsaOptions,
    /// PDF のパスワードのファイル / A file whose first line is the PDF's password
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

impl Timestamp {
    /// Runs the command.
    pub fn run(&self) -> Result<ExitCode, Failure> {
        files::apart(&self.output, [self.input.as_path()])?;
        let place = self.input.display().to_string();
        let password = self.password_file.as_deref().map(secret::first_line).transpose()?;
        let password = password.as_ref().map(|password| password.as_bytes());
        let mut draft = Draft::new(&self.output, 0o666)?;
        let input = draft.copy(&files::source(&self.input)?, &[DigestAlgorithm::Sha256])?;
        let pdf = Pdf::read_locked(input.clone(), password, &Limits::default())
            .map_err(|error| Failure::at(&place, &error))?;
        let source = self.tsa.open()?.ok_or_else(|| Failure::usage("name the timestamping authority by --tsa"))?;
        let at = SystemClock.now();
        let made = timestamp(&pdf, DigestAlgorithm::Sha256, source.as_ref(), at, &SystemEntropy::default())
            .map_err(|error| Failure::at(&place, &error))?;
        let trust = TrustOptions::default().read(SystemClock.now())?;
        let promise = Promise { trust: &trust, password, at: SystemClock.now(), level: Level::BT };
        let report = release(draft, &input, &made, &promise)?;
        let time = report.signatures.last().and_then(|last| last.claimed_time);
        let time = time.map(|time| format!(" {time}")).unwrap_or_default();
        output::print(&format!("{}{time}\n", self.output.display()))?;
        Ok(ExitCode::SUCCESS)
    }
}
