//! Judgement on changes: which of them a signature, its certification and the policy allow (ISO 32000-2, 12.8.2.2 and
//! 12.8.2.4; EN 319 102-1 v1.4.1, 5.2.8).

use super::changes::{Change, ChangeKind};
use super::checks::Soundness;
use super::evidence::{Evidence, SignatureEvidence};
use super::report::{Changes, Coverage, Finding, Severity};
use super::rules::Rule;
use crate::pades::{EmbeddedSignature, FieldLock};
use crate::pdf::ObjectId;
use crate::policy::{AllowedChanges, Outcome, SubIndication};
use std::cell::Cell;
use std::collections::{HashMap, HashSet};

/// How many changes one signature's findings tell of; the verdict rests on all of them.
const LISTED: usize = 40;
/// How many names of locks are compared with names of changed fields, all signatures together.
const COMPARED_NAMES: usize = 100_000_000;

/// The signatures that revisions added, by the step to that revision and the field: what they are to those before them.
pub(super) struct Added(HashMap<(usize, ObjectId), Soundness>);

impl Added {
    /// Gathers them; `soundness` goes along with the signatures.
    pub(super) fn of(evidence: &Evidence, soundness: impl Iterator<Item = Soundness>) -> Self {
        let mut added = HashMap::new();
        for (signature, soundness) in evidence.signatures.iter().zip(soundness) {
            let step = signature.revision.and_then(|revision| revision.checked_sub(1));
            if let (Some(step), Some(embedded)) = (step, &signature.embedded) {
                let known = added.entry((step, embedded.field_object)).or_insert(soundness);
                *known = soundness.min(*known);
            }
        }
        Self(added)
    }

    /// A change that adds a signature is sound only where that signature covers its own revision and is intact.
    fn soundness(&self, step: usize, change: &Change) -> Soundness {
        match change.object {
            _ if !change.kind.adds_signature() => Soundness::Sound,
            Some(field) => self.0.get(&(step, field)).copied().unwrap_or(Soundness::Broken),
            None => Soundness::Broken,
        }
    }
}

/// The judgement on everything that was changed after one signature.
pub(super) struct Permission {
    /// The worst class of change.
    pub(super) changes: Changes,
    /// Whether one of them is allowed by nothing.
    pub(super) is_denied: bool,
    /// What speaks against the signature.
    pub(super) against: Vec<Outcome>,
    /// The changes, told.
    pub(super) findings: Vec<Finding>,
}

/// Judges the changes after a signature.
pub(super) fn judge(
    evidence: &Evidence,
    signature: &SignatureEvidence,
    added: &Added,
    allowed: AllowedChanges,
) -> Permission {
    let mut permission =
        Permission { changes: Changes::None, is_denied: false, against: Vec::new(), findings: Vec::new() };
    let readable = evidence.pdf.as_ref().is_some_and(|pdf| !pdf.is_repaired());
    let revision = match (readable, signature.coverage, signature.revision) {
        (true, Coverage::WholeFile, None) => return permission,
        (true, _, Some(revision)) => revision,
        _ => {
            permission.changes = Changes::Unclear;
            permission.against.push(Outcome::Indeterminate(SubIndication::Custom));
            permission.findings.push(Finding::error("changes-unknown"));
            return permission;
        }
    };
    let rules = Rules {
        certified: strictest(evidence, revision, |embedded| embedded.certification),
        left_by_locks: strictest(evidence, revision, |embedded| embedded.lock_permission),
        locks: signature.embedded.as_ref().map_or(&[], |embedded| &embedded.locks),
        names_left: Cell::new(COMPARED_NAMES / evidence.signatures.len().max(1)),
        allowed,
    };
    let mut told = Told::default();
    for (step, found) in evidence.steps.range(revision..) {
        for change in &found.changes {
            let (verdict, rule) = rules.judge(change, added.soundness(*step, change));
            let class = match verdict {
                Verdict::Broken => Changes::Forbidden,
                Verdict::Unclear => Changes::Unclear,
                _ => change.kind.class(),
            };
            permission.changes = permission.changes.max(class);
            let outcome = verdict.outcome();
            permission.is_denied |= matches!(outcome, Some(Outcome::Failed(_)));
            permission.against.extend(outcome.filter(|outcome| !permission.against.contains(outcome)));
            told.note(verdict, rule, change);
        }
        told.more += found.more;
    }
    permission.findings = told.into_findings();
    permission
}

/// The changes that findings tell of: first those that are a reason for the verdict, then the others.
#[derive(Default)]
struct Told<'a> {
    known: HashSet<(Verdict, &'static str, &'a str)>,
    against: Vec<(usize, Verdict, Rule, &'a Change)>,
    others: Vec<(usize, Verdict, Rule, &'a Change)>,
    more: usize,
}

impl<'a> Told<'a> {
    fn note(&mut self, verdict: Verdict, rule: Rule, change: &'a Change) {
        let key = (verdict, change.kind.code(), change.path.as_str());
        let place = self.known.len();
        let list = if verdict.outcome().is_some() { &mut self.against } else { &mut self.others };
        if list.len() >= LISTED {
            self.more += usize::from(!self.known.contains(&key));
        } else if self.known.insert(key) {
            list.push((place, verdict, rule, change));
        }
    }

    /// Returns the findings in the order of the changes, and how many changes there are beside them.
    fn into_findings(mut self) -> Vec<Finding> {
        let left = LISTED - self.against.len();
        self.more += self.others.len().saturating_sub(left);
        self.others.truncate(left);
        self.against.append(&mut self.others);
        self.against.sort_by_key(|(place, ..)| *place);
        let told = self.against.iter().flat_map(|(_, verdict, rule, change)| verdict.findings(*rule, change));
        let more = (self.more > 0).then(|| Finding::info("changes-not-listed").with("count", self.more.to_string()));
        told.chain(more).collect()
    }
}

/// What one change means for a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Verdict {
    /// Allowed.
    Allowed,
    /// Allowed, and worth a look: it shows on a page, or serves no purpose.
    Noted,
    /// The policy does not allow it.
    NotPermitted,
    /// The document's certification does not allow it.
    BeyondCertification,
    /// The signature locked this field.
    Locked,
    /// Nothing allows it.
    Forbidden,
    /// A later signature that is no sound one.
    Broken,
    /// A later signature of which nobody can say whether it is sound.
    Unchecked,
    /// It cannot be told what changed.
    Unclear,
}

impl Verdict {
    fn outcome(self) -> Option<Outcome> {
        match self {
            Self::Allowed | Self::Noted => None,
            Self::NotPermitted | Self::Unchecked => Some(Outcome::Indeterminate(SubIndication::SigConstraintsFailure)),
            Self::Unclear => Some(Outcome::Indeterminate(SubIndication::Custom)),
            Self::BeyondCertification | Self::Locked | Self::Forbidden | Self::Broken => {
                Some(Outcome::Failed(SubIndication::FormatFailure))
            }
        }
    }

    fn findings(self, rule: Rule, change: &Change) -> Vec<Finding> {
        let severity = match self {
            Self::Allowed => Severity::Info,
            Self::Noted => Severity::Warning,
            _ => Severity::Error,
        };
        let told = |code, severity| {
            let finding = Finding::new(code, severity).page(change.page).clause(rule.clause());
            Finding { object: place(change), rectangle: change.rectangle, rule: Some(rule), ..finding }
        };
        let mut first = told(change.kind.code(), severity);
        if let Some(field) = &change.field {
            first = first.with("field", field.clone());
        }
        let reason = match self {
            Self::NotPermitted => Some("change-not-permitted"),
            Self::BeyondCertification => Some("change-beyond-certification"),
            Self::Locked => Some("change-of-locked-field"),
            Self::Broken => Some("later-signature-broken"),
            Self::Unchecked => Some("later-signature-unchecked"),
            _ => None,
        };
        let second = reason.map(|code| told(code, Severity::Error));
        std::iter::once(first).chain(second).collect()
    }
}

/// What decides on changes after one signature.
struct Rules<'a> {
    certified: Option<u8>,
    /// What the locks of signed fields leave (table 236): they take, and never give.
    left_by_locks: Option<u8>,
    locks: &'a [FieldLock],
    /// How many names of locks may still be compared.
    names_left: Cell<usize>,
    allowed: AllowedChanges,
}

impl Rules<'_> {
    /// Judges one change, and names the rule that decided.
    fn judge(&self, change: &Change, soundness: Soundness) -> (Verdict, Rule) {
        match change.kind.class() {
            Changes::Unclear => return (Verdict::Unclear, Rule::AsWritten),
            Changes::Forbidden => return (Verdict::Forbidden, Rule::DefaultDeny),
            _ if soundness == Soundness::Broken => return (Verdict::Broken, Rule::SoundSignature),
            _ => {}
        }
        match self.locks(change) {
            Some(false) => {}
            Some(true) => return (Verdict::Locked, Rule::FieldMdp),
            None => return (Verdict::Unclear, Rule::FieldMdp),
        }
        let needed = needed(change.kind);
        if let Some((permission, rule)) = self.permission() {
            // Table 257: 1 allows nothing (validation data and document timestamps are no changes to the document),
            // 2 filling in and signing, 3 annotations as well. A signature that newly shows on a page adds an
            // annotation, which filling in a field that was there does not.
            let granted = match permission {
                1 => AllowedChanges::Lta,
                2 => AllowedChanges::FormFill,
                _ => AllowedChanges::Annotate,
            };
            if needed > granted || (permission < 3 && adds_widget(change.kind)) {
                return (Verdict::BeyondCertification, rule);
            }
        }
        let by_policy = Rule::Policy(self.allowed);
        let (granted, rule) = match self.certified {
            _ if needed <= AllowedChanges::Lta && needed <= self.allowed => (self.allowed, Rule::LongTerm),
            // The certifier has allowed the filling in of fields; annotations stay a matter of the policy, because
            // one drawn over the text can say the opposite of it.
            Some(permission) if permission >= 2 && needed <= AllowedChanges::FormFill => {
                (AllowedChanges::FormFill, Rule::of_certification(permission))
            }
            _ => (self.allowed, by_policy),
        };
        match change.kind {
            _ if needed > granted => (Verdict::NotPermitted, by_policy),
            _ if soundness == Soundness::Unchecked => (Verdict::Unchecked, Rule::SoundSignature),
            ChangeKind::VisibleSignature | ChangeKind::UnusedObject => (Verdict::Noted, rule),
            _ => (Verdict::Allowed, rule),
        }
    }

    /// Returns the strictest permission that the document gives, and whose it is.
    fn permission(&self) -> Option<(u8, Rule)> {
        let certified = self.certified.map(|permission| (permission, Rule::of_certification(permission)));
        let left = self.left_by_locks.map(|permission| (permission, Rule::SignedFieldLock));
        certified.into_iter().chain(left).min_by_key(|(permission, _)| *permission)
    }

    /// Tells whether a lock holds the field that a change is about; none where that is too much to compare.
    fn locks(&self, change: &Change) -> Option<bool> {
        let Some(field) = change.field.as_ref().filter(|_| change.kind.class() == Changes::FormFill) else {
            return Some(false);
        };
        let names: usize = self.locks.iter().map(|lock| lock.names().len()).sum();
        self.names_left.set(self.names_left.get().checked_sub(names)?);
        Some(self.locks.iter().any(|lock| lock.holds(field)))
    }
}

/// Tells whether a change puts a widget on a page where the certifier saw none.
fn adds_widget(kind: ChangeKind) -> bool {
    matches!(kind, ChangeKind::VisibleSignature | ChangeKind::SignatureField)
}

/// The least that must be allowed for a change.
fn needed(kind: ChangeKind) -> AllowedChanges {
    match kind {
        ChangeKind::ValidationData
        | ChangeKind::DocumentTimestamp
        | ChangeKind::Housekeeping
        | ChangeKind::UnusedObject => AllowedChanges::Lta,
        ChangeKind::Signature
        | ChangeKind::VisibleSignature
        | ChangeKind::SignatureField
        | ChangeKind::FormSettings => AllowedChanges::Signatures,
        ChangeKind::FieldValue => AllowedChanges::FormFill,
        _ => AllowedChanges::Annotate,
    }
}

/// Returns the strictest of the permissions in effect from a revision on.
fn strictest(evidence: &Evidence, revision: usize, of: impl Fn(&EmbeddedSignature) -> Option<u8>) -> Option<u8> {
    let earlier = evidence.signatures.iter().filter(|one| one.revision.is_some_and(|other| other <= revision));
    earlier.filter_map(|one| of(one.embedded.as_ref()?)).min()
}

fn place(change: &Change) -> Option<String> {
    match (&change.object, change.path.is_empty()) {
        (Some(id), true) => Some(format!("{} {} R", id.0, id.1)),
        (Some(id), false) => Some(format!("{} ({} {} R)", change.path, id.0, id.1)),
        (None, false) => Some(change.path.clone()),
        (None, true) => None,
    }
}
