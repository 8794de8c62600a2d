//! Evidence records as text and JSON: the judgement on one, and what stands in one.

use super::catalogue::{self, Sentence};
use super::json;
use super::show::plain;
use super::text::{both, findings, japanese_time, line};
use crate::digest::hex;
use crate::evidence::{EvidenceRecord, Examination, Stamp};
use crate::validate::{ArchiveTimestampReport, Element, Ending, EvidenceReport, Indication, Lasting, Severity};
use serde_json::{Value, json};

/// Returns the report on one record as text, ending in a newline.
pub fn evidence_text(report: &EvidenceReport, path: &str) -> String {
    let mut text = String::new();
    let sub = report.sub_indication.map(|sub| format!(" / {}", sub.name())).unwrap_or_default();
    line(&mut text, 0, &plain(path));
    let verdict = verdict(report.indication);
    line(&mut text, 1, &format!("{}{sub}", report.indication.name()));
    line(&mut text, 1, &verdict.ja);
    line(&mut text, 1, &verdict.en);
    if let Some(at) = report.proven_time {
        line(&mut text, 1, &format!("存在が証明された時刻 / proven time: {}", japanese_time(at)));
        let lasts = lasts_text(report.lasts.as_ref());
        line(&mut text, 1, &format!("更新の期限 / to be renewed before: {lasts}"));
    }
    if let Some(element) = report.decided {
        line(&mut text, 1, &format!("判定の理由の箇所 / decided by: {element}"));
    }
    let policy = &report.policy;
    let of = format!("{} {} ({})", plain(&policy.name), policy.version, policy.sha256);
    line(&mut text, 1, &format!("検証ポリシー / policy: {of}"));
    if report.others > 0 {
        line(&mut text, 1, &format!("最初の一覧の他のハッシュ値 / other hashes in the first list: {}", report.others));
    }
    findings(&mut text, 1, &report.findings);
    for stamp in &report.timestamps {
        timestamp_text(&mut text, stamp);
    }
    for said in advice(report) {
        line(&mut text, 1, &format!("対応: {}", said.ja));
        line(&mut text, 1, &format!("  What to do: {}", said.en));
    }
    text
}

/// Returns what to do about every error, each thing once.
fn advice(report: &EvidenceReport) -> Vec<Sentence> {
    let of_stamps = report.timestamps.iter().flat_map(|stamp| stamp.findings.iter().chain(&stamp.token.findings));
    let errors = report.findings.iter().chain(of_stamps).filter(|finding| finding.severity == Severity::Error);
    let mut all: Vec<Sentence> = Vec::new();
    for said in errors.filter_map(|finding| catalogue::advice(finding.code)) {
        if !all.contains(&said) {
            all.push(said);
        }
    }
    all
}

fn timestamp_text(text: &mut String, stamp: &ArchiveTimestampReport) {
    let sub = stamp.sub_indication.map(|sub| format!(" / {}", sub.name())).unwrap_or_default();
    let when = stamp.token.gen_time.map(japanese_time).unwrap_or_else(|| "?".to_owned());
    let digest = stamp.digest.map_or("?", |digest| digest.name());
    line(text, 1, &format!("[{}] {when}  {}{sub}", stamp.element, stamp.indication.name()));
    line(text, 2, &format!("タイムスタンプ局 / authority: {}", plain(stamp.token.tsa.as_deref().unwrap_or("?"))));
    line(text, 2, &format!("ハッシュ木 / hash tree: {digest}, {} lists", stamp.lists));
    if stamp.lasts.is_some() {
        line(text, 2, &format!("有効な期限 / holds until: {}", lasts_text(stamp.lasts.as_ref())));
    }
    findings(text, 2, &stamp.token.findings);
    findings(text, 2, &stamp.findings);
}

fn verdict(indication: Indication) -> Sentence {
    catalogue::sentence(
        match indication {
            Indication::TotalPassed => "evidence-proves",
            Indication::TotalFailed => "evidence-proves-not",
            Indication::Indeterminate | Indication::NoSignature => "evidence-undetermined",
        },
        &[],
    )
}

/// Says when a proof ends, and by what; a dash where nothing ends.
pub(super) fn lasts_text(lasts: Option<&Lasting>) -> String {
    lasts.map_or_else(
        || "—".to_owned(),
        |lasting| format!("{} — {}", japanese_time(lasting.until), both(&ending(lasting))),
    )
}

/// Says the same for a program.
pub(super) fn lasts_json(lasts: Option<&Lasting>) -> Option<Value> {
    lasts.map(|lasting| {
        let sentence = ending(lasting);
        json!({ "until": json::instant(lasting.until), "ja": sentence.ja, "en": sentence.en })
    })
}

/// Returns the sentence on what ends a proof.
pub fn ending(lasting: &Lasting) -> Sentence {
    let (code, name) = match &lasting.ending {
        Ending::Certificate(subject) => ("evidence-ends-certificate", subject),
        Ending::Algorithm(name) => ("evidence-ends-algorithm", name),
        Ending::Trust(subject) => ("evidence-ends-trust", subject),
    };
    catalogue::sentence(code, &[("name", plain(name))])
}

/// Returns the report on one record as JSON.
pub fn evidence_json(report: &EvidenceReport, path: &str) -> Value {
    json!({
        "path": path,
        "indication": report.indication.name(),
        "sub_indication": report.sub_indication.map(|sub| sub.name()),
        "decided_by": report.decided.map(element),
        "validated_at": json::instant(report.at),
        "policy": {
            "name": report.policy.name,
            "version": report.policy.version,
            "sha256": report.policy.sha256.as_str(),
        },
        "proven_time": report.proven_time.map(json::instant),
        "lasts": lasts_json(report.lasts.as_ref()),
        "others_in_first_list": report.others,
        "timestamps": report.timestamps.iter().map(timestamp_json).collect::<Vec<_>>(),
        "findings": json::findings(&report.findings),
    })
}

/// Returns the JSON schema (draft 2020-12) of the report on one record, as text.
pub fn evidence_schema() -> &'static str {
    include_str!("evidence.schema.json")
}

fn timestamp_json(stamp: &ArchiveTimestampReport) -> Value {
    let mut all = json::findings(&stamp.findings);
    all.extend(json::findings(&stamp.token.findings));
    json!({
        "element": element(stamp.element),
        "indication": stamp.indication.name(),
        "sub_indication": stamp.sub_indication.map(|sub| sub.name()),
        "digest": stamp.digest.map(|digest| digest.name()),
        "lists": stamp.lists,
        "token": json::timestamp(&stamp.token),
        "lasts": lasts_json(stamp.lasts.as_ref()),
        "findings": all,
    })
}

fn element(element: Element) -> Value {
    json!({
        "chain": element.chain,
        "timestamp": element.timestamp,
        "list": element.list,
        "object": element.object,
    })
}

/// Returns what stands in a record as text, ending in a newline; nothing of it is judged.
pub fn evidence_facts_text(record: &EvidenceRecord, examination: &Examination, path: &str) -> String {
    let mut text = String::new();
    let bytes = record.to_der().len();
    line(&mut text, 0, &plain(path));
    line(&mut text, 1, &format!("大きさ / size: {bytes} bytes"));
    let algorithms =
        record.digest_algorithms.iter().map(|listed| listed.oid.to_string()).collect::<Vec<_>>().join(", ");
    line(&mut text, 1, &format!("ハッシュ方式 / digest algorithms: {algorithms}"));
    let infos = record.crypto_infos.iter().chain(&record.encryption);
    infos.for_each(|kind| line(&mut text, 1, &format!("添付情報 / further information: {kind}")));
    for stamp in &examination.stamps {
        let digest = stamp.algorithm.map_or("?", |digest| digest.name());
        let place = format!("chain {}, timestamp {}", stamp.chain + 1, stamp.place + 1);
        line(&mut text, 1, &format!("[{place}] {}", when(stamp)));
        line(&mut text, 2, &format!("ハッシュ木 / hash tree: {digest}, {} lists", stamp.lists));
        if let Ok(token) = &stamp.token {
            line(&mut text, 2, &format!("対象 / over: {}", hex(&token.imprint.bytes)));
            line(&mut text, 2, &format!("番号 / serial: {}", hex(&token.serial)));
        }
    }
    text
}

fn when(stamp: &Stamp) -> String {
    match &stamp.token {
        Ok(token) => japanese_time(token.gen_time),
        Err(error) => plain(&error.to_string()),
    }
}

/// Returns what stands in a record as JSON; nothing of it is judged.
pub fn evidence_facts_json(record: &EvidenceRecord, examination: &Examination, path: &str) -> Value {
    let stamp = |stamp: &Stamp| {
        let token = stamp.token.as_ref().ok();
        json!({
            "chain": stamp.chain + 1,
            "timestamp": stamp.place + 1,
            "digest": stamp.algorithm.map(|digest| digest.name()),
            "lists": stamp.lists,
            "gen_time": token.map(|token| json::instant(token.gen_time)),
            "imprint": token.map(|token| hex(&token.imprint.bytes)),
            "serial": token.map(|token| hex(&token.serial)),
            "policy": token.map(|token| token.policy.to_string()),
        })
    };
    json!({
        "path": path,
        "size_bytes": record.to_der().len(),
        "digest_algorithms": record.digest_algorithms.iter().map(|listed| listed.oid.to_string()).collect::<Vec<_>>(),
        "crypto_infos": record.crypto_infos.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "encryption": record.encryption.as_ref().map(ToString::to_string),
        "timestamps": examination.stamps.iter().map(stamp).collect::<Vec<_>>(),
    })
}
