//! Seeds: a small PKI of the known key, files signed by it at every level, and the sample files of the suite.

use super::authority::Known;
use super::bundle::{self, bundle};
use super::der::value;
use fumikura::asn1::{
    BasicConstraints, Certificate, CertificateList, Extension, KeyUsage, Name, OcspResponse, Oid, RevocationReason,
    RevokedEntry, generalized_time_der, oid, writer,
};
use fumikura::cms::SigningIdentity;
use fumikura::crypto::{SignatureScheme, Signer, signature_identifier};
use fumikura::digest::DigestAlgorithm;
use fumikura::evidence::{DataObject, HashTreeBuilder, Leaf, StampedTree, TimestampRenewal, renewed_leaf};
use fumikura::pades::{self, Level, LongTerm, SignOptions};
use fumikura::pdf::{Limits, Pdf};
use fumikura::pki::issue::{CertificateTemplate, CrlTemplate, Issuer, issue_certificate, issue_crl};
use fumikura::pki::{TrustAnchors, cert_id};
use fumikura::policy::ValidationPolicy;
use fumikura::time::{FixedClock, Instant};
use fumikura::tsp::{Authority, AuthorityOptions, LocalSource, TimestampRequest, obtain};
use std::path::Path;
use std::sync::{Arc, LazyLock};

/// Returns the time at which everything happens.
pub fn now() -> Instant {
    Instant::from_second(1_780_272_000).expect("a time")
}

fn later(days: i64) -> Instant {
    Instant::from_second(now().as_second() + days * 86_400).expect("a time")
}

/// The small PKI.
pub struct Pki {
    root: Certificate,
    ca: Certificate,
    signer: Certificate,
    stamper: Certificate,
    lists: Vec<CertificateList>,
    statement: OcspResponse,
}

static PKI: LazyLock<Pki> = LazyLock::new(Pki::make);

/// The timestamping authority of the PKI.
pub static AUTHORITY: LazyLock<Arc<Authority>> = LazyLock::new(|| {
    let mut options = AuthorityOptions::with_policy(Oid::new_unwrap("1.3.6.1.4.1.99999.1"));
    options.signature_digest = DigestAlgorithm::Sha512;
    Arc::new(Authority::new(identity(&PKI.stamper), options).expect("a certificate for timestamps"))
});

fn identity(of: &Certificate) -> SigningIdentity {
    SigningIdentity::new(Arc::new(Known), of.clone(), vec![PKI.ca.clone()]).expect("the known key")
}

fn name(of: &str) -> Name {
    Name::from_attributes(&[(oid::COUNTRY, "JP"), (oid::ORGANIZATION, "文庫"), (oid::COMMON_NAME, of)])
}

fn certificate(of: &str, issuer: &str, serial: u8, adapt: impl Fn(&mut CertificateTemplate<'_>)) -> Certificate {
    let (subject, above, serial) = (name(of), name(issuer), [serial]);
    let mut template = CertificateTemplate::new(&subject, Known.public_key_info(), &serial, later(-365), later(3650));
    adapt(&mut template);
    issue_certificate(&template, issued_by(&above)).expect("a certificate can be issued")
}

fn issued_by(name: &Name) -> Issuer<'_> {
    Issuer { name, signer: &Known, digest: DigestAlgorithm::Sha256 }
}

fn authority(template: &mut CertificateTemplate<'_>) {
    template.basic_constraints = Some(BasicConstraints { ca: true, path_length: Some(3) });
    template.key_usage = Some(KeyUsage::KEY_CERT_SIGN.and(KeyUsage::CRL_SIGN));
    template.policies = vec![Oid::new_unwrap("1.2.3.1"), Oid::new_unwrap("1.2.3.2")];
    let all = writer::tlv(0x30, &[]);
    let names = writer::sequence(&[writer::sequence(&[writer::context(4, &[all])])]);
    let constraints = writer::sequence(&[writer::tlv(0xa0, &names[2..])]);
    template.more.push(Extension { oid: oid::NAME_CONSTRAINTS, critical: true, value: constraints });
    let mapped = [writer::oid(&Oid::new_unwrap("1.2.3.1")), writer::oid(&Oid::new_unwrap("1.2.4.1"))];
    let mappings = writer::sequence(&[writer::sequence(&mapped)]);
    template.more.push(Extension { oid: oid::POLICY_MAPPINGS, critical: false, value: mappings });
}

impl Pki {
    fn make() -> Self {
        let root = certificate("root", "root", 1, authority);
        let ca = certificate("ca", "root", 2, authority);
        let signs = KeyUsage::DIGITAL_SIGNATURE.and(KeyUsage::NON_REPUDIATION);
        let signer = certificate("signer", "ca", 3, |template| {
            template.key_usage = Some(signs);
            template.crl_uris = vec!["http://example.test/ca.crl".to_owned()];
            template.policies = vec![Oid::new_unwrap("1.2.4.1")];
        });
        let stamper = certificate("stamper", "ca", 4, |template| {
            template.key_usage = Some(KeyUsage::DIGITAL_SIGNATURE);
            template.extended_key_usage = Some((vec![oid::KP_TIME_STAMPING], true));
        });
        let lists = ["root", "ca"].map(list).to_vec();
        let statement = OcspResponse::from_der(&statement(&signer, &ca)).expect("a response");
        Self { root, ca, signer, stamper, lists, statement }
    }

    /// Writes a bundle about its certificates, with a file where one is given.
    fn bundle(&self, file: Option<&[u8]>) -> Vec<u8> {
        let seconds = now().as_second().to_be_bytes();
        let lists = self.lists.iter().flat_map(|list| list.der().to_vec()).collect();
        let mut parts = vec![
            (bundle::TIME, seconds[3..].to_vec()),
            (bundle::ANCHORS, self.root.der().to_vec()),
            (bundle::STAMPERS, self.root.der().to_vec()),
            (bundle::OTHERS, self.ca.der().to_vec()),
            (bundle::LISTS, lists),
            (bundle::STATEMENTS, self.statement.der().to_vec()),
        ];
        match file {
            Some(file) => parts.push((bundle::FILE, file.to_vec())),
            None => parts.push((bundle::LEAVES, [self.signer.der(), self.stamper.der()].concat())),
        }
        bundle(&parts)
    }
}

fn list(issuer: &str) -> CertificateList {
    let reason = Some(RevocationReason::KeyCompromise);
    let entry = RevokedEntry { revoked_at: later(-30), reason };
    let template = CrlTemplate {
        this_update: later(-1),
        next_update: later(7),
        number: 5,
        revoked: vec![(vec![0x55], entry), (vec![0x56], entry)],
        more: Vec::new(),
    };
    issue_crl(&template, issued_by(&name(issuer))).expect("a list can be issued")
}

fn statement(of: &Certificate, issuer: &Certificate) -> Vec<u8> {
    let single = [
        cert_id(of, issuer).expect("a digest").to_der(),
        vec![0x80, 0],
        generalized_time_der(later(-1)),
        writer::context(0, &[generalized_time_der(later(1))]),
    ];
    let responder = value(0xa1, issuer.subject_der());
    let singles = writer::sequence(&[writer::sequence(&single)]);
    let tbs = writer::sequence(&[responder, generalized_time_der(later(-1)), singles]);
    let signature = Known.sign(SignatureScheme::Ed25519, &tbs).expect("the known key");
    let basic = [tbs, signature_identifier(SignatureScheme::Ed25519).to_der(), writer::bit_octets(&signature)];
    let bytes = writer::sequence(&[writer::oid(&oid::OCSP_BASIC), writer::octets(&writer::sequence(&basic))]);
    writer::sequence(&[writer::tlv(0x0a, &[0]), writer::context(0, &[bytes])])
}

/// Returns the smallest file: one page, one table.
pub fn plain() -> Vec<u8> {
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Annots[5 0 R]>>",
        "<</Length 20>>stream\nBT /F 24 Tf (A) Tj ET\nendstream",
        "<</Type/Annot/Subtype/Widget/FT/Tx/T(text)/V(x)/Rect[0 0 99 20]/P 3 0 R>>",
    ];
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut table = "xref\n0 6\n0000000000 65535 f \n".to_owned();
    for (number, object) in (1..).zip(objects) {
        table.push_str(&format!("{:010} 00000 n \n", out.len()));
        out.extend(format!("{number} 0 obj\n{object}\nendobj\n").bytes());
    }
    let at = out.len();
    let trailer = "trailer\n<</Size 6/Root 1 0 R/ID[<00112233><00112233>]>>";
    out.extend(format!("{table}{trailer}\nstartxref\n{at}\n%%EOF\n").bytes());
    out
}

/// Signs a file by the known key at a level.
pub fn signed(file: &[u8], level: Level, certify: Option<u8>) -> Vec<u8> {
    let anchors = TrustAnchors::new([PKI.root.clone()]);
    let policy = ValidationPolicy::built_in();
    let stamps = LocalSource::new(Arc::clone(&AUTHORITY), Arc::new(FixedClock(now())), Arc::new(Known));
    let long_term = LongTerm {
        trust: &anchors,
        tsa_trust: &anchors,
        intermediates: &[],
        crls: &PKI.lists,
        ocsps: &[],
        policy: &policy,
        at: now(),
        accept_older_revocation: true,
        vri: true,
    };
    let extension = pades::Extension {
        timestamps: Some(&stamps),
        at: now(),
        long_term: Some(long_term),
        digest: DigestAlgorithm::Sha256,
    };
    let pdf = Pdf::read(file, &Limits::default()).expect("the file can be read");
    let mut options = SignOptions::new(level, now());
    options.digest = DigestAlgorithm::Sha512;
    options.certify = certify;
    let made = pades::sign_extended(&pdf, &identity(&PKI.signer), &options, &extension, &Known);
    made.expect("the file can be signed").to_vec().expect("memory can be read")
}

/// Returns the revocation lists of the PKI.
pub fn lists() -> Vec<CertificateList> {
    PKI.lists.clone()
}

/// Makes evidence records: as they are first, with the timestamp renewed, and with the tree.
fn evidence() -> Vec<(String, Vec<u8>)> {
    let source = LocalSource::new(Arc::clone(&AUTHORITY), Arc::new(FixedClock(now())), Arc::new(Known));
    let stamp = |leaves: &[Leaf]| {
        let mut builder = HashTreeBuilder::new(leaves[0].algorithm());
        for leaf in leaves {
            builder.push(leaf).expect("a leaf");
        }
        let tree = builder.finish().expect("a tree");
        let token = obtain(&source, &tree.root(), &Known).expect("a token");
        StampedTree::new(tree, &token).expect("the token is over the root")
    };
    let leaf = |of: &[u8]| Leaf::of(&DigestAlgorithm::Sha256.digest(of));
    let leaves = [leaf(b"one"), leaf(b"fumikura"), leaf(b"three")];
    let first = stamp(&leaves).record(1, &leaves[1]).expect("a record");
    let mut renewal = TimestampRenewal::new(DigestAlgorithm::Sha256);
    renewal.add(&first).expect("a leaf");
    let tree = renewal.finish().expect("a tree");
    let token = obtain(&source, &tree.root(), &Known).expect("a token");
    let tree = StampedTree::new(tree, &token).expect("the token is over the root");
    let renewed = tree.renew_timestamp(&first, 0).expect("a record");
    let data = [DataObject::digested(b"fumikura", &[DigestAlgorithm::Sha256, DigestAlgorithm::Sha512])];
    let leaves = [
        renewed_leaf(&renewed, &data, DigestAlgorithm::Sha512).expect("a leaf"),
        Leaf::of(&DigestAlgorithm::Sha512.digest(b"another")),
    ];
    let again = stamp(&leaves).renew_tree(&renewed, 0, &leaves[0]).expect("a record");
    let named = [("first", first), ("renewed", renewed), ("again", again)];
    named.map(|(name, record)| (name.to_owned(), record.to_der())).to_vec()
}

/// Returns the seeds of a subject with their names; the sample files are read from the suite's folder.
pub fn of(subject: &str, samples: &Path) -> Vec<(String, Vec<u8>)> {
    let own = |name: &str, bytes: Vec<u8>| (name.to_owned(), bytes);
    let once = signed(&plain(), Level::BLta, None);
    let twice = || signed(&signed(&plain(), Level::BB, Some(2)), Level::BT, None);
    let request = TimestampRequest::new(&DigestAlgorithm::Sha256.digest(b"fumikura"), [1; 8]);
    let response = || AUTHORITY.respond(&request.to_der(), now(), &Known);
    let contents = |file: &[u8]| {
        let pdf = Pdf::read(file, &Limits::default()).expect("the file can be read");
        pades::signatures(&pdf).into_iter().map(|found| found.contents).collect::<Vec<_>>()
    };
    match subject {
        "pdf" => {
            let mut all = vec![own("plain", plain()), own("once", once), own("twice", twice())];
            all.extend(files(samples));
            all
        }
        "asn1" => vec![
            own("root", PKI.root.der().to_vec()),
            own("signer", PKI.signer.der().to_vec()),
            own("name", name("印").der().to_vec()),
            own("list", PKI.lists[0].der().to_vec()),
            own("statement", PKI.statement.der().to_vec()),
            own("ber", [&[0x30, 0x80, 0x24, 0x80, 4, 1, 7, 4, 1, 8, 0, 0][..], PKI.root.der(), &[0, 0]].concat()),
            own("pem", fumikura::asn1::pem_encode("CERTIFICATE", PKI.ca.der()).as_bytes().to_vec()),
        ],
        "cms" => {
            let theirs = files(samples).into_iter().filter(|(name, _)| name.starts_with("signed"));
            let all = [own("once", once), own("twice", twice())].into_iter().chain(theirs);
            let named = |(name, file): (String, Vec<u8>)| {
                contents(&file).into_iter().enumerate().map(move |(index, cms)| (format!("{name}-{index}"), cms))
            };
            all.flat_map(named).collect()
        }
        "pki" => vec![own("bundle", PKI.bundle(None))],
        "evidence" => evidence(),
        "tsp" => vec![own("request", request.to_der()), own("response", response())],
        "validate" => {
            let mut all = vec![own("plain", plain()), own("once", once), own("twice", twice())];
            let few = ["signed-by-pyhanko.pdf", "signed-by-pyhanko-streams.pdf", "hybrid.pdf", "acroform.pdf"];
            all.extend(files(samples).into_iter().filter(|(name, _)| few.contains(&name.as_str())));
            all.into_iter().map(|(name, file)| (name, PKI.bundle(Some(&file)))).collect()
        }
        other => panic!("no subject {other}"),
    }
}

/// Reads the sample files, by name.
fn files(samples: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(samples).expect("the folder of samples").flatten();
    let pdfs = entries.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "pdf"));
    let read = |entry: std::fs::DirEntry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        (name, std::fs::read(entry.path()).expect("a sample"))
    };
    let mut all: Vec<_> = pdfs.map(read).collect();
    all.sort();
    all
}
