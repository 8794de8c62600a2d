//! A proof tree as a file: what it is over, its leaves, and the timestamp over its root. DER, version 1.

use super::ProofError;
use crate::asn1::reader::{Reader, Tlv, tag};
use crate::asn1::{AlgorithmIdentifier, Asn1Error, writer};
use crate::crypto::{digest_algorithm, digest_identifier};
use crate::digest::{Digest, DigestAlgorithm};
use crate::evidence::{EvidenceError, HashTree, HashTreeBuilder, Leaf, limits};
use crate::id::RecordId;
use crate::office::ports::ProofKind;
use crate::tsp::TimestampToken;

const WHAT: &str = "a proof tree";

/// A proof tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofTree {
    /// Its number, from 1.
    pub number: u64,
    /// What it is over.
    pub covered: Covered,
    /// The digest algorithm of the tree.
    pub algorithm: DigestAlgorithm,
    /// The leaves' nodes, one after another, in the order of what it is over.
    pub nodes: Vec<u8>,
    /// The timestamp over the root, a ContentInfo.
    pub token: Vec<u8>,
}

/// What a tree is over, in the order of its leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Covered {
    /// Entries of the ledger, from the first to the last, and after them the packages that they file: a leaf each, of a package
    /// the group of the document as it was received and the bag.
    Night {
        /// The first entry.
        first: u64,
        /// The last entry.
        last: u64,
        /// The records of the packages.
        records: Vec<RecordId>,
    },
    /// The timestamps of earlier trees, a leaf each.
    Timestamps(Vec<Renewed>),
    /// Leaves of nights by another algorithm, each joined with its record so far.
    Data(Vec<RenewedData>),
}

/// A tree that was renewed, with its timestamp as it was then: beside it stands what its validation rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Renewed {
    /// The tree's number.
    pub tree: u64,
    /// Its timestamp, a ContentInfo.
    pub token: Vec<u8>,
}

/// The leaves of nights that rested on the timestamp of one tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenewedData {
    /// That tree.
    pub renewed: Renewed,
    /// Whether nothing is left that rests on its timestamp alone.
    pub is_whole: bool,
    /// The nights, each with the places of the leaves in it, in ascending order.
    pub nights: Vec<(u64, Vec<u32>)>,
}

impl Covered {
    /// Returns what kind of tree this makes.
    pub fn kind(&self) -> ProofKind {
        match self {
            Self::Night { .. } => ProofKind::Night,
            Self::Timestamps(_) => ProofKind::Timestamps,
            Self::Data(_) => ProofKind::Data,
        }
    }

    /// Counts the leaves.
    pub fn leaves(&self) -> u64 {
        match self {
            Self::Night { first, last, records } => {
                last.saturating_sub(*first).saturating_add(1).saturating_add(records.len() as u64)
            }
            Self::Timestamps(trees) => trees.len() as u64,
            Self::Data(all) => all.iter().flat_map(|one| &one.nights).map(|(_, places)| places.len() as u64).sum(),
        }
    }

    /// Lists the trees that this renews as a whole.
    pub fn renews(&self) -> Vec<u64> {
        match self {
            Self::Night { .. } => Vec::new(),
            Self::Timestamps(trees) => trees.iter().map(|renewed| renewed.tree).collect(),
            Self::Data(all) => all.iter().filter(|one| one.is_whole).map(|one| one.renewed.tree).collect(),
        }
    }

    /// Returns the place at which the timestamp of a tree is renewed.
    pub fn place_of_tree(&self, tree: u64) -> Option<(usize, &Renewed)> {
        let Self::Timestamps(trees) = self else { return None };
        trees.iter().enumerate().find(|(_, renewed)| renewed.tree == tree)
    }

    /// Returns the place at which a leaf of a night is renewed that rested on the timestamp of a tree.
    pub fn place_of_leaf(&self, tree: u64, night: u64, place: u32) -> Option<(usize, &Renewed)> {
        let Self::Data(all) = self else { return None };
        let mut before = 0;
        for one in all {
            for (its, places) in &one.nights {
                if one.renewed.tree == tree && *its == night {
                    let within = places.binary_search(&place).ok()?;
                    return Some((before + within, &one.renewed));
                }
                before += places.len();
            }
        }
        None
    }
}

impl ProofTree {
    /// Builds the hash tree again.
    ///
    /// # Errors
    /// [`EvidenceError`], where there are no leaves, or too many.
    pub fn hash_tree(&self) -> Result<HashTree, EvidenceError> {
        let mut builder = HashTreeBuilder::new(self.algorithm);
        for node in self.nodes.chunks(self.algorithm.length_bytes()) {
            builder.push(&Leaf::of(&Digest { algorithm: self.algorithm, bytes: node.to_vec() }))?;
        }
        builder.finish()
    }

    /// Writes the file.
    pub fn to_der(&self) -> Vec<u8> {
        writer::sequence(&[
            writer::integer(1),
            writer::integer(self.number),
            digest_identifier(self.algorithm).to_der(),
            self.covered.to_der(),
            writer::octets(&self.nodes),
            self.token.clone(),
        ])
    }

    /// Reads a file, and holds it together: so many nodes as leaves, and the timestamp over the root of them.
    ///
    /// # Errors
    /// [`ProofError::Evidence`] where it cannot be read, [`ProofError::Damaged`] where it does not hold together.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofError> {
        let mut fields = Tlv::only(bytes, WHAT)?.expect(tag::SEQUENCE, WHAT)?.contents();
        if fields.next_tlv()?.unsigned(WHAT)? != 1 {
            return Err(Asn1Error::Unexpected("a proof tree of version 1").into());
        }
        let number = fields.next_tlv()?.unsigned(WHAT)?;
        let stated = AlgorithmIdentifier::from_tlv(fields.expect(tag::SEQUENCE, WHAT)?)?;
        let algorithm = digest_algorithm(&stated).map_err(EvidenceError::from)?;
        let covered = Covered::from_tlv(fields.next_tlv()?)?;
        let nodes = fields.expect(tag::OCTET_STRING, WHAT)?.value.to_vec();
        let token = fields.expect(tag::SEQUENCE, WHAT)?.raw.to_vec();
        fields.finish(WHAT)?;
        let tree = Self { number, covered, algorithm, nodes, token };
        let wanted = tree.covered.leaves().saturating_mul(algorithm.length_bytes() as u64);
        if tree.nodes.len() as u64 != wanted {
            return Err(ProofError::damaged(number, "it has other leaves than what it is over"));
        }
        if TimestampToken::parse(&tree.token)?.imprint != tree.hash_tree()?.root() {
            return Err(ProofError::damaged(number, "its timestamp is over something else than its leaves"));
        }
        Ok(tree)
    }
}

impl Covered {
    fn to_der(&self) -> Vec<u8> {
        match self {
            Self::Night { first, last, records } => {
                let names: Vec<u8> = records.iter().flat_map(|record| record.to_bytes()).collect();
                writer::context(0, &[writer::integer(*first), writer::integer(*last), writer::octets(&names)])
            }
            Self::Timestamps(trees) => writer::context(1, &trees.iter().map(Renewed::to_der).collect::<Vec<_>>()),
            Self::Data(all) => writer::context(2, &all.iter().map(RenewedData::to_der).collect::<Vec<_>>()),
        }
    }

    fn from_tlv(tlv: Tlv<'_>) -> Result<Self, ProofError> {
        let number = [0, 1, 2].into_iter().find(|number| tlv.tag == tag::context(*number));
        let mut fields = tlv.contents();
        match number {
            Some(0) => {
                let (first, last) = (fields.next_tlv()?.unsigned(WHAT)?, fields.next_tlv()?.unsigned(WHAT)?);
                let names = fields.expect(tag::OCTET_STRING, WHAT)?.value;
                fields.finish(WHAT)?;
                let (names, rest) = names.as_chunks::<16>();
                if first == 0 || last < first || !rest.is_empty() {
                    return Err(Asn1Error::Unexpected("entries and records of a proof tree").into());
                }
                let records = names.iter().map(|name| RecordId::from_bytes(*name)).collect();
                Ok(Self::Night { first, last, records })
            }
            Some(1) => Ok(Self::Timestamps(each(fields, Renewed::from_tlv)?)),
            Some(_) => Ok(Self::Data(each(fields, RenewedData::from_tlv)?)),
            None => Err(Asn1Error::Unexpected("what a proof tree is over").into()),
        }
    }
}

impl Renewed {
    fn to_der(&self) -> Vec<u8> {
        writer::sequence(&[writer::integer(self.tree), self.token.clone()])
    }

    fn from_tlv(tlv: Tlv<'_>) -> Result<Self, Asn1Error> {
        let mut fields = tlv.expect(tag::SEQUENCE, WHAT)?.contents();
        let tree = fields.next_tlv()?.unsigned(WHAT)?;
        let token = fields.expect(tag::SEQUENCE, WHAT)?.raw.to_vec();
        fields.finish(WHAT)?;
        Ok(Self { tree, token })
    }
}

impl RenewedData {
    fn to_der(&self) -> Vec<u8> {
        let night = |(night, places): &(u64, Vec<u32>)| {
            let places: Vec<u8> = places.iter().flat_map(|place| place.to_be_bytes()).collect();
            writer::sequence(&[writer::integer(*night), writer::octets(&places)])
        };
        let nights: Vec<Vec<u8>> = self.nights.iter().map(night).collect();
        writer::sequence(&[self.renewed.to_der(), writer::boolean(self.is_whole), writer::sequence(&nights)])
    }

    fn from_tlv(tlv: Tlv<'_>) -> Result<Self, Asn1Error> {
        let mut fields = tlv.expect(tag::SEQUENCE, WHAT)?.contents();
        let renewed = Renewed::from_tlv(fields.next_tlv()?)?;
        let is_whole = fields.next_tlv()?.boolean(WHAT)?;
        let nights = each(fields.expect(tag::SEQUENCE, WHAT)?.contents(), |night| {
            let mut fields = night.expect(tag::SEQUENCE, WHAT)?.contents();
            let number = fields.next_tlv()?.unsigned(WHAT)?;
            let (places, rest) = fields.expect(tag::OCTET_STRING, WHAT)?.value.as_chunks::<4>();
            fields.finish(WHAT)?;
            if !rest.is_empty() {
                return Err(Asn1Error::Unexpected("places of a proof tree"));
            }
            Ok((number, places.iter().map(|place| u32::from_be_bytes(*place)).collect()))
        })?;
        fields.finish(WHAT)?;
        Ok(Self { renewed, is_whole, nights })
    }
}

fn each<'a, T>(mut fields: Reader<'a>, read: impl Fn(Tlv<'a>) -> Result<T, Asn1Error>) -> Result<Vec<T>, Asn1Error> {
    let mut all = Vec::new();
    while !fields.is_empty() && all.len() <= limits::LEAVES {
        all.push(read(fields.next_tlv()?)?);
    }
    fields.finish(WHAT)?;
    Ok(all)
}
