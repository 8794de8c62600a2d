//! The report as PDF: written, and sealed where a key is given.

use super::draft::Draft;
use super::identity::{IdentityOptions, RemoteOptions};
use super::release::{Promise, release};
use super::stamps::TSA_TIMEOUT;
use super::trust::Trust;
use super::{Failure, SystemClock, SystemEntropy, files, fonts};
use crate::cms::SigningIdentity;
use crate::crypto::{KeyKind, key_facts};
use crate::digest::DigestAlgorithm;
use crate::fetch::HttpTimestampSource;
use crate::pades::{Level, SignOptions, sign};
use crate::pdf::{Limits, Pdf, Source};
use crate::render::{FontFile, PaperFacts, validation_report};
use crate::time::{Clock, Instant};
use crate::tsp::TimestampSource;
use crate::validate::Report;
use clap::Args;
use std::path::{Path, PathBuf};

/// How a report as PDF is set and sealed.
#[derive(Args, Debug, Default)]
pub struct ReportSealOptions {
    /// PDF 報告書に署名する鍵 / The key that seals a PDF report; without one it is written unsealed, and says so
    #[arg(long, value_name = "REF")]
    pub report_key: Option<String>,
    /// その鍵の証明書 / That key's certificate, where the key's file, token or service does not give it
    #[arg(long, value_name = "FILE", requires = "report_key")]
    pub report_cert: Option<PathBuf>,
    /// 上位証明書 / Further certificates towards the root
    #[arg(long, value_name = "FILE", requires = "report_key")]
    pub report_chain: Vec<PathBuf>,
    /// パスフレーズまたは PIN のファイル / A file whose first line is that key's passphrase or PIN
    #[arg(long, value_name = "FILE", requires = "report_key")]
    pub report_passphrase_file: Option<PathBuf>,
    /// 報告書に付けるタイムスタンプの局 / A timestamping authority for the seal of a PDF report
    #[arg(long, value_name = "URL", requires = "report_key")]
    pub tsa: Option<String>,
    /// PDF 報告書のフォント / The Japanese font of a PDF report; without it, one that is installed, else the reader's own
    #[arg(long, value_name = "FILE")]
    pub report_font: Option<PathBuf>,
}

impl ReportSealOptions {
    /// Tells whether anything was asked for that only a PDF has.
    pub fn is_used(&self) -> bool {
        self.report_key.is_some() || self.report_font.is_some()
    }

    /// Writes the reports of a run on files judged at a time.
    pub fn write(
        &self,
        reports: &[(String, Report)],
        at: Instant,
        trust: &Trust,
        output: &Path,
    ) -> Result<(), Failure> {
        let identity = self.identity()?;
        let subject = identity.as_ref().map(|identity| identity.certificate().subject());
        let font = self.report_font.clone().or_else(fonts::japanese);
        let font = font.as_deref().map(files::read).transpose()?;
        let font = font.as_deref().map(|bytes| FontFile { bytes, face: 0 });
        let named: Vec<(&str, &Report)> = reports.iter().map(|(name, report)| (name.as_str(), report)).collect();
        let about = PaperFacts { effect: None, sealed_by: subject.as_deref(), written_at: at };
        let rendered = validation_report(&named, &about, font)?;
        match identity {
            None => files::write_whole(output, &rendered.pdf),
            Some(identity) => self.seal(rendered.pdf, &identity, trust, output),
        }
    }

    fn identity(&self) -> Result<Option<SigningIdentity>, Failure> {
        let Some(key) = &self.report_key else { return Ok(None) };
        let options = IdentityOptions {
            key: key.clone(),
            cert: self.report_cert.clone(),
            chain: self.report_chain.clone(),
            passphrase_file: self.report_passphrase_file.clone(),
            remote: RemoteOptions::default(),
        };
        options.open_in_force().map(Some)
    }

    fn seal(&self, pdf: Vec<u8>, identity: &SigningIdentity, trust: &Trust, output: &Path) -> Result<(), Failure> {
        let level = if self.tsa.is_some() { Level::BT } else { Level::BB };
        let mut options = SignOptions::new(level, SystemClock.now());
        // Ed25519 goes with SHA-512 (RFC 8419, 3.1).
        if key_facts(identity.certificate().spki_der()).is_ok_and(|key| key.kind == KeyKind::Ed25519) {
            options.digest = DigestAlgorithm::Sha512;
        }
        let mut draft = Draft::new(output, 0o666)?;
        let input = draft.copy(&Source::from(pdf), &[DigestAlgorithm::Sha256, options.digest])?;
        let place = output.display().to_string();
        let pdf = Pdf::read(input.clone(), &Limits::default()).map_err(|error| Failure::at(&place, &error))?;
        let source = self.tsa.as_deref().map(|url| HttpTimestampSource::new(url, TSA_TIMEOUT)).transpose()?;
        let source = source.as_ref().map(|source| source as &dyn TimestampSource);
        let made = sign(&pdf, identity, &options, source, &SystemEntropy::default())
            .map_err(|error| Failure::at(&place, &error))?;
        release(draft, &input, &made, &Promise { trust, password: None, at: SystemClock.now(), level })?;
        Ok(())
    }
}
