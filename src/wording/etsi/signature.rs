//! `SignatureValidationReport` (TS 119 102-2 v1.4.1, 4.3).

use super::objects::{as_digest, digest, file_id, id, method_and_value, poe, reference};
use super::status;
use super::xml::Element;
use crate::digest::Sha256Hex;
use crate::validate::{
    Indication, ObjectKind, PolicyFacts, Report, SignatureKind, SignatureReport, TimestampKind, TimestampReport,
};
use std::collections::BTreeMap;

/// The identifiers of signatures: where one signature is met twice in a run, the later ones are numbered.
#[derive(Default)]
pub(super) struct Names(BTreeMap<Sha256Hex, usize>);

impl Names {
    fn of(&mut self, sha256: &Sha256Hex) -> String {
        let count = self.0.entry(sha256.clone()).and_modify(|count| *count += 1).or_insert(1);
        if *count == 1 { format!("S-{sha256}") } else { format!("S-{sha256}-{count}") }
    }
}

/// Returns the report on one signature, which is at a place among those of its file.
pub(super) fn report(
    report: &Report,
    path: &str,
    (index, signature): (usize, &SignatureReport),
    names: &mut Names,
) -> Element {
    let nameless = || Sha256Hex::of(format!("{}/{index}", report.sha256).as_bytes());
    let identifier = names.of(&signature.facts.sha256.clone().unwrap_or_else(nameless));
    let leaf = signature.path.as_ref().and_then(|path| path.chain.first());
    let subject = signature.signer.as_ref().map(|signer| signer.subject.as_str());
    let signer = leaf.map(|leaf| status::signer_information(&id(ObjectKind::Certificate, leaf), subject));
    Element::new("SignatureValidationReport")
        .with([identifier_of(signature, &identifier), policy(&report.policy), times(report, signature)])
        .with(document(report, signature))
        .with(attributes(signature))
        .with(signer)
        .with([process(signature), status::of_signature(report, signature, &identifier)])
        .with([other(report, path).with([own_facts(signature)])])
}

/// Returns the report on a file that holds no signature.
pub(super) fn none(report: &Report, path: &str) -> Element {
    Element::new("SignatureValidationReport").with([
        policy(&report.policy),
        status::of_none(report),
        other(report, path),
    ])
}

/// 4.3.3: the digest of what the signature value was made over, and the value.
fn identifier_of(signature: &SignatureReport, identifier: &str) -> Element {
    let facts = &signature.facts;
    Element::new("SignatureIdentifier")
        .attribute("id", identifier)
        .with(facts.to_be_signed.as_ref().map(|value| digest("DigestAlgAndValue", value)))
        .with(facts.value.as_deref().map(|value| Element::base64("ds:SignatureValue", value)))
        .with([Element::text("HashOnly", "false"), Element::text("DocHashOnly", "false")])
}

/// 4.3.5: the policy by its name and the digest of its file.
fn policy(policy: &PolicyFacts) -> Element {
    let name: String =
        policy.name.bytes().map(|c| if c.is_ascii_alphanumeric() { char::from(c) } else { '-' }).collect();
    let uri = format!("urn:x-fumikura:policy:{name}:{}", policy.version);
    let identifier = Element::new("XAdES:SigPolicyId").with([Element::text("XAdES:Identifier", uri)]);
    let hash = digest("XAdES:SigPolicyHash", &as_digest(&policy.sha256));
    let identifier = Element::new("SignaturePolicyIdentifier")
        .with([Element::new("XAdES:SignaturePolicyId").with([identifier, hash])]);
    let name = Element::text("PolicyName", format!("{} {}", policy.name, policy.version));
    Element::new("ValidationConstraintsEvaluationReport")
        .with([Element::new("SignatureValidationPolicy").with([identifier, name])])
}

/// 4.3.6: without a proof, the best time of the signature is that of its validation.
fn times(report: &Report, signature: &SignatureReport) -> Element {
    let proving = signature.timestamps.iter().find(|stamp| {
        stamp.indication == Indication::TotalPassed
            && stamp.gen_time.is_some()
            && stamp.gen_time == signature.proven_time
    });
    let best = signature.proven_time.unwrap_or(report.at);
    let token = proving.and_then(|stamp| stamp.token.as_ref());
    Element::new("ValidationTimeInfo").with([Element::text("ValidationTime", report.at.to_string())]).with([poe(
        "BestSignatureTime",
        &best.to_string(),
        token,
    )])
}

/// 4.3.7: the digest of the covered bytes, and the file that they are of.
fn document(report: &Report, signature: &SignatureReport) -> Option<Element> {
    let covered = signature.facts.document.as_ref()?;
    let document = Element::new("SignersDocument")
        .with([digest("DigestAlgAndValue", covered), reference("SignersDocumentRef", file_id(&report.sha256))]);
    Some(document)
}

/// Annex A, in the order of the schema.
fn attributes(signature: &SignatureReport) -> Option<Element> {
    let facts = &signature.facts;
    let attribute = |name, signed: bool| Element::new(name).attribute("Signed", signed.to_string());
    let one =
        |name, inner, value: Option<&str>| value.map(|value| attribute(name, true).with([Element::text(inner, value)]));
    let mut all = Vec::new();
    all.extend(
        signature
            .claimed_time
            .filter(|_| signature.kind == SignatureKind::Signature)
            .map(|time| attribute("SigningTime", true).with([Element::text("Time", time.to_string())])),
    );
    all.extend(facts.certificate.as_ref().map(|named| {
        attribute("SigningCertificate", true).with([Element::new("CertID").with(method_and_value(&named.digest))])
    }));
    all.extend(one("SignatureProductionPlace", "AddressString", signature.location.as_deref()));
    let stamped = |kind| signature.timestamps.iter().filter(move |stamp| stamp.kind == kind);
    all.extend(stamped(TimestampKind::Signature).filter_map(|stamp| timestamp("SignatureTimeStamp", stamp)));
    all.extend(
        facts
            .message_digest
            .as_deref()
            .map(|value| attribute("MessageDigest", true).with([Element::base64("Digest", value)])),
    );
    if signature.kind == SignatureKind::Signature {
        all.extend(stamped(TimestampKind::Document).filter_map(|stamp| timestamp("DocTimeStamp", stamp)));
    }
    all.extend(one("Reason", "ReasonElement", signature.reason.as_deref()));
    all.extend(one("Name", "NameElement", facts.name.as_deref()));
    all.extend(one("SubFilter", "SubFilterElement", Some(signature.sub_filter.as_str()).filter(|one| !one.is_empty())));
    let range: Vec<String> = facts.byte_range.iter().map(i64::to_string).collect();
    all.extend((!range.is_empty()).then(|| Element::text("ByteRange", range.join(" "))));
    (!all.is_empty()).then(|| Element::new("SignatureAttributes").with(all))
}

fn timestamp(name: &'static str, stamp: &TimestampReport) -> Option<Element> {
    let (time, token) = (stamp.gen_time?, stamp.token.as_ref()?);
    let attribute = Element::new(name)
        .attribute("Signed", "false")
        .with([reference("AttributeObject", id(ObjectKind::Timestamp, token))])
        .with([Element::text("TimeStampValue", time.to_string())]);
    Some(attribute)
}

/// 4.3.11: how far the validation went: basic, with time and long-term material, or with archive timestamps.
fn process(signature: &SignatureReport) -> Element {
    let has = |kind| signature.timestamps.iter().any(|stamp| stamp.kind == kind);
    let is_stamp = signature.kind == SignatureKind::DocumentTimestamp;
    let word = match (has(TimestampKind::Document) && !is_stamp, has(TimestampKind::Signature)) {
        (true, _) => "LTA",
        (false, true) => "LTVM",
        (false, false) => "Basic",
    };
    let uri = format!("urn:etsi:019102:validationprocess:{word}");
    Element::new("SignatureValidationProcess").with([Element::text("SignatureValidationProcessID", uri)])
}

/// What the standard has no element for: the file.
fn other(report: &Report, path: &str) -> Element {
    let file = Element::new("f:File")
        .attribute("path", path)
        .attribute("sha256", report.sha256.as_str())
        .attribute("sizeBytes", report.size_bytes.to_string())
        .attribute("revisions", report.revisions.to_string())
        .attribute("indication", report.indication.name());
    Element::new("OtherInformation").with([file])
}

/// What PDF signatures have beyond others: field, coverage, changes.
fn own_facts(signature: &SignatureReport) -> Element {
    Element::new("f:Signature")
        .attribute("field", &signature.field)
        .attribute("kind", signature.kind.name())
        .attribute_some("level", signature.level)
        .attribute("integrity", signature.integrity.name())
        .attribute("coverage", signature.coverage.name())
        .attribute("changes", signature.changes.name())
        .attribute_some("certification", signature.certification.map(|level| level.to_string()))
        .attribute_some("revision", signature.revision.map(|revision| revision.to_string()))
}
