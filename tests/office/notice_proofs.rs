//! Notices outlast the keys that prove them: thirty years in which authorities change, algorithms are given up, one authority's trust
//! is withdrawn and others vanish; and what is told where a proof could not be renewed.

use super::city::{self, City, PDF, auditor, clerk, seal_keeper};
use super::hall::{ROADS, RULES, day};
use super::upgrade::lists;
use crate::engine::pki::{TestEntropy, instant, pki, serial};
use fumikura::asn1::{BasicConstraints, Certificate, CertificateList, KeyUsage, Name, Oid, oid};
use fumikura::cms::SigningIdentity;
use fumikura::crypto::Signer;
use fumikura::digest::{DigestAlgorithm, Sha256Hex};
use fumikura::fault::Fault;
use fumikura::id::NoticeId;
use fumikura::keystore::SoftwareSigner;
use fumikura::office::notices::{
    NoticeProofRun, NoticeProofState, NoticeProofView, NoticeProofs, ProofCounts, UpgradeRun,
};
use fumikura::office::ports::Store;
use fumikura::office::records::{AccessChange, AccessTarget, NewRecordFile};
use fumikura::office::{Judge, Office, Role};
use fumikura::pki::issue::{CertificateTemplate, CrlTemplate, Issuer, issue_certificate, issue_crl};
use fumikura::pki::{Belief, Term, TrustAnchors};
use fumikura::policy::ValidationPolicy;
use fumikura::records::{AccessClass, ClassCode, Medium, WITHHELD};
use fumikura::time::{Clock, Instant};
use fumikura::tsp::{Authority, AuthorityOptions, LocalSource, TimestampError, TimestampSource};
use fumikura::validate::{Ending, Indication};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Whoever issues timestamping authorities, and says of them for a month at a time that none is revoked.
struct Root {
    name: Name,
    key: SoftwareSigner,
    certificate: Certificate,
    digest: DigestAlgorithm,
    /// What stands above what it issues, and is put into timestamps.
    chain: Vec<Certificate>,
    /// After how many days its next list comes, and for how many each is good.
    lists: (i64, i64),
}

impl Root {
    fn new(name: &str, key: &str, digest: DigestAlgorithm, to: &str) -> Self {
        let (name, key) = (Name::from_attributes(&[(oid::COMMON_NAME, name)]), pki().signer(key));
        let (number, from) = (serial(&name.to_string()), instant("2020-01-01T00:00:00Z"));
        let mut template = CertificateTemplate::new(&name, key.public_key_info(), &number, from, instant(to));
        template.basic_constraints = Some(BasicConstraints { ca: true, path_length: None });
        template.key_usage = Some(KeyUsage::KEY_CERT_SIGN.and(KeyUsage::CRL_SIGN));
        let certificate = issue_certificate(&template, Issuer { name: &name, signer: &key, digest }).unwrap();
        Self { name, key, certificate, digest, chain: Vec::new(), lists: (1, 40) }
    }

    /// Makes a CA below it.
    fn below(&self, name: &str, key: &str, to: &str) -> Self {
        let own = Self::new(name, key, self.digest, to);
        let number = serial(name);
        let from = instant("2020-01-01T00:00:00Z");
        let mut template = CertificateTemplate::new(&own.name, own.key.public_key_info(), &number, from, instant(to));
        template.basic_constraints = Some(BasicConstraints { ca: true, path_length: None });
        template.key_usage = Some(KeyUsage::KEY_CERT_SIGN.and(KeyUsage::CRL_SIGN));
        let issuer = Issuer { name: &self.name, signer: &self.key, digest: self.digest };
        let certificate = issue_certificate(&template, issuer).unwrap();
        Self { chain: vec![certificate.clone()], certificate, lists: (1, 2), ..own }
    }

    fn authority(&self, key: &str, from: &str, to: &str) -> SigningIdentity {
        let own = pki().signer(key);
        let subject = Name::from_attributes(&[(oid::COMMON_NAME, &format!("TSA {key} {from}"))]);
        let number = serial(&subject.to_string());
        let (from, to) = (instant(&format!("{from}T00:00:00Z")), instant(&format!("{to}T00:00:00Z")));
        let mut template = CertificateTemplate::new(&subject, own.public_key_info(), &number, from, to);
        template.key_usage = Some(KeyUsage::DIGITAL_SIGNATURE);
        template.extended_key_usage = Some((vec![oid::KP_TIME_STAMPING], true));
        let issuer = Issuer { name: &self.name, signer: &self.key, digest: self.digest };
        let certificate = issue_certificate(&template, issuer).unwrap();
        SigningIdentity::new(Arc::new(own), certificate, self.chain.clone()).unwrap()
    }

    fn list(&self, at: Instant) -> CertificateList {
        let (every, term) = self.lists;
        let days = at.duration_since(instant("2020-01-01T00:00:00Z")).as_hours() / 24 % every;
        let at = at - jiff::SignedDuration::from_hours(24 * days);
        let next_update = at + jiff::SignedDuration::from_hours(24 * term);
        let template = CrlTemplate { this_update: at, next_update, number: 1, revoked: Vec::new(), more: Vec::new() };
        issue_crl(&template, Issuer { name: &self.name, signer: &self.key, digest: self.digest }).unwrap()
    }
}

/// An authority that counts what it is asked, and may be away.
struct Stamps {
    source: LocalSource,
    asked: AtomicU32,
    is_away: bool,
}

impl TimestampSource for Stamps {
    fn timestamp(&self, request: &[u8]) -> Result<Vec<u8>, TimestampError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        match self.is_away {
            true => Err(TimestampError::Unavailable("away".to_owned())),
            false => self.source.timestamp(request),
        }
    }
}

/// What a city has at a time: an authority, whom to believe about timestamps, a policy.
struct Era<'a> {
    from: &'a str,
    stamps: SigningIdentity,
    digest: DigestAlgorithm,
    believed: Vec<(&'a Root, Option<&'a str>)>,
    /// CAs below those, whose lists are out until they end.
    below: Vec<&'a Root>,
    policy: ValidationPolicy,
    is_away: bool,
}

impl<'a> Era<'a> {
    fn new(from: &'a str, stamps: &SigningIdentity, believed: &[(&'a Root, Option<&'a str>)]) -> Self {
        let (policy, digest) = (ValidationPolicy::built_in(), DigestAlgorithm::Sha256);
        let (stamps, believed) = (stamps.clone(), believed.to_vec());
        Self { from, stamps, digest, believed, below: Vec::new(), policy, is_away: false }
    }
}

/// The built-in policy, changed.
fn policy(from: &str, to: &str) -> ValidationPolicy {
    let text = include_str!("../../src/policy/default.toml");
    assert!(text.contains(from), "{from}");
    ValidationPolicy::from_toml(&text.replace(from, to)).unwrap()
}

/// A city over the years: the same database, with a process that is started anew whenever something changes.
struct Years {
    city: City,
    office: Office,
    stamps: Arc<Stamps>,
    /// Whose lists are out, and until when; those of the signers' authorities among them.
    signers_until: Instant,
}

impl Years {
    async fn begin(era: &Era<'_>) -> Self {
        let city = City::with(|parts| {
            parts.judge = judge(era, Vec::new());
            parts.timestamps = Some(stamps(era, &parts.clock));
        })
        .await;
        city.clock.set(&format!("{}T01:00:00Z", era.from));
        let stamps = stamps(era, &(city.clock.clone() as Arc<dyn Clock>));
        let office = city.office.clone();
        let mut years = Self { city, office, stamps, signers_until: instant("2028-01-01T00:00:00Z") };
        years.restart(era).await;
        years
    }

    async fn restart(&mut self, era: &Era<'_>) {
        let mut parts = city::parts(self.city.folder.path(), &self.city.clock).await;
        self.stamps = stamps(era, &parts.clock);
        parts.timestamps = Some(self.stamps.clone());
        parts.judge = judge(era, self.lists(era));
        self.office = Office::new(parts);
        self.city.office = self.office.clone();
    }

    /// The lists of the day: those of the signers' authorities until they vanish, and then what they said last.
    fn lists(&self, era: &Era<'_>) -> Vec<CertificateList> {
        let now = self.city.clock.now();
        let day = |at: Instant| at.to_string()[..10].to_owned();
        let last = day(now.min(self.signers_until));
        let next = day(now.min(self.signers_until) + jiff::SignedDuration::from_hours(24 * 40));
        let mut all = lists(&format!("{last}T00:00:00Z"), &format!("{next}T00:00:00Z"), &[]);
        let today = instant(&format!("{}T00:00:00Z", day(now)));
        all.extend(era.believed.iter().map(|(root, _)| root.list(today)));
        let lives = |ca: &&&Root| today <= ca.certificate.not_after();
        all.extend(era.below.iter().filter(lives).map(|ca| ca.list(today)));
        all
    }

    fn day(&self, day: &str, era: &Era<'_>) {
        self.city.clock.set(&format!("{day}T01:00:00Z"));
        self.office.renew_lists(self.lists(era));
    }

    /// What the service does every hour.
    async fn round(&self) -> (NoticeProofRun, UpgradeRun) {
        let proofs = self.office.renew_notices_due().await.unwrap();
        (proofs, self.office.upgrade_due(None).await.unwrap())
    }

    /// Seals a notice and brings it to B-LTA the next day.
    async fn archived(&self, era: &Era<'_>) -> NoticeId {
        let id = self.city.issued("certificate").await.0;
        let next_day = self.city.clock.now() + jiff::SignedDuration::from_hours(24);
        self.day(&next_day.to_string()[..10], era);
        assert!(self.round().await.1.upgraded.contains(&id));
        id
    }

    /// Lets a day go by, whose lists are younger than the newest timestamps: what these need is added.
    async fn settled(&self, era: &Era<'_>) {
        let next_day = self.city.clock.now() + jiff::SignedDuration::from_hours(24);
        self.day(&next_day.to_string()[..10], era);
        assert!(!self.round().await.0.settled.is_empty());
    }

    async fn file(&self, id: NoticeId) -> Vec<u8> {
        self.office.notice_pdf(&clerk(), id).await.unwrap()
    }

    async fn proofs(&self) -> NoticeProofs {
        self.office.notice_proofs(&auditor(), None, 100).await.unwrap()
    }

    async fn proof(&self, id: NoticeId) -> NoticeProofView {
        self.proofs().await.proofs.into_iter().find(|one| one.id == id).expect("it is listed")
    }

    /// The verbs of the ledger about a notice since its seal, newest first.
    async fn told(&self, id: NoticeId) -> Vec<String> {
        let entries = self.office.newest_entries(&auditor(), 10_000).await.unwrap();
        let own = entries.iter().filter(|entry| entry.subject.as_str() == id.to_string());
        own.map(|entry| entry.verb.as_str().to_owned()).collect()
    }
}

fn stamps(era: &Era<'_>, clock: &Arc<dyn Clock>) -> Arc<Stamps> {
    let mut options = AuthorityOptions::with_policy(Oid::new_unwrap("1.3.6.1.4.1.55555.2.1"));
    options.signature_digest = era.digest;
    let authority = Authority::new(era.stamps.clone(), options).unwrap();
    let source = LocalSource::new(Arc::new(authority), clock.clone(), Arc::new(TestEntropy));
    Arc::new(Stamps { source, asked: AtomicU32::new(0), is_away: era.is_away })
}

fn judge(era: &Era<'_>, crls: Vec<CertificateList>) -> Judge {
    let mut tsa_trust = TrustAnchors::default();
    for (root, before) in &era.believed {
        let before = before.map(|day| instant(&format!("{day}T00:00:00Z")));
        tsa_trust.add_for(root.certificate.clone(), Belief::during(Term { from: None, before }));
    }
    let (trust, intermediates, policy) = (pki().anchors(), pki().intermediates(), era.policy.clone());
    Judge { trust, tsa_trust, intermediates, crls, policy, good: Arc::default() }
}

/// A root and two authorities below it: one that ends with its algorithm in 2031, and one until 2040.
fn usual() -> (Root, SigningIdentity, SigningIdentity) {
    let root = Root::new("Root of timestamps", "signer-rsa4096", DigestAlgorithm::Sha256, "2080-01-01T00:00:00Z");
    let first = root.authority("tsa", "2025-01-01", "2036-01-01");
    let second = root.authority("tsa-p256", "2025-01-01", "2040-01-01");
    (root, first, second)
}

fn end_of(view: &NoticeProofView) -> (String, Ending) {
    let lasting = view.proof.lasts.clone().expect("it ends");
    (lasting.until.to_string()[..10].to_owned(), lasting.ending)
}

#[tokio::test]
async fn thirty_years_go_by_and_every_notice_still_proves_what_it_says() {
    use DigestAlgorithm::{Sha256, Sha512};
    // One vanishes after ten years; another's trust is withdrawn; the last one uses nothing that is given up.
    let vanishing = Root::new("Root A", "root", Sha256, "2050-01-01T00:00:00Z");
    let withdrawn = Root::new("Root B", "signer-rsa4096", Sha256, "2060-01-01T00:00:00Z");
    let lasting = Root::new("Root C", "signer-p521", Sha512, "2080-01-01T00:00:00Z");
    let first = vanishing.authority("tsa", "2025-01-01", "2033-01-01");
    let second = vanishing.authority("tsa-p256", "2029-01-01", "2036-01-01");
    let third = withdrawn.authority("signer-p384", "2034-01-01", "2045-01-01");
    let fourth = lasting.authority("signer-rsa3072", "2036-01-01", "2046-01-01");
    let fifth = lasting.authority("signer-p384", "2044-01-01", "2070-01-01");
    let sunset = || policy("SHA-256 = \"open\"", "SHA-256 = \"2041-01-01\"");
    let (a, b, c) = ((&vanishing, None), (&withdrawn, None), (&lasting, None));
    let before = (&withdrawn, Some("2037-03-01"));
    let late = |from, by, digest| Era { digest, policy: sunset(), ..Era::new(from, by, &[a, before, c]) };
    let eras = [
        Era::new("2026-06-01", &first, &[a]),
        Era::new("2029-06-01", &second, &[a]),
        Era::new("2034-06-01", &third, &[a, b]),
        Era { digest: Sha512, ..Era::new("2036-12-01", &fourth, &[a, before, c]) },
        late("2039-06-01", &fourth, Sha512),
        late("2044-06-01", &fifth, Sha512),
    ];
    let mut years = Years::begin(&eras[0]).await;
    let mut files: BTreeMap<NoticeId, Vec<Vec<u8>>> = BTreeMap::new();
    for _ in 0..3 {
        files.insert(years.archived(&eras[0]).await, Vec::new());
    }
    let mut renewals: BTreeMap<NoticeId, Vec<String>> = BTreeMap::new();
    let mut now = 0;
    for month in 0..360 {
        let (year, month) = (2026 + (month + 6) / 12, (month + 6) % 12 + 1);
        let day = format!("{year}-{month:02}-15");
        while eras.get(now + 1).is_some_and(|next| *next.from < *day) {
            now += 1;
            years.city.clock.set(&format!("{day}T00:30:00Z"));
            years.restart(&eras[now]).await;
        }
        let mut era = Era { believed: eras[now].believed.clone(), ..Era::new(eras[now].from, &first, &[]) };
        // The first authority's issuer has vanished.
        era.believed.retain(|(root, _)| year < 2036 || root.certificate != vanishing.certificate);
        years.day(&day, &era);
        let (proofs, upgrades) = years.round().await;
        assert_eq!((&proofs.lost, upgrades.halted, &upgrades.waiting), (&vec![], None, &vec![]), "{day}");
        for id in upgrades.upgraded {
            renewals.entry(id).or_default().push(day.clone());
        }
        for (id, known) in &mut files {
            let file = years.file(*id).await;
            assert!(known.last().is_none_or(|last| file.starts_with(last)), "{day}: earlier bytes never change");
            if known.last() != Some(&file) {
                known.push(file);
            }
        }
    }
    for (id, known) in &files {
        let wanted = ["2030-01-15", "2035-01-15", "2036-12-15", "2040-01-15", "2045-01-15"];
        assert_eq!(renewals[id], wanted, "a sunset, an end, a trust withdrawn, a sunset, an end");
        still_proves(&years, *id, known, &fifth).await;
    }
    assert_eq!(years.proofs().await.counts, ProofCounts { holding: 3, ..ProofCounts::default() });
    years.office.verify_ledger(vec![]).await.unwrap();
}

/// Holds a notice that was renewed five times to what it says, and to what is known of it.
async fn still_proves(years: &Years, id: NoticeId, known: &[Vec<u8>], last: &SigningIdentity) {
    assert!(known[0].starts_with(PDF) && known.len() > 5, "{}", known.len());
    let verdict = years.office.public_validate(known.last().unwrap().clone()).await.unwrap();
    let report = verdict.report;
    let why: Vec<_> =
        report.signatures.iter().map(|one| (one.sub_indication, one.claimed_time, &one.findings)).collect();
    assert_eq!((report.indication, report.signatures[0].level), (Indication::TotalPassed, Some("B-LTA")), "{why:#?}");
    let view = years.proof(id).await;
    let end = ("2070-01-01".to_owned(), Ending::Certificate(last.certificate().subject()));
    assert_eq!(
        (view.proof.state(), end_of(&view), view.upgrade, view.alarm),
        (NoticeProofState::Holds, end, None, None)
    );
    for earlier in known {
        assert!(years.office.public_standing(&Sha256Hex::of(earlier)).await.unwrap().is_some(), "it stays known");
    }
    let told = years.told(id).await;
    for verb in ["notice.renewed", "notice.renewal-due"] {
        assert_eq!(told.iter().filter(|told| *told == verb).count(), 5, "{verb}");
    }
}

#[tokio::test]
async fn a_notice_outlives_the_ca_of_its_first_authorities() {
    let root = Root::new("Deep root", "signer-rsa4096", DigestAlgorithm::Sha256, "2080-01-01T00:00:00Z");
    let ending = root.below("Ending CA", "signer-p521", "2040-01-01T00:00:00Z");
    let lasting = root.below("Lasting CA", "signer-p384", "2070-01-01T00:00:00Z");
    let first = ending.authority("tsa-p256", "2025-01-01", "2036-01-01");
    let second = ending.authority("signer-p384", "2034-01-01", "2040-01-01");
    let third = lasting.authority("signer-rsa3072", "2038-01-01", "2050-01-01");
    let era = |from, by| Era { below: vec![&ending, &lasting], ..Era::new(from, by, &[(&root, None)]) };
    let eras = [era("2026-06-01", &first), era("2035-01-15", &second), era("2039-01-15", &third)];
    let mut years = Years::begin(&eras[0]).await;
    let id = years.archived(&eras[0]).await;
    for day in ["2026-07-01", "2027-07-01"] {
        years.day(day, &eras[0]);
        years.round().await;
    }
    for (era, day) in [(&eras[1], "2035-01-15"), (&eras[2], "2039-01-15")] {
        years.city.clock.set(&format!("{day}T01:00:00Z"));
        years.restart(era).await;
        assert_eq!(years.round().await.1.upgraded, [id], "{day}");
        let next_day = years.city.clock.now() + jiff::SignedDuration::from_hours(24);
        years.day(&next_day.to_string()[..10], era);
        years.round().await;
    }
    let mut renewed = 0;
    for month in 2..=12 {
        for day in [3, 13, 23] {
            years.day(&format!("2039-{month:02}-{day:02}"), &eras[2]);
            let (proofs, upgrades) = years.round().await;
            assert_eq!((proofs.lost, proofs.alarms), (vec![], vec![]), "{month}-{day}");
            renewed += upgrades.upgraded.len();
        }
    }
    assert_eq!(renewed, 0, "lists from the days after were enough");
    for day in ["2040-02-01", "2045-06-01"] {
        years.day(day, &eras[2]);
        assert_eq!(years.round().await.0.lost, [], "{day}");
        let view = years.proof(id).await;
        assert_eq!((view.proof.state(), view.upgrade.is_none()), (NoticeProofState::Holds, true), "{day}: {view:#?}");
        let report = years.office.public_validate(years.file(id).await).await.unwrap().report;
        assert_eq!(report.indication, Indication::TotalPassed, "{day}");
    }
}

#[tokio::test]
async fn what_cannot_be_renewed_is_named_with_its_day_and_its_reason() {
    let (root, first, second) = usual();
    let era = Era { is_away: false, ..Era::new("2026-06-01", &first, &[(&root, None)]) };
    let mut years = Years::begin(&era).await;
    let id = years.archived(&era).await;
    let away = Era { is_away: true, ..Era::new("2026-06-01", &first, &[(&root, None)]) };
    years.restart(&away).await;
    years.day("2029-12-31", &away);
    assert_eq!(years.round().await.0.queued, [], "365 days before 1 January 2031, and not before");
    years.day("2030-01-02", &away);
    let (proofs, upgrades) = years.round().await;
    assert_eq!((proofs.queued, upgrades.halted), (vec![id], Some("tsp-unavailable")));
    let view = years.proof(id).await;
    assert_eq!(end_of(&view), ("2031-01-01".to_owned(), Ending::Algorithm("RSA-PKCS1-SHA-256".to_owned())));
    let upgrade = view.upgrade.expect("it is on the queue");
    assert_eq!(
        upgrade.waiting.map(|waiting| waiting.code).as_deref(),
        Some("tsp-unavailable"),
        "and says why it waits"
    );
    assert_eq!((view.alarm, years.proofs().await.counts.queued), (None, 1));
    for (day, alarm) in [("2030-07-10", Some(180)), ("2030-10-10", Some(90)), ("2030-12-10", Some(30))] {
        years.day(day, &away);
        let alarms = years.round().await.0.alarms;
        let told: Vec<_> = alarms.iter().map(|one| (one.id, Some(one.days), one.waiting.as_deref())).collect();
        assert_eq!(told, [(id, alarm, Some("tsp-unavailable"))], "{day}");
        assert_eq!(years.round().await.0.alarms, [], "{day}: each distance once");
        assert_eq!((years.proof(id).await.alarm, years.proofs().await.counts.alarms), (alarm, 1), "{day}");
    }
    years.day("2031-02-01", &away);
    assert_eq!(years.round().await.0.lost, [id]);
    assert_eq!(years.round().await.0, NoticeProofRun::default(), "it is said once");
    for day in ["2031-02-01", "2041-02-01"] {
        years.day(day, &away);
        years.round().await;
        let view = years.proof(id).await;
        let trouble = view.proof.trouble.clone().expect("it is lost");
        assert_eq!(
            (view.proof.state(), trouble.since),
            (NoticeProofState::Lost, instant("2031-01-01T00:00:00Z")),
            "{day}"
        );
        assert_eq!(trouble.waited_for.as_deref(), Some("tsp-unavailable"), "why it was not renewed");
        assert_eq!(trouble.why, "CRYPTO_CONSTRAINTS_FAILURE_NO_POE");
        assert_eq!((view.upgrade, end_of(&years.proof(id).await).0), (None, "2031-01-01".to_owned()));
        assert_eq!(years.proofs().await.counts.lost, 1, "{day}: it stays listed");
    }
    let told = years.told(id).await;
    assert_eq!(told[0], "notice.proof-lost");
    assert_eq!(told.iter().filter(|verb| *verb == "notice.proof-alarm").count(), 3);
    // Somebody believes for longer in what it was made by: it is judged anew, and at once on the queue, which helps now.
    let longer = policy("bits = 2048\nuntil = \"2031-01-01\"", "bits = 2048\nuntil = \"2045-01-01\"");
    let anew = Era { policy: longer, ..Era::new("2035-06-01", &second, &[(&root, None)]) };
    years.city.clock.set("2035-06-01T01:00:00Z");
    years.restart(&anew).await;
    let (proofs, upgrades) = years.round().await;
    assert_eq!((proofs.judged, proofs.queued, upgrades.upgraded), (vec![id], vec![id], vec![id]));
    assert_eq!(end_of(&years.proof(id).await).0, "2040-01-01");
    let told = years.told(id).await;
    assert_eq!(told[..3], ["notice.renewed", "notice.renewal-due", "notice.proof-found"]);
}

#[tokio::test]
async fn an_authority_that_comes_back_renews_what_waited() {
    let (root, first, second) = usual();
    let era = Era::new("2026-06-01", &first, &[(&root, None)]);
    let mut years = Years::begin(&era).await;
    let id = years.archived(&era).await;
    years.settled(&era).await;
    let before = years.file(id).await;
    let away = Era { is_away: true, ..Era::new("2030-06-01", &second, &[(&root, None)]) };
    years.city.clock.set("2030-06-01T01:00:00Z");
    years.restart(&away).await;
    assert_eq!(years.round().await.1.waiting, [id]);
    assert_eq!(years.file(id).await, before);
    let back = Era::new("2030-06-01", &second, &[(&root, None)]);
    years.city.clock.set("2030-06-01T03:00:00Z");
    years.restart(&back).await;
    assert_eq!(years.round().await.1.upgraded, [id]);
    assert!(years.file(id).await.starts_with(&before));
    assert_eq!(end_of(&years.proof(id).await).0, "2040-01-01");
    assert_eq!(years.told(id).await[..2], ["notice.renewed", "notice.renewal-due"]);
}

#[tokio::test]
async fn a_policy_or_a_trust_that_shortens_a_proof_brings_it_onto_the_queue_at_once() {
    let (root, first, second) = usual();
    let era = Era::new("2026-06-01", &first, &[(&root, None)]);
    let mut years = Years::begin(&era).await;
    let id = years.archived(&era).await;
    years.day("2027-06-01", &era);
    assert_eq!(years.round().await.0.queued, []);
    let given_up = policy("bits = 2048\nuntil = \"2031-01-01\"", "bits = 2048\nuntil = \"2028-01-01\"");
    let shorter = Era { policy: given_up, ..Era::new("2027-06-01", &second, &[(&root, None)]) };
    years.restart(&shorter).await;
    let (proofs, upgrades) = years.round().await;
    assert_eq!((proofs.judged, proofs.queued, upgrades.upgraded), (vec![id], vec![id], vec![id]));
    assert_eq!(end_of(&years.proof(id).await).0, "2040-01-01");
    // The term of its root ends: it is judged anew, and cannot be lengthened by an authority of the same root.
    let believed = [(&root, Some("2027-12-01"))];
    let ending = Era { policy: shorter.policy.clone(), ..Era::new("2027-06-01", &second, &believed) };
    years.restart(&ending).await;
    let (proofs, upgrades) = years.round().await;
    assert_eq!((proofs.queued, upgrades.waiting), (vec![id], vec![id]));
    let view = years.proof(id).await;
    assert_eq!(end_of(&view), ("2027-12-01".to_owned(), Ending::Trust(root.certificate.subject())));
    assert_eq!(view.upgrade.unwrap().waiting.unwrap().code, "notice-proof-not-longer");
}

#[tokio::test]
async fn a_renewal_that_would_not_help_is_told_and_not_asked_for_every_hour() {
    let (root, first, second) = usual();
    let era = Era::new("2026-06-01", &first, &[(&root, None)]);
    let mut years = Years::begin(&era).await;
    let id = years.archived(&era).await;
    years.settled(&era).await;
    let before = years.file(id).await;
    years.day("2030-02-01", &era);
    let asked = || years.stamps.asked.load(Ordering::SeqCst);
    let so_far = asked();
    assert_eq!(years.round().await.1.waiting, [id]);
    assert_eq!(asked(), so_far + 1);
    for hour in 2..20 {
        years.city.clock.set(&format!("2030-02-01T{hour:02}:00:00Z"));
        years.office.renew_lists(years.lists(&era));
        assert_eq!(years.round().await.1.untried, [id], "{hour}");
    }
    years.day("2030-02-10", &era);
    assert_eq!(years.round().await.1.untried, [id], "new lists help nothing here");
    assert_eq!((asked(), years.file(id).await == before), (so_far + 1, true), "nothing was stored for nothing");
    let waiting = years.proof(id).await.upgrade.unwrap().waiting.unwrap();
    assert_eq!(waiting.code, "notice-proof-not-longer");
    assert!(fumikura::wording::ja(&waiting.code).is_some());
    years.day("2030-03-10", &era);
    assert_eq!(years.round().await.1.waiting, [id], "once a month it is");
    // The next authority's keys are there.
    let next = Era::new("2030-04-15", &second, &[(&root, None)]);
    years.city.clock.set("2030-04-15T01:00:00Z");
    years.restart(&next).await;
    assert_eq!(years.round().await.1.upgraded, [id]);
}

#[tokio::test]
async fn two_rounds_at_once_renew_once() {
    let (root, first, second) = usual();
    let era = Era::new("2026-06-01", &first, &[(&root, None)]);
    let mut years = Years::begin(&era).await;
    let id = years.archived(&era).await;
    let next = Era::new("2030-06-01", &second, &[(&root, None)]);
    years.city.clock.set("2030-06-01T01:00:00Z");
    years.restart(&next).await;
    let other = years.office.clone();
    let (one, two) = tokio::join!(years.office.renew_notices_due(), other.renew_notices_due());
    let queued: usize = [one, two].map(|run| run.unwrap().queued.len()).iter().sum();
    assert_eq!(queued, 1);
    let (one, two) = tokio::join!(years.office.upgrade_due(None), other.upgrade_due(None));
    let renewed: usize = [one, two].map(|run| run.unwrap().upgraded.len()).iter().sum();
    assert_eq!(renewed, 1);
    let told = years.told(id).await;
    let count = |verb: &str| told.iter().filter(|told| *told == verb).count();
    assert_eq!((count("notice.renewal-due"), count("notice.renewed")), (1, 1));
}

/// An authority during whose answer the process ends.
struct Fatal;

impl TimestampSource for Fatal {
    fn timestamp(&self, _request: &[u8]) -> Result<Vec<u8>, TimestampError> {
        std::thread::sleep(std::time::Duration::from_secs(2));
        Err(TimestampError::Unavailable("too late".to_owned()))
    }
}

#[tokio::test]
async fn a_round_that_is_broken_off_leaves_file_and_row_as_they_were() {
    let (root, first, second) = usual();
    let era = Era::new("2026-06-01", &first, &[(&root, None)]);
    let mut years = Years::begin(&era).await;
    let id = years.archived(&era).await;
    years.settled(&era).await;
    let before = years.file(id).await;
    let next = Era::new("2030-06-01", &second, &[(&root, None)]);
    years.city.clock.set("2030-06-01T01:00:00Z");
    years.restart(&next).await;
    years.office.renew_notices_due().await.unwrap();
    // It ends before anything is written.
    let mut parts = city::parts(years.city.folder.path(), &years.city.clock).await;
    parts.timestamps = Some(Arc::new(Fatal));
    parts.judge = judge(&next, years.lists(&next));
    let dying = Office::new(parts);
    let gone = tokio::time::timeout(std::time::Duration::from_millis(300), dying.upgrade_due(None)).await;
    assert!(gone.is_err(), "it was at it");
    // It ends with the longer file written, and no row that knows of it: the database takes neither.
    let store = super::database::open(&years.city.folder.path().join("city.sqlite")).await;
    let mut tx = store.begin().await.unwrap();
    tx.grow_sealed_file(id, &[before.as_slice(), b"% half"].concat()).await.unwrap();
    drop(tx);
    assert_eq!(years.file(id).await, before);
    let view = years.proof(id).await;
    assert_eq!((end_of(&view).0.as_str(), view.upgrade.is_some()), ("2031-01-01", true), "it still waits");
    assert_eq!(years.round().await.1.upgraded, [id]);
    assert!(years.file(id).await.starts_with(&before));
}

#[tokio::test]
async fn rows_from_before_are_judged_by_and_by() {
    let (root, first, _) = usual();
    let era = Era::new("2026-06-01", &first, &[(&root, None)]);
    let years = Years::begin(&era).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(years.archived(&era).await);
    }
    // As a program wrote them that knew nothing of proofs.
    let store = super::database::open(&years.city.folder.path().join("city.sqlite")).await;
    forget(&*store, &ids).await;
    years.city.execute("UPDATE notices SET proof_state = NULL, proof_by = NULL").await;
    assert_eq!(years.proofs().await.counts, ProofCounts::default());
    for line in super::database::PROOFS.lines().filter(|line| line.starts_with("UPDATE")) {
        super::database::execute(&years.city.folder.path().join("city.sqlite"), line.to_owned()).await;
    }
    let counts = years.proofs().await;
    assert_eq!((counts.counts.unjudged, counts.counts.holding, counts.proofs.len()), (3, 0, 0));
    assert_eq!(years.round().await.0.judged, ids);
    let known = years.proofs().await;
    assert_eq!((known.counts.unjudged, known.counts.holding), (0, 3));
    let listed: Vec<_> = known.proofs.iter().map(|one| (one.id, end_of(one).0)).collect();
    assert_eq!(listed, ids.iter().map(|id| (*id, "2031-01-01".to_owned())).collect::<Vec<_>>());
    assert_eq!(years.round().await.0.judged, [], "once is enough");
    // By pages.
    let (mut walked, mut after) = (Vec::new(), None);
    loop {
        let page = years.office.notice_proofs(&auditor(), after, 2).await.unwrap();
        walked.extend(page.proofs.into_iter().map(|one| one.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(walked, ids);
}

async fn forget(store: &dyn Store, ids: &[NoticeId]) {
    let mut tx = store.begin().await.unwrap();
    for id in ids {
        let mut notice = tx.notice(*id).await.unwrap().unwrap();
        notice.proof = None;
        notice.row_version += 1;
        tx.update_notice(&notice).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn what_is_kept_no_longer_than_its_proof_lasts_is_not_renewed() {
    let (root, first, second) = usual();
    let era = Era::new("2026-06-01", &first, &[(&root, None)]);
    let mut years = Years::begin(&era).await;
    let (kept, restricted) = (years.archived(&era).await, years.archived(&era).await);
    let manager = City::person(5, &[Role::RecordsManager]);
    years.office.load_rules(&manager, RULES).await.unwrap();
    let new = NewRecordFile {
        title: "証明".to_owned(),
        class: ClassCode::parse(ROADS).unwrap(),
        opened: day("2026-06-01"),
        year: None,
        creator: "総務文書課".to_owned(),
        custodian: "総務文書課".to_owned(),
        place: String::new(),
        medium: Medium::Electronic,
        access: None,
    };
    let file = years.office.open_file(&manager, new.clone()).await.unwrap();
    years.office.file_notice(&clerk(), kept, file).await.unwrap();
    years.office.close_file(&manager, file, years.office.today()).await.unwrap();
    // Until 31 March 2032: the proof ends before.
    let next = Era::new("2030-06-01", &second, &[(&root, None)]);
    years.city.clock.set("2030-06-01T01:00:00Z");
    years.restart(&next).await;
    assert_eq!(years.round().await.1.upgraded.len(), 2);
    assert_eq!(end_of(&years.proof(kept).await).0, "2040-01-01");
    years.day("2039-06-01", &next);
    let queued = years.round().await.0.queued;
    assert_eq!(queued, [restricted], "who is filed nowhere is renewed; the other is kept until 2032");
    // What is filed as a restricted record is listed, and what it is about is not.
    let elsewhere = NewRecordFile { custodian: "道路管理課".to_owned(), creator: "総務課".to_owned(), ..new };
    let file = years.office.open_file(&manager, elsewhere).await.unwrap();
    years.office.file_notice(&clerk(), restricted, file).await.unwrap();
    let raise = AccessChange::Class { class: AccessClass::Restricted, reason: String::new() };
    years.office.change_access(&manager, AccessTarget::File(file), raise).await.unwrap();
    let seen = years.office.notice_proofs(&seal_keeper(), None, 9).await.unwrap().proofs;
    let told: Vec<_> = seen.iter().map(|one| (one.subject == WITHHELD, one.number.is_some())).collect();
    assert!(told.contains(&(true, false)) && told.contains(&(false, true)), "{told:?}");
    let nobody = City::person(8, &[Role::Administrator]);
    assert_eq!(years.office.notice_proofs(&nobody, None, 9).await.unwrap_err().code(), "office-not-in-role");
}

#[tokio::test]
async fn a_notice_whose_files_are_gone_or_changed_is_not_taken_for_proven() {
    let (root, first, second) = usual();
    let era = Era::new("2026-06-01", &first, &[(&root, None)]);
    let mut years = Years::begin(&era).await;
    let (gone, changed) = (years.archived(&era).await, years.archived(&era).await);
    let store = super::database::open(&years.city.folder.path().join("city.sqlite")).await;
    let mut tx = store.begin().await.unwrap();
    tx.remove_notice_files(gone).await.unwrap();
    let longer = [years.file(changed).await, b"% more".to_vec()].concat();
    tx.grow_sealed_file(changed, &longer).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(years.proofs().await.counts.holding, 1, "what is gone is looked after no more");
    let next = Era::new("2030-06-01", &second, &[(&root, None)]);
    years.city.clock.set("2030-06-01T01:00:00Z");
    years.restart(&next).await;
    let (proofs, upgrades) = years.round().await;
    assert_eq!((proofs.lost, proofs.queued, upgrades), (vec![changed], vec![], UpgradeRun::default()));
    let trouble = years.proof(changed).await.proof.trouble.unwrap();
    assert_eq!((trouble.why.as_str(), trouble.since), ("notice-hash-differs", instant("2030-06-01T01:00:00Z")));
    assert_eq!(trouble.waited_for, None, "it was never on the queue");
}

#[tokio::test]
async fn an_authority_that_was_withdrawn_in_arrears_is_believed_where_its_issuer_says_that_it_was_not_revoked() {
    let (root, first, second) = usual();
    let other = Root::new("Root of others", "signer-p521", DigestAlgorithm::Sha256, "2080-01-01T00:00:00Z");
    let third = other.authority("signer-p384", "2025-01-01", "2045-01-01");
    let era = Era::new("2026-06-01", &second, &[(&root, None)]);
    let mut years = Years::begin(&era).await;
    let id = years.archived(&era).await;
    // In June one learns that the authority's accreditation ended in May; the notice was archived before.
    let late = Era::new("2028-06-01", &third, &[(&root, Some("2028-05-01")), (&other, None)]);
    years.city.clock.set("2028-06-01T01:00:00Z");
    years.restart(&late).await;
    let run = years.round().await;
    assert_eq!((run.0.judged, run.0.lost, run.0.queued), (vec![id], vec![], vec![]));
    assert_eq!(end_of(&years.proof(id).await).0, "2040-01-01", "its issuer goes on answering for it");
    // A city whose first authority is believed nowhere has lost the proof from the day on which that was so.
    let nobody = Era::new("2028-07-01", &first, &[(&other, None)]);
    years.city.clock.set("2028-07-01T01:00:00Z");
    years.restart(&nobody).await;
    assert_eq!(years.round().await.0.lost, [id]);
    let trouble = years.proof(id).await.proof.trouble.unwrap();
    assert_eq!((trouble.since, trouble.why.as_str()), (instant("2028-07-01T01:00:00Z"), "NO_CERTIFICATE_CHAIN_FOUND"));
}

#[tokio::test]
async fn what_cannot_be_told_for_want_of_lists_is_looked_at_again_and_lost_is_something_else() {
    let (root, _, second) = usual();
    let era = Era::new("2026-06-01", &second, &[(&root, None)]);
    let mut years = Years::begin(&era).await;
    let (id, other) = (years.archived(&era).await, years.city.sealed("permit").await);
    years.settled(&era).await;
    let changed =
        Era { policy: policy("version = 2", "version = 3"), ..Era::new("2027-06-01", &second, &era.believed) };
    years.city.clock.set("2027-06-01T01:00:00Z");
    years.restart(&changed).await;
    years.office.renew_lists(Vec::new());
    let (proofs, _) = years.round().await;
    assert_eq!((proofs.lost.len(), proofs.queued.len()), (0, 0));
    let view = years.proof(id).await;
    assert_eq!(
        (view.proof.state(), end_of(&view).0.as_str()),
        (NoticeProofState::Unclear, "2040-01-01"),
        "it is kept in mind"
    );
    assert_eq!(view.proof.trouble.map(|trouble| trouble.why).as_deref(), Some("TRY_LATER"));
    assert_eq!(years.proofs().await.counts, ProofCounts { unclear: 1, ..ProofCounts::default() });
    let row = years.office.notice(&clerk(), id).await.unwrap().notice.row_version;
    years.round().await;
    let again = years.office.notice(&clerk(), id).await.unwrap().notice.row_version;
    assert_eq!(again, row, "what is the same is not written again");
    years.day("2027-06-02", &changed);
    years.round().await;
    assert_eq!(years.proofs().await.counts, ProofCounts { holding: 1, ..ProofCounts::default() });
    // An issuer that says nothing any more is found within the quarter, though nobody changed what is believed.
    years.city.clock.set("2027-09-01T01:00:00Z");
    years.round().await;
    assert_eq!(years.proofs().await.counts, ProofCounts { unclear: 1, ..ProofCounts::default() });
    let listed: Vec<_> = years.proofs().await.proofs.into_iter().map(|one| one.id).collect();
    assert_eq!(listed, [id], "class B is not renewed: {other}");
    assert!(years.told(id).await.iter().all(|verb| verb != "notice.proof-lost"));
}
