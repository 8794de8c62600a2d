//! Everything that can be said is said in both languages, and in words that claim nothing too much.

use super::bench::{Case, report, sample, signed, updated};
use crate::engine::pki::instant;
use fumikura::policy::SubIndication;
use fumikura::validate::changes::ChangeKind;
use fumikura::wording::{self, VerdictKind, resident_verdict};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// The main indications, and the contract's word for a file without signatures.
const INDICATIONS: [&str; 4] = ["NO-SIGNATURE", "TOTAL-PASSED", "INDETERMINATE", "TOTAL-FAILED"];

/// Collects the sources.
fn sources(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("a source file");
            found.push((path, text));
        }
    }
}

/// Finds the string literals between a start and an end in a source.
fn literals(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').skip(1).step_by(2)
}

fn is_code(text: &str) -> bool {
    text.contains('-') && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[test]
fn every_code_is_worded_in_both_languages() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut codes: BTreeSet<(String, String)> = BTreeSet::new();
    let mut found: BTreeSet<String> = BTreeSet::new();
    for (path, text) in &files {
        let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).expect("below").display().to_string();
        let mut note = |code: &str| codes.insert((code.to_owned(), name.clone()));
        // The bodies of every `fn code`.
        for body in text.split("fn code(").skip(1) {
            let end = body.find("\n    }").unwrap_or(body.len());
            literals(&body[..end]).filter(|literal| is_code(literal)).for_each(|code| {
                note(code);
                if name.starts_with("src/validate/changes") {
                    found.insert(code.to_owned());
                }
            });
        }
        for start in ["Finding::new(", "Finding::info(", "Finding::warning(", "Finding::error(", "Failure::new("] {
            for call in text.split(start).skip(1) {
                let call = call.trim_start();
                if call.starts_with('"') {
                    literals(call).take(1).for_each(|code| {
                        note(code);
                        if start.starts_with("Finding") {
                            found.insert(code.to_owned());
                        }
                    });
                }
            }
        }
        if name.starts_with("src/pki/") || name.ends_with("validate/permission.rs") {
            let prefixes = ["path-", "change-", "later-"];
            let told =
                literals(text).filter(|one| is_code(one) && prefixes.iter().any(|prefix| one.starts_with(prefix)));
            told.for_each(|code| {
                note(code);
                found.insert(code.to_owned());
            });
        }
    }
    let findings: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    for code in findings.iter().copied().chain(SubIndication::ALL.iter().map(|sub| sub.name())).chain(INDICATIONS) {
        assert!(wording::ja(code).is_some() && wording::en(code).is_some(), "{code} is not worded");
        assert!(wording::advice(code).is_some(), "nobody is told what to do about {code}");
        assert!(wording::clause(code).is_some(), "{code} rests on no clause");
    }
    for sub in SubIndication::ALL {
        assert_eq!(wording::clause(sub.name()), Some(sub.clause()), "{sub}");
    }
    let stale: Vec<&str> = wording::advised().filter(|code| wording::ja(code).is_none()).collect();
    assert!(stale.is_empty() && findings.len() > 60, "{stale:?} {}", findings.len());
    assert!(codes.len() > 150, "the scan finds the codes: {}", codes.len());
    let lacking: Vec<_> =
        codes.iter().filter(|(code, _)| wording::ja(code).is_none() || wording::en(code).is_none()).collect();
    assert!(lacking.is_empty(), "not worded: {lacking:#?}");
}

#[test]
fn every_sub_indication_is_worded() {
    for sub in SubIndication::ALL {
        let sentence = wording::sub_indication(*sub);
        assert_ne!(sentence.ja, sub.name(), "{sub}");
        assert_ne!(sentence.en, sub.name(), "{sub}");
    }
}

#[test]
fn a_code_stands_once_and_japanese_is_japanese() {
    let mut seen = BTreeSet::new();
    for code in wording::codes() {
        assert!(seen.insert(code), "{code} stands twice");
        let (ja, en) = (wording::ja(code).unwrap_or_default(), wording::en(code).unwrap_or_default());
        assert!(ja.chars().any(|c| ('\u{3040}'..='\u{9fff}').contains(&c)), "{code}: {ja}");
        assert!(en.is_ascii() || en.contains('…') || en.contains('–'), "{code}: {en}");
        // An office's signature carries no presumption of law (N7).
        assert!(!ja.contains("推定") && !en.contains("presum"), "{code}");
    }
}

#[test]
fn changes_have_a_class_and_a_wording() {
    for kind in [ChangeKind::Signature, ChangeKind::HiddenBytes, ChangeKind::UnusedObject, ChangeKind::LargeAppearance]
    {
        assert!(wording::ja(kind.code()).is_some(), "{kind:?}");
    }
}

#[test]
fn residents_read_one_of_five_words() {
    let valid = resident_verdict(&report(signed()));
    assert_eq!((valid.kind, valid.label.ja.as_str()), (VerdictKind::Valid, "有効"));
    let unsigned = resident_verdict(&report(&sample("table-1.4.pdf")));
    assert_eq!(unsigned.kind, VerdictKind::Unsigned);
    let altered = super::bench::replaced(signed(), b"/Type", b"/Typo");
    let altered = resident_verdict(&report(&altered));
    assert_eq!((altered.kind, altered.label.ja.as_str()), (VerdictKind::Altered, "無効（改変あり）"));
    let changed = updated(signed(), |update, pdf| {
        let (id, mut catalogue) = super::bench::catalogue(pdf);
        catalogue.set("Lang", lopdf::Object::string_literal("en"));
        update.set(id, catalogue);
    });
    assert_eq!(resident_verdict(&report(&changed)).kind, VerdictKind::Altered);
    let unknown = Case { crls: Vec::new(), ..Case::default() }.report(signed());
    let unknown = resident_verdict(&unknown);
    assert_eq!((unknown.kind, unknown.label.ja.as_str()), (VerdictKind::Undetermined, "判定不能"));
    assert!(unknown.reason.ja.contains("取り消"), "{}", unknown.reason.ja);
}

#[test]
fn the_report_as_json_has_the_contract_s_members() {
    let report = report(signed());
    let document = wording::reports_json([("a.pdf", &report)]);
    let file = &document["files"][0];
    for member in ["path", "sha256", "size_bytes", "indication", "revisions", "signatures", "findings"] {
        assert!(!file[member].is_null(), "{member}");
    }
    let signature = file["signatures"][0].as_object().expect("a signature");
    let schema: serde_json::Value = serde_json::from_str(wording::schema()).expect("the schema is JSON");
    let required = schema["$defs"]["signature"]["required"].as_array().expect("a list");
    assert_eq!(signature.len(), required.len());
    for member in required {
        assert!(signature.contains_key(member.as_str().expect("a name")), "{member}");
    }
    assert_eq!(signature["signer"]["not_before"], instant("2020-01-01T00:00:00Z").to_string());
}

#[test]
fn text_from_a_file_cannot_steer_the_terminal() {
    let mut report = report(signed());
    report.signatures[0].field = "\u{1b}[31mred\u{7}\u{202e}".to_owned();
    let text = wording::report_text(&report, "a\u{1b}.pdf");
    assert!(!text.contains('\u{1b}') && !text.contains('\u{7}') && !text.contains('\u{202e}'));
    assert!(text.contains("TOTAL-PASSED"));
}
