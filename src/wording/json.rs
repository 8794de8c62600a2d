//! The report as JSON: the document of `validate --format json`, and its schema.

use super::catalogue;
use super::evidence::lasts_json;
use crate::pki::DisplayName;
use crate::time::Instant;
use crate::validate::{Finding, Report, SignatureReport, SignerFacts, TimestampReport};
use serde_json::{Value, json};

/// Returns the document for one run over several files: `{"files": […]}`.
pub fn reports_json<'a>(reports: impl IntoIterator<Item = (&'a str, &'a Report)>) -> Value {
    let files: Vec<Value> = reports.into_iter().map(|(path, report)| report_json(report, path)).collect();
    json!({ "files": files })
}

/// Returns one file's entry of the document.
pub fn report_json(report: &Report, path: &str) -> Value {
    json!({
        "path": path,
        "sha256": report.sha256.as_str(),
        "size_bytes": report.size_bytes,
        "indication": report.indication.name(),
        "validated_at": instant(report.at),
        "policy": {
            "name": report.policy.name,
            "version": report.policy.version,
            "sha256": report.policy.sha256.as_str(),
        },
        "revisions": report.revisions,
        "signatures": report.signatures.iter().map(signature).collect::<Vec<_>>(),
        "findings": findings(&report.findings),
    })
}

/// Returns the JSON schema (draft 2020-12) of the document, as text.
pub fn schema() -> &'static str {
    include_str!("report.schema.json")
}

fn signature(signature: &SignatureReport) -> Value {
    let mut all: Vec<Value> = findings(&signature.findings);
    all.extend(signature.timestamps.iter().flat_map(|timestamp| findings(&timestamp.findings)));
    json!({
        "field": signature.field,
        "kind": signature.kind.name(),
        "sub_filter": signature.sub_filter,
        "indication": signature.indication.name(),
        "sub_indication": signature.sub_indication.map(|sub| sub.name()),
        "level": signature.level,
        "signer": signature.signer.as_ref().map(signer),
        "chain": signature.chain,
        "digest": signature.digest,
        "signature_algorithm": signature.signature_algorithm,
        "claimed_time": signature.claimed_time.map(instant),
        "proven_time": signature.proven_time.map(instant),
        "lasts": lasts_json(signature.lasts.as_ref()),
        "integrity": signature.integrity.name(),
        "coverage": signature.coverage.name(),
        "changes": signature.changes.name(),
        "certification": signature.certification,
        "revision": signature.revision,
        "reason": signature.reason,
        "location": signature.location,
        "timestamps": signature.timestamps.iter().map(timestamp).collect::<Vec<_>>(),
        "findings": all,
    })
}

fn signer(signer: &SignerFacts) -> Value {
    let facts = json!({
        "subject": signer.subject,
        "issuer": signer.issuer,
        "serial": signer.serial,
        "not_before": instant(signer.not_before),
        "not_after": instant(signer.not_after),
    });
    named(named(facts, "name", signer.names.own.as_ref()), "authority_name", signer.names.authority.as_ref())
}

/// Adds a name from the user's directory, where there is one.
fn named(mut value: Value, key: &str, name: Option<&DisplayName>) -> Value {
    if let (Some(fields), Some(name)) = (value.as_object_mut(), name) {
        fields.insert(key.to_owned(), json!({ "ja": name.ja, "en": name.en }));
    }
    value
}

pub(super) fn timestamp(timestamp: &TimestampReport) -> Value {
    let facts = json!({
        "kind": timestamp.kind.name(),
        "gen_time": timestamp.gen_time.map(instant),
        "indication": timestamp.indication.name(),
        "sub_indication": timestamp.sub_indication.map(|sub| sub.name()),
        "tsa": timestamp.tsa,
        "accredited": timestamp.accredited,
    });
    named(facts, "tsa_name", timestamp.tsa_name.as_ref())
}

pub(super) fn findings(findings: &[Finding]) -> Vec<Value> {
    findings.iter().map(finding).collect()
}

fn finding(finding: &Finding) -> Value {
    let sentence = catalogue::sentence(finding.code, &finding.parameters);
    json!({
        "code": finding.code,
        "severity": finding.severity.name(),
        "clause": finding.clause.or_else(|| catalogue::clause(finding.code)),
        "object": finding.object,
        "page": finding.page,
        "rectangle": finding.rectangle.map(|rectangle| rectangle.points()),
        "rule": finding.rule.map(|rule| rule.name()),
        "ja": sentence.ja,
        "en": sentence.en,
    })
}

/// Writes an instant as RFC 3339 in UTC.
pub(super) fn instant(instant: Instant) -> String {
    instant.to_string()
}
