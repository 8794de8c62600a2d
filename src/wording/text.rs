//! The report as text for a terminal: verdict first, then who, when and why; Japanese with English beside it.

use super::catalogue::{self, Sentence};
use super::evidence::lasts_text;
use super::show::{name, place, plain};
use super::verdict::resident_verdict;
use super::view::advice;
use crate::time::Instant;
use crate::validate::{Finding, Report, Severity, SignatureReport};
use std::fmt::Write;

/// Returns the report on one file as text, ending in a newline.
pub fn report_text(report: &Report, path: &str) -> String {
    let mut text = String::new();
    let verdict = resident_verdict(report);
    line(&mut text, 0, &plain(path));
    line(&mut text, 1, &format!("{}  {}", both(&verdict.label), report.indication.name()));
    line(&mut text, 1, &verdict.reason.ja);
    line(&mut text, 1, &verdict.reason.en);
    let policy = &report.policy;
    line(
        &mut text,
        1,
        &format!("検証ポリシー / policy: {} {} ({})", plain(&policy.name), policy.version, policy.sha256),
    );
    findings(&mut text, 1, &report.findings);
    for (number, signature) in report.signatures.iter().enumerate() {
        one_signature(&mut text, number + 1, signature);
    }
    text
}

fn one_signature(text: &mut String, number: usize, signature: &SignatureReport) {
    text.push('\n');
    let sub = signature.sub_indication.map(|sub| format!(" / {}", sub.name())).unwrap_or_default();
    let head = format!(
        "[{number}] {} ({}, {})  {}{sub}",
        plain(&signature.field),
        signature.kind.name(),
        plain(&signature.sub_filter),
        signature.indication.name(),
    );
    line(text, 1, &head);
    if let Some(sub) = signature.sub_indication {
        let sentence = catalogue::sub_indication(sub);
        line(text, 2, &sentence.ja);
        line(text, 2, &sentence.en);
    }
    let mut fact = |ja: &str, en: &str, value: Option<String>| {
        if let Some(value) = value {
            line(text, 2, &format!("{ja} / {en}: {}", plain(&value)));
        }
    };
    let names = signature.signer.as_ref().map(|signer| &signer.names);
    fact("署名者の名称", "signer's name", names.and_then(|names| names.own.as_ref()).map(name));
    fact("署名者", "signer", signature.signer.as_ref().map(|signer| signer.subject.clone()));
    fact("発行者", "issuer", signature.signer.as_ref().map(|signer| signer.issuer.clone()));
    fact("認証局の名称", "authority's name", names.and_then(|names| names.authority.as_ref()).map(name));
    let validity = |start, end| format!("{} – {}", japanese_time(start), japanese_time(end));
    fact(
        "証明書の有効期間",
        "certificate valid",
        signature.signer.as_ref().map(|s| validity(s.not_before, s.not_after)),
    );
    fact("署名時刻（申告）", "claimed time", signature.claimed_time.map(japanese_time));
    fact("存在が証明された時刻", "proven time", signature.proven_time.map(japanese_time));
    let lasts = signature.lasts.as_ref();
    fact("更新の期限", "to be renewed before", lasts.map(|lasting| lasts_text(Some(lasting))));
    fact("水準", "level", signature.level.map(str::to_owned));
    fact("署名方式", "algorithm", signature.signature_algorithm.clone());
    fact("完全性", "integrity", Some(signature.integrity.name().to_owned()));
    fact("署名の範囲", "coverage", Some(signature.coverage.name().to_owned()));
    fact("署名後の変更", "changes since", Some(signature.changes.name().to_owned()));
    for timestamp in &signature.timestamps {
        let sub = timestamp.sub_indication.map(|sub| format!(" / {}", sub.name())).unwrap_or_default();
        let when = timestamp.gen_time.map(japanese_time).unwrap_or_else(|| "?".to_owned());
        let called = timestamp.tsa_name.as_ref().map(|tsa| format!("{} — ", name(tsa))).unwrap_or_default();
        let who = format!("{called}{}", timestamp.tsa.as_deref().unwrap_or("?"));
        let words = format!("{when} {} {}{sub} — {}", timestamp.kind.name(), timestamp.indication.name(), plain(&who));
        line(text, 2, &format!("タイムスタンプ / timestamp: {words}"));
        findings(text, 3, &timestamp.findings);
    }
    findings(text, 2, &signature.findings);
    for said in advice(signature) {
        line(text, 2, &format!("対応: {}", said.ja));
        line(text, 2, &format!("  What to do: {}", said.en));
    }
}

pub(super) fn findings(text: &mut String, depth: usize, findings: &[Finding]) {
    for finding in findings {
        let mark = match finding.severity {
            Severity::Info => "情報 info",
            Severity::Warning => "注意 warning",
            Severity::Error => "誤り error",
        };
        let sentence = catalogue::sentence(finding.code, &finding.parameters);
        let place = place(finding).map(|place| format!(" [{place}]")).unwrap_or_default();
        let clause = finding
            .clause
            .or_else(|| catalogue::clause(finding.code))
            .map(|clause| format!(" ({clause})"))
            .unwrap_or_default();
        line(text, depth, &format!("- {mark}: {}{place}", plain(&sentence.ja)));
        line(text, depth, &format!("  {} [{}]{clause}", plain(&sentence.en), finding.code));
        if let Some(rule) = finding.rule {
            let words = catalogue::sentence(rule.code(), &[]);
            line(text, depth, &format!("  規則 / rule: {} {} [{}]", words.ja, words.en, rule.name()));
        }
    }
}

pub(super) fn line(text: &mut String, depth: usize, words: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{:width$}{words}", "", width = depth * 2);
}

pub(super) fn both(sentence: &Sentence) -> String {
    format!("{} / {}", sentence.ja, sentence.en)
}

/// Writes an instant as Japanese time to the second.
pub(super) fn japanese_time(instant: Instant) -> String {
    instant.to_zoned(jiff::tz::offset(9).to_time_zone()).strftime("%Y-%m-%d %H:%M:%S+09:00").to_string()
}
