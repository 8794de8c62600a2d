//! Certificate policies beside an oracle: random paths, judged by the graph of the engine and by the plain tree of RFC 5280,
//! 6.1, written down step by step here, with no thought for its growth.

use super::demands::policy;
use super::pki::{cached_key, instant, question};
use fumikura::asn1::{BasicConstraints, Certificate, Extension, Name, Oid, oid, writer};
use fumikura::crypto::Signer;
use fumikura::digest::DigestAlgorithm;
use fumikura::keystore::SoftwareSigner;
use fumikura::pki::issue::{CertificateTemplate, Issuer, issue_certificate};
use fumikura::pki::{TrustAnchors, validate_path};
use fumikura::policy::{PathPolicies, ValidationPolicy};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// What one certificate says; 0 stands for anyPolicy.
#[derive(Clone, Debug)]
struct Said {
    policies: Option<BTreeSet<u8>>,
    mappings: Vec<(u8, u8)>,
    explicit: Option<u64>,
    no_mapping: Option<u64>,
    no_any: Option<u64>,
    self_issued: bool,
}

#[derive(Clone, Debug)]
struct Settings {
    acceptable: Option<BTreeSet<u8>>,
    explicit: bool,
    no_mapping: bool,
    no_any: bool,
}

/// A node of the tree.
#[derive(Clone, Debug)]
struct Node {
    depth: usize,
    policy: u8,
    expected: BTreeSet<u8>,
    parent: Option<usize>,
    gone: bool,
}

struct Tree(Vec<Node>);

impl Tree {
    fn at(&self, depth: usize) -> Vec<usize> {
        (0..self.0.len()).filter(|index| self.0[*index].depth == depth && !self.0[*index].gone).collect()
    }

    fn grow(&mut self, parent: usize, policy: u8, expected: BTreeSet<u8>) {
        let depth = self.0[parent].depth + 1;
        self.0.push(Node { depth, policy, expected, parent: Some(parent), gone: false });
    }

    /// Cuts every branch that does not reach the depth.
    fn prune(&mut self, depth: usize) {
        for level in (0..depth).rev() {
            for index in self.at(level) {
                let lives = self.0.iter().any(|node| node.parent == Some(index) && !node.gone);
                self.0[index].gone = !lives;
            }
        }
    }

    fn is_null(&self) -> bool {
        self.0.iter().all(|node| node.gone)
    }
}

/// RFC 5280, 6.1.2 to 6.1.5, as far as policies go. Returns the user-constrained policies, or `None` for a refusal.
fn oracle(path: &[Said], settings: &Settings) -> Option<BTreeSet<u8>> {
    let n = path.len();
    let mut tree = Tree(vec![Node { depth: 0, policy: 0, expected: BTreeSet::from([0]), parent: None, gone: false }]);
    let start = |set: bool| if set { 0 } else { n as u64 + 1 };
    let (mut explicit, mut mapping, mut any) =
        (start(settings.explicit), start(settings.no_mapping), start(settings.no_any));
    for (index, said) in path.iter().enumerate() {
        let i = index + 1;
        match &said.policies {
            Some(policies) => add_level(&mut tree, i, policies, any > 0 || i < n && said.self_issued),
            None => tree.0.iter_mut().for_each(|node| node.gone = true),
        }
        if explicit == 0 && tree.is_null() {
            return None;
        }
        if i == n {
            break;
        }
        if said.mappings.iter().any(|(one, other)| *one == 0 || *other == 0) {
            return None;
        }
        map(&mut tree, i, &said.mappings, mapping);
        if !said.self_issued {
            (explicit, mapping, any) = (explicit.saturating_sub(1), mapping.saturating_sub(1), any.saturating_sub(1));
        }
        explicit = said.explicit.map_or(explicit, |limit| limit.min(explicit));
        mapping = said.no_mapping.map_or(mapping, |limit| limit.min(mapping));
        any = said.no_any.map_or(any, |limit| limit.min(any));
    }
    explicit = explicit.saturating_sub(1);
    if path[n - 1].explicit == Some(0) {
        explicit = 0;
    }
    let valid = intersect(&tree, n, settings);
    if explicit == 0 && valid.is_empty() { None } else { Some(valid) }
}

/// 6.1.3 (d).
fn add_level(tree: &mut Tree, i: usize, policies: &BTreeSet<u8>, any_counts: bool) {
    let above = tree.at(i - 1);
    for policy in policies.iter().filter(|policy| **policy != 0) {
        let expecting: Vec<_> = above.iter().filter(|node| tree.0[**node].expected.contains(policy)).copied().collect();
        for parent in &expecting {
            tree.grow(*parent, *policy, BTreeSet::from([*policy]));
        }
        if expecting.is_empty()
            && let Some(any) = above.iter().find(|node| tree.0[**node].policy == 0)
        {
            tree.grow(*any, *policy, BTreeSet::from([*policy]));
        }
    }
    if policies.contains(&0) && any_counts {
        for parent in &above {
            for expected in tree.0[*parent].expected.clone() {
                let there = tree.0.iter().any(|node| node.parent == Some(*parent) && node.policy == expected);
                if !there {
                    tree.grow(*parent, expected, BTreeSet::from([expected]));
                }
            }
        }
    }
    tree.prune(i);
}

/// 6.1.4 (b).
fn map(tree: &mut Tree, i: usize, mappings: &[(u8, u8)], mapping: u64) {
    let issuers: BTreeSet<u8> = mappings.iter().map(|(issuers, _)| *issuers).collect();
    for policy in issuers {
        let wanted: BTreeSet<u8> = mappings.iter().filter(|(one, _)| *one == policy).map(|(_, other)| *other).collect();
        let nodes: Vec<_> = tree.at(i).into_iter().filter(|node| tree.0[*node].policy == policy).collect();
        if mapping == 0 {
            nodes.iter().for_each(|node| tree.0[*node].gone = true);
            tree.prune(i);
        } else if nodes.is_empty() {
            let any = tree.at(i).into_iter().find(|node| tree.0[*node].policy == 0);
            if let Some(parent) = any.and_then(|any| tree.0[any].parent) {
                tree.grow(parent, policy, wanted);
            }
        } else {
            nodes.iter().for_each(|node| tree.0[*node].expected = wanted.clone());
        }
    }
}

/// 6.1.5 (g).
fn intersect(tree: &Tree, n: usize, settings: &Settings) -> BTreeSet<u8> {
    let below_any = |node: &&Node| !node.gone && node.parent.is_some_and(|parent| tree.0[parent].policy == 0);
    let mut set: BTreeSet<u8> = tree.0.iter().filter(below_any).map(|node| node.policy).filter(|p| *p != 0).collect();
    let any = tree.at(n).into_iter().any(|node| tree.0[node].policy == 0);
    match &settings.acceptable {
        None => {
            set.extend(any.then_some(0));
            set
        }
        Some(wanted) => wanted.iter().filter(|policy| any || set.contains(policy)).copied().collect(),
    }
}

fn said() -> impl Strategy<Value = Said> {
    let policies = prop_oneof![
        1 => Just(None),
        6 => prop::collection::btree_set(0..4u8, 1..4).prop_map(Some),
    ];
    // Mappings of anyPolicy end everything: rare.
    let side = prop_oneof![1 => Just(0u8), 40 => 1..4u8];
    let mappings = prop::collection::vec((side.clone(), side), 0..3);
    let skip = || prop_oneof![3 => Just(None), 1 => (0..3u64).prop_map(Some)];
    (policies, mappings, skip(), skip(), skip(), prop::bool::weighted(0.2)).prop_map(
        |(policies, mappings, explicit, no_mapping, no_any, self_issued)| Said {
            policies,
            mappings,
            explicit,
            no_mapping,
            no_any,
            self_issued,
        },
    )
}

fn wanted() -> impl Strategy<Value = Settings> {
    let acceptable = prop::option::of(prop::collection::btree_set(1..4u8, 1..3));
    (acceptable, any::<bool>(), prop::bool::weighted(0.2), prop::bool::weighted(0.2))
        .prop_map(|(acceptable, explicit, no_mapping, no_any)| Settings { acceptable, explicit, no_mapping, no_any })
}

fn number(policy_number: u8) -> Oid {
    policy(&match policy_number {
        0 => "any".to_owned(),
        number => number.to_string(),
    })
}

/// Makes the certificates of a path, anchor first.
fn issue(path: &[Said]) -> Vec<Certificate> {
    let key =
        |level: usize| SoftwareSigner::from_pkcs8(&cached_key(&format!("policy-{level}"), "p256")).expect("a key");
    let name = |level: usize| Name::from_attributes(&[(oid::COMMON_NAME, &format!("level {level}"))]);
    let anchor =
        Said { policies: None, mappings: vec![], explicit: None, no_mapping: None, no_any: None, self_issued: true };
    let mut called = 0;
    let mut all = Vec::new();
    for (level, said) in std::iter::once(&anchor).chain(path).enumerate() {
        let (issuer, signer) = (name(called), key(level.saturating_sub(1)));
        called = if said.self_issued { called } else { level };
        let (subject, own, serial) = (name(called), key(level), [level as u8 + 1]);
        let (from, to) = (instant("2020-01-01T00:00:00Z"), instant("2045-01-01T00:00:00Z"));
        let mut template = CertificateTemplate::new(&subject, own.public_key_info(), &serial, from, to);
        template.basic_constraints = Some(BasicConstraints { ca: true, path_length: None });
        template.policies = said.policies.iter().flatten().map(|one| number(*one)).collect();
        template.more = extensions(said);
        let issuer = Issuer { name: &issuer, signer: &signer, digest: DigestAlgorithm::Sha256 };
        all.push(issue_certificate(&template, issuer).expect("a test certificate can be issued"));
    }
    all
}

fn extensions(said: &Said) -> Vec<Extension> {
    let mut all = Vec::new();
    let pair = |(one, other): &(u8, u8)| writer::sequence(&[writer::oid(&number(*one)), writer::oid(&number(*other))]);
    if !said.mappings.is_empty() {
        let value = writer::sequence(&said.mappings.iter().map(pair).collect::<Vec<_>>());
        all.push(Extension { oid: oid::POLICY_MAPPINGS, critical: true, value });
    }
    let skip = |tag: u8, count: Option<u64>| count.map_or(Vec::new(), |count| writer::tlv(tag, &[count as u8]));
    let constraints = [skip(0x80, said.explicit), skip(0x81, said.no_mapping)];
    if !constraints.concat().is_empty() {
        all.push(Extension { oid: oid::POLICY_CONSTRAINTS, critical: true, value: writer::sequence(&constraints) });
    }
    if let Some(count) = said.no_any {
        all.push(Extension { oid: oid::INHIBIT_ANY_POLICY, critical: true, value: writer::integer(count) });
    }
    all
}

fn engine(path: &[Said], settings: &Settings) -> Option<BTreeSet<Oid>> {
    let certificates = issue(path);
    let mut policy = ValidationPolicy::built_in();
    policy.revocation_required = false;
    policy.signer_paths = PathPolicies {
        acceptable: settings.acceptable.as_ref().map(|all| all.iter().map(|one| number(*one)).collect()),
        require_explicit: settings.explicit,
        inhibit_mapping: settings.no_mapping,
        inhibit_any: settings.no_any,
    };
    let anchors = TrustAnchors::new([certificates[0].clone()]);
    let request = question(&certificates[1..certificates.len() - 1], &anchors, &[], &policy);
    let judged = validate_path(&certificates[certificates.len() - 1], &request);
    assert_eq!(judged.chain.len(), certificates.len(), "the path is found");
    let refused = judged.findings.iter().all(|found| found.code.starts_with("path-policy-"));
    assert!(judged.outcome.is_passed() || refused, "{:?}", judged.findings);
    judged.outcome.is_passed().then(|| judged.policies.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn the_graph_says_what_the_tree_says(path in prop::collection::vec(said(), 1..5), settings in wanted()) {
        let tree = oracle(&path, &settings).map(|set| set.into_iter().map(number).collect::<BTreeSet<_>>());
        prop_assert_eq!(engine(&path, &settings), tree);
    }
}
