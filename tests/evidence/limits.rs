//! Limits, and bytes of any kind: a record that is none is refused, and nothing panics.

use super::bench::{Root, Sha256, object, records, renew, renew_trees};
use fumikura::asn1::{Asn1Error, writer};
use fumikura::crypto::digest_identifier;
use fumikura::evidence::{EvidenceError, EvidenceRecord, examine, limits};
use fumikura::wording;
use proptest::prelude::*;
use std::sync::OnceLock;

fn record(sequence: &[u8]) -> Vec<u8> {
    let algorithms = writer::sequence(&[digest_identifier(Sha256).to_der()]);
    writer::sequence(&[writer::integer(1), algorithms, sequence.to_vec()])
}

/// An archive timestamp whose token is none.
fn timestamp(lists: &[Vec<Vec<u8>>]) -> Vec<u8> {
    let list =
        |hashes: &Vec<Vec<u8>>| writer::sequence(&hashes.iter().map(|hash| writer::octets(hash)).collect::<Vec<_>>());
    let tree = writer::context(2, &lists.iter().map(list).collect::<Vec<_>>());
    writer::sequence(&[tree, writer::sequence::<Vec<u8>>(&[])])
}

fn chains(timestamps: &[usize]) -> Vec<u8> {
    let one = writer::sequence(&[writer::sequence::<Vec<u8>>(&[])]);
    let chain = |count: &usize| writer::sequence(&vec![one.clone(); *count]);
    record(&writer::sequence(&timestamps.iter().map(chain).collect::<Vec<_>>()))
}

#[test]
fn counts_are_bounded() {
    let parse = |der: &[u8]| EvidenceRecord::parse(der).map(|record| record.timestamps());
    assert_eq!(parse(&chains(&[limits::TIMESTAMPS])), Ok(limits::TIMESTAMPS));
    assert_eq!(parse(&chains(&[limits::TIMESTAMPS + 1])), Err(EvidenceError::TooLarge));
    assert_eq!(parse(&chains(&[limits::TIMESTAMPS / 2; 2])), Ok(limits::TIMESTAMPS));
    assert_eq!(parse(&chains(&[limits::TIMESTAMPS / 2 + 1; 2])), Err(EvidenceError::TooLarge));
    assert_eq!(parse(&chains(&vec![1; limits::TIMESTAMPS + 1])), Err(EvidenceError::TooLarge));
    let of = |lists: usize, hashes: usize| {
        let tree = timestamp(&vec![vec![vec![7; 4]; hashes]; lists]);
        record(&writer::sequence(&[writer::sequence(&[tree])]))
    };
    assert_eq!(parse(&of(limits::LISTS, 1)), Ok(1));
    assert_eq!(parse(&of(limits::LISTS + 1, 1)), Err(EvidenceError::TooLarge));
    assert_eq!(parse(&of(2, limits::HASHES / 2)), Ok(1));
    assert_eq!(parse(&of(2, limits::HASHES / 2 + 1)), Err(EvidenceError::TooLarge));
    let large = record(&writer::octets(&vec![0; limits::RECORD_BYTES]));
    assert_eq!(parse(&large), Err(EvidenceError::TooLarge));
}

#[test]
fn what_is_empty_or_of_another_form_is_refused() {
    let refused = |der: &[u8]| assert!(matches!(EvidenceRecord::parse(der), Err(EvidenceError::NotReadable(_))));
    refused(&[]);
    refused(b"not a record");
    refused(&chains(&[]));
    refused(&chains(&[1, 0]));
    refused(&record(&writer::sequence(&[writer::sequence(&[timestamp(&[])])])));
    refused(&record(&writer::sequence(&[writer::sequence(&[timestamp(&[vec![]])])])));
    let good = chains(&[1]);
    assert!(EvidenceRecord::parse(&good).is_ok());
    assert_eq!(
        EvidenceRecord::parse(&[good.as_slice(), &[0]].concat()),
        Err(EvidenceError::NotReadable(Asn1Error::Trailing("an evidence record")))
    );
    let algorithms = writer::sequence(&[digest_identifier(Sha256).to_der()]);
    refused(&writer::sequence(&[writer::integer(2), algorithms, writer::sequence::<Vec<u8>>(&[])]));
}

#[test]
fn a_record_in_ber_is_read_and_said_to_be() {
    let made = samples().first().expect("a record").clone();
    let record = EvidenceRecord::parse(&made).expect("readable");
    let (tlv, _) = fumikura::asn1::Tlv::read(&made).expect("a value");
    let ber = [&[0x30, 0x80], tlv.value, &[0, 0]].concat();
    let read = EvidenceRecord::parse(&ber).expect("readable");
    assert!(read.was_ber && !record.was_ber);
    assert_eq!(read.to_der(), made);
    assert!(examine(&read, &[object(1)]).covers_data());
}

#[test]
fn a_renewal_beyond_the_limit_is_refused() {
    let root = Root::usual();
    let by = root.authority("tsa-p256", "2025-01-01T00:00:00Z", "2036-01-01T00:00:00Z");
    let mut made = records(1, &by, "2026-06-01T00:00:00Z");
    for _ in 1..limits::TIMESTAMPS {
        made = renew(&made, &root, &by, "2026-06-01T00:00:00Z");
    }
    assert!(examine(&made[0], &[object(0)]).covers_data());
    let mut renewal = fumikura::evidence::TimestampRenewal::new(Sha256);
    renewal.add(&made[0]).expect("a place");
    let tree = renewal.finish().expect("a tree");
    let over = super::bench::token(&by, &tree.root(), "2026-06-01T00:00:00Z");
    let tree = fumikura::evidence::StampedTree::new(tree, &over).expect("a tree");
    assert_eq!(tree.renew_timestamp(&made[0], 0), Err(EvidenceError::TooLarge));
}

/// Records of several kinds.
fn samples() -> &'static [Vec<u8>] {
    static SAMPLES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    SAMPLES.get_or_init(|| {
        let root = Root::usual();
        let by = root.authority("tsa-p256", "2025-01-01T00:00:00Z", "2036-01-01T00:00:00Z");
        let first = records(3, &by, "2026-06-01T00:00:00Z");
        let renewed = renew(&first, &root, &by, "2027-06-01T00:00:00Z");
        let again = renew_trees(&renewed, super::bench::Sha512, &root, &by, "2028-06-01T00:00:00Z");
        [&first[1], &renewed[1], &again[1]].map(EvidenceRecord::to_der).to_vec()
    })
}

/// Looks at bytes in every way that asks nobody whom to trust.
fn look(bytes: &[u8]) {
    let Ok(record) = EvidenceRecord::parse(bytes) else { return };
    let again = EvidenceRecord::parse(&record.to_der()).expect("what is written can be read");
    assert_eq!(again.chains, record.chains);
    let examination = examine(&record, &[object(1)]);
    assert_eq!(examination.stamps.len(), record.timestamps());
    let _ = (record.data_algorithms(), record.has(&object(1)), record.chain_algorithm().is_ok());
    let _ = wording::evidence_facts_text(&record, &examination, "x").len();
    let _ = wording::evidence_facts_json(&record, &examination, "x").to_string().len();
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        look(&bytes);
    }

    #[test]
    fn changed_records_are_read_or_refused(
        sample in 0_usize..3,
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<Option<prop::sample::Index>>(),
    ) {
        let mut bytes = samples()[sample].clone();
        for (place, value) in places {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        let end = cut.map_or(bytes.len(), |cut| cut.index(bytes.len()));
        look(&bytes[..end]);
    }
}
