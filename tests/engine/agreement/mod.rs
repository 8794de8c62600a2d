//! Agreement: every signed PDF that the tests can get or make is judged here, by pdfsig and by pyHanko, and compared along
//! axes. Each disagreement stands in `tests/data/agreement.toml` with its reason; one that does not, or that no longer
//! is one, fails.

#![allow(clippy::disallowed_methods, reason = "the test command says what must be installed, and where")]

mod corpus;
mod made;
mod paths;
mod peers;
mod readers;
pub mod shipped;
mod table;

use fumikura::asn1::Certificate;
use fumikura::pdf::Limits;
use fumikura::pki::TrustAnchors;
use fumikura::policy::{AllowedChanges, ValidationPolicy};
use fumikura::time::Instant;
use fumikura::validate::{Report, SignatureReport, ValidateError, ValidationContext, validate};
use table::{Axis, Compared, Tool};

/// Passwords under which the encrypted files of other projects' tests stand.
const PASSWORDS: &[&str] = &["usersecret", "ownersecret", "secret"];

/// The policy that the others judge by unless told otherwise: revocation data is used where it is at hand, form fields
/// may be filled in, and keys have no last day.
fn policy() -> ValidationPolicy {
    let text = include_str!("../../../src/policy/default.toml").replace("\"2031-01-01\"", "\"open\"");
    let mut policy = ValidationPolicy::from_toml(&text).expect("the built-in policy is readable");
    policy.revocation_required = false;
    policy.allowed_changes = AllowedChanges::FormFill;
    policy
}

/// Judges a file, under one password after the other where it is encrypted.
fn judge(bytes: &[u8], roots: &[Certificate], at: Instant) -> Result<Report, ValidateError> {
    let (trust, policy) = (TrustAnchors::new(roots.iter().cloned()), policy());
    let with = |password| {
        let context = ValidationContext {
            trust: &trust,
            tsa_trust: &trust,
            crls: &[],
            ocsps: &[],
            intermediates: &[],
            at,
            policy: &policy,
            password,
            limits: Limits::default(),
        };
        validate(bytes, &context)
    };
    PASSWORDS.iter().fold(with(None), |judged, password| judged.or_else(|_| with(Some(password.as_bytes()))))
}

/// Tells our verdict as the table does.
fn verdict(signature: &SignatureReport) -> String {
    match signature.sub_indication {
        None => "passed".to_owned(),
        Some(sub) => format!("{}/{}", signature.indication.name(), sub.name()),
    }
}

/// Compares our judgement on one file with what pdfsig says of it.
fn beside_pdfsig(case: &str, report: Option<&Report>, path: &std::path::Path) -> Option<Vec<Compared>> {
    let mut compared = Vec::new();
    for seen in peers::pdfsig(path)? {
        let mut note = |axis, theirs: &str, ours: &str, agree| {
            let case = format!("{case} {}", seen.field);
            compared.push(Compared { tool: Tool::Pdfsig, axis, case, theirs: theirs.into(), ours: ours.into(), agree });
        };
        let ours = report.and_then(|report| report.signatures.iter().find(|one| one.field == seen.field));
        let Some(ours) = ours else {
            note(Axis::Parse, "found", "not found", false);
            continue;
        };
        note(Axis::Parse, "found", "found", true);
        let integrity = ours.integrity.name();
        note(Axis::Integrity, &seen.integrity, integrity, seen.integrity == integrity);
        let whole = if ours.coverage.name() == "whole-file" { "total" } else { "not total" };
        note(Axis::Coverage, seen.coverage, whole, seen.coverage == whole);
    }
    Some(compared)
}

/// Compares our judgement on one signature with pyHanko's.
fn beside_pyhanko(case: &str, report: Option<&Report>, theirs: &peers::Status) -> Vec<Compared> {
    let (mut compared, field) = (Vec::new(), &theirs.field);
    let mut note = |axis, theirs: &str, ours: &str, agree| {
        let case = format!("{case} {field}");
        compared.push(Compared { tool: Tool::PyHanko, axis, case, theirs: theirs.into(), ours: ours.into(), agree });
    };
    let ours = report.and_then(|report| report.signatures.iter().find(|one| one.field == *field));
    let Some(ours) = ours else {
        note(Axis::Parse, "found", "not found", false);
        return compared;
    };
    note(Axis::Parse, "found", "found", true);
    let (passed, said) = (ours.indication.name() == "TOTAL-PASSED", verdict(ours));
    let Some(facts) = &theirs.facts else {
        note(Axis::Verdict, "refused", &said, !passed);
        return compared;
    };
    let intact = if facts.intact { "intact" } else { "broken" };
    note(Axis::Integrity, intact, ours.integrity.name(), intact == ours.integrity.name());
    note(Axis::Coverage, &facts.coverage, ours.coverage.name(), facts.coverage == ours.coverage.name());
    if let Some(changes) = &facts.changes {
        note(Axis::Changes, changes, ours.changes.name(), changes == ours.changes.name());
    }
    note(Axis::Verdict, if facts.passed { "passed" } else { "not passed" }, &said, facts.passed == passed);
    compared
}

#[test]
fn every_disagreement_has_its_reason() {
    let mut table = table::Table::read();
    for (set, compared) in [("corpus", corpus::compare()), ("shipped", shipped::compare()), ("made", made::compare())] {
        match compared {
            Some(compared) => table.take(set, &compared),
            None => table.pass_over(set),
        }
    }
    table.finish();
}
