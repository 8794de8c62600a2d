//! Letting a PDF out: only after our own validation has looked at it.

use super::Failure;
use super::draft::Draft;
use super::trust::Trust;
use crate::fault::Kind;
use crate::pades::Level;
use crate::pdf::{Appended, Source};
use crate::time::Instant;
use crate::validate::{Coverage, Indication, Integrity, Report, SignatureReport};

/// What a finished file is held to.
pub struct Promise<'a> {
    /// Whom to believe.
    pub trust: &'a Trust,
    /// The password it is read with.
    pub password: Option<&'a [u8]>,
    /// The present.
    pub at: Instant,
    /// The level that was asked for.
    pub level: Level,
}

/// Validates a file as its readers will, and lets it out, whole or not at all.
///
/// Without trusted certificates nobody can pass; then the file must at least be intact, and no signature in it failed.
/// With them, a long-term level must pass.
pub fn release(mut draft: Draft, copied: &Source, made: &Appended, promise: &Promise<'_>) -> Result<Report, Failure> {
    let report = promise.trust.validate(made.source(), promise.password, promise.at)?;
    if let Some(why) = broken(&report, promise) {
        // What was wrong before is not the doing of this run.
        let before = promise.trust.validate(copied.clone(), promise.password, promise.at);
        let before = before.ok().and_then(|report| report.signatures.iter().find(|one| has_failed(one)).map(words));
        return Err(match before {
            Some(words) => Failure::new("input-not-valid", Kind::Refused, format!("nothing was written: {words}")),
            None => Failure::new("output-not-valid", Kind::Refused, format!("nothing was written: {why}")),
        });
    }
    draft.append(copied, made)?;
    draft.finish()?;
    Ok(report)
}

/// Returns what keeps a file from being let out.
fn broken(report: &Report, promise: &Promise<'_>) -> Option<String> {
    if let Some(signature) = report.signatures.iter().find(|one| has_failed(one)) {
        return Some(words(signature));
    }
    let Some(last) = report.signatures.last() else { return Some("it holds no signature".to_owned()) };
    if last.coverage != Coverage::WholeFile && promise.level != Level::BLt {
        return Some(format!("{:?} does not cover the whole file", last.field));
    }
    let judged = !promise.trust.signers.is_empty() && promise.level >= Level::BLt;
    let undecided = report.signatures.iter().find(|signature| signature.indication != Indication::TotalPassed);
    undecided.filter(|_| judged).map(words)
}

fn has_failed(signature: &SignatureReport) -> bool {
    signature.indication == Indication::TotalFailed || signature.integrity != Integrity::Intact
}

fn words(signature: &SignatureReport) -> String {
    let sub = signature.sub_indication.map(|sub| format!(" / {}", sub.name())).unwrap_or_default();
    format!("the signature {:?} is {}{sub}", signature.field, signature.indication.name())
}
