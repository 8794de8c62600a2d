//! `fumikura certs validate`: judges one certificate by RFC 5280.

use crate::asn1::{Certificate, Oid};
use crate::cli::anchors::ListOptions;
use crate::cli::online::OnlineOptions;
use crate::cli::output::{self, answer_line};
use crate::cli::{Failure, SystemClock, files};
use crate::digest::{DigestAlgorithm, hex};
use crate::fetch::online::Stock;
use crate::pki::{Budget, PathFinding, PathOutcome, PathRequest, Purpose, View, validate_path_and_needs};
use crate::policy::{Outcome, ValidationPolicy};
use crate::time::{Clock, Instant};
use crate::validate::Finding;
use crate::wording;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

/// What to do with certificates.
#[derive(Subcommand)]
pub enum Certs {
    /// 証明書を検証する / Judge a certificate: path, dates, usages, revocation (RFC 5280)
    ///
    /// Exit status: 0 passed, 1 failed, 2 undecided, 65 a file that cannot be read.
    Validate(Box<Validate>),
}

impl Certs {
    /// Runs the command.
    pub fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::Validate(validate) => validate.run(),
        }
    }
}

/// Options of `certs validate`.
#[derive(Args)]
#[command(after_help = "例 Examples:
  fumikura certs validate seal.crt.pem --trust root.crt.pem --intermediate ca.crt.pem --crl ca.crl --purpose signing
  fumikura certs validate seal.crt.pem --trust root.crt.pem --no-revocation --policy-oid 1.2.392.0.1 --require-explicit-policy
  fumikura certs validate tsa.crt.pem --trust anchors/ --no-revocation --at 2026-04-01T09:00:00+09:00 --format json")]
pub struct Validate {
    /// 証明書 / The certificate, PEM or DER; further ones in the file serve as intermediates
    #[arg(value_name = "CERT")]
    certificate: PathBuf,
    /// 中間証明書 / Certificates that may stand between it and an anchor; believed for nothing
    #[arg(long, value_name = "FILE")]
    intermediate: Vec<PathBuf>,
    /// 信頼する証明書 / Trust anchors: files or folders of PEM or DER, dated lists (.toml), trusted lists (XML)
    #[arg(long, value_name = "PATH")]
    trust: Vec<PathBuf>,
    #[command(flatten)]
    lists: ListOptions,
    /// 失効リスト / Revocation lists: files or folders of PEM or DER
    #[arg(long, value_name = "FILE")]
    crl: Vec<PathBuf>,
    /// OCSP 応答 / OCSP responses: files or folders of DER
    #[arg(long, value_name = "FILE")]
    ocsp: Vec<PathBuf>,
    /// 検証の時点 / The time to judge at; without it, now
    #[arg(long, value_name = "RFC3339")]
    at: Option<Instant>,
    /// 用途 / What the certificate is to be good for
    #[arg(long, value_enum, default_value_t = PurposeName::Any)]
    purpose: PurposeName,
    /// 認める証明書ポリシー / A certificate policy that is acceptable, by its identifier; without it, any (replaces the
    /// policy file's). Whether one must be there, the CAs say, or --require-explicit-policy
    #[arg(long, value_name = "OID", value_parser = policy_oid)]
    policy_oid: Vec<Oid>,
    /// ポリシーを必須とする / An acceptable policy must be valid for the whole path
    #[arg(long)]
    require_explicit_policy: bool,
    /// anyPolicy を認めない / anyPolicy stands for no other policy
    #[arg(long)]
    inhibit_any_policy: bool,
    /// ポリシーの対応付けを認めない / Policies are not mapped
    #[arg(long)]
    inhibit_policy_mapping: bool,
    /// 失効を調べない / Do not ask whether it is revoked
    #[arg(long, conflicts_with_all = ["crl", "ocsp", "online", "cache"])]
    no_revocation: bool,
    #[command(flatten)]
    online: OnlineOptions,
    /// 検証方針 / A validation policy as TOML; without it, the one built in
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// 報告の形式 / How to print the judgement
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PurposeName {
    Any,
    Signing,
    Timestamping,
    Ocsp,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

impl Validate {
    fn run(&self) -> Result<ExitCode, Failure> {
        let mut given = files::certificates(std::slice::from_ref(&self.certificate))?.into_iter();
        let missing = || Failure::usage("the file holds no certificate");
        let leaf = given.next().ok_or_else(missing)?;
        let mut intermediates: Vec<Certificate> = given.collect();
        intermediates.extend(files::certificates(&self.intermediate)?);
        let crls = files::crls(&self.crl)?;
        let ocsps = files::ocsps(&self.ocsp)?;
        let mut policy = self.policy()?;
        policy.revocation_required &= !self.no_revocation;
        let paths = match self.purpose {
            PurposeName::Timestamping => &mut policy.timestamp_paths,
            _ => &mut policy.signer_paths,
        };
        if !self.policy_oid.is_empty() {
            paths.acceptable = Some(self.policy_oid.clone());
        }
        paths.require_explicit |= self.require_explicit_policy;
        paths.inhibit_any |= self.inhibit_any_policy;
        paths.inhibit_mapping |= self.inhibit_policy_mapping;
        let (mut online, begun) = (self.online.open()?, SystemClock.now());
        let anchors = self.lists.reader(self.at.unwrap_or(begun))?.signers(&self.trust)?;
        let judge = |stock: &Stock, now: Instant| {
            let at = self.at.unwrap_or(now);
            let request = PathRequest {
                intermediates: &[intermediates.as_slice(), &stock.certificates].concat(),
                anchors: &anchors.believed(self.purpose.into(), at, at),
                crls: &[crls.as_slice(), &stock.crls].concat(),
                ocsps: &[ocsps.as_slice(), &stock.ocsps].concat(),
                at,
                now: now.max(at),
                view: View::Certificate,
                purpose: self.purpose.into(),
                policy: &policy,
                budget: Budget::default(),
                verified: None,
            };
            let (judged, needs) = validate_path_and_needs(&leaf, &request);
            Ok::<_, Failure>(((judged, at), needs))
        };
        let ((judged, at), more) = online.gatherer().settle(&|| SystemClock.now(), judge)?;
        match self.format {
            Format::Text => output::print(&text(&leaf, &judged, &more, at))?,
            Format::Json => answer_line!("{:#}", document(&leaf, &judged, &more, at))?,
        }
        Ok(ExitCode::from(match judged.outcome {
            Outcome::Passed => 0,
            Outcome::Failed(_) => 1,
            Outcome::Indeterminate(_) => 2,
        }))
    }

    fn policy(&self) -> Result<ValidationPolicy, Failure> {
        let Some(path) = &self.policy else { return Ok(ValidationPolicy::built_in()) };
        let bytes = files::read(path)?;
        ValidationPolicy::from_toml(&String::from_utf8_lossy(&bytes))
            .map_err(|error| Failure::at(path.display().to_string(), &error))
    }
}

fn policy_oid(text: &str) -> Result<Oid, String> {
    Oid::new(text).map_err(|error| error.to_string())
}

impl From<PurposeName> for Purpose {
    fn from(name: PurposeName) -> Self {
        match name {
            PurposeName::Any => Self::Any,
            PurposeName::Signing => Self::Signing,
            PurposeName::Timestamping => Self::Timestamping,
            PurposeName::Ocsp => Self::Ocsp,
        }
    }
}

fn indication(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Passed => "TOTAL-PASSED",
        Outcome::Failed(_) => "TOTAL-FAILED",
        Outcome::Indeterminate(_) => "INDETERMINATE",
    }
}

fn text(leaf: &Certificate, judged: &PathOutcome, more: &[Finding], at: Instant) -> String {
    let mut lines = vec![format!("{}: {}", leaf.subject(), indication(judged.outcome))];
    if let Some(sub) = judged.outcome.sub_indication() {
        // The catalogue's sentences on sub-indications speak of signatures; what there is to say of a certificate stands
        // in the findings.
        lines.push(format!("  {sub}"));
    }
    lines.push(format!("  時点 at          {at}"));
    lines.push(format!("  有効期間 validity {} – {}", leaf.not_before(), leaf.not_after()));
    lines.push(format!("  発行者 issuer     {}", leaf.issuer()));
    lines.push(format!("  番号 serial       {}", leaf.serial_hex()));
    for (depth, certificate) in judged.chain.iter().enumerate() {
        lines.push(format!("  経路 path {depth}      {}", certificate.subject()));
    }
    for policy in &judged.policies {
        lines.push(format!("  ポリシー policy   {policy}"));
    }
    for finding in &judged.findings {
        let sentence = said(finding);
        lines.push(format!(
            "  [{}] {} / {} ({}; {})",
            finding.code, sentence.ja, sentence.en, finding.subject, finding.clause
        ));
    }
    for finding in more {
        let sentence = wording::sentence(finding.code, &finding.parameters);
        lines.push(format!("  [{}] {} / {}", finding.code, sentence.ja, sentence.en));
    }
    lines.join("\n") + "\n"
}

fn document(leaf: &Certificate, judged: &PathOutcome, more: &[Finding], at: Instant) -> Value {
    let findings = judged.findings.iter().map(|finding| {
        let sentence = said(finding);
        json!({ "code": finding.code, "subject": finding.subject, "clause": finding.clause, "ja": sentence.ja, "en": sentence.en })
    });
    let more = more.iter().map(|finding| {
        let sentence = wording::sentence(finding.code, &finding.parameters);
        json!({ "code": finding.code, "subject": Value::Null, "clause": Value::Null, "ja": sentence.ja, "en": sentence.en })
    });
    let findings: Vec<Value> = findings.chain(more).collect();
    let revocation = judged.revocation.map(|revocation| {
        json!({ "at": revocation.at.to_string(), "reason": revocation.reason.map(|reason| format!("{reason:?}")) })
    });
    json!({
        "certificate": {
            "subject": leaf.subject(),
            "issuer": leaf.issuer(),
            "serial": leaf.serial_hex(),
            "not_before": leaf.not_before().to_string(),
            "not_after": leaf.not_after().to_string(),
            "sha256": hex(&leaf.fingerprint(DigestAlgorithm::Sha256).bytes),
        },
        "at": at.to_string(),
        "indication": indication(judged.outcome),
        "sub_indication": judged.outcome.sub_indication().map(|sub| sub.name()),
        "chain": judged.chain.iter().map(Certificate::subject).collect::<Vec<_>>(),
        "policies": judged.policies.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "revocation": revocation,
        "findings": findings,
    })
}

fn said(finding: &PathFinding) -> wording::Sentence {
    wording::sentence(finding.code, &[("subject", finding.subject.clone())])
}
