//! Judgement on evidence records (RFC 4998, 4.3 and 5.3): the newest timestamp at the time of validation, each before it at
//! the time that those after it prove, as document timestamps are judged.

use super::ValidationContext;
use super::lasting::{self, Lasting};
use super::material::{Existence, Known, Material, Outliving};
use super::objects::{ObjectKind, PathFacts, ValidationObject};
use super::proofs::Proofs;
use super::report::{Finding, Indication, PolicyFacts, TimestampKind, TimestampReport};
use super::timestamps::{self, JudgedToken};
use crate::asn1::{Certificate, CertificateList, OcspResponse};
use crate::cms::{SignedData, ValidationData};
use crate::digest::{Digest, DigestAlgorithm, Sha256Hex};
use crate::evidence::{DataObject, EvidenceRecord, Examination, Flaw, Stamp, examine};
use crate::pki::{GoodSignatures, Need};
use crate::policy::{AlgorithmUse, Judged, Outcome, SubIndication};
use crate::time::Instant;
use std::collections::HashSet;
use std::sync::Arc;

/// A part of a record, or of what was given with it; each counted from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// The chain of timestamps.
    pub chain: Option<usize>,
    /// The timestamp in its chain.
    pub timestamp: Option<usize>,
    /// The list of hashes in the timestamp's tree.
    pub list: Option<usize>,
    /// The data object.
    pub object: Option<usize>,
}

impl std::fmt::Display for Element {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts =
            [("chain", self.chain), ("timestamp", self.timestamp), ("list", self.list), ("data object", self.object)];
        let said: Vec<String> =
            parts.iter().filter_map(|(name, number)| number.map(|number| format!("{name} {number}"))).collect();
        f.write_str(if said.is_empty() { "record" } else { "" })?;
        f.write_str(&said.join(", "))
    }
}

/// What was found about one archive timestamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveTimestampReport {
    /// Which one it is.
    pub element: Element,
    /// The verdict on it: tree, link to what it covers, and token.
    pub indication: Indication,
    /// Why, where it did not pass.
    pub sub_indication: Option<SubIndication>,
    /// The digest algorithm of its tree.
    pub digest: Option<DigestAlgorithm>,
    /// How many lists its tree has; none where the token is over the leaf itself.
    pub lists: usize,
    /// The token.
    pub token: TimestampReport,
    /// Until when it holds: of the newest, by itself; of each before it, as those after it prove. `None` where nothing ends, or it did not
    /// pass.
    pub lasts: Option<Lasting>,
    /// What was found beside the token's findings.
    pub findings: Vec<Finding>,
}

/// The report on one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceReport {
    /// The time the validation was asked for.
    pub at: Instant,
    /// The policy that was judged by.
    pub policy: PolicyFacts,
    /// The verdict.
    pub indication: Indication,
    /// Why, where it did not pass.
    pub sub_indication: Option<SubIndication>,
    /// The part that decided, where it did not pass.
    pub decided: Option<Element>,
    /// Since when the data objects are proven to exist; `None` unless all passed.
    pub proven_time: Option<Instant>,
    /// Until when the proof holds unless it is renewed: as long as the first of its timestamps does. `None` where nothing ends, or the
    /// record did not pass.
    pub lasts: Option<Lasting>,
    /// How many hashes stand beside the data objects in the first list: of other data, or of the group's other members.
    pub others: usize,
    /// The timestamps, the oldest first.
    pub timestamps: Vec<ArchiveTimestampReport>,
    /// What was found about the record as a whole.
    pub findings: Vec<Finding>,
    /// What the judgements rested on, in the order of its first use.
    pub objects: Vec<ValidationObject>,
}

impl EvidenceReport {
    /// Returns what the newest timestamp's validation rested on: certificates below the anchor, responses, and of the lists at
    /// hand those that were used. It is to be put beside the timestamp before that is renewed. `None` where it did not pass.
    pub fn validation_data(&self, crls: &[CertificateList]) -> Option<ValidationData> {
        let last = self.timestamps.last().filter(|last| last.token.indication == Indication::TotalPassed)?;
        Some(self.data_of(std::slice::from_ref(last), crls))
    }

    /// Returns the same for all timestamps that passed, the newest statements at hand on each of their authorities: what they need of the
    /// time when these have ended (EN 319 102-1, 5.6.2.2). `None` where the newest did not pass.
    pub fn vouching_data(&self, crls: &[CertificateList]) -> Option<ValidationData> {
        self.timestamps.last().filter(|last| last.token.indication == Indication::TotalPassed)?;
        Some(self.data_of(&self.timestamps, crls))
    }

    /// Returns the timestamps before the newest that end first, and before it does: only lists from after it, and a further timestamp over
    /// these, make them last longer.
    pub fn weakest(&self) -> Vec<&ArchiveTimestampReport> {
        let until = |one: &ArchiveTimestampReport| one.lasts.as_ref().map(|lasts| lasts.until);
        let newest = self.timestamps.last().and_then(until);
        let first =
            self.lasts.as_ref().map(|lasts| lasts.until).filter(|first| newest.is_some_and(|newest| *first < newest));
        self.timestamps.iter().filter(|one| first.is_some() && until(one) == first).collect()
    }

    /// Returns what the validation of some of the timestamps rested on that passed.
    pub fn data_of(&self, timestamps: &[ArchiveTimestampReport], crls: &[CertificateList]) -> ValidationData {
        let passed = timestamps.iter().filter(|one| one.token.indication == Indication::TotalPassed);
        let paths = passed.filter_map(|one| one.token.path.as_ref());
        let below = |path: &'_ PathFacts| path.chain.len().saturating_sub(1);
        let names: HashSet<&Sha256Hex> =
            paths.flat_map(|path| path.chain.iter().take(below(path)).chain(&path.revocation_data)).collect();
        let is_used = |list: &&CertificateList| names.contains(&Sha256Hex::from_bytes(list.sha256()));
        let mut data = ValidationData { crls: crls.iter().filter(is_used).cloned().collect(), ..Default::default() };
        for object in self.objects.iter().filter(|object| names.contains(&object.sha256)) {
            let der = object.der.as_deref().unwrap_or_default();
            match object.kind {
                ObjectKind::Certificate => data.certificates.extend(Certificate::from_der(der).ok()),
                ObjectKind::OcspResponse => data.ocsps.extend(OcspResponse::from_der(der).ok()),
                ObjectKind::RevocationList | ObjectKind::Timestamp => {}
            }
        }
        data
    }
}

/// Judges whether a record proves that data objects existed, and says what the paths lacked that could change the report.
/// The objects are all of one group; without any, the most that a record can be is undetermined.
pub fn validate_evidence(
    record: &EvidenceRecord,
    data: &[DataObject],
    context: &ValidationContext<'_>,
    good: &Arc<GoodSignatures>,
) -> (EvidenceReport, Vec<Need>) {
    let examination = examine(record, data);
    let tokens = || examination.stamps.iter().map(signed_data);
    let material = Material::of_tokens(context, tokens().flatten(), good);
    let (judged, proofs) = judge_tokens(&examination, &material);
    let mut against: Vec<(Outcome, Element)> = Vec::new();
    let mut findings = about_record(record, &examination);
    if !examination.has_data {
        against.push((Outcome::Indeterminate(SubIndication::SignedDataNotFound), Element::default()));
        findings.push(Finding::error("evidence-data-missing").clause("RFC 4998 5.3"));
    }
    let mut timestamps = Vec::new();
    for (index, (stamp, judged_token)) in examination.stamps.iter().zip(&judged).enumerate() {
        let next = judged.get(index + 1);
        let found = Found::of(stamp, judged_token, next, context);
        against.extend(found.against.iter().copied());
        timestamps.push(found.report(stamp, judged_token));
    }
    let decisive = gravest(&against);
    let outcome = decisive.map_or(Outcome::Passed, |(outcome, _)| outcome);
    let first = timestamps.first().and_then(|first: &ArchiveTimestampReport| first.token.gen_time);
    let report = EvidenceReport {
        at: context.at,
        policy: PolicyFacts::of(context.policy),
        indication: super::process::indication(outcome),
        sub_indication: outcome.sub_indication(),
        decided: decisive.map(|(_, element)| element),
        proven_time: first.filter(|_| outcome.is_passed()),
        lasts: if outcome.is_passed() { first_end(&judged) } else { None },
        others: examination.stamps.first().map_or(0, |first| first.others),
        timestamps,
        findings,
        objects: material.objects.all(&proofs),
    };
    (report, material.into_needs())
}

/// Counts the timestamps of a record that others prove, and those of them that stay good when the last authority over them has ended, by
/// what the record has and a further timestamp would prove (EN 319 102-1, 5.6.2).
pub fn evidence_outliving(
    record: &EvidenceRecord,
    data: &[DataObject],
    context: &ValidationContext<'_>,
    good: &Arc<GoodSignatures>,
) -> Outliving {
    let examination = examine(record, data);
    let material = Material::of_tokens(context, examination.stamps.iter().filter_map(signed_data), good).counting();
    judge_tokens(&examination, &material);
    material.counted()
}

fn signed_data(stamp: &Stamp) -> Option<&SignedData> {
    stamp.token.as_ref().ok().map(|token| token.signed_data.as_ref())
}

/// Judges the tokens, the newest first: each that passes, and is over what stands before it, proves that this existed.
fn judge_tokens(examination: &Examination, material: &Material<'_>) -> (Vec<JudgedToken>, Proofs) {
    let nothing_proven = || Proofs::of_tokens(examination.stamps.iter().map(signed_data));
    let (mut proofs, mut existence) = (nothing_proven(), Existence::Unproven);
    let mut judged = Vec::new();
    for (index, stamp) in examination.stamps.iter().enumerate().rev() {
        let imprint = |algorithm| {
            let stated = stamp.token.as_ref().map(|token| token.imprint.bytes.clone()).unwrap_or_default();
            Digest { algorithm, bytes: stamp.root.clone().unwrap_or(stated) }
        };
        let known = Known { existence, proofs: &proofs, names_signer: true };
        let mut token = timestamps::judge(material, TimestampKind::Archive, &stamp.token, &imprint, known);
        token.lasts = match judged.is_empty() {
            true => lasts(stamp, &token, material.context),
            false => lasting::of_stamp(material, &token, known, judged.iter()),
        };
        let covers = examination.has_data || stamp.place > 0;
        match (&token.token, token.report.gen_time) {
            _ if !covers || !stamp.flaws.is_empty() || !stamp.is_over_root() => {
                (proofs, existence) = (nothing_proven(), Existence::Unproven);
            }
            (Some(read), Some(at)) if token.outcome.is_passed() => {
                proofs.extract(index as u64, read);
                existence = existence.or_earlier(at);
            }
            _ => {}
        }
        judged.push(token);
    }
    judged.reverse();
    (judged, proofs)
}

/// What speaks against one archive timestamp.
#[derive(Default)]
struct Found {
    against: Vec<(Outcome, Element)>,
    findings: Vec<Finding>,
}

impl Found {
    fn of(stamp: &Stamp, judged: &JudgedToken, next: Option<&JudgedToken>, context: &ValidationContext<'_>) -> Self {
        let mut found = Self::default();
        stamp.flaws.iter().for_each(|flaw| found.flaw(*flaw, element(stamp)));
        if !judged.outcome.is_passed() {
            found.against.push((judged.outcome, element(stamp)));
        }
        // What the token states is judged with it.
        let stated = judged.token.as_ref().map(|token| token.imprint.algorithm);
        let passed = next.filter(|next| next.outcome.is_passed()).and_then(|next| next.report.gen_time);
        let at = passed.map_or(Existence::Unproven, Existence::Proven).at(context.at);
        let is_weak = |digest: &DigestAlgorithm| {
            stated != Some(*digest) && context.policy.judge(AlgorithmUse::Digest(*digest), at) != Judged::Strong
        };
        if let Some(weak) = stamp.algorithm.filter(is_weak) {
            let finding = Finding::error("algorithm-too-weak").with("algorithm", weak.name());
            let outcome = Outcome::Indeterminate(SubIndication::CryptoConstraintsFailureNoPoe);
            found.put(outcome, finding.clause("RFC 4998 5.3"), element(stamp));
        }
        if next.is_some_and(|next| judged.is_surely_after(next)) {
            let finding = Finding::error("evidence-order").clause("RFC 4998 5.1");
            found.put(Outcome::Indeterminate(SubIndication::TimestampOrderFailure), finding, element(stamp));
        }
        found
    }

    fn put(&mut self, outcome: Outcome, finding: Finding, element: Element) {
        self.against.push((outcome, element));
        self.findings.push(finding.object(element.to_string()));
    }

    fn flaw(&mut self, flaw: Flaw, at: Element) {
        let object = |number: usize| Element { object: Some(number + 1), ..at };
        let (outcome, code, element) = match flaw {
            Flaw::AlgorithmUnknown => {
                (Outcome::Indeterminate(SubIndication::CryptoConstraintsFailure), "evidence-digest-unsupported", at)
            }
            Flaw::AlgorithmChanges => (Outcome::Failed(SubIndication::FormatFailure), "evidence-algorithm-changes", at),
            Flaw::HashLength(list) => (
                Outcome::Failed(SubIndication::FormatFailure),
                "evidence-hash-length",
                Element { list: Some(list + 1), ..at },
            ),
            Flaw::DataNotCovered(number) => {
                (Outcome::Failed(SubIndication::HashFailure), "evidence-data-not-covered", object(number))
            }
            Flaw::DataNotDigested(number) => {
                (Outcome::Indeterminate(SubIndication::SignedDataNotFound), "evidence-data-missing", object(number))
            }
            Flaw::PreviousNotCovered => {
                (Outcome::Failed(SubIndication::HashFailure), "evidence-previous-not-covered", at)
            }
        };
        self.put(outcome, Finding::error(code).clause("RFC 4998 5.3"), element);
    }

    fn report(self, stamp: &Stamp, judged: &JudgedToken) -> ArchiveTimestampReport {
        let outcome = gravest(&self.against).map_or(Outcome::Passed, |(outcome, _)| outcome);
        ArchiveTimestampReport {
            element: element(stamp),
            indication: super::process::indication(outcome),
            sub_indication: outcome.sub_indication(),
            digest: stamp.algorithm,
            lists: stamp.lists,
            token: judged.report.clone(),
            lasts: judged.lasts.clone().filter(|_| outcome.is_passed()),
            findings: self.findings,
        }
    }
}

fn element(stamp: &Stamp) -> Element {
    Element { chain: Some(stamp.chain + 1), timestamp: Some(stamp.place + 1), ..Element::default() }
}

/// Returns the gravest of what speaks against something: a broken digest, else a failure, else what was met first.
fn gravest(against: &[(Outcome, Element)]) -> Option<(Outcome, Element)> {
    let hash = |outcome: Outcome| outcome == Outcome::Failed(SubIndication::HashFailure);
    let broken = against.iter().find(|(outcome, _)| hash(*outcome));
    let failed = || against.iter().find(|(outcome, _)| matches!(outcome, Outcome::Failed(_)));
    broken.or_else(failed).or(against.first()).copied()
}

/// Tells what is worth knowing of the record as a whole.
fn about_record(record: &EvidenceRecord, examination: &Examination) -> Vec<Finding> {
    let mut findings = Vec::new();
    if record.was_ber {
        findings.push(Finding::warning("evidence-not-der").clause("RFC 4998 5.2"));
    }
    if record.encryption.is_some() {
        findings.push(Finding::warning("evidence-encrypted").clause("RFC 4998 6"));
    }
    let mut told: Vec<DigestAlgorithm> = Vec::new();
    for stamp in &examination.stamps {
        let unlisted = stamp.algorithm.filter(|used| !record.lists(*used) && !told.contains(used));
        if let Some(used) = unlisted {
            told.push(used);
            let finding = Finding::warning("evidence-digest-not-listed").with("algorithm", used.name());
            findings.push(finding.clause("RFC 4998 3.1").object(element(stamp).to_string()));
        }
    }
    findings
}

/// Returns when the newest timestamp ends.
fn lasts(stamp: &Stamp, newest: &JudgedToken, context: &ValidationContext<'_>) -> Option<Lasting> {
    let (token, path) = newest.token.as_ref().zip(newest.path.as_ref()).filter(|_| newest.outcome.is_passed())?;
    lasting::of(context, token, path, stamp.algorithm, newest.report.accredited)
}

/// Returns when the first of timestamps ends, the oldest of several; `None` where the newest does not.
fn first_end(judged: &[JudgedToken]) -> Option<Lasting> {
    judged.last()?.lasts.as_ref()?;
    judged.iter().filter_map(|one| one.lasts.clone()).min_by_key(|lasting| lasting.until)
}
