//! Judgement on changes: which of them a signature, its certification and the policy allow (ISO 32000-2, 12.8.2.2 and
//! 12.8.2.4; EN 319 102-1 v1.4.1, 5.2.8).

use super::changes::{Change, ChangeKind};
use super::evidence::{Evidence, SignatureEvidence};
use super::report::{Changes, Coverage, Finding, Severity};
use super::rules::Rule;
use crate::pades::{EmbeddedSignature, FieldLock};
use crate::policy::{AllowedChanges, Outcome, SubIndication};
use std::collections::BTreeSet;

/// How many findings on changes one signature gets; the verdict rests on all of them.
const LISTED: usize = 40;

/// The judgement on everything that was changed after one signature.
pub(super) struct Permission {
    /// The worst class of change.
    pub(super) changes: Changes,
    /// What speaks against the signature.
    pub(super) against: Vec<Outcome>,
    /// The changes, told.
    pub(super) findings: Vec<Finding>,
}

/// Judges the changes after a signature. `sound` tells of each later signature whether its own bytes are intact.
pub(super) fn judge(
    evidence: &Evidence,
    signature: &SignatureEvidence,
    sound: &[bool],
    allowed: AllowedChanges,
) -> Permission {
    let mut permission = Permission { changes: Changes::None, against: Vec::new(), findings: Vec::new() };
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
        lock: signature.embedded.as_ref().and_then(|embedded| embedded.lock.clone()),
        allowed,
    };
    let mut told: BTreeSet<(&'static str, String)> = BTreeSet::new();
    for (step, change) in
        evidence.steps.range(revision..).flat_map(|(step, changes)| changes.iter().map(move |c| (*step, c)))
    {
        let (verdict, rule) = rules.judge(change, is_sound(evidence, sound, step, change));
        let class = if verdict == Verdict::Broken { Changes::Forbidden } else { change.kind.class() };
        permission.changes = permission.changes.max(class);
        permission.against.extend(verdict.outcome());
        if told.len() < LISTED && told.insert((change.kind.code(), change.path.clone())) {
            permission.findings.extend(verdict.findings(rule, change));
        }
    }
    permission
}

/// What one change means for a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// It cannot be told what changed.
    Unclear,
}

impl Verdict {
    fn outcome(self) -> Option<Outcome> {
        match self {
            Self::Allowed | Self::Noted => None,
            Self::NotPermitted => Some(Outcome::Indeterminate(SubIndication::SigConstraintsFailure)),
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
            _ => None,
        };
        let second = reason.map(|code| told(code, Severity::Error));
        std::iter::once(first).chain(second).collect()
    }
}

/// What decides on changes after one signature.
struct Rules {
    certified: Option<u8>,
    /// What the locks of signed fields leave (table 236): they take, and never give.
    left_by_locks: Option<u8>,
    lock: Option<FieldLock>,
    allowed: AllowedChanges,
}

impl Rules {
    /// Judges one change, and names the rule that decided.
    fn judge(&self, change: &Change, sound: bool) -> (Verdict, Rule) {
        match change.kind.class() {
            Changes::Unclear => return (Verdict::Unclear, Rule::AsWritten),
            Changes::Forbidden => return (Verdict::Forbidden, Rule::DefaultDeny),
            _ if !sound => return (Verdict::Broken, Rule::SoundSignature),
            _ => {}
        }
        if self.locks(change) {
            return (Verdict::Locked, Rule::FieldMdp);
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

    fn locks(&self, change: &Change) -> bool {
        let (Some(lock), Some(field)) = (&self.lock, &change.field) else { return false };
        if change.kind.class() != Changes::FormFill {
            return false;
        }
        lock.holds(field)
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

/// A change that adds a signature is sound only where that signature covers its own revision and is intact.
fn is_sound(evidence: &Evidence, sound: &[bool], step: usize, change: &Change) -> bool {
    let adds =
        matches!(change.kind, ChangeKind::Signature | ChangeKind::VisibleSignature | ChangeKind::DocumentTimestamp);
    !adds
        || evidence.signatures.iter().zip(sound).any(|(one, sound)| {
            let same_field = one.embedded.as_ref().map(|embedded| embedded.field_object) == change.object;
            *sound && same_field && one.revision == Some(step + 1)
        })
}

fn place(change: &Change) -> Option<String> {
    match (&change.object, change.path.is_empty()) {
        (Some(id), true) => Some(format!("{} {} R", id.0, id.1)),
        (Some(id), false) => Some(format!("{} ({} {} R)", change.path, id.0, id.1)),
        (None, false) => Some(change.path.clone()),
        (None, true) => None,
    }
}
