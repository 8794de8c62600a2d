//! Which signatures were verified: known to all questions about one file, and, where a service judges many, to all files.
//!
//! Whether a key verifies the signature of some bytes is the same for everybody and at all times. What is signed is known
//! by the digest of all of its bytes, signature and algorithm among them, and so is the key: nothing is taken for
//! something else.

use crate::asn1::{AlgorithmIdentifier, Certificate, CertificateList, OcspResponse};
use crate::crypto::{self, CryptoError, scheme_of};
use crate::digest::Sha256;
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

/// How many signatures of certificates, and how many of lists and responses, are verified for all questions that share
/// what is known: a file with 256 signatures, and under each a path of three with a statement for every certificate.
const VERIFIED: u32 = 2_000;

/// How many good signatures are kept that were met lately, and how many of those from before.
const KEPT: usize = 4_096;

/// Something that is signed.
#[derive(Clone, Copy)]
pub(super) enum Signed<'a> {
    Certificate(&'a Certificate),
    List(&'a CertificateList),
    Response(&'a OcspResponse),
}

/// A signature by a key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Question {
    kind: Kind,
    signed: Sha256,
    key: Sha256,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Certificate,
    List,
    Response,
}

impl Signed<'_> {
    fn by(self, signer: &Certificate) -> Question {
        let (kind, signed) = match self {
            Self::Certificate(one) => (Kind::Certificate, one.sha256()),
            Self::List(one) => (Kind::List, one.sha256()),
            Self::Response(one) => (Kind::Response, one.sha256()),
        };
        Question { kind, signed: *signed, key: signer.key_sha256() }
    }

    fn parts(&self) -> (&AlgorithmIdentifier, &[u8], &[u8]) {
        match self {
            Self::Certificate(one) => (one.signature_algorithm(), one.tbs_der(), one.signature()),
            Self::List(one) => (one.signature_algorithm(), one.tbs_der(), one.signature()),
            Self::Response(one) => (one.signature_algorithm(), one.tbs_der(), one.signature()),
        }
    }

    /// Verifies it with a signer's key, whatever is known.
    pub(super) fn verify(self, signer: &Certificate) -> Result<(), CryptoError> {
        let (algorithm, bytes, signature) = self.parts();
        scheme_of(algorithm, None).and_then(|scheme| crypto::verify(signer.spki_der(), scheme, bytes, signature))
    }
}

/// Signatures that were verified before, so that several questions about one file verify each once.
#[derive(Default)]
pub struct Verified {
    answers: RefCell<HashMap<Question, Result<(), CryptoError>>>,
    /// How many signatures of certificates were verified for all these questions.
    of_certificates: Cell<u32>,
    /// How many of lists and responses were.
    of_statements: Cell<u32>,
    good: Option<Arc<GoodSignatures>>,
}

impl Verified {
    /// Starts with nothing but good signatures that others met.
    pub fn knowing(good: Arc<GoodSignatures>) -> Self {
        Self { good: Some(good), ..Self::default() }
    }

    /// Verifies a signature, once. `may` takes it out of a budget, which is the same whatever others met: `None` where that
    /// is spent.
    pub(super) fn verify(
        &self,
        of: Signed<'_>,
        signer: &Certificate,
        may: impl FnOnce() -> bool,
    ) -> Option<Result<(), CryptoError>> {
        let question = of.by(signer);
        if let Some(known) = self.answers.borrow().get(&question) {
            return Some(known.clone());
        }
        let made = if question.kind == Kind::Certificate { &self.of_certificates } else { &self.of_statements };
        if made.get() >= VERIFIED || !may() {
            return None;
        }
        made.set(made.get() + 1);
        let answer = match &self.good {
            Some(good) => good.verify(question, || of.verify(signer)),
            None => of.verify(signer),
        };
        self.answers.borrow_mut().insert(question, answer.clone());
        Some(answer)
    }
}

impl std::fmt::Debug for Verified {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Verified")
    }
}

/// Good signatures of certificates, lists and responses that were met before, for a service that judges many files: the
/// same authorities come again with each. Bounded; what was not met for long is forgotten, and verified anew.
#[derive(Default)]
pub struct GoodSignatures(Mutex<Met>);

#[derive(Default)]
struct Met {
    lately: HashSet<Question>,
    before: HashSet<Question>,
}

impl GoodSignatures {
    /// Answers from what is known, or verifies, and keeps what is good.
    fn verify(&self, question: Question, verify: impl FnOnce() -> Result<(), CryptoError>) -> Result<(), CryptoError> {
        if !self.met().knows(question) {
            verify()?;
            self.met().keep(question);
        }
        Ok(())
    }

    /// Starts one that takes some signatures for good which nobody verified.
    pub(super) fn taking<'s>(signed: impl Iterator<Item = (Signed<'s>, &'s Certificate)>) -> Self {
        let good = Self::default();
        signed.for_each(|(of, signer)| good.met().keep(of.by(signer)));
        good
    }

    fn met(&self) -> std::sync::MutexGuard<'_, Met> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Met {
    fn knows(&mut self, question: Question) -> bool {
        let is_of_before = self.before.remove(&question);
        if is_of_before {
            self.keep(question);
        }
        is_of_before || self.lately.contains(&question)
    }

    fn keep(&mut self, question: Question) {
        if self.lately.len() >= KEPT {
            self.before = std::mem::take(&mut self.lately);
        }
        self.lately.insert(question);
    }
}

impl std::fmt::Debug for GoodSignatures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("GoodSignatures")
    }
}

#[cfg(test)]
mod tests {
    use super::{GoodSignatures, KEPT, Kind, Question};
    use crate::crypto::CryptoError;

    fn question(number: usize) -> Question {
        let mut signed = [0; 32];
        signed[..8].copy_from_slice(&number.to_le_bytes());
        Question { kind: Kind::Certificate, signed, key: [1; 32] }
    }

    #[test]
    fn what_is_good_is_verified_once_and_what_is_not_each_time() {
        let (good, mut asked) = (GoodSignatures::default(), 0);
        let mut ask = |question, answer: Result<(), CryptoError>| {
            let said = good.verify(question, || {
                asked += 1;
                answer
            });
            (said.is_ok(), asked)
        };
        assert_eq!(ask(question(1), Err(CryptoError::BadSignature)), (false, 1));
        assert_eq!(ask(question(1), Ok(())), (true, 2));
        assert_eq!(ask(question(1), Err(CryptoError::BadSignature)), (true, 2), "known");
        let others =
            [Question { kind: Kind::List, ..question(1) }, Question { key: [2; 32], ..question(1) }, question(2)];
        for (other, count) in others.into_iter().zip(3..) {
            assert_eq!(ask(other, Err(CryptoError::BadSignature)), (false, count), "another question");
        }
    }

    #[test]
    fn what_is_met_again_stays_and_the_rest_is_forgotten_within_bounds() {
        let good = GoodSignatures::default();
        for number in 1..=4 * KEPT {
            for number in [0, number] {
                assert_eq!(good.verify(question(number), || Ok(())), Ok(()));
            }
            let met = good.met();
            assert!(met.lately.len() <= KEPT && met.before.len() <= KEPT);
        }
        let mut met = good.met();
        assert!(met.knows(question(0)) && met.knows(question(4 * KEPT)));
        assert!(!met.knows(question(1)));
    }
}
