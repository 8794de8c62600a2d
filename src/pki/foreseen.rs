//! Lists that issuers will publish in years to come, as a rehearsal takes them: what the list of today says, under later dates. Nobody has
//! signed them; they count for whoever judges by [`GoodSignatures::foreseeing`] alone, and for nobody else.

use super::verified::{GoodSignatures, Signed};
use crate::asn1::reader::{Tlv, tag};
use crate::asn1::{Asn1Error, Certificate, CertificateList, time_der, writer};
use crate::time::Instant;
use jiff::SignedDuration;

/// The term of a list that names no next one.
const TERM: SignedDuration = SignedDuration::from_hours(24 * 7);

/// A list of today with the certificate by whose key it is signed.
#[derive(Clone, Debug)]
pub struct PublishedList {
    list: CertificateList,
    issuer: Certificate,
}

/// A list that an issuer is taken to publish at a time to come.
#[derive(Clone, Debug)]
pub struct ForeseenList {
    pub(super) list: CertificateList,
    pub(super) issuer: Certificate,
}

impl ForeseenList {
    /// Returns the list.
    pub fn list(&self) -> &CertificateList {
        &self.list
    }
}

impl PublishedList {
    /// Finds the issuer of a list among certificates: the one by whose key its signature is good. A delta stands for nothing by itself, and
    /// one that another signs on its issuer's behalf is not foreseen.
    pub fn of<'c>(list: &CertificateList, among: impl IntoIterator<Item = &'c Certificate>) -> Option<Self> {
        let signs =
            |one: &&Certificate| one.subject_name() == list.issuer_name() && Signed::List(list).verify(one).is_ok();
        let issuer = among.into_iter().find(signs).filter(|_| list.base_number().is_none())?;
        Some(Self { list: list.clone(), issuer: issuer.clone() })
    }

    /// Returns the list of today.
    pub fn list(&self) -> &CertificateList {
        &self.list
    }

    /// Returns how long after a list the next one comes: no sooner than the list says, as nobody can count on more.
    pub fn term(&self) -> SignedDuration {
        let term = self.list.next_update().map(|next| next.duration_since(self.list.this_update()));
        term.filter(|term| term.is_positive()).unwrap_or(TERM)
    }

    /// Returns when the first list after an instant comes; none once its issuer has ended.
    pub fn next_after(&self, at: Instant) -> Option<Instant> {
        let next = self.issued(self.turns(at).saturating_add(1))?;
        (next <= self.issuer.not_after()).then_some(next)
    }

    /// Returns the list that stands at an instant, where it is another than that of today; after the issuer's end the last one.
    ///
    /// # Errors
    /// Where the list of today cannot be taken apart.
    pub fn at(&self, at: Instant) -> Result<Option<ForeseenList>, Asn1Error> {
        let turns = self.turns(at.min(self.issuer.not_after()));
        let Some(this) = self.issued(turns).filter(|_| turns > 0) else { return Ok(None) };
        let next = this.checked_add(self.term()).unwrap_or(Instant::MAX);
        Ok(Some(ForeseenList { list: dated(&self.list, this, next)?, issuer: self.issuer.clone() }))
    }

    fn turns(&self, at: Instant) -> i64 {
        (at.duration_since(self.list.this_update()).as_secs() / self.term().as_secs().max(1)).max(0)
    }

    fn issued(&self, turns: i64) -> Option<Instant> {
        let later = SignedDuration::from_secs(self.term().as_secs().checked_mul(turns)?);
        self.list.this_update().checked_add(later).ok()
    }
}

/// Writes a list under other dates; all else stays byte for byte, the signature among it, which is good for nothing any more.
fn dated(list: &CertificateList, this: Instant, next: Instant) -> Result<CertificateList, Asn1Error> {
    const WHAT: &str = "CertificateList";
    let mut parts = Tlv::only(list.der(), WHAT)?.expect(tag::SEQUENCE, WHAT)?.contents();
    let (body, algorithm, signature) = (parts.next_tlv()?, parts.next_tlv()?, parts.next_tlv()?);
    let (mut fields, mut made, mut dates) = (body.contents(), Vec::new(), 0);
    while !fields.is_empty() {
        let field = fields.next_tlv()?;
        match (field.tag, dates) {
            (tag::UTC_TIME | tag::GENERALIZED_TIME, 0) => {
                made.extend([time_der(this), time_der(next)]);
                dates = 1;
            }
            (tag::UTC_TIME | tag::GENERALIZED_TIME, 1) => dates = 2,
            _ => made.push(field.raw.to_vec()),
        }
    }
    let body = writer::sequence(&made);
    CertificateList::from_der(&writer::sequence(&[body, algorithm.raw.to_vec(), signature.raw.to_vec()]))
}

impl GoodSignatures {
    /// Starts a memory of its own in which the signatures on lists are good that nobody has made yet. It is for a rehearsal alone: what is
    /// judged by it says nothing of today.
    pub fn foreseeing<'l>(lists: impl IntoIterator<Item = &'l ForeseenList>) -> Self {
        Self::taking(lists.into_iter().map(|one| (Signed::List(&one.list), &one.issuer)))
    }
}
