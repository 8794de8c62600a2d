//! Trust anchors: certificates that are believed because someone decided so, for a term and a use, and how they are called.

use super::directory::Directory;
use super::path::Purpose;
use crate::asn1::{Asn1Error, Certificate};
use crate::time::{Date, Instant, japanese_midnight};
use serde::{Deserialize, Serialize};

/// The time for which an anchor is believed; open where there is no bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// The first instant.
    pub from: Option<Instant>,
    /// The first instant at which it no longer holds.
    pub before: Option<Instant>,
}

impl Term {
    /// Makes the term of whole days in Japan, the first and the last included.
    pub fn days(from: Option<Date>, until: Option<Date>) -> Self {
        let day_after = until.and_then(|until| until.tomorrow().ok());
        Self { from: from.and_then(japanese_midnight), before: day_after.and_then(japanese_midnight) }
    }

    /// Tells whether an instant lies in it.
    pub fn holds(&self, at: Instant) -> bool {
        self.from.is_none_or(|from| from <= at) && self.before.is_none_or(|before| at < before)
    }
}

/// What an anchor is believed about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum AnchorUse {
    /// Whatever it is asked about.
    #[default]
    Any,
    /// Signers, and nobody's timestamps.
    Signing,
    /// Timestamps, and no signer.
    Timestamping,
}

impl AnchorUse {
    fn serves(self, purpose: Purpose) -> bool {
        match self {
            Self::Any => true,
            Self::Signing => purpose != Purpose::Timestamping,
            Self::Timestamping => purpose != Purpose::Signing,
        }
    }
}

/// For what and how long an anchor is believed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Belief {
    /// The term in which whoever it vouches for must have signed.
    pub term: Term,
    /// What it is believed about.
    pub anchor_use: AnchorUse,
    /// The last instant at which the list it comes from may be judged by; `None` where it never grows stale.
    pub fresh_until: Option<Instant>,
}

impl Belief {
    /// Believes for a term, whatever the question.
    pub fn during(term: Term) -> Self {
        Self { term, ..Self::default() }
    }
}

/// A set of trust anchors, each perhaps believed for a term or a use only, with a directory of names.
#[derive(Clone, Debug, Default)]
pub struct TrustAnchors {
    certificates: Vec<Certificate>,
    /// What is believed of each.
    beliefs: Vec<Belief>,
    directory: Directory,
    accepts_stale: bool,
}

impl TrustAnchors {
    /// Makes a set of certificates; repetitions are dropped.
    pub fn new(certificates: impl IntoIterator<Item = Certificate>) -> Self {
        let mut set = Self::default();
        certificates.into_iter().for_each(|certificate| set.add(certificate));
        set
    }

    /// Adds every certificate of a DER file or PEM bundle and returns how many the file held.
    pub fn add_file_bytes(&mut self, bytes: &[u8]) -> Result<usize, Asn1Error> {
        let certificates = Certificate::from_file_bytes(bytes)?;
        let count = certificates.len();
        certificates.into_iter().for_each(|certificate| self.add(certificate));
        Ok(count)
    }

    /// Adds one certificate.
    pub fn add(&mut self, certificate: Certificate) {
        self.add_for(certificate, Belief::default());
    }

    /// Adds one certificate for a term and a use; the same one may have several.
    pub fn add_for(&mut self, certificate: Certificate, belief: Belief) {
        let known = self.iter().any(|(one, its)| *one == certificate && its == belief);
        if !known {
            self.certificates.push(certificate);
            self.beliefs.push(belief);
        }
    }

    /// Returns those that are believed at a time.
    pub fn at(&self, time: Instant) -> Self {
        self.filtered(|belief| belief.term.holds(time))
    }

    /// Returns those that are believed about a purpose at a time, by lists that are not stale at the time of judgement.
    pub fn believed(&self, purpose: Purpose, at: Instant, now: Instant) -> Self {
        self.filtered(|belief| {
            belief.term.holds(at)
                && belief.anchor_use.serves(purpose)
                && (self.accepts_stale || belief.fresh_until.is_none_or(|until| now <= until))
        })
    }

    fn filtered(&self, keep: impl Fn(Belief) -> bool) -> Self {
        let held = self.iter().filter(|(_, belief)| keep(*belief));
        let (certificates, beliefs) = held.map(|(one, belief)| (one.clone(), belief)).unzip();
        Self { certificates, beliefs, ..Self::default() }
    }

    /// Believes stale lists, too.
    pub fn accept_stale(&mut self) {
        self.accepts_stale = true;
    }

    /// Tells whether stale lists are believed.
    pub fn accepts_stale(&self) -> bool {
        self.accepts_stale
    }

    /// Returns the end of the time of the freshest list that is stale at the time of judgement, where one is.
    pub fn stale_since(&self, now: Instant) -> Option<Instant> {
        self.beliefs.iter().filter_map(|belief| belief.fresh_until).filter(|until| *until < now).max()
    }

    /// Goes over the anchors with what is believed of them.
    pub fn iter(&self) -> impl Iterator<Item = (&Certificate, Belief)> {
        self.certificates.iter().zip(self.beliefs.iter().copied())
    }

    /// Returns the anchors.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Returns who is who.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Returns who is who, to be added to.
    pub fn directory_mut(&mut self) -> &mut Directory {
        &mut self.directory
    }

    /// Tells whether the certificate is itself an anchor.
    pub fn contains(&self, certificate: &Certificate) -> bool {
        self.certificates.contains(certificate)
    }

    /// Tells whether there is no anchor at all.
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty()
    }
}
