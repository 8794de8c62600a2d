//! The verdict for a resident who never heard of a certificate: one word, one reason, one piece of advice.
//!
//! Says what was checked, and nothing of legal effect: no presumption of law is claimed for an office's signature (N7).

use super::catalogue::{self, Sentence};
use crate::validate::{Changes, Indication, Integrity, Report, SignatureKind, SignatureReport, SubIndication};

/// The verdict in one of five words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VerdictKind {
    /// 有効: every check passed.
    Valid,
    /// 無効（改変あり）: the content differs from what was signed.
    Altered,
    /// 無効: broken for another reason than a change of the content.
    Invalid,
    /// 判定不能: not enough is known.
    Undetermined,
    /// 署名なし: there is nothing to check.
    Unsigned,
}

/// What a resident reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The verdict.
    pub kind: VerdictKind,
    /// The word, for example 有効.
    pub label: Sentence,
    /// Why, in one or two plain sentences.
    pub reason: Sentence,
    /// What to do now.
    pub advice: Sentence,
}

/// Returns the plain verdict on a file.
pub fn resident_verdict(report: &Report) -> Verdict {
    let decisive = report.decisive();
    let kind = kind(report.indication, decisive);
    // Where a signature is lost with the rest of a file, the file is not one that nobody signed.
    let is_damaged = report.findings.iter().any(|finding| matches!(finding.code, "file-repaired" | "file-cut-short"));
    let reason = match (kind, decisive) {
        (VerdictKind::Unsigned, None) if is_damaged => say("reason-unsigned-damaged"),
        // What decides on a file without signature is a timestamp.
        (VerdictKind::Unsigned, Some(_)) => say("reason-timestamp-only"),
        (VerdictKind::Valid, _) if report.signatures.iter().any(was_added_to) => say("reason-valid-changed"),
        (VerdictKind::Valid | VerdictKind::Unsigned, _) | (_, None) => say(reason_code(kind)),
        (VerdictKind::Altered, Some(one)) if one.kind == SignatureKind::DocumentTimestamp => {
            say("reason-altered-stamped")
        }
        (VerdictKind::Altered, Some(_)) => say(reason_code(kind)),
        (_, Some(signature)) => {
            signature.sub_indication.map_or_else(|| say(reason_code(kind)), catalogue::sub_indication)
        }
    };
    let sub = decisive.and_then(|signature| signature.sub_indication);
    let advice = match (kind, sub) {
        (VerdictKind::Unsigned, _) if is_damaged && decisive.is_none() => "advice-unsigned-damaged",
        (VerdictKind::Undetermined, Some(SubIndication::TryLater)) => "advice-try-later",
        (VerdictKind::Undetermined, Some(SubIndication::NoCertificateChainFound)) => "advice-unknown-signer",
        _ => advice_code(kind),
    };
    Verdict { kind, label: say(label_code(kind)), reason, advice: say(advice) }
}

fn kind(indication: Indication, decisive: Option<&SignatureReport>) -> VerdictKind {
    match indication {
        Indication::NoSignature => VerdictKind::Unsigned,
        Indication::TotalPassed => VerdictKind::Valid,
        Indication::Indeterminate => VerdictKind::Undetermined,
        Indication::TotalFailed if decisive.is_none_or(is_alteration) => VerdictKind::Altered,
        Indication::TotalFailed => VerdictKind::Invalid,
    }
}

/// Tells whether something that people see was added after a signature, as it may be.
fn was_added_to(signature: &SignatureReport) -> bool {
    !matches!(signature.changes, Changes::None | Changes::Lta)
}

/// Tells whether the failure is one of content: a digest that differs, or a change that is not allowed.
fn is_alteration(signature: &SignatureReport) -> bool {
    signature.is_altered
        || matches!(signature.sub_indication, Some(SubIndication::HashFailure))
        || (signature.integrity == Integrity::Broken
            && matches!(signature.sub_indication, Some(SubIndication::SigCryptoFailure)))
}

fn label_code(kind: VerdictKind) -> &'static str {
    match kind {
        VerdictKind::Valid => "verdict-valid",
        VerdictKind::Altered => "verdict-altered",
        VerdictKind::Invalid => "verdict-invalid",
        VerdictKind::Undetermined => "verdict-undetermined",
        VerdictKind::Unsigned => "verdict-unsigned",
    }
}

fn reason_code(kind: VerdictKind) -> &'static str {
    match kind {
        VerdictKind::Valid => "reason-valid",
        VerdictKind::Altered => "reason-altered",
        VerdictKind::Invalid => "reason-invalid",
        VerdictKind::Undetermined => "reason-undetermined",
        VerdictKind::Unsigned => "reason-unsigned",
    }
}

fn advice_code(kind: VerdictKind) -> &'static str {
    match kind {
        VerdictKind::Valid => "advice-valid",
        VerdictKind::Altered => "advice-altered",
        VerdictKind::Invalid => "advice-invalid",
        VerdictKind::Undetermined => "advice-undetermined",
        VerdictKind::Unsigned => "advice-unsigned",
    }
}

fn say(code: &'static str) -> Sentence {
    catalogue::sentence(code, &[])
}
