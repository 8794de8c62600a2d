//! Several inputs in one: a SEQUENCE of a time, certificates, lists, statements and a file, each under its own tag.

use super::authority;
use super::der::{Node, mutate, parse, split, value, write};
use super::papers;
use super::random::Random;
use fumikura::asn1::{Certificate, CertificateList, OcspResponse};
use fumikura::time::Instant;

/// The seconds since 1970 at which everything is judged.
pub const TIME: u8 = 0x80;
/// A password.
pub const PASSWORD: u8 = 0x81;
/// A PDF file.
pub const FILE: u8 = 0x82;
/// The certificates that are asked about.
pub const LEAVES: u8 = 0xa0;
/// Trust anchors.
pub const ANCHORS: u8 = 0xa1;
/// Trust anchors for timestamps.
pub const STAMPERS: u8 = 0xa2;
/// Other certificates.
pub const OTHERS: u8 = 0xa3;
/// Revocation lists.
pub const LISTS: u8 = 0xa4;
/// OCSP responses.
pub const STATEMENTS: u8 = 0xa5;

/// The most members that are read under one tag: a caller of the engine bounds what he hands it.
const MEMBERS: usize = 64;

/// The contents of a bundle, as far as they can be read.
#[derive(Default)]
pub struct Bundle {
    /// See [`TIME`].
    pub at: Instant,
    /// See [`PASSWORD`].
    pub password: Option<Vec<u8>>,
    /// See [`FILE`].
    pub file: Vec<u8>,
    /// See [`LEAVES`].
    pub leaves: Vec<Certificate>,
    /// See [`ANCHORS`].
    pub anchors: Vec<Certificate>,
    /// See [`STAMPERS`].
    pub stampers: Vec<Certificate>,
    /// See [`OTHERS`].
    pub others: Vec<Certificate>,
    /// See [`LISTS`].
    pub lists: Vec<CertificateList>,
    /// See [`STATEMENTS`].
    pub statements: Vec<OcspResponse>,
}

impl Bundle {
    /// Reads a bundle. What is signed with the known key, or seems so, is signed anew: a changed certificate would else
    /// be turned away at its signature, and nothing behind that be seen.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let (_, mut contents, _) = split(bytes)?;
        let mut bundle = Self::default();
        while let Some((tag, part, rest)) = split(contents) {
            contents = rest;
            match tag {
                TIME => {
                    let seconds = part.iter().take(5).fold(0_i64, |sum, byte| sum << 8 | i64::from(*byte));
                    bundle.at = Instant::from_second(seconds).unwrap_or_default();
                }
                PASSWORD => bundle.password = Some(part.to_vec()),
                FILE => bundle.file = part.to_vec(),
                LEAVES => bundle.leaves = members(part, Certificate::from_der),
                ANCHORS => bundle.anchors = members(part, Certificate::from_der),
                STAMPERS => bundle.stampers = members(part, Certificate::from_der),
                OTHERS => bundle.others = members(part, Certificate::from_der),
                LISTS => bundle.lists = members(part, CertificateList::from_der),
                STATEMENTS => bundle.statements = members(part, OcspResponse::from_der),
                _ => {}
            }
        }
        Some(bundle)
    }
}

fn members<T, E>(mut part: &[u8], read: impl Fn(&[u8]) -> Result<T, E>) -> Vec<T> {
    let mut all = Vec::new();
    while let Some((_, _, rest)) = split(part).filter(|_| all.len() < MEMBERS) {
        let der = authority::signed_anew(&part[..part.len() - rest.len()]);
        all.extend(read(&der));
        part = rest;
    }
    all
}

/// Writes a bundle of parts.
pub fn bundle(parts: &[(u8, Vec<u8>)]) -> Vec<u8> {
    value(0x30, &parts.iter().flat_map(|(tag, part)| value(*tag, part)).collect::<Vec<_>>())
}

/// Changes a bundle: its file as a file, everything else as DER.
pub fn change(bytes: &[u8], random: &mut Random) -> Vec<u8> {
    let Some(mut nodes) = parse(bytes) else { return mutate(bytes, random) };
    let Some(Node::Tree(_, _, parts)) = nodes.first_mut() else { return mutate(bytes, random) };
    let file = parts.iter_mut().find_map(|part| match part {
        Node::Leaf(FILE, file) => Some(file),
        _ => None,
    });
    match file {
        Some(file) if !random.one_in(3) => {
            *file = papers::change(file, random);
            write(&nodes)
        }
        _ => mutate(bytes, random),
    }
}
