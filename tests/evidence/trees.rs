//! Trees of one to forty leaves, with duplicates and groups: every leaf's record proves it, and proves nothing else.

use super::bench::{Root, Sha256, Sha512, bytes, judge, leaf, object, records, stamped};
use crate::engine::pki::instant;
use fumikura::cms::CmsError;
use fumikura::digest::{Digest, DigestAlgorithm};
use fumikura::evidence::{DataObject, EvidenceError, EvidenceRecord, HashTreeBuilder, Leaf, examine};
use fumikura::validate::Indication;
use proptest::prelude::*;

const FROM: &str = "2026-01-01T00:00:00Z";
const AT: &str = "2026-06-01T09:00:00Z";
const TO: &str = "2036-01-01T00:00:00Z";

#[test]
fn every_leaf_of_one_to_forty_is_proven_and_no_other() {
    let root = Root::usual();
    let by = root.authority("tsa-p256", FROM, TO);
    for count in 1..=40 {
        let all = records(count, &by, AT);
        for (number, record) in all.iter().enumerate() {
            assert!(examine(record, &[object(number)]).covers_data(), "{number} of {count}");
            assert!(!examine(record, &[object(count + 7)]).covers_data(), "{number} of {count}: another object");
            assert!(!examine(record, &[object(number), object(count + 7)]).covers_data(), "and beside it");
            let lists = record.chains[0][0].reduced_tree.as_ref().map_or(0, Vec::len);
            assert!(lists <= count.next_power_of_two().ilog2() as usize, "{number} of {count}: {lists} lists");
            assert_eq!(lists == 0, count == 1);
        }
    }
    let report = judge(&records(40, &by, AT)[39], &[object(39)], &root, AT);
    assert_eq!(report.indication, Indication::TotalPassed, "{report:#?}");
    assert_eq!(report.proven_time, Some(instant(AT)));
    assert_eq!(report.others, 1, "its sibling");
}

#[test]
fn a_leaf_that_stands_twice_is_proven_at_both_places() {
    let root = Root::usual();
    let by = root.authority("tsa-p256", FROM, TO);
    for numbers in [vec![1, 1], vec![1, 2, 1], vec![1, 1, 1, 1, 1], vec![3, 1, 1, 2, 3]] {
        let leaves: Vec<Leaf> = numbers.iter().map(|number| leaf(*number, Sha256)).collect();
        let tree = stamped(&leaves, &by, AT);
        for (place, number) in numbers.iter().enumerate() {
            let record = tree.record(place, &leaves[place]).expect("a record");
            assert!(examine(&record, &[object(*number)]).covers_data(), "{numbers:?}: {place}");
        }
    }
}

#[test]
fn a_group_is_proven_as_a_whole_and_member_by_member() {
    let root = Root::usual();
    let by = root.authority("tsa-p256", FROM, TO);
    for algorithm in [Sha256, Sha512] {
        let digest = |number| algorithm.digest(&bytes(number));
        let group = |numbers: &[usize]| {
            Leaf::group(&numbers.iter().map(|number| digest(*number)).collect::<Vec<_>>()).expect("a group")
        };
        let groups: [&[usize]; 5] = [&[1, 2, 3], &[4], &[5, 6], &[7, 7], &[8]];
        for count in 1..=groups.len() {
            let leaves: Vec<Leaf> = groups[..count].iter().map(|numbers| group(numbers)).collect();
            let tree = stamped(&leaves, &by, AT);
            for (place, numbers) in groups[..count].iter().enumerate() {
                let record = tree.record(place, &leaves[place]).expect("a record");
                let objects: Vec<DataObject> = numbers.iter().map(|number| object(*number)).collect();
                let examination = examine(&record, &objects);
                assert!(examination.covers_data(), "{numbers:?} of {count} groups");
                if numbers.len() > 1 {
                    assert_eq!(examination.stamps[0].others, 0, "the first list is the group, and nothing else");
                }
                for object in &objects {
                    assert!(examine(&record, std::slice::from_ref(object)).covers_data());
                }
                assert!(!examine(&record, &[objects[0].clone(), object(99)]).covers_data());
            }
        }
    }
}

#[test]
fn a_tree_refuses_what_does_not_belong_to_it() {
    let mut builder = HashTreeBuilder::new(Sha256);
    assert_eq!(HashTreeBuilder::new(Sha256).finish().map(drop), Err(EvidenceError::Nothing));
    assert_eq!(builder.push(&leaf(1, Sha512)), Err(EvidenceError::OtherAlgorithm));
    let short = Digest { algorithm: Sha256, bytes: vec![0; 20] };
    assert_eq!(builder.push(&Leaf::of(&short)), Err(EvidenceError::OtherAlgorithm));
    let of_old = HashTreeBuilder::new(DigestAlgorithm::Sha1).push(&leaf(1, DigestAlgorithm::Sha1));
    assert_eq!(of_old, Err(EvidenceError::Cms(CmsError::DigestNotForSigning("SHA-1"))));
    assert_eq!(builder.push(&leaf(1, Sha256)), Ok(0));
    assert_eq!(builder.push(&leaf(2, Sha256)), Ok(1));
    let tree = builder.finish().expect("a tree");
    assert_eq!(tree.reduce(0, &leaf(2, Sha256)), Err(EvidenceError::NotInTree));
    assert_eq!(tree.reduce(2, &leaf(2, Sha256)), Err(EvidenceError::NotInTree));
    assert_eq!(tree.reduce(usize::MAX, &leaf(2, Sha256)), Err(EvidenceError::NotInTree));
    assert_eq!(Leaf::group(&[]), Err(EvidenceError::Nothing));
    let mixed = [Sha256.digest(b"a"), Sha512.digest(b"a")];
    assert_eq!(Leaf::group(&mixed), Err(EvidenceError::OtherAlgorithm));
}

#[test]
fn a_record_reads_back_as_it_was_written() {
    let root = Root::usual();
    let by = root.authority("tsa-p256", FROM, TO);
    for record in records(5, &by, AT) {
        let der = record.to_der();
        let read = EvidenceRecord::parse(&der).expect("readable");
        assert_eq!(read, record);
        assert_eq!(read.to_der(), der);
    }
}

/// Computes the root in another way: by pairing lists of nodes, each step anew.
fn root_of(mut nodes: Vec<Vec<u8>>, algorithm: DigestAlgorithm) -> Vec<u8> {
    while nodes.len() > 1 {
        let father = |pair: &[Vec<u8>]| match pair {
            [one] => one.clone(),
            pair => {
                let mut sorted = pair.to_vec();
                sorted.sort();
                algorithm.digest(&sorted.concat()).bytes
            }
        };
        nodes = nodes.chunks(2).map(father).collect();
    }
    nodes.remove(0)
}

proptest! {
    #[test]
    fn reduced_lists_lead_to_the_root(count in 1_usize..400, seed in any::<u64>(), sha512 in any::<bool>()) {
        let algorithm = if sha512 { Sha512 } else { Sha256 };
        let digest = |number: usize| algorithm.digest(format!("{seed} {number}").as_bytes());
        let mut builder = HashTreeBuilder::new(algorithm);
        for number in 0..count {
            builder.push(&Leaf::of(&digest(number))).unwrap();
        }
        let tree = builder.finish().unwrap();
        prop_assert_eq!(&tree.root().bytes, &root_of((0..count).map(|number| digest(number).bytes).collect(), algorithm));
        for place in [0, count / 3, count - 1] {
            let lists = tree.reduce(place, &Leaf::of(&digest(place))).unwrap();
            let mut carried = if lists.is_none() { digest(place).bytes } else { Vec::new() };
            for (number, list) in lists.unwrap_or_default().into_iter().enumerate() {
                prop_assert!(list.is_sorted());
                prop_assert!(number > 0 || list.contains(&digest(place).bytes));
                let mut all = list;
                all.extend((number > 0).then(|| carried.clone()));
                all.sort();
                carried = algorithm.digest(&all.concat()).bytes;
            }
            prop_assert_eq!(&tree.root().bytes, &carried);
        }
    }
}
