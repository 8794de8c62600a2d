//! Whom to believe, and what is known of revocations: the options of every command that judges.

use super::anchors::ListOptions;
use super::{Failure, files};
use crate::asn1::{Certificate, CertificateList, OcspResponse};
use crate::evidence::{DataObject, EvidenceRecord};
use crate::fetch::online::Stock;
use crate::pdf::{Limits, PdfError, Source};
use crate::pki::{GoodSignatures, Need, TrustAnchors};
use crate::policy::ValidationPolicy;
use crate::time::Instant;
use crate::validate::{EvidenceReport, Examined, Report, ValidateError, ValidationContext, validate_evidence};
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Anchors, revocation data and policy.
#[derive(Args, Debug, Default)]
pub struct TrustOptions {
    /// 信頼する証明書（署名者）/ Certificates to believe about signers: PEM or DER, a file, a folder, a dated list (.toml), or a
    /// trusted list (ETSI TS 119 612, XML)
    #[arg(long, value_name = "PATH")]
    pub trust: Vec<PathBuf>,
    /// 認定タイムスタンプ局の証明書 / The accredited timestamping authorities; others are still looked for under --trust, and told as
    /// not accredited
    #[arg(long, value_name = "PATH")]
    pub tsa_trust: Vec<PathBuf>,
    #[command(flatten)]
    pub lists: ListOptions,
    /// 失効リスト / Certificate revocation lists: PEM or DER, a file or a folder
    #[arg(long, value_name = "FILE")]
    pub crl: Vec<PathBuf>,
    /// OCSP 応答 / OCSP responses: DER, a file or a folder
    #[arg(long, value_name = "FILE")]
    pub ocsp: Vec<PathBuf>,
    /// 検証方針 / A validation policy as TOML; without it, the one built in
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
}

/// What the options name, read.
#[derive(Clone)]
pub struct Trust {
    /// The anchors for signers.
    pub signers: TrustAnchors,
    /// The anchors for timestamps.
    pub timestamps: TrustAnchors,
    /// The revocation lists.
    pub crls: Vec<CertificateList>,
    /// The OCSP responses.
    pub ocsps: Vec<OcspResponse>,
    /// The policy.
    pub policy: ValidationPolicy,
    /// The good signatures that were met in the files so far.
    good: Arc<GoodSignatures>,
}

impl TrustOptions {
    /// Lists the files that are named.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        let all = self.trust.iter().chain(&self.tsa_trust).chain(&self.crl).chain(&self.ocsp).chain(&self.policy);
        all.map(PathBuf::as_path)
    }

    /// Reads the files, to judge by them at a time.
    pub fn read(&self, at: Instant) -> Result<Trust, Failure> {
        let lists = self.lists.reader(at)?;
        Ok(Trust {
            signers: lists.signers(&self.trust)?,
            timestamps: lists.accredited(&self.tsa_trust)?,
            crls: files::crls(&self.crl)?,
            ocsps: files::ocsps(&self.ocsp)?,
            policy: self.policy()?,
            good: Arc::default(),
        })
    }

    fn policy(&self) -> Result<ValidationPolicy, Failure> {
        let Some(path) = &self.policy else { return Ok(ValidationPolicy::built_in()) };
        let bytes = files::read(path)?;
        let text = String::from_utf8_lossy(&bytes);
        ValidationPolicy::from_toml(&text).map_err(|error| Failure::at(path.display().to_string(), &error))
    }
}

impl Trust {
    /// Returns the same with further revocation data.
    pub fn with(&self, stock: &Stock) -> Self {
        let mut all = self.clone();
        all.crls.extend_from_slice(&stock.crls);
        all.ocsps.extend_from_slice(&stock.ocsps);
        all
    }

    /// Validates a file at a time.
    pub fn validate(
        &self,
        source: impl Into<Source>,
        password: Option<&[u8]>,
        at: Instant,
    ) -> Result<Report, ValidateError> {
        let examined = Examined::of(source, password, &Limits::default())?;
        Ok(self.judge(&examined, &Stock::default(), at)?.0)
    }

    /// Judges a file at a time with further material, and says what is still lacking.
    pub fn judge(&self, examined: &Examined, stock: &Stock, at: Instant) -> Result<(Report, Vec<Need>), PdfError> {
        self.with(stock).ask(&stock.certificates, at, |context| examined.judge(context, &self.good))
    }

    /// Judges an evidence record as [`Self::judge`] does a file.
    pub fn judge_evidence(
        &self,
        record: &EvidenceRecord,
        data: &[DataObject],
        stock: &Stock,
        at: Instant,
    ) -> (EvidenceReport, Vec<Need>) {
        let judge = |context: &ValidationContext<'_>| validate_evidence(record, data, context, &self.good);
        self.with(stock).ask(&stock.certificates, at, judge)
    }

    fn ask<T>(&self, intermediates: &[Certificate], at: Instant, judge: impl FnOnce(&ValidationContext<'_>) -> T) -> T {
        judge(&ValidationContext {
            trust: &self.signers,
            tsa_trust: &self.timestamps,
            crls: &self.crls,
            ocsps: &self.ocsps,
            intermediates,
            at,
            policy: &self.policy,
            password: None,
            limits: Limits::default(),
        })
    }
}
