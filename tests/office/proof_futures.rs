//! Proofs under hierarchies of several CAs, which end one after another; and rehearsals of decades that have not come yet.

use super::hall::{Hall, ROADS, code, record};
use super::proofs::{Era, judged, policy, proof, restarted};
use crate::engine::pki::{instant, pki, serial};
use crate::evidence::bench::Root;
use fumikura::asn1::{BasicConstraints, Certificate, CertificateList, KeyUsage, Name, oid};
use fumikura::cms::SigningIdentity;
use fumikura::crypto::Signer;
use fumikura::digest::DigestAlgorithm::Sha256;
use fumikura::id::RecordId;
use fumikura::keystore::{FreshKeys, SoftwareSigner};
use fumikura::office::proofs::{Foreseen, ProofRun, ProofState, Proven, Rehearsal, WhatIsDone};
use fumikura::office::{Office, Settings};
use fumikura::pki::TrustAnchors;
use fumikura::pki::issue::{CertificateTemplate, CrlTemplate, Issuer, issue_certificate, issue_crl};
use fumikura::time::{Clock, Instant};
use fumikura::validate::Indication;
use jiff::SignedDuration;
use std::path::Path;
use std::sync::Arc;

/// A CA with the certificates above it, the anchor last.
struct Ca {
    name: Name,
    key: SoftwareSigner,
    chain: Vec<Certificate>,
    /// After how many days its next list comes, and for how many each is good: a root's seldom, those of others every day.
    lists: (i64, i64),
}

impl Ca {
    fn new(name: &str, key: &str, above: Option<&Ca>, from: &str, to: &str) -> Self {
        let (name, key) = (Name::from_attributes(&[(oid::COMMON_NAME, name)]), pki().signer(key));
        let number = serial(&name.to_string());
        let (from, to) = (instant(&format!("{from}T00:00:00Z")), instant(&format!("{to}T00:00:00Z")));
        let mut template = CertificateTemplate::new(&name, key.public_key_info(), &number, from, to);
        template.basic_constraints = Some(BasicConstraints { ca: true, path_length: None });
        template.key_usage = Some(KeyUsage::KEY_CERT_SIGN.and(KeyUsage::CRL_SIGN));
        let own = Issuer { name: &name, signer: &key, digest: Sha256 };
        let certificate = issue_certificate(&template, above.map_or(own, Ca::issuer)).unwrap();
        let chain = [certificate].into_iter().chain(above.iter().flat_map(|above| above.chain.clone())).collect();
        Self { name, key, chain, lists: if above.is_some() { (1, 2) } else { (40, 45) } }
    }

    fn issuer(&self) -> Issuer<'_> {
        Issuer { name: &self.name, signer: &self.key, digest: Sha256 }
    }

    fn authority(&self, key: &str, from: &str, to: &str) -> SigningIdentity {
        let own = pki().signer(key);
        let subject = Name::from_attributes(&[(oid::COMMON_NAME, &format!("TSA {key} {from}"))]);
        let number = serial(&subject.to_string());
        let (from, to) = (instant(&format!("{from}T00:00:00Z")), instant(&format!("{to}T00:00:00Z")));
        let mut template = CertificateTemplate::new(&subject, own.public_key_info(), &number, from, to);
        template.key_usage = Some(KeyUsage::DIGITAL_SIGNATURE);
        template.extended_key_usage = Some((vec![oid::KP_TIME_STAMPING], true));
        let certificate = issue_certificate(&template, self.issuer()).unwrap();
        SigningIdentity::new(Arc::new(own), certificate, self.chain.clone()).unwrap()
    }

    /// The list that stands on a day, made at the beginning of one; after the CA's end it makes none.
    fn list(&self, day: &str) -> Option<CertificateList> {
        let (every, term) = self.lists;
        let today = instant(&format!("{day}T00:00:00Z"));
        let days = today.duration_since(instant("2020-01-01T00:00:00Z")).as_hours() / 24 % every;
        let this_update = today - SignedDuration::from_hours(24 * days);
        let next_update = this_update + SignedDuration::from_hours(24 * term);
        let template = CrlTemplate { this_update, next_update, number: 1, revoked: Vec::new(), more: Vec::new() };
        (today <= self.chain[0].not_after()).then(|| issue_crl(&template, self.issuer()).unwrap())
    }
}

/// A root, a CA below it that ends in 2040, and the one that follows it.
struct Deep {
    root: Ca,
    first: Ca,
    second: Ca,
}

impl Deep {
    fn new() -> Self {
        let root = Ca::new("Deep Root", "root", None, "2020-01-01", "2080-01-01");
        let first = Ca::new("First CA", "signer-rsa4096", Some(&root), "2025-01-01", "2040-01-01");
        let second = Ca::new("Second CA", "signer-p384", Some(&root), "2034-01-01", "2070-01-01");
        Self { root, first, second }
    }

    fn era(&self, authority: SigningIdentity) -> Era {
        let trust = TrustAnchors::new(self.root.chain.clone());
        Era { authority, trust, ..Era::usual(&Root::usual()) }
    }

    fn lists(&self, day: &str) -> Vec<CertificateList> {
        [&self.root, &self.first, &self.second].into_iter().filter_map(|ca| ca.list(day)).collect()
    }
}

/// Opens a hall of an era with keys for rehearsals, and files a record.
async fn hall(folder: &Path, era: &Era, settings: Settings) -> (Hall, RecordId, Vec<u8>) {
    let hall = Hall::with(folder, |parts, _, _| {
        era.of(folder, parts);
        parts.settings = settings;
        parts.rehearsal_keys = Some(Arc::new(FreshKeys));
    })
    .await;
    let new = record(hall.open_file(ROADS).await, 1);
    let bytes = new.bytes.clone();
    let id = hall.office.file_record(&hall.clerk, new).await.unwrap().record;
    (hall, id, bytes)
}

async fn night(hall: &Hall, office: &Office, lists: Vec<CertificateList>, day: &str) -> ProofRun {
    hall.at(&format!("{day}T15:30:00Z"));
    office.renew_lists(lists);
    office.prove_due().await.unwrap()
}

fn days(from: &str, count: i64) -> Vec<String> {
    let from: fumikura::time::Date = from.parse().unwrap();
    (0..count).map(|days| (from + jiff::Span::new().days(days)).to_string()).collect()
}

/// Lives until the CA of the first two authorities ends: renewed in 2035 by the second, and in 2039 by one of another CA.
async fn until_2039(folder: &Path, deep: &Deep) -> (Hall, Office, RecordId, Vec<u8>) {
    let first = deep.era(deep.first.authority("tsa-p256", "2025-01-01", "2036-01-01"));
    let (hall, id, bytes) = hall(folder, &first, Settings::default()).await;
    assert_eq!(night(&hall, &hall.office, deep.lists("2026-04-10"), "2026-04-10").await.made, [1]);
    let second = deep.era(deep.first.authority("signer-p384", "2034-01-01", "2040-01-01"));
    let office = restarted(&hall, &second).await;
    let run = night(&hall, &office, deep.lists("2035-02-01"), "2035-02-01").await;
    assert_eq!(run.renewed.len(), 1, "{run:?}");
    for day in days("2035-02-02", 3) {
        assert_eq!(night(&hall, &office, deep.lists(&day), &day).await.renewed, [0; 0], "{day}");
    }
    let third = deep.era(deep.second.authority("signer-rsa3072", "2038-01-01", "2050-01-01"));
    let office = restarted(&hall, &third).await;
    let run = night(&hall, &office, deep.lists("2039-01-10"), "2039-01-10").await;
    assert!(!run.renewed.is_empty(), "{run:?}");
    (hall, office, id, bytes)
}

#[tokio::test]
async fn a_ca_that_ends_takes_no_proof_with_it_that_was_settled_level_by_level() {
    let (folder, deep) = (tempfile::tempdir().unwrap(), Deep::new());
    let (hall, office, id, bytes) = until_2039(folder.path(), &deep).await;
    let mut renewed = Vec::new();
    for day in days("2039-01-11", 100) {
        let run = night(&hall, &office, deep.lists(&day), &day).await;
        assert_eq!((&run.damaged, run.alarms.len()), (&vec![], 0), "{day}: {run:?}");
        renewed.extend(run.renewed.iter().map(|_| day.clone()));
    }
    assert_eq!(renewed.len(), 1, "one renewal more for the level between, and no more: {renewed:?}");
    // The first CA is gone, and its lists with it.
    for day in ["2040-01-05", "2041-06-01", "2048-06-01"] {
        let run = night(&hall, &office, deep.lists(day), day).await;
        assert_eq!(run.alarms, [], "{day}");
        let made = proof(&hall, &office, Proven::Record(id)).await;
        let report = judged(&office, &made, &bytes, hall.clock.now());
        assert_eq!(report.indication, Indication::TotalPassed, "{day}");
        assert_eq!(
            report.proven_time.map(|at| at.to_string()[..10].to_owned()).as_deref(),
            Some("2026-04-10"),
            "{day}"
        );
    }
    let view = office.proofs(&hall.auditor).await.unwrap();
    assert!(view.standing.iter().all(|one| one.state == ProofState::Holds), "{:#?}", view.standing);
    office.verify_ledger(Vec::new()).await.unwrap();
}

#[tokio::test]
async fn an_authority_that_says_nothing_is_waited_for_and_told_with_the_day_on_which_it_costs_a_proof() {
    let (folder, deep) = (tempfile::tempdir().unwrap(), Deep::new());
    let (hall, office, id, bytes) = until_2039(folder.path(), &deep).await;
    let silent = |day: &str| {
        let last = deep.first.list("2039-01-10"); // It says nothing from then on.
        [deep.root.list(day), deep.second.list(day), last].into_iter().flatten().collect::<Vec<_>>()
    };
    let mut renewed = 0;
    for day in days("2039-01-11", 10) {
        renewed += night(&hall, &office, silent(&day), &day).await.renewed.len();
    }
    assert_eq!(renewed, 0, "it would not help");
    let view = office.proofs(&hall.auditor).await.unwrap();
    let waiting = view.standing.iter().find(|one| one.waiting.is_some()).expect("it waits");
    assert_eq!(waiting.waiting.as_ref().map(|(code, _)| code.as_str()), Some("proof-lists-awaited"));
    assert_eq!(
        (waiting.state, waiting.lasts.as_ref().unwrap().until),
        (ProofState::Waiting, instant("2040-01-01T00:00:00Z"))
    );
    assert_eq!(night(&hall, &office, silent("2039-07-10"), "2039-07-10").await.alarms[0].days, Some(180));
    // It is tried again: the lists come back in time, and nothing is lost.
    let mut renewed = 0;
    for day in days("2039-11-01", 10) {
        renewed += night(&hall, &office, deep.lists(&day), &day).await.renewed.len();
    }
    assert_eq!(renewed, 1);
    night(&hall, &office, deep.lists("2039-12-20"), "2039-12-20").await;
    night(&hall, &office, deep.lists("2040-02-01"), "2040-02-01").await;
    let made = proof(&hall, &office, Proven::Record(id)).await;
    let report = judged(&office, &made, &bytes, hall.clock.now());
    assert_eq!(report.proven_time.map(|at| at.to_string()[..10].to_owned()).as_deref(), Some("2026-04-10"));
}

#[tokio::test]
async fn what_is_lost_below_a_timestamp_that_passes_is_told_and_proven_anew() {
    let (folder, deep) = (tempfile::tempdir().unwrap(), Deep::new());
    let (hall, office, id, bytes) = until_2039(folder.path(), &deep).await;
    let silent = |day: &str| [deep.root.list(day), deep.second.list(day)].into_iter().flatten().collect::<Vec<_>>();
    for day in ["2039-01-20", "2039-03-20", "2039-12-20"] {
        let run = night(&hall, &office, silent(day), day).await;
        assert_eq!(run.renewed, [0; 0], "{day}: it would not help");
    }
    let run = night(&hall, &office, silent("2040-01-02"), "2040-01-02").await;
    assert_eq!(
        run.alarms.iter().filter_map(|alarm| alarm.failing.as_deref()).collect::<Vec<_>>(),
        ["OUT_OF_BOUNDS_NO_POE"],
        "{run:?}"
    );
    let view = office.proofs(&hall.auditor).await.unwrap();
    assert!(
        view.standing.iter().any(|one| one.state == ProofState::Failing && one.failing.is_some()),
        "{:#?}",
        view.standing
    );
    let run = night(&hall, &office, silent("2040-01-03"), "2040-01-03").await;
    assert!(!run.made.is_empty() && run.alarms.is_empty(), "{run:?}");
    let made = proof(&hall, &office, Proven::Record(id)).await;
    let report = judged(&office, &made, &bytes, hall.clock.now());
    assert_eq!(report.proven_time.map(|at| at.to_string()[..10].to_owned()).as_deref(), Some("2040-01-03"));
    assert_eq!(night(&hall, &office, silent("2040-01-04"), "2040-01-04").await.made, [0; 0], "once");
}

fn renewals(rehearsal: &Rehearsal) -> Vec<String> {
    let deeds = rehearsal.courses.iter().flat_map(|course| &course.deeds);
    let renewed = deeds.filter(|deed| matches!(deed.what, WhatIsDone::Renewed | WhatIsDone::DigestedAnew));
    renewed.map(|deed| deed.at.to_string()[..4].to_owned()).collect()
}

fn only(rehearsal: &Rehearsal) -> Foreseen {
    let losses = rehearsal.losses();
    assert_eq!(losses.len(), 1, "{rehearsal:#?}");
    losses[0].1.clone()
}

fn in_days(at: &str, days: i64) -> Instant {
    instant(at) + SignedDuration::from_hours(24 * days)
}

#[tokio::test]
async fn decades_are_rehearsed_and_what_is_in_order_passes() {
    let (folder, deep) = (tempfile::tempdir().unwrap(), Deep::new());
    let era = deep.era(deep.first.authority("tsa-p256", "2025-01-01", "2036-01-01"));
    let (hall, ..) = hall(folder.path(), &era, Settings::default()).await;
    assert_eq!(hall.office.rehearsal_standing().await.unwrap(), None);
    let run = night(&hall, &hall.office, deep.lists("2026-04-10"), "2026-04-10").await;
    assert_eq!((run.made, run.foreseen, run.waiting), (vec![1], vec![], vec![]));
    let rehearsal = hall.office.newest_rehearsal(&hall.auditor).await.unwrap().expect("the night has made one");
    assert_eq!((rehearsal.courses.len(), rehearsal.losses()), (1, vec![]), "{rehearsal:#?}");
    assert_eq!([10, 20, 30].map(|years| rehearsal.passing_after(years)), [1, 1, 1]);
    // A year before the authority's end; and again before that of its CA, as often as there are levels.
    let renewed = renewals(&rehearsal);
    assert_eq!(renewed[..2], ["2035", "2039"], "{renewed:?}");
    assert!(renewed.len() < 12, "{renewed:?}");
    let nearer = hall.office.rehearse(&hall.auditor, &[5]).await.unwrap();
    assert_eq!(renewals(&nearer), [""; 0]);
    assert_eq!(
        hall.office.newest_rehearsal(&hall.auditor).await.unwrap(),
        Some(rehearsal),
        "only the usual years are kept"
    );
    assert_eq!(code(hall.office.rehearse(&hall.clerk, &[10]).await), "office-not-in-role");
    for years in [&[][..], &[0], &[101]] {
        assert_eq!(code(hall.office.rehearse(&hall.auditor, years).await), "proof-no-rehearsal");
    }
    // Nothing of it is believed: what stands is as it was.
    let view = hall.office.proofs(&hall.auditor).await.unwrap();
    assert_eq!((view.trees, view.standing[0].state), (1, ProofState::Holds));
    hall.office.verify_ledger(Vec::new()).await.unwrap();
}

#[tokio::test]
async fn a_rehearsal_finds_an_authority_whose_lists_are_missing_today() {
    let (folder, deep) = (tempfile::tempdir().unwrap(), Deep::new());
    let era = deep.era(deep.first.authority("tsa-p256", "2025-01-01", "2036-01-01"));
    let (hall, ..) = hall(folder.path(), &era, Settings::default()).await;
    let only_root: Vec<_> = deep.root.list("2026-04-10").into_iter().collect();
    let run = night(&hall, &hall.office, only_root.clone(), "2026-04-10").await;
    let (tree, loss) = run.foreseen.first().cloned().expect("it is told");
    assert_eq!((tree, loss.at, loss.why.as_str()), (1, instant("2026-04-10T15:30:00Z"), "TRY_LATER"));
    let run = night(&hall, &hall.office, only_root, "2026-04-11").await;
    assert_eq!(run.foreseen, [], "once");
    let entries = hall.office.newest_entries(&hall.auditor, 100).await.unwrap();
    assert_eq!(entries.iter().filter(|entry| entry.verb.as_str() == "proof.rehearsed").count(), 1);
}

#[tokio::test]
async fn a_rehearsal_finds_a_ca_that_ends_too_soon_for_the_days_before_which_is_renewed() {
    let (folder, mut deep) = (tempfile::tempdir().unwrap(), Deep::new());
    deep.root.lists = (100, 105);
    let era = deep.era(deep.first.authority("tsa-p256", "2025-01-01", "2036-01-01"));
    let mut short = Settings::default();
    (short.proofs.renew_days, short.proofs.alarm_days) = (60, vec![30]);
    let (hall, ..) = hall(folder.path(), &era, short).await;
    night(&hall, &hall.office, deep.lists("2026-04-10"), "2026-04-10").await;
    let loss = only(&hall.office.rehearse(&hall.auditor, &[10, 20, 30]).await.unwrap());
    assert_eq!(loss.at, instant("2040-01-01T00:00:00Z"), "the root's list comes every 105 days: {loss:#?}");
    assert!(loss.why.ends_with("NO_POE"), "{loss:#?}");
    assert_eq!(loss.hindered.as_deref(), Some("proof-lists-awaited"));
}

#[tokio::test]
async fn a_rehearsal_finds_a_policy_that_believes_in_nothing_any_more() {
    let (folder, deep) = (tempfile::tempdir().unwrap(), Deep::new());
    let names = ["SHA-256", "SHA-384", "SHA-512", "SHA3-256", "SHA3-384", "SHA3-512", "SHAKE256"];
    let lines = names.map(|name| (format!("{name} = \"open\""), format!("{name} = \"2034-01-01\"")));
    let changes: Vec<(&str, &str)> = lines.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
    let usual = deep.era(deep.first.authority("tsa-p256", "2025-01-01", "2036-01-01"));
    let (hall, ..) = hall(folder.path(), &Era { policy: policy(&changes), ..usual }, Settings::default()).await;
    night(&hall, &hall.office, deep.lists("2026-04-10"), "2026-04-10").await;
    let rehearsal = hall.office.rehearse(&hall.auditor, &[10, 20, 30]).await.unwrap();
    let loss = only(&rehearsal);
    assert_eq!(
        (loss.at, loss.hindered.as_deref()),
        (instant("2034-01-01T00:00:00Z"), Some("proof-no-algorithm")),
        "{loss:#?}"
    );
    assert_eq!([5, 10].map(|years| rehearsal.passing_after(years)), [1, 0]);
}

#[tokio::test]
async fn a_rehearsal_digests_anew_where_an_algorithm_is_known_to_end() {
    let (folder, deep) = (tempfile::tempdir().unwrap(), Deep::new());
    let root = Ca::new("Lasting Root", "signer-p521", None, "2020-01-01", "2080-01-01");
    let authority = root.authority("tsa-p256", "2025-01-01", "2036-01-01");
    let sunset = policy(&[("SHA-256 = \"open\"", "SHA-256 = \"2033-01-01\"")]);
    let era = Era { policy: sunset, trust: TrustAnchors::new(root.chain.clone()), ..deep.era(authority) };
    let (hall, ..) = hall(folder.path(), &era, Settings::default()).await;
    night(&hall, &hall.office, root.list("2026-04-10").into_iter().collect(), "2026-04-10").await;
    let rehearsal = hall.office.rehearse(&hall.auditor, &[10, 20, 30]).await.unwrap();
    assert_eq!(rehearsal.losses(), [], "{rehearsal:#?}");
    let first =
        rehearsal.courses[0].deeds.iter().find(|deed| deed.what == WhatIsDone::DigestedAnew).expect("by SHA-512");
    assert!(
        first.at >= in_days("2032-01-01T00:00:00Z", -2) && first.at < in_days("2032-01-01T00:00:00Z", 45),
        "{}",
        first.at
    );
}

#[test]
fn days_before_an_end_that_help_nobody_are_refused_with_the_reason() {
    let read =
        |lines: &str| Settings::from_toml(&format!("[proofs]\n{lines}")).map(|settings| settings.proofs.renew_days);
    assert_eq!(read("").unwrap(), 365);
    assert_eq!(read("renew_days = 60\nalarm_days = [30, 10]").unwrap(), 60);
    for (lines, why) in [
        ("renew_days = 0", "proofs.renew_days is 0"),
        ("renew_days = 59\nalarm_days = [30]", "write 60 or more"),
        ("renew_days = 180", "more than every one of alarm_days"),
        ("alarm_days = []", "alarm_days is empty"),
        ("alarm_days = [30, 0]", "alarm_days has a 0"),
    ] {
        let error = read(lines).unwrap_err().to_string();
        assert!(error.contains(why), "{lines}: {error}");
    }
}
