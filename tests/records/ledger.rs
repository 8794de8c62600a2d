//! The ledger: chained, verified to the first bad entry, pinned by checkpoints, and closed to personal data.

use fumikura::ledger::{
    Checkpoint, Entry, Fact, GENESIS, LedgerError, NewEntry, Verifier, Word, canonical_json, verify,
};
use fumikura::time::Instant;

fn now() -> Instant {
    "2026-04-01T00:00:00Z".parse().unwrap()
}

fn chain(length: u64) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for number in 1..=length {
        let entry = NewEntry::new(now(), "system", "record.filed", "0123456789abcdef0123456789abcdef").unwrap();
        let entry = entry.with("date", "2026-04-01").unwrap().with_number("number", number).unwrap();
        let entry = entry.with_words("list", ["b", "a"]).unwrap().with_flag("flag", true).unwrap();
        entries.push(entry.chain(entries.last()));
    }
    entries
}

fn end(entries: &[Entry]) -> Result<Checkpoint, LedgerError> {
    verify(entries, [], now())
}

#[test]
fn a_chain_verifies_and_survives_json() {
    let entries = chain(50);
    let checkpoint = end(&entries).unwrap();
    assert_eq!((checkpoint.seq, &checkpoint.hash), (50, &entries[49].hash));
    assert_eq!(entries[0].prev.as_str(), GENESIS);
    let lines: Vec<String> = entries.iter().map(|entry| serde_json::to_string(entry).unwrap()).collect();
    let again: Vec<Entry> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(again, entries);
    assert_eq!(end(&again).unwrap(), checkpoint);
    assert_eq!(end(&[]).unwrap().seq, 0);
}

#[test]
fn the_hash_is_over_canonical_json_that_anyone_can_recompute() {
    let entry = &chain(1)[0];
    let json = format!(
        "{{\"actor\":\"system\",\"at\":\"2026-04-01T00:00:00Z\",\"details\":{{\"date\":\"2026-04-01\",\"flag\":true,\
         \"list\":[\"b\",\"a\"],\"number\":1}},\"prev\":\"{GENESIS}\",\"seq\":1,\
         \"subject\":\"0123456789abcdef0123456789abcdef\",\"verb\":\"record.filed\"}}"
    );
    assert_eq!(entry.hash, fumikura::digest::Sha256Hex::of(json.as_bytes()));
    assert_eq!(
        canonical_json(&serde_json::json!({"b": 1, "a": {"d": "é\n", "c": null}})).unwrap(),
        "{\"a\":{\"c\":null,\"d\":\"é\\n\"},\"b\":1}"
    );
}

#[test]
fn every_single_change_is_found_at_its_entry() {
    type Change = fn(&mut Entry);
    let changes: [Change; 7] = [
        |entry| entry.at = "2026-04-02T00:00:00Z".parse().unwrap(),
        |entry| entry.actor = Word::parse("another").unwrap(),
        |entry| entry.verb = Word::parse("record.shown").unwrap(),
        |entry| entry.subject = Word::parse("another").unwrap(),
        |entry| {
            entry.details.insert(Word::parse("number").unwrap(), Fact::Number(99));
        },
        |entry| entry.details.clear(),
        |entry| entry.hash = fumikura::digest::Sha256Hex::of(b"another"),
    ];
    for change in changes {
        let mut entries = chain(9);
        change(&mut entries[4]);
        assert_eq!(end(&entries).unwrap_err(), LedgerError::Changed { seq: 5 });
    }
    let mut entries = chain(9);
    entries[4].prev = fumikura::digest::Sha256Hex::of(b"another");
    assert_eq!(end(&entries).unwrap_err(), LedgerError::BrokenLink { seq: 5 });
    let mut rehashed = chain(9);
    rehashed[4].details.clear();
    rehashed[4].hash = rehashed[4].compute_hash();
    assert_eq!(end(&rehashed).unwrap_err(), LedgerError::BrokenLink { seq: 6 });
}

#[test]
fn missing_doubled_and_swapped_entries_are_found() {
    let mut missing = chain(9);
    missing.remove(3);
    assert_eq!(end(&missing).unwrap_err(), LedgerError::OutOfOrder { expected: 4, found: 5 });
    let mut first = chain(9);
    first.remove(0);
    assert_eq!(end(&first).unwrap_err(), LedgerError::OutOfOrder { expected: 1, found: 2 });
    let mut doubled = chain(9);
    doubled.insert(3, doubled[3].clone());
    assert_eq!(end(&doubled).unwrap_err(), LedgerError::OutOfOrder { expected: 5, found: 4 });
    let mut swapped = chain(9);
    swapped.swap(3, 4);
    assert_eq!(end(&swapped).unwrap_err(), LedgerError::OutOfOrder { expected: 4, found: 5 });
}

#[test]
fn checkpoints_betray_a_cut_or_rewritten_chain() {
    let entries = chain(9);
    let pin = |seq: u64| end(&entries[..usize::try_from(seq).unwrap()]).unwrap();
    assert!(verify(&entries, [pin(3), pin(9), pin(3), pin(0)], now()).is_ok());
    let cut = verify(&entries[..5], [pin(7), pin(2)], now()).unwrap_err();
    assert_eq!(cut, LedgerError::CutShort { expected: 7, found: 5 });
    let other = NewEntry::new(now(), "system", "record.filed", "another").unwrap().chain(None);
    let other = NewEntry::new(now(), "system", "record.filed", "another").unwrap().chain(Some(&other));
    let mut verifier = Verifier::new([pin(1)]);
    let first = NewEntry::new(now(), "system", "record.filed", "another").unwrap().chain(None);
    assert_eq!(verifier.take(&first).unwrap_err(), LedgerError::Rewritten { seq: 1 });
    assert_eq!(other.seq, 2);
}

#[test]
fn names_addresses_and_sentences_are_no_words() {
    for text in ["", "山田太郎", "Taro Yamada", "taro@example.jp", "a\nb", "é", &"x".repeat(129), "\"", "<b>"] {
        assert!(Word::parse(text).is_err(), "{text}");
        assert!(serde_json::from_value::<Word>(text.into()).is_err(), "{text}");
    }
    assert!(NewEntry::new(now(), "山田", "record.filed", "x").is_err());
    assert!(NewEntry::new(now(), "u", "v", "x").unwrap().with("title", "許可書").is_err());
    for text in ["2026-04-01", "0123456789abcdef", "rule/1.2:3_4", "sample-city"] {
        assert!(Word::parse(text).is_ok(), "{text}");
    }
}
