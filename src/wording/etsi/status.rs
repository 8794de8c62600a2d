//! `SignatureValidationStatus` (TS 119 102-2 v1.4.1, 4.3.4) with what the verdict rests on (4.3.12).

use super::objects::{id, reference, to_object};
use super::xml::Element;
use crate::asn1::RevocationReason;
use crate::validate::{
    Finding, Indication, ObjectKind, PathFacts, Report, RevokedFacts, SignatureReport, SubIndication, TimestampReport,
};
use crate::wording;

/// Returns the status of a signature: the verdict, the path and its revocation data, and what was found.
pub(super) fn of_signature(report: &Report, signature: &SignatureReport, identifier: &str) -> Element {
    let path = signature.path.as_ref();
    let mut data = Element::new("AssociatedValidationReportData");
    if let Some(path) = path {
        data = data
            .with(chain(path))
            .with(related(report, path))
            .with(path.revoked.as_ref().map(|one| revoked(report, one)));
    }
    data = data.with(weak_algorithm(signature, identifier));
    let stamps = signature.timestamps.iter().flat_map(|stamp| &stamp.findings);
    let findings = report.findings.iter().chain(&signature.findings).chain(stamps);
    data = data.with(found(findings));
    status(indication(signature.indication), signature.sub_indication).with([data])
}

/// Returns the status of a file that holds no signature. The standard has no word for it; undecided is the one that nobody
/// takes for passed.
pub(super) fn of_none(report: &Report) -> Element {
    let data = Element::new("AssociatedValidationReportData").with(found(report.findings.iter()));
    Element::new("SignatureValidationStatus")
        .with([Element::text("MainIndication", "urn:etsi:019102:mainindication:indeterminate")])
        .with([Element::text("SubIndication", "urn:x-fumikura:subindication:NO_SIGNATURE")])
        .with([data])
}

/// Returns what a timestamp's own report holds: its signer and its status, which is that of a building block.
pub(super) fn of_timestamp(stamp: &TimestampReport) -> Vec<Element> {
    let word = match stamp.indication {
        Indication::TotalPassed => "passed",
        Indication::TotalFailed => "failed",
        Indication::Indeterminate | Indication::NoSignature => "indeterminate",
    };
    let leaf = stamp.path.as_ref().and_then(|path| path.chain.first());
    let signer = leaf.map(|leaf| signer_information(&id(ObjectKind::Certificate, leaf), stamp.tsa.as_deref()));
    let data = stamp.path.as_ref().map(|path| Element::new("AssociatedValidationReportData").with(chain(path)));
    signer.into_iter().chain([status(word, stamp.sub_indication).with(data)]).collect()
}

/// 4.3.9.
pub(super) fn signer_information(certificate: &str, subject: Option<&str>) -> Element {
    Element::new("SignerInformation")
        .with([reference("SignerCertificate", certificate)])
        .with(subject.map(|subject| Element::text("Signer", subject)))
}

fn status(word: &str, sub: Option<SubIndication>) -> Element {
    let uri = |sub: SubIndication| match sub {
        SubIndication::Custom => "urn:x-fumikura:subindication:CUSTOM".to_owned(),
        sub => format!("urn:etsi:019102:subindication:{}", sub.name()),
    };
    Element::new("SignatureValidationStatus")
        .with([Element::text("MainIndication", format!("urn:etsi:019102:mainindication:{word}"))])
        .with(sub.map(|sub| Element::text("SubIndication", uri(sub))))
}

fn indication(value: Indication) -> &'static str {
    match value {
        Indication::TotalPassed => "total-passed",
        Indication::TotalFailed => "total-failed",
        Indication::Indeterminate | Indication::NoSignature => "indeterminate",
    }
}

/// 4.3.12.2 and 4.3.12.3: the trust anchor, and the certificates that lead to it.
fn chain(path: &PathFacts) -> Vec<Element> {
    let certificate = |sha256| id(ObjectKind::Certificate, sha256);
    let Some((leaf, above)) = path.chain.split_first() else { return Vec::new() };
    // A certificate that is itself an anchor is both.
    let (anchor, between) = match (path.is_anchored, above.split_last()) {
        (true, Some((anchor, between))) => (Some(anchor), between),
        (true, None) => (Some(leaf), above),
        (false, _) => (None, above),
    };
    let anchor = || anchor.map(|anchor| reference("TrustAnchor", certificate(anchor)));
    let chain = Element::new("CertificateChain")
        .with([reference("SigningCertificate", certificate(leaf))])
        .with(between.iter().map(|one| reference("IntermediateCertificate", certificate(one))))
        .with(anchor());
    anchor().into_iter().chain([chain]).collect()
}

/// 4.3.12.4: lists, responses, and who signed them.
fn related(report: &Report, path: &PathFacts) -> Vec<Element> {
    path.revocation_data.iter().filter_map(|one| to_object("RelatedValidationObject", one, report)).collect()
}

/// 4.3.12.6.
fn revoked(report: &Report, facts: &RevokedFacts) -> Element {
    let reason = facts.reason.map(|reason| format!("urn:etsi:019102:revocationReason:{}", reason_name(reason)));
    Element::new("RevocationStatusInformation")
        .with([reference("ValidationObjectId", id(ObjectKind::Certificate, &facts.certificate))])
        .with([Element::text("RevocationTime", facts.at.to_string())])
        .with(reason.map(|reason| Element::text("RevocationReason", reason)))
        .with(facts.by.as_ref().and_then(|by| to_object("RevocationObject", by, report)))
}

fn reason_name(reason: RevocationReason) -> &'static str {
    match reason {
        RevocationReason::Unspecified => "unspecified",
        RevocationReason::KeyCompromise => "keyCompromise",
        RevocationReason::CaCompromise => "cACompromise",
        RevocationReason::AffiliationChanged => "affiliationChanged",
        RevocationReason::Superseded => "superseded",
        RevocationReason::CessationOfOperation => "cessationOfOperation",
        RevocationReason::CertificateHold => "certificateHold",
        RevocationReason::RemoveFromCrl => "removeFromCRL",
        RevocationReason::PrivilegeWithdrawn => "privilegeWithdrawn",
        RevocationReason::AaCompromise => "aACompromise",
    }
}

/// 4.3.12.7: the algorithm of a signature that is too weak.
fn weak_algorithm(signature: &SignatureReport, identifier: &str) -> Option<Element> {
    let weak = signature.findings.iter().any(|finding| finding.code == "algorithm-too-weak");
    let name = signature.signature_algorithm.as_deref().filter(|_| weak)?;
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
    let information = Element::new("CryptoInformation")
        .with([reference("ValidationObjectId", identifier)])
        .with([Element::text("Algorithm", format!("urn:x-fumikura:algorithm:{name}"))])
        .with([Element::text("SecureAlgorithm", "false")]);
    Some(information)
}

/// 4.3.12.8: every finding, in words.
fn found<'a>(findings: impl Iterator<Item = &'a Finding>) -> Option<Element> {
    let data: Vec<Element> = findings.map(finding).collect();
    (!data.is_empty()).then(|| Element::new("AdditionalValidationReportData").with(data))
}

fn finding(finding: &Finding) -> Element {
    let sentence = wording::sentence(finding.code, &finding.parameters);
    let text = |language, words: &str| Element::text("f:Text", words).attribute("xml:lang", language);
    let value = Element::new("f:Finding")
        .attribute("severity", finding.severity.name())
        .attribute_some("clause", finding.clause.or_else(|| wording::clause(finding.code)))
        .attribute_some("object", finding.object.as_deref())
        .attribute_some("page", finding.page.map(|page| page.to_string()))
        .with([text("ja", &sentence.ja), text("en", &sentence.en)]);
    Element::new("ReportData")
        .with([Element::text("Type", format!("urn:x-fumikura:finding:{}", finding.code))])
        .with([Element::new("Value").with([value])])
}
