//! The validation report as a page shows it: the big verdict, the few facts a resident asks for, and the folded details.

use crate::http::show::{common_name, exact, size, time};
use crate::validate::{Changes, Coverage, Finding, Integrity, Report, Severity, SignatureReport};
use crate::wording::{self, Sentence, Verdict, VerdictKind};

/// The whole report for a template.
pub struct ReportView {
    /// The verdict in plain words.
    pub verdict: Verdict,
    /// The style: `good`, `bad` or `warn`.
    pub tone: &'static str,
    /// The sign that stands beside the word.
    pub sign: &'static str,
    /// The decisive signature's facts for a resident.
    pub facts: Vec<(&'static str, &'static str, String)>,
    /// Facts about the file.
    pub file: Vec<(&'static str, &'static str, String)>,
    /// Every signature in detail.
    pub signatures: Vec<SignatureView>,
    /// Findings about the file as a whole.
    pub findings: Vec<FindingView>,
}

/// One signature in detail.
pub struct SignatureView {
    /// The heading.
    pub heading: String,
    /// Label, English label, value.
    pub rows: Vec<(&'static str, &'static str, String)>,
    /// What was found.
    pub findings: Vec<FindingView>,
}

/// One finding.
pub struct FindingView {
    /// The severity as a word.
    pub severity: &'static str,
    /// The stable code.
    pub code: &'static str,
    /// In both languages.
    pub text: Sentence,
}

impl ReportView {
    /// Makes the view of a report.
    pub fn new(report: &Report) -> Self {
        let verdict = wording::resident_verdict(report);
        let (tone, sign) = match verdict.kind {
            VerdictKind::Valid => ("good", "✓"),
            VerdictKind::Altered | VerdictKind::Invalid => ("bad", "✕"),
            VerdictKind::Undetermined | VerdictKind::Unsigned => ("warn", "？"),
        };
        Self {
            tone,
            sign,
            facts: report.decisive().map(resident_facts).unwrap_or_default(),
            file: file_facts(report),
            signatures: report.signatures.iter().enumerate().map(|(at, one)| signature(at + 1, one)).collect(),
            findings: findings(&report.findings),
            verdict,
        }
    }
}

fn resident_facts(signature: &SignatureReport) -> Vec<(&'static str, &'static str, String)> {
    let mut rows = Vec::new();
    if let Some(signer) = &signature.signer {
        rows.push(("署名した職", "Signed by", common_name(&signer.subject)));
        rows.push(("証明書の発行者", "Certificate issued by", common_name(&signer.issuer)));
    }
    let proven = signature.proven_time.map_or_else(|| "タイムスタンプで証明された時刻はありません".to_owned(), time);
    rows.push(("証明された時刻", "Proven time", proven));
    if let Some(signer) = &signature.signer {
        rows.push(("証明書の有効期限", "Certificate valid until", time(signer.not_after)));
    }
    rows
}

fn file_facts(report: &Report) -> Vec<(&'static str, &'static str, String)> {
    vec![
        ("検証した時刻", "Checked at", exact(report.at)),
        ("ファイルの大きさ", "Size", size(report.size_bytes)),
        ("SHA-256", "SHA-256", report.sha256.to_string()),
        ("更新の回数", "Revisions", report.revisions.to_string()),
        ("総合判定", "Indication", report.indication.name().to_owned()),
    ]
}

fn signature(number: usize, signature: &SignatureReport) -> SignatureView {
    let mut rows = vec![("判定", "Indication", signature.indication.name().to_owned())];
    if let Some(sub) = signature.sub_indication {
        rows.push(("判定の細目", "Sub-indication", format!("{}：{}", sub.name(), wording::sub_indication(sub).ja)));
    }
    rows.push(("完全性", "Integrity", integrity(signature.integrity).to_owned()));
    rows.push(("署名の及ぶ範囲", "Coverage", coverage(signature.coverage).to_owned()));
    rows.push(("署名後の変更", "Changes afterwards", changes(signature.changes).to_owned()));
    rows.push(("形式", "Format", signature.sub_filter.clone()));
    let mut optional = |ja, en, value: Option<String>| rows.extend(value.map(|value| (ja, en, value)));
    optional("水準", "Level", signature.level.map(str::to_owned));
    optional("署名方式", "Algorithm", signature.signature_algorithm.clone());
    optional("ハッシュ関数", "Digest", signature.digest.clone());
    optional("申告された時刻", "Claimed time", signature.claimed_time.map(exact));
    optional("証明された時刻", "Proven time", signature.proven_time.map(exact));
    if let Some(signer) = &signature.signer {
        optional("署名者", "Subject", Some(signer.subject.clone()));
        optional("発行者", "Issuer", Some(signer.issuer.clone()));
        optional("証明書の番号", "Serial", Some(signer.serial.clone()));
        let validity = format!("{} から {} まで", exact(signer.not_before), exact(signer.not_after));
        optional("証明書の有効期間", "Validity", Some(validity));
    }
    for stamp in &signature.timestamps {
        let when = stamp.gen_time.map_or_else(|| "時刻不明".to_owned(), exact);
        let tsa = stamp.tsa.as_deref().unwrap_or("発行者不明");
        optional("タイムスタンプ", "Timestamp", Some(format!("{when}　{tsa}　{}", stamp.indication.name())));
    }
    let heading = format!("{number}件目の署名（{}）", signature.field);
    SignatureView { heading, rows, findings: findings(&signature.findings) }
}

fn findings(list: &[Finding]) -> Vec<FindingView> {
    list.iter()
        .map(|one| FindingView {
            severity: match one.severity {
                Severity::Info => "情報",
                Severity::Warning => "注意",
                Severity::Error => "誤り",
            },
            code: one.code,
            text: wording::sentence(one.code, &one.parameters),
        })
        .collect()
}

fn integrity(value: Integrity) -> &'static str {
    match value {
        Integrity::Intact => "署名された内容は変わっていません (intact)",
        Integrity::Broken => "署名された内容と一致しません (broken)",
        Integrity::Unknown => "確かめられません (unknown)",
    }
}

fn coverage(value: Coverage) -> &'static str {
    match value {
        Coverage::WholeFile => "ファイル全体 (whole-file)",
        Coverage::WholeRevision => "署名時の版の全体 (whole-revision)",
        Coverage::Partial => "一部 (partial)",
        Coverage::Nothing => "なし (none)",
    }
}

fn changes(value: Changes) -> &'static str {
    match value {
        Changes::None => "なし (none)",
        Changes::Lta => "長期保存のための追記のみ (lta)",
        Changes::FormFill => "フォームへの記入 (form-fill)",
        Changes::Annotate => "注釈の追加 (annotate)",
        Changes::Forbidden => "許されない変更 (forbidden)",
        Changes::Unclear => "判別できない変更 (unclear)",
    }
}
