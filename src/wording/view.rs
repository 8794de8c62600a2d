//! The validation report as a page shows it: the big verdict, the few facts a resident asks for, and the folded details;
//! and as a document of its own.

use super::evidence::ending;
use super::show::{common_name, exact, name, place, plain, size, time};
use super::{Sentence, Verdict, VerdictKind};
use crate::validate::{
    Changes, Coverage, Finding, Indication, Integrity, Lasting, Report, Severity, SignatureKind, SignatureReport,
};
use crate::wording;
use askama::Template;

/// The whole report for a template.
pub struct ReportView {
    /// The verdict in plain words.
    pub verdict: Verdict,
    /// The style: `good`, `bad` or `warn`.
    pub tone: &'static str,
    /// The sign that stands beside the word.
    pub sign: &'static str,
    /// What the facts are about.
    pub subject: (&'static str, &'static str),
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
    /// What to do about it, each advice once.
    pub advice: Vec<Sentence>,
}

/// One finding.
pub struct FindingView {
    /// The severity as a word.
    pub severity: &'static str,
    /// The stable code.
    pub code: &'static str,
    /// In both languages.
    pub text: Sentence,
    /// The standard's clause, where one stands behind it.
    pub clause: &'static str,
    /// The page, the rectangle on it and the object it is about, where there is one.
    pub place: String,
    /// The rule that allowed or forbade it: its name and its words.
    pub rule: Option<(&'static str, Sentence)>,
}

/// One judged file in a document of reports.
struct Judged {
    name: String,
    report: ReportView,
}

#[derive(Template)]
#[template(path = "report_page.html")]
struct ReportPage {
    style: &'static str,
    files: Vec<Judged>,
}

/// Returns the reports as one HTML document that needs nothing else: no scripts, no addresses, its style inside.
pub fn reports_html<'a>(reports: impl Iterator<Item = (&'a str, &'a Report)>) -> String {
    let files = reports.map(|(name, report)| Judged { name: plain(name), report: ReportView::new(report) }).collect();
    // Writing into a string cannot fail.
    ReportPage { style: STYLE, files }.render().unwrap_or_default()
}

#[derive(Template)]
#[template(path = "report_verdict.html")]
struct VerdictPart<'a> {
    report: &'a ReportView,
}

#[derive(Template)]
#[template(path = "report_details.html")]
struct DetailsPart<'a> {
    report: &'a ReportView,
}

/// Returns a report as the two parts of the page that shows it: the verdict, and the facts and folded details.
pub fn report_parts(report: &Report) -> (String, String) {
    let report = &ReportView::new(report);
    // Writing into a string cannot fail.
    (VerdictPart { report }.render().unwrap_or_default(), DetailsPart { report }.render().unwrap_or_default())
}

/// The style sheet of every page and report.
pub const STYLE: &str = include_str!("templates/style.css");

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
            subject: match report.decisive().map(|decisive| decisive.kind) {
                Some(SignatureKind::DocumentTimestamp) => ("タイムスタンプ", "The timestamp"),
                _ => ("電子公印", "The seal"),
            },
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
        // Anyone can write any name into a certificate of their own.
        let labels = match signature.indication {
            // An authority tells when, and answers for nothing else.
            Indication::TotalPassed if signature.kind == SignatureKind::DocumentTimestamp => {
                [("時刻を証明した機関", "Time proven by"), ("証明書の発行者", "Certificate issued by")]
            }
            Indication::TotalPassed => [("署名した職", "Signed by"), ("証明書の発行者", "Certificate issued by")],
            _ => [
                ("署名者の名乗り（未確認）", "Claims to be (not confirmed)"),
                ("発行者の名乗り（未確認）", "Issuer claims to be"),
            ],
        };
        let [(by, by_en), (issuer, issuer_en)] = labels;
        // Names of the user's own directory are there only where the path passed.
        let own = signer.names.own.as_ref();
        rows.push((by, by_en, own.map_or_else(|| plain(&common_name(&signer.subject)), name)));
        rows.push((issuer, issuer_en, plain(&common_name(&signer.issuer))));
        rows.extend(signer.names.authority.as_ref().map(|known| ("認証した機関", "Vouched for by", name(known))));
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
        ("検証ポリシー", "Policy", format!("{} {}", plain(&report.policy.name), report.policy.version)),
        ("ポリシーの SHA-256", "SHA-256 of the policy", report.policy.sha256.to_string()),
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
    rows.push(("形式", "Format", plain(&signature.sub_filter)));
    let mut optional = |ja, en, value: Option<String>| rows.extend(value.map(|value| (ja, en, value)));
    optional("水準", "Level", signature.level.map(str::to_owned));
    optional("署名方式", "Algorithm", signature.signature_algorithm.clone());
    optional("ハッシュ関数", "Digest", signature.digest.clone());
    optional("申告された時刻", "Claimed time", signature.claimed_time.map(exact));
    optional("証明された時刻", "Proven time", signature.proven_time.map(exact));
    let lasts = |lasting: &Lasting| format!("{}　{}", exact(lasting.until), plain(&ending(lasting).ja));
    optional("更新の期限", "To be renewed before", signature.lasts.as_ref().map(lasts));
    if let Some(signer) = &signature.signer {
        optional("署名者の名称", "Name", signer.names.own.as_ref().map(name));
        optional("認証局の名称", "Authority", signer.names.authority.as_ref().map(name));
        optional("署名者", "Subject", Some(plain(&signer.subject)));
        optional("発行者", "Issuer", Some(plain(&signer.issuer)));
        optional("証明書の番号", "Serial", Some(signer.serial.clone()));
        let validity = format!("{} から {} まで", exact(signer.not_before), exact(signer.not_after));
        optional("証明書の有効期間", "Validity", Some(validity));
    }
    optional("署名の理由", "Reason", signature.reason.as_deref().map(plain));
    optional("署名の場所", "Location", signature.location.as_deref().map(plain));
    for stamp in &signature.timestamps {
        let when = stamp.gen_time.map_or_else(|| "時刻不明".to_owned(), exact);
        let tsa = stamp.tsa.as_deref().map_or_else(|| "発行者不明".to_owned(), plain);
        let called = stamp.tsa_name.as_ref().map(|tsa| format!("{}　", name(tsa))).unwrap_or_default();
        optional("タイムスタンプ", "Timestamp", Some(format!("{when}　{called}{tsa}　{}", stamp.indication.name())));
    }
    let what = match signature.kind {
        SignatureKind::Signature => "署名",
        SignatureKind::DocumentTimestamp => "タイムスタンプ",
    };
    let heading = format!("{number}件目の{what}（{}）", plain(&signature.field));
    let advice = advice(signature);
    SignatureView { heading, rows, findings: findings(&signature.findings), advice }
}

/// Returns what to do about a signature: about its verdict first, then about whatever is more than worth knowing.
pub(super) fn advice(signature: &SignatureReport) -> Vec<Sentence> {
    let verdict = signature.sub_indication.map_or(signature.indication.name(), |sub| sub.name());
    let stamps = signature.timestamps.iter().flat_map(|stamp| &stamp.findings);
    let graver = signature.findings.iter().chain(stamps).filter(|one| one.severity > Severity::Info);
    let mut all: Vec<Sentence> = Vec::new();
    for said in std::iter::once(verdict).chain(graver.map(|one| one.code)).filter_map(wording::advice) {
        if !all.contains(&said) {
            all.push(said);
        }
    }
    // Beside something to do, "nothing" would only confuse.
    if all.len() > 1 {
        let nothing = wording::sentence("do-nothing", &[]);
        all.retain(|said| *said != nothing);
    }
    all
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
            text: {
                let Sentence { ja, en } = wording::sentence(one.code, &one.parameters);
                Sentence { ja: plain(&ja), en: plain(&en) }
            },
            clause: one.clause.or_else(|| wording::clause(one.code)).unwrap_or_default(),
            place: place(one).unwrap_or_default(),
            rule: one.rule.map(|rule| (rule.name(), wording::sentence(rule.code(), &[]))),
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
