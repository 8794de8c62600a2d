//! Settling: what says of a renewed timestamp that its authority was not revoked must be younger than the timestamp that renewed it,
//! or nobody can rely on it once that authority's CA has ended (EN 319 102-1, 5.6.2.2). So younger lists are put beside the newer
//! timestamp as soon as they are there, and proven by whatever renews that.
//!
//! Of a path of several CAs each list must be younger than what proves the list below it: a level a renewal. So this goes on from one
//! timestamp to the next, over all that stand below it, until each of them outlives whoever answers for it; and an authority whose lists
//! are not there today is tried again.

use super::ProofError;
use super::standing::Judged;
use crate::asn1::{CertificateList, Name};
use crate::cms::{ValidationData, add_validation_data};
use crate::office::ports::ProofStanding;
use crate::office::{Judge, OfficeError};
use crate::time::Instant;
use crate::tsp::TimestampToken;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What lists of today add to a timestamp, for those that it renewed.
pub(super) struct Younger {
    /// What is to be put beside it; none where it would not help.
    pub data: Option<ValidationData>,
    /// Whether everything below it outlives whoever answers for it.
    pub is_complete: bool,
}

/// Finds what the lists at hand add to a timestamp that was made at an instant, over all that stands below it.
pub(super) fn younger(below: &[Judged], judge: &Judge, made_at: Instant, now: Instant) -> Result<Younger, ProofError> {
    let outliving = |one: &Judged, data: Option<&ValidationData>| {
        let grown = data.map(|data| one.lineage.record.with_validation_data(data)).transpose()?;
        Ok::<_, ProofError>(judge.evidence_outliving(
            grown.as_ref().unwrap_or(&one.lineage.record),
            &one.lineage.data,
            now,
        ))
    };
    let (mut known, mut all) = ((0, 0), ValidationData::default());
    let passes = |one: &&Judged| one.report.sub_indication.is_none();
    for one in below.iter().filter(passes) {
        let counted = outliving(one, None)?;
        known = (known.0 + counted.paths, known.1 + counted.outliving);
        let more = one.report.vouching_data(&judge.crls).unwrap_or_default();
        all.certificates.extend(more.certificates);
        all.crls.extend(more.crls.into_iter().filter(|list| list.this_update() > made_at));
        all.ocsps.extend(more.ocsps);
    }
    let are_passing = below.iter().all(|one| one.report.sub_indication.is_none());
    if known.0 == known.1 {
        return Ok(Younger { data: None, is_complete: are_passing });
    }
    all.crls.sort_by(|one, other| one.der().cmp(other.der()));
    all.crls.dedup_by(|one, other| one.der() == other.der());
    all.certificates.sort_by(|one, other| one.der().cmp(other.der()));
    all.certificates.dedup_by(|one, other| one.der() == other.der());
    let mut found = (0, 0);
    for one in below.iter().filter(passes) {
        let counted = outliving(one, Some(&all))?;
        found = (found.0 + counted.paths, found.1 + counted.outliving);
    }
    let beside = beside(below, made_at)?;
    // The first younger list of each issuer: a renewal to come proves it, and lists from after that stand on it.
    let is_first = |list: &CertificateList| !beside.contains(list.issuer_name());
    let helps = found.1 > known.1 || all.crls.iter().any(is_first);
    Ok(Younger { data: helps.then_some(all), is_complete: are_passing && found.0 == found.1 })
}

/// Lists who issued the lists from after an instant that stand beside the newest timestamp.
fn beside(below: &[Judged], made_at: Instant) -> Result<Vec<Name>, ProofError> {
    let Some(last) = below.first().and_then(|one| one.lineage.record.last()) else { return Ok(Vec::new()) };
    let token = TimestampToken::parse(&last.timestamp)?;
    let young = token.signed_data.crls.iter().filter(|list| list.this_update() > made_at);
    Ok(young.map(|list| list.issuer_name().clone()).collect())
}

impl ProofStanding {
    /// Takes up what younger lists add; the standing of a tree whose timestamp was made at an instant.
    pub(super) fn settle(
        &mut self,
        below: &[Judged],
        judge: &Judge,
        (made_at, now): (Instant, Instant),
    ) -> Result<(), OfficeError> {
        if self.outlives || self.failing.is_some() {
            return Ok(());
        }
        let younger = younger(below, judge, made_at, now)?;
        if let Some(data) = younger.data {
            let token = STANDARD.decode(&self.token).map_err(|_| ProofError::damaged(0, "its row has no timestamp"))?;
            let token = add_validation_data(&token, &data).map_err(|error| ProofError::Evidence(error.into()))?;
            self.token = STANDARD.encode(&token);
        }
        self.outlives = younger.is_complete;
        Ok(())
    }
}
