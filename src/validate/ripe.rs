//! Whether those who answer for an authority have spoken since a timestamp: lists from after it are what a further one has to prove.

use super::objects::{ObjectKind, PathFacts, ValidationObject};
use crate::asn1::{Certificate, CertificateList};
use crate::digest::Sha256Hex;
use crate::time::Instant;

/// Tells whether everybody on paths who still answers for a certificate has published a list after an instant; of one that has expired
/// nobody speaks any more. Where all have expired, nothing is to be waited for, and nothing helps.
pub fn have_spoken_since<'p>(
    paths: impl IntoIterator<Item = &'p PathFacts>,
    objects: &[ValidationObject],
    lists: &[CertificateList],
    (since, now): (Instant, Instant),
) -> bool {
    let certificate = |name: &Sha256Hex| {
        let found = objects.iter().find(|one| one.kind == ObjectKind::Certificate && one.sha256 == *name)?;
        Certificate::from_der(found.der.as_deref()?).ok()
    };
    let mut asked = 0;
    for path in paths {
        let Some(chain) = path.chain.iter().map(certificate).collect::<Option<Vec<_>>>() else { return false };
        for pair in chain.windows(2).filter(|pair| now <= pair[0].not_after()) {
            let is_young =
                |list: &CertificateList| list.this_update() > since && list.issuer_name() == pair[1].subject_name();
            if !lists.iter().any(is_young) {
                return false;
            }
            asked += 1;
        }
    }
    asked > 0
}
