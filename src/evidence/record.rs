//! The record (RFC 4998, 3.1 and 4.1) as facts over its bytes: what a timestamp was taken over is never written anew.

use super::{EvidenceError, limits};
use crate::asn1::reader::{Reader, Tlv, tag};
use crate::asn1::{AlgorithmIdentifier, Asn1Error, Oid, normalise, writer};
use crate::crypto::digest_identifier;
use crate::digest::DigestAlgorithm;

/// One list of a reduced hash tree: hashes of one father.
pub type PartialHashTree = Vec<Vec<u8>>;

/// An evidence record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceRecord {
    /// The digest algorithms that the record lists.
    pub digest_algorithms: Vec<AlgorithmIdentifier>,
    /// The kinds of data that the record brings for its own validation. Nothing covers them, and nothing is taken from them.
    pub crypto_infos: Vec<Oid>,
    /// How the data objects were encrypted before they were digested, where they were; the timestamps are then over that.
    pub encryption: Option<Oid>,
    /// The chains, the oldest first; in each the timestamps, the oldest first. No chain is empty, and there is one.
    pub chains: Vec<Vec<ArchiveTimestamp>>,
    /// Whether the bytes were BER that had to be brought into definite form.
    pub was_ber: bool,
    /// `cryptoInfos` and `encryptionInfo` as they stand.
    middle: Vec<Vec<u8>>,
}

/// An archive timestamp (RFC 4998, 4.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveTimestamp {
    /// The digest algorithm of the tree, where it is stated; else it is that of the timestamp.
    pub digest_algorithm: Option<AlgorithmIdentifier>,
    /// The kinds of attributes; nothing covers them.
    pub attributes: Vec<Oid>,
    /// The lists of the reduced tree, from the leaf up, none of them empty; `None` where the timestamp is over the leaf itself.
    pub reduced_tree: Option<Vec<PartialHashTree>>,
    /// The timestamp, a ContentInfo, as it stands: what a renewal covers.
    pub timestamp: Vec<u8>,
    der: Vec<u8>,
}

impl EvidenceRecord {
    /// Reads a record. The timestamps are not looked into.
    ///
    /// # Errors
    /// [`EvidenceError::NotReadable`], [`EvidenceError::TooLarge`].
    pub fn parse(bytes: &[u8]) -> Result<Self, EvidenceError> {
        const WHAT: &str = "an evidence record";
        if bytes.len() > limits::RECORD_BYTES {
            return Err(EvidenceError::TooLarge);
        }
        let normalised = normalise(bytes)?;
        if normalised.consumed != bytes.len() {
            return Err(Asn1Error::Trailing(WHAT).into());
        }
        let mut fields = Tlv::only(&normalised.der, WHAT)?.expect(tag::SEQUENCE, WHAT)?.contents();
        if fields.next_tlv()?.unsigned(WHAT)? != 1 {
            return Err(Asn1Error::Unexpected("an evidence record of version 1").into());
        }
        let algorithms = members(fields.expect(tag::SEQUENCE, WHAT)?, limits::MEMBERS)?;
        let digest_algorithms =
            algorithms.into_iter().map(AlgorithmIdentifier::from_tlv).collect::<Result<Vec<_>, _>>()?;
        let infos = fields.optional(tag::context(0))?;
        let encryption = fields.optional(tag::context(1))?;
        let sequence = fields.expect(tag::SEQUENCE, WHAT)?;
        fields.finish(WHAT)?;
        Ok(Self {
            digest_algorithms,
            crypto_infos: infos.map_or(Ok(Vec::new()), attribute_types)?,
            encryption: encryption.map(|info| info.contents().next_tlv()?.oid("encryptionInfo")).transpose()?,
            chains: read_chains(sequence)?,
            was_ber: normalised.changed,
            middle: infos.into_iter().chain(encryption).map(|field| field.raw.to_vec()).collect(),
        })
    }

    /// Makes a record of one timestamp.
    pub(super) fn of(first: ArchiveTimestamp, algorithm: DigestAlgorithm) -> Self {
        Self {
            digest_algorithms: vec![digest_identifier(algorithm)],
            crypto_infos: Vec::new(),
            encryption: None,
            chains: vec![vec![first]],
            was_ber: false,
            middle: Vec::new(),
        }
    }

    /// Writes the record in DER; archive timestamps stay byte for byte.
    pub fn to_der(&self) -> Vec<u8> {
        let algorithms: Vec<Vec<u8>> = self.digest_algorithms.iter().map(AlgorithmIdentifier::to_der).collect();
        let mut parts = vec![writer::integer(1), writer::sequence(&algorithms)];
        parts.extend_from_slice(&self.middle);
        parts.push(self.sequence_der(self.chains.len()));
        writer::sequence(&parts)
    }

    /// Writes the ArchiveTimeStampSequence of the first so many chains in DER: what a renewal of the tree covers.
    pub(super) fn sequence_der(&self, chains: usize) -> Vec<u8> {
        let chain = |timestamps: &Vec<ArchiveTimestamp>| {
            writer::sequence(&timestamps.iter().map(|timestamp| timestamp.der.as_slice()).collect::<Vec<_>>())
        };
        writer::sequence(&self.chains.iter().take(chains).map(chain).collect::<Vec<_>>())
    }

    /// Returns the newest timestamp: the one that the proof rests on today.
    pub fn last(&self) -> Option<&ArchiveTimestamp> {
        self.chains.last().and_then(|chain| chain.last())
    }

    /// Counts the timestamps.
    pub fn timestamps(&self) -> usize {
        self.chains.iter().map(Vec::len).sum()
    }

    /// Tells whether the record lists a digest algorithm.
    pub fn lists(&self, algorithm: DigestAlgorithm) -> bool {
        let identifier = digest_identifier(algorithm);
        self.digest_algorithms.iter().any(|listed| listed.same_as(&identifier))
    }

    /// Adds a timestamp to the last chain.
    pub(super) fn with_timestamp(&self, timestamp: ArchiveTimestamp) -> Result<Self, EvidenceError> {
        let mut renewed = self.clone();
        renewed.chains.last_mut().ok_or(EvidenceError::Nothing)?.push(timestamp);
        renewed.within_limits()
    }

    /// Begins a chain with a timestamp.
    pub(super) fn with_chain(
        &self,
        timestamp: ArchiveTimestamp,
        algorithm: DigestAlgorithm,
    ) -> Result<Self, EvidenceError> {
        let mut renewed = self.clone();
        if !renewed.lists(algorithm) {
            renewed.digest_algorithms.push(digest_identifier(algorithm));
        }
        renewed.chains.push(vec![timestamp]);
        renewed.within_limits()
    }

    /// Puts another encoding of the last timestamp in its place.
    pub(super) fn with_last_token(&self, token: Vec<u8>) -> Result<Self, EvidenceError> {
        let mut completed = self.clone();
        let last = completed.chains.last_mut().and_then(|chain| chain.last_mut()).ok_or(EvidenceError::Nothing)?;
        let mut parts = Vec::new();
        let mut fields = Tlv::only(&last.der, "an archive timestamp")?.contents();
        while !fields.is_empty() {
            parts.push(fields.next_tlv()?.raw.to_vec());
        }
        parts.pop();
        parts.push(token);
        *last = ArchiveTimestamp::from_tlv(Tlv::only(&writer::sequence(&parts), "an archive timestamp")?, &mut 0)?;
        completed.within_limits()
    }

    fn within_limits(self) -> Result<Self, EvidenceError> {
        if self.timestamps() > limits::TIMESTAMPS { Err(EvidenceError::TooLarge) } else { Ok(self) }
    }
}

impl ArchiveTimestamp {
    /// Writes an archive timestamp around a token in DER. The algorithm is stated beside a tree.
    pub(super) fn new(
        algorithm: DigestAlgorithm,
        tree: Option<Vec<PartialHashTree>>,
        token: &[u8],
    ) -> Result<Self, EvidenceError> {
        let mut parts = Vec::new();
        if let Some(lists) = &tree {
            let identifier = digest_identifier(algorithm).to_der();
            let (stated, _) = Tlv::read(&identifier)?;
            // [0] IMPLICIT: the SEQUENCE tag gives way.
            parts.push(writer::tlv(tag::context(0), stated.value));
            let list = |hashes: &PartialHashTree| {
                writer::sequence(&hashes.iter().map(|hash| writer::octets(hash)).collect::<Vec<_>>())
            };
            parts.push(writer::context(2, &lists.iter().map(list).collect::<Vec<_>>()));
        }
        parts.push(token.to_vec());
        Ok(Self {
            digest_algorithm: tree.as_ref().map(|_| digest_identifier(algorithm)),
            attributes: Vec::new(),
            reduced_tree: tree,
            timestamp: token.to_vec(),
            der: writer::sequence(&parts),
        })
    }

    /// Reads an archive timestamp, and counts its hashes.
    fn from_tlv(tlv: Tlv<'_>, hashes: &mut usize) -> Result<Self, EvidenceError> {
        const WHAT: &str = "an archive timestamp";
        let mut fields = tlv.expect(tag::SEQUENCE, WHAT)?.contents();
        let algorithm = fields.optional(tag::context(0))?;
        let attributes = fields.optional(tag::context(1))?;
        let tree = fields.optional(tag::context(2))?;
        let timestamp = fields.expect(tag::SEQUENCE, WHAT)?;
        fields.finish(WHAT)?;
        Ok(Self {
            digest_algorithm: algorithm.map(|stated| AlgorithmIdentifier::from_contents(stated.value)).transpose()?,
            attributes: attributes.map_or(Ok(Vec::new()), attribute_types)?,
            reduced_tree: tree.map(|tree| read_tree(tree, hashes)).transpose()?,
            timestamp: timestamp.raw.to_vec(),
            der: tlv.raw.to_vec(),
        })
    }
}

fn read_chains(sequence: Tlv<'_>) -> Result<Vec<Vec<ArchiveTimestamp>>, EvidenceError> {
    const WHAT: &str = "a chain of archive timestamps";
    let (mut chains, mut timestamps, mut hashes) = (Vec::new(), 0, 0);
    for chain in some_members(sequence, limits::TIMESTAMPS, WHAT)? {
        let members = some_members(chain.expect(tag::SEQUENCE, WHAT)?, limits::TIMESTAMPS, WHAT)?;
        timestamps += members.len();
        if timestamps > limits::TIMESTAMPS {
            return Err(EvidenceError::TooLarge);
        }
        let read = |member| ArchiveTimestamp::from_tlv(member, &mut hashes);
        chains.push(members.into_iter().map(read).collect::<Result<Vec<_>, _>>()?);
    }
    Ok(chains)
}

fn read_tree(tree: Tlv<'_>, hashes: &mut usize) -> Result<Vec<PartialHashTree>, EvidenceError> {
    const WHAT: &str = "a list of hashes";
    let mut lists = Vec::new();
    for list in some_members(tree, limits::LISTS, WHAT)? {
        let left = limits::HASHES.saturating_sub(*hashes);
        let members = some_members(list.expect(tag::SEQUENCE, WHAT)?, left, WHAT)?;
        *hashes += members.len();
        let read = |hash: Tlv<'_>| hash.expect(tag::OCTET_STRING, WHAT).map(|hash| hash.value.to_vec());
        lists.push(members.into_iter().map(read).collect::<Result<Vec<_>, _>>()?);
    }
    Ok(lists)
}

/// Lists the types of attributes.
fn attribute_types(set: Tlv<'_>) -> Result<Vec<Oid>, EvidenceError> {
    const WHAT: &str = "an attribute";
    let of = |attribute: Tlv<'_>| attribute.expect(tag::SEQUENCE, WHAT)?.contents().next_tlv()?.oid(WHAT);
    Ok(members(set, limits::MEMBERS)?.into_iter().map(of).collect::<Result<Vec<_>, _>>()?)
}

/// Reads the members of something, of which there may be so many.
fn members(of: Tlv<'_>, most: usize) -> Result<Vec<Tlv<'_>>, EvidenceError> {
    let mut all = Vec::new();
    let mut rest = Reader::new(of.value);
    while !rest.is_empty() {
        if all.len() >= most {
            return Err(EvidenceError::TooLarge);
        }
        all.push(rest.next_tlv()?);
    }
    Ok(all)
}

/// Reads the members of something that must have some.
fn some_members<'a>(of: Tlv<'a>, most: usize, what: &'static str) -> Result<Vec<Tlv<'a>>, EvidenceError> {
    let all = members(of, most)?;
    if all.is_empty() { Err(Asn1Error::Unexpected(what).into()) } else { Ok(all) }
}
