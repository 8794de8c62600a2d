//! Records put together out of parts that do not belong together: each is found, and the part is named.

use super::bench::{Root, Sha256, Sha512, bytes, judge, leaf, object, records, renew, renew_trees, stamped, token};
use fumikura::asn1::writer;
use fumikura::asn1::{Tlv, reader::tag};
use fumikura::cms::SigningIdentity;
use fumikura::evidence::{EvidenceRecord, examine};
use fumikura::policy::SubIndication;
use fumikura::validate::{Element, EvidenceReport, Indication};

const AT: &str = "2026-06-01T00:00:00Z";
const LATER: &str = "2028-06-01T00:00:00Z";
const NOW: &str = "2030-06-01T00:00:00Z";

fn authority(root: &Root) -> SigningIdentity {
    root.authority("tsa-p256", "2025-01-01T00:00:00Z", "2036-01-01T00:00:00Z")
}

fn at(chain: usize, timestamp: usize) -> Element {
    Element { chain: Some(chain), timestamp: Some(timestamp), ..Element::default() }
}

/// The archive timestamps of a record in DER, chain by chain.
fn parts(record: &EvidenceRecord) -> Vec<Vec<Vec<u8>>> {
    let der = record.to_der();
    let members = |tlv: Tlv<'_>| {
        let (mut all, mut rest) = (Vec::new(), tlv.contents());
        while !rest.is_empty() {
            all.push(rest.next_tlv().expect("a member").raw.to_vec());
        }
        all
    };
    let sequence = members(Tlv::only(&der, "a record").expect("a record")).pop().expect("the sequence");
    let chains = members(Tlv::only(&sequence, "the sequence").expect("the sequence"));
    chains.iter().map(|chain| members(Tlv::only(chain, "a chain").expect("a chain"))).collect()
}

/// Puts a record together out of archive timestamps.
fn record(chains: &[Vec<Vec<u8>>]) -> EvidenceRecord {
    let algorithms = [Sha256, Sha512].map(|digest| fumikura::crypto::digest_identifier(digest).to_der());
    let chains: Vec<Vec<u8>> = chains.iter().map(|chain| writer::sequence(chain)).collect();
    let der = writer::sequence(&[writer::integer(1), writer::sequence(&algorithms), writer::sequence(&chains)]);
    EvidenceRecord::parse(&der).expect("readable")
}

/// Puts another token into an archive timestamp.
fn with_token(timestamp: &[u8], token: &[u8]) -> Vec<u8> {
    let mut fields = Tlv::only(timestamp, "a timestamp").expect("a timestamp").contents();
    let mut all = Vec::new();
    while !fields.is_empty() {
        let field = fields.next_tlv().expect("a field");
        all.push(if field.tag == tag::SEQUENCE { token.to_vec() } else { field.raw.to_vec() });
    }
    writer::sequence(&all)
}

fn failed(report: &EvidenceReport, sub: SubIndication, element: Element) {
    assert_eq!(report.indication, Indication::TotalFailed, "{report:#?}");
    assert_eq!((report.sub_indication, report.decided), (Some(sub), Some(element)), "{report:#?}");
    assert_eq!((report.proven_time, &report.lasts), (None, &None), "what failed proves nothing");
}

#[test]
fn a_token_over_another_tree_fails() {
    let root = Root::usual();
    let by = authority(&root);
    let made = parts(&records(5, &by, AT)[2]);
    let other = token(&by, &Sha256.digest(b"another root"), AT);
    let forged = record(&[vec![with_token(&made[0][0], other.der())]]);
    failed(&judge(&forged, &[object(2)], &root, NOW), SubIndication::HashFailure, at(1, 1));
    // The same, behind a good renewal of the good token: the link breaks, too.
    let renewed = parts(&renew(&records(5, &by, AT), &root, &by, LATER)[2]);
    let forged = record(&[vec![with_token(&renewed[0][0], other.der()), renewed[0][1].clone()]]);
    failed(&judge(&forged, &[object(2)], &root, NOW), SubIndication::HashFailure, at(1, 1));
}

#[test]
fn a_renewal_of_another_record_fails() {
    let root = Root::usual();
    let by = authority(&root);
    let (one, other) = (records(3, &by, AT), records(4, &by, AT));
    let renewed = parts(&renew(&other, &root, &by, LATER)[1]);
    let forged = record(&[vec![parts(&one[1])[0][0].clone(), renewed[0][1].clone()]]);
    failed(&judge(&forged, &[object(1)], &root, NOW), SubIndication::HashFailure, at(1, 2));
}

#[test]
fn chains_that_are_swapped_left_out_or_of_another_record_fail() {
    let root = Root::usual();
    let by = authority(&root);
    let made = renew_trees(&records(3, &by, AT), Sha512, &root, &by, LATER);
    let made = renew_trees(&made, Sha256, &root, &by, NOW);
    let good = parts(&made[1]);
    let judge = |chains: &[Vec<Vec<u8>>]| judge(&record(chains), &[object(1)], &root, NOW);
    assert_eq!(judge(&good).indication, Indication::TotalPassed);
    let object = |chain| Element { object: Some(1), ..at(chain, 1) };
    let swapped = [good[1].clone(), good[0].clone(), good[2].clone()];
    failed(&judge(&swapped), SubIndication::HashFailure, object(1));
    failed(&judge(&[good[0].clone(), good[2].clone()]), SubIndication::HashFailure, object(2));
    let other = parts(&renew_trees(&records(4, &by, AT), Sha512, &root, &by, LATER)[1]);
    failed(&judge(&[good[0].clone(), other[1].clone()]), SubIndication::HashFailure, object(2));
    // What is left out at the end is another, older record.
    assert_eq!(judge(&good[..2]).indication, Indication::TotalPassed);
}

#[test]
fn times_in_a_wrong_order_are_found() {
    let root = Root::usual();
    let by = authority(&root);
    let backwards = renew(&records(2, &by, LATER), &root, &by, AT);
    let report = judge(&backwards[0], &[object(0)], &root, NOW);
    assert_eq!(report.indication, Indication::Indeterminate, "{report:#?}");
    assert_eq!((report.sub_indication, report.decided), (Some(SubIndication::TimestampOrderFailure), Some(at(1, 1))));
    let backwards = renew_trees(&records(2, &by, LATER), Sha512, &root, &by, AT);
    let report = judge(&backwards[0], &[object(0)], &root, NOW);
    assert_eq!(report.sub_indication, Some(SubIndication::TimestampOrderFailure));
    let future = judge(&records(2, &by, NOW)[0], &[object(0)], &root, AT);
    assert_eq!(future.sub_indication, Some(SubIndication::TimestampOrderFailure), "from after the time of validation");
}

#[test]
fn a_chain_of_two_algorithms_fails() {
    let root = Root::usual();
    let by = authority(&root);
    let made = parts(&records(3, &by, AT)[0]);
    let last = EvidenceRecord::parse(&record(&made).to_der()).expect("readable");
    let over = last.last().expect("a timestamp").timestamp.clone();
    let other = token(&by, &Sha512.digest(&over), LATER);
    let forged = record(&[vec![made[0][0].clone(), writer::sequence(&[other.der()])]]);
    failed(&judge(&forged, &[object(0)], &root, NOW), SubIndication::FormatFailure, at(1, 2));
}

#[test]
fn a_hash_of_another_length_is_named() {
    let root = Root::usual();
    let by = authority(&root);
    let made = records(3, &by, AT);
    let lists = made[0].chains[0][0].reduced_tree.clone().expect("a tree");
    let list =
        |hashes: &[Vec<u8>]| writer::sequence(&hashes.iter().map(|hash| writer::octets(hash)).collect::<Vec<_>>());
    let short = writer::context(2, &[list(&lists[0]), list(&[lists[1][0][..31].to_vec()])]);
    let forged = record(&[vec![writer::sequence(&[short, made[0].chains[0][0].timestamp.clone()])]]);
    let report = judge(&forged, &[object(0)], &root, NOW);
    let element = Element { list: Some(2), ..at(1, 1) };
    failed(&report, SubIndication::FormatFailure, element);
    assert_eq!(report.timestamps[0].findings[0].object.as_deref(), Some("chain 1, timestamp 1, list 2"));
}

#[test]
fn an_inner_node_is_no_data_object() {
    // Whoever knows the tree can give the two hashes of a node as a document of 64 bytes. It was there, but it is not what
    // a record of a leaf is over.
    let root = Root::usual();
    let by = authority(&root);
    let leaves = [leaf(0, Sha256), leaf(1, Sha256), leaf(2, Sha256), leaf(3, Sha256)];
    let record = stamped(&leaves, &by, AT).record(0, &leaves[0]).expect("a record");
    let mut pair = [0, 1].map(|number| Sha256.digest(&bytes(number)).bytes);
    pair.sort();
    let node = fumikura::evidence::DataObject::digested(&pair.concat(), &[Sha256]);
    assert!(!examine(&record, &[node]).covers_data());
}

#[test]
fn nothing_is_passed_without_data_or_trust() {
    let root = Root::usual();
    let by = authority(&root);
    let made = renew_trees(&records(2, &by, AT), Sha512, &root, &by, LATER);
    let report = judge(&made[0], &[], &root, NOW);
    assert_eq!(report.indication, Indication::Indeterminate);
    assert_eq!(report.sub_indication, Some(SubIndication::SignedDataNotFound));
    assert_eq!(report.decided.map(|element| element.to_string()).as_deref(), Some("record"));
    let stranger = Root::new("Somebody", "2020-01-01T00:00:00Z", "2080-01-01T00:00:00Z");
    let report = judge(&made[0], &[object(0)], &stranger, NOW);
    assert_eq!(report.indication, Indication::Indeterminate);
    assert_eq!(report.sub_indication, Some(SubIndication::NoCertificateChainFound));
    let lacking = fumikura::evidence::DataObject::digested(&bytes(0), &[Sha256]);
    let report = judge(&made[0], &[lacking], &root, NOW);
    assert_eq!(report.sub_indication, Some(SubIndication::SignedDataNotFound), "{report:#?}");
    assert_eq!(report.decided, Some(Element { object: Some(1), ..at(2, 1) }));
}
