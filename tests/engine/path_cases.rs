//! Paths with name constraints, policies, bridges and every kind of revocation list, each beside its broken twin:
//! `tests/data/paths.toml` and `path_lists.toml` say what must come out.

use super::demands::{Declared, Entry, policy};
use super::pki::{instant, question};
use super::pkits::{said, settings};
use fumikura::asn1::{Certificate, CertificateList};
use fumikura::pki::{
    Budget, PathOutcome, PathRequest, Purpose, RevocationStatus, TrustAnchors, revocation_needs, validate_path,
};
use fumikura::policy::{Outcome, SubIndication, ValidationPolicy};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Case {
    name: String,
    anchor: Option<String>,
    #[serde(default)]
    settings: String,
    #[serde(default)]
    lists: Vec<String>,
    purpose: Option<String>,
    outcome: String,
    /// The policies that must be valid for the path.
    valid: Option<Vec<String>>,
    /// The common names along the path.
    chain: Option<Vec<String>>,
}

/// Splits a case into the question and the certificate that it makes.
fn parts(case: &toml::Value) -> (Case, Entry) {
    const QUESTION: [&str; 8] = ["name", "anchor", "settings", "lists", "purpose", "outcome", "valid", "chain"];
    let mut entry = case.as_table().expect("a table").clone();
    entry.retain(|key, _| !QUESTION.contains(&key));
    let question = case.clone().try_into().expect("a case is as declared");
    (question, toml::Value::Table(entry).try_into().expect("a certificate is as declared"))
}

struct Bench {
    declared: Declared,
    certificates: BTreeMap<String, Certificate>,
}

impl Bench {
    fn new() -> Self {
        let declared = Declared::read();
        let certificates = declared.certificates();
        Self { declared, certificates }
    }

    fn ask(&self, case: &Case, entry: &Entry, crls: &[CertificateList]) -> PathOutcome {
        let mut policy = ValidationPolicy::built_in();
        policy.revocation_required = !case.lists.is_empty();
        policy.signer_paths = settings(super::demands::POLICIES, &case.settings);
        let anchors = case.anchor.as_deref().unwrap_or("root").split_whitespace();
        let anchors = TrustAnchors::new(anchors.map(|name| self.certificates[name].clone()));
        // Everything is at hand each time, so that the search meets what does not belong there.
        let others: Vec<Certificate> = self.certificates.values().cloned().collect();
        let purpose = if case.purpose.is_some() { Purpose::Signing } else { Purpose::Any };
        let request = PathRequest { purpose, ..question(&others, &anchors, crls, &policy) };
        validate_path(&self.declared.issue(&case.name, entry), &request)
    }

    /// Runs cases and returns what came out otherwise.
    fn run(&self, cases: &[toml::Value]) -> Vec<String> {
        let mut wrong = Vec::new();
        for (case, entry) in cases.iter().map(parts) {
            let names = case.lists.iter().map(String::as_str).chain(["root"]);
            let crls: Vec<_> = names.map(|name| self.declared.list(name)).collect();
            let judged = self.ask(&case, &entry, &crls);
            if said(&judged) != case.outcome {
                wrong.push(format!("{}: {} in place of {}", case.name, said(&judged), case.outcome));
            }
            let valid = case.valid.map(|all| all.iter().map(|text| policy(text)).collect::<Vec<_>>());
            if valid.as_ref().is_some_and(|valid| *valid != judged.policies) {
                wrong.push(format!("{}: policies {:?}", case.name, judged.policies));
            }
            let common = |one: &Certificate| {
                one.subject_name().attribute(&fumikura::asn1::oid::COMMON_NAME).unwrap_or_default().to_owned()
            };
            let chain: Vec<_> = judged.chain.iter().map(common).collect();
            if case.chain.as_ref().is_some_and(|wanted| *wanted != chain) {
                wrong.push(format!("{}: along {chain:?}", case.name));
            }
        }
        wrong
    }
}

#[test]
fn names_policies_and_bridges_come_out_as_declared() {
    let bench = Bench::new();
    let wrong = bench.run(&bench.declared.cases);
    assert!(bench.declared.cases.len() > 60 && wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn lists_come_out_as_declared() {
    #[derive(Deserialize)]
    struct File {
        cases: Vec<toml::Value>,
    }
    let file: File = toml::from_str(include_str!("../data/path_lists.toml")).expect("path_lists.toml is as declared");
    let wrong = Bench::new().run(&file.cases);
    assert!(file.cases.len() > 30 && wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is kept for later must hold everything that the statement rests on.
#[test]
fn a_statement_names_all_that_it_rests_on() {
    let bench = Bench::new();
    let needs = |issuer: &str, name: &str, points: &str, lists: &[&str]| {
        let text = format!("issuer = \"{issuer}\"\npoints = [{points}]");
        let leaf = bench.declared.issue(name, &toml::from_str(&text).expect("an entry"));
        let crls: Vec<_> = lists.iter().map(|name| bench.declared.list(name)).collect();
        let others: Vec<Certificate> = bench.certificates.values().cloned().collect();
        let policy = ValidationPolicy::built_in();
        let anchors = TrustAnchors::new([bench.certificates["root"].clone()]);
        let request = question(&others, &anchors, &crls, &policy);
        let chain = [leaf, bench.certificates[issuer].clone(), bench.certificates["root"].clone()];
        let need = revocation_needs(&chain, &request).remove(0);
        let proof = need.proof.expect("a proof");
        let names = proof.signers.iter().map(Certificate::subject).collect::<Vec<_>>();
        (need.status, proof.more_lists.len(), names, proof.issued)
    };
    let (status, more, signers, _) = needs("ca-indirect", "kept", "{ issuer = \"lister\" }", &["root", "lister"]);
    assert_eq!((status, more), (RevocationStatus::Good, 0));
    assert!(signers.len() == 2 && signers[0].starts_with("CN=lister,"), "{signers:?}");
    let (status, more, signers, issued) = needs("ca-delta", "kept", "", &["base", "delta"]);
    assert_eq!((status, more, signers.len()), (RevocationStatus::Good, 1, 0));
    assert_eq!(issued, instant("2026-05-20T00:00:00Z"), "the delta is the newer word");
    let (status, more, ..) = needs("ca-reasons", "kept", "", &["reasons-some", "reasons-rest"]);
    assert_eq!((status, more), (RevocationStatus::Good, 1));
    let (status, more, ..) = needs("ca-reasons", "kept", "", &["reasons-some"]);
    assert_eq!((status, more), (RevocationStatus::Unknown, 0));
}

#[test]
fn a_maze_ends_with_the_budget() {
    let bench = Bench::new();
    // Everybody certifies everybody, and nobody is trusted.
    let cas = ["ca-permits", "ca-excludes", "ca-policy", "ca-any", "ca-maps", "ca-lists", "ca-delta", "ca-reasons"];
    let cross = |of: &str, issuer: &str| {
        let entry = Entry { issuer: issuer.to_owned(), of: Some(of.to_owned()), ca: true, ..Entry::default() };
        bench.declared.issue(of, &entry)
    };
    let pairs =
        cas.iter().flat_map(|of| cas.iter().map(move |issuer| (of, issuer))).filter(|(of, issuer)| of != issuer);
    let maze: Vec<Certificate> = pairs.map(|(of, issuer)| cross(of, issuer)).collect();
    let policy = ValidationPolicy::built_in();
    let leaf = bench.declared.issue("lost", &Entry { issuer: "ca-any".to_owned(), ..Entry::default() });
    let stranger = TrustAnchors::new([bench.certificates["stranger-root"].clone()]);
    let request = question(&maze, &stranger, &[], &policy);
    let judged = validate_path(&leaf, &request);
    assert_eq!(judged.outcome, Outcome::Indeterminate(SubIndication::CertificateChainGeneralFailure));
    assert_eq!(said(&judged), "path-budget-spent");
    // Names are compared no more often than the budget allows.
    let few = Budget { name_comparisons: 3, ..Budget::default() };
    let entry = Entry { issuer: "ca-permits".to_owned(), ..Entry::default() };
    let named = bench.declared.issue("named", &entry);
    let anchors = TrustAnchors::new([bench.certificates["root"].clone()]);
    let others: Vec<Certificate> = bench.certificates.values().cloned().collect();
    let request = PathRequest { intermediates: &others, anchors: &anchors, budget: few, ..request };
    assert_eq!(said(&validate_path(&named, &request)), "path-budget-spent");
}
