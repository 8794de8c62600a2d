//! Makes the PKI that `tests/data/paths.toml` declares: certificates with every demand a CA can make, lists with every
//! scope. What no CA of ours would write is put together here.

use super::pki::{cached_key, instant, serial};
use fumikura::asn1::{
    BasicConstraints, Certificate, CertificateList, Extension, KeyUsage, Name, Oid, Tlv, generalized_time_der, oid,
    time_der, writer,
};
use fumikura::crypto::{SignatureScheme, Signer, signature_identifier};
use fumikura::digest::DigestAlgorithm;
use fumikura::keystore::SoftwareSigner;
use fumikura::pki::issue::{CertificateTemplate, Issuer, issue_certificate};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Policies are numbers below this arc.
pub const POLICIES: &str = "1.3.6.1.4.1.55555.9";

/// The declared PKI.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declared {
    defaults: Defaults,
    certificates: BTreeMap<String, Entry>,
    crls: BTreeMap<String, ListEntry>,
    pub cases: Vec<toml::Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Defaults {
    organization: String,
    from: String,
    to: String,
}

/// A certificate.
#[derive(Deserialize, Default, Clone)]
#[serde(deny_unknown_fields, default)]
pub struct Entry {
    pub issuer: String,
    /// Subject and key of another.
    pub of: Option<String>,
    /// The subject of another.
    pub named: Option<String>,
    /// The serial number of another.
    #[serde(rename = "as")]
    pub same_as: Option<String>,
    pub organization: Option<String>,
    pub mail: Option<String>,
    pub ca: bool,
    pub usage: Option<String>,
    pub extended_critical: Option<String>,
    /// As the one before, but not critical.
    pub extended: Option<String>,
    pub names: Vec<String>,
    pub permitted: Vec<String>,
    pub excluded: Vec<String>,
    pub policies: Vec<String>,
    pub mappings: Vec<String>,
    pub require_explicit: Option<u64>,
    pub inhibit_mapping: Option<u64>,
    pub inhibit_any: Option<u64>,
    pub points: Vec<Point>,
}

/// A distribution point of a certificate.
#[derive(Deserialize, Default, Clone)]
#[serde(deny_unknown_fields, default)]
pub struct Point {
    name: Option<String>,
    relative: Option<String>,
    reasons: Vec<String>,
    issuer: Option<String>,
}

/// A revocation list.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct ListEntry {
    issuer: String,
    this_update: Option<String>,
    next_update: Option<String>,
    number: Option<u64>,
    base: Option<u64>,
    point: Option<String>,
    relative: Option<String>,
    users: bool,
    cas: bool,
    reasons: Vec<String>,
    indirect: bool,
    unknown_critical: bool,
    revoked: Vec<Revoked>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Revoked {
    certificate: String,
    of: Option<String>,
    at: String,
    reason: Option<u8>,
    #[serde(default)]
    unknown_critical: bool,
}

fn extended_usage(name: &str) -> Oid {
    match name {
        "time-stamping" => oid::KP_TIME_STAMPING,
        "document-signing" => oid::KP_DOCUMENT_SIGNING,
        other => panic!("no extended usage {other}"),
    }
}

impl Declared {
    /// Reads the file.
    pub fn read() -> Self {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/paths.toml");
        toml::from_str(&std::fs::read_to_string(path).expect("paths.toml is readable")).expect("as declared")
    }

    /// Returns every declared certificate by name.
    pub fn certificates(&self) -> BTreeMap<String, Certificate> {
        self.certificates.iter().map(|(name, entry)| (name.clone(), self.issue(name, entry))).collect()
    }

    /// Issues a certificate.
    pub fn issue(&self, name: &str, entry: &Entry) -> Certificate {
        let own =
            signer(entry.of.as_deref().unwrap_or(if self.certificates.contains_key(name) { name } else { "leaf" }));
        let by = signer(&entry.issuer);
        let (subject, issuer) = (self.subject(name, entry), self.name(&entry.issuer));
        let number = serial(entry.same_as.as_deref().unwrap_or(name));
        let (from, to) = (instant(&self.defaults.from), instant(&self.defaults.to));
        let mut template = CertificateTemplate::new(&subject, own.public_key_info(), &number, from, to);
        let usage = match (entry.usage.as_deref(), entry.ca) {
            (Some("crl-sign"), _) => KeyUsage::CRL_SIGN,
            (_, true) => KeyUsage::KEY_CERT_SIGN.and(KeyUsage::CRL_SIGN),
            _ => KeyUsage::DIGITAL_SIGNATURE,
        };
        template.key_usage = (entry.usage.as_deref() != Some("none")).then_some(usage);
        template.basic_constraints = entry.ca.then_some(BasicConstraints { ca: true, path_length: None });
        let extended = entry.extended_critical.as_ref().map(|usage| (usage, true));
        let extended = extended.or(entry.extended.as_ref().map(|usage| (usage, false)));
        template.extended_key_usage = extended.map(|(usage, critical)| (vec![extended_usage(usage)], critical));
        template.policies = entry.policies.iter().map(|text| policy(text)).collect();
        template.more = self.demands(entry);
        let issuer = Issuer { name: &issuer, signer: &by, digest: DigestAlgorithm::Sha256 };
        issue_certificate(&template, issuer).expect("a test certificate can be issued")
    }

    fn demands(&self, entry: &Entry) -> Vec<Extension> {
        let mut all = Vec::new();
        let mut add = |oid, critical, value| all.push(Extension { oid, critical, value });
        if !entry.names.is_empty() {
            let names: Vec<_> = entry.names.iter().map(|name| general_name(name)).collect();
            add(oid::SUBJECT_ALT_NAME, false, writer::sequence(&names));
        }
        let trees = |number, trees: &[String]| match trees.is_empty() {
            true => Vec::new(),
            false => writer::context(number, &trees.iter().map(|tree| subtree(tree)).collect::<Vec<_>>()),
        };
        let constraints = [trees(0, &entry.permitted), trees(1, &entry.excluded)];
        if !constraints.concat().is_empty() {
            add(oid::NAME_CONSTRAINTS, true, writer::sequence(&constraints));
        }
        if !entry.mappings.is_empty() {
            let pair = |text: &String| {
                let (issuers, subjects) = text.split_once('=').expect("a mapping has two sides");
                writer::sequence(&[writer::oid(&policy(issuers)), writer::oid(&policy(subjects))])
            };
            add(oid::POLICY_MAPPINGS, true, writer::sequence(&entry.mappings.iter().map(pair).collect::<Vec<_>>()));
        }
        let skip = |number: u8, skip: Option<u64>| {
            skip.map_or(Vec::new(), |skip| {
                let inner = writer::integer(skip);
                writer::tlv(0x80 | number, &inner[2..])
            })
        };
        let constraints = [skip(0, entry.require_explicit), skip(1, entry.inhibit_mapping)];
        if !constraints.concat().is_empty() {
            add(oid::POLICY_CONSTRAINTS, true, writer::sequence(&constraints));
        }
        if let Some(skip) = entry.inhibit_any {
            add(oid::INHIBIT_ANY_POLICY, true, writer::integer(skip));
        }
        if !entry.points.is_empty() {
            let points: Vec<_> = entry.points.iter().map(|point| self.point(point)).collect();
            add(oid::CRL_DISTRIBUTION_POINTS, false, writer::sequence(&points));
        }
        all
    }

    fn point(&self, point: &Point) -> Vec<u8> {
        let issuer = point.issuer.as_ref().map_or(Vec::new(), |issuer| {
            writer::context(2, &[writer::context(4, &[self.name(issuer).der().to_vec()])])
        });
        let reasons = reasons(1, &point.reasons);
        writer::sequence(&[point_name(point.name.as_deref(), point.relative.as_deref()), reasons, issuer])
    }

    /// Issues a list.
    pub fn list(&self, name: &str) -> CertificateList {
        let entry = self.crls.get(name).unwrap_or_else(|| panic!("no list {name}"));
        let named = self.certificates[&entry.issuer].named.as_deref().unwrap_or(&entry.issuer);
        let by = signer(&entry.issuer);
        let scheme = by.default_scheme(DigestAlgorithm::Sha256);
        let time = |text: &Option<String>, other: &str| time_der(instant(text.as_deref().unwrap_or(other)));
        let revoked: Vec<_> = entry.revoked.iter().map(|revoked| self.entry(revoked)).collect();
        let revoked = if revoked.is_empty() { Vec::new() } else { writer::sequence(&revoked) };
        let tbs = writer::sequence(&[
            writer::integer(1),
            signature_identifier(scheme).to_der(),
            self.name(named).der().to_vec(),
            time(&entry.this_update, "2026-05-01T00:00:00Z"),
            time(&entry.next_update, "2044-01-01T00:00:00Z"),
            revoked,
            writer::context(0, &[writer::sequence(&list_extensions(entry))]),
        ]);
        CertificateList::from_der(&sealed(&tbs, &by, scheme)).expect("a test list is readable")
    }

    fn entry(&self, revoked: &Revoked) -> Vec<u8> {
        let mut extensions = Vec::new();
        if let Some(reason) = revoked.reason {
            extensions.push(extension(&oid::CRL_REASON, false, &writer::tlv(0x0a, &[reason])));
        }
        if let Some(of) = &revoked.of {
            let names = writer::sequence(&[writer::context(4, &[self.name(of).der().to_vec()])]);
            extensions.push(extension(&oid::CERTIFICATE_ISSUER, true, &names));
        }
        if revoked.unknown_critical {
            extensions.push(extension(&Oid::new_unwrap("1.3.6.1.4.1.55555.1"), true, &writer::null()));
        }
        let serial = writer::tlv(0x02, &serial(&revoked.certificate));
        let extensions = if extensions.is_empty() { Vec::new() } else { writer::sequence(&extensions) };
        writer::sequence(&[serial, time_der(instant(&revoked.at)), extensions])
    }

    fn name(&self, name: &str) -> Name {
        let entry = self.certificates.get(name).unwrap_or_else(|| panic!("no certificate {name}"));
        self.subject(name, entry)
    }

    fn subject(&self, name: &str, entry: &Entry) -> Name {
        let name = entry.of.as_deref().or(entry.named.as_deref()).unwrap_or(name);
        let organization = entry.organization.as_deref().unwrap_or(&self.defaults.organization);
        let mut attributes = vec![(oid::COUNTRY, "JP"), (oid::ORGANIZATION, organization), (oid::COMMON_NAME, name)];
        attributes.extend(entry.mail.as_deref().map(|mail| (oid::EMAIL_ADDRESS, mail)));
        Name::from_attributes(&attributes)
    }
}

/// Reads a policy.
pub fn policy(text: &str) -> Oid {
    if text == "any" { oid::ANY_POLICY } else { Oid::new(&format!("{POLICIES}.{text}")).expect("a policy's number") }
}

fn signer(name: &str) -> SoftwareSigner {
    SoftwareSigner::from_pkcs8(&cached_key(&format!("paths-{name}"), "p256")).expect("a test key is readable")
}

fn sealed(tbs: &[u8], by: &SoftwareSigner, scheme: SignatureScheme) -> Vec<u8> {
    let value = by.sign(scheme, tbs).expect("a test key signs");
    writer::sequence(&[tbs.to_vec(), signature_identifier(scheme).to_der(), writer::bit_octets(&value)])
}

fn list_extensions(entry: &ListEntry) -> Vec<Vec<u8>> {
    let truth = |number: u8, is: bool| if is { writer::tlv(0x80 | number, &[0xff]) } else { Vec::new() };
    let scope = [
        point_name(entry.point.as_deref(), entry.relative.as_deref()),
        truth(1, entry.users),
        truth(2, entry.cas),
        reasons(3, &entry.reasons),
        truth(4, entry.indirect),
    ];
    let mut all = vec![extension(&oid::CRL_NUMBER, false, &writer::integer(entry.number.unwrap_or(1)))];
    if let Some(base) = entry.base {
        all.push(extension(&oid::DELTA_CRL_INDICATOR, true, &writer::integer(base)));
    }
    if !scope.concat().is_empty() {
        all.push(extension(&oid::ISSUING_DISTRIBUTION_POINT, true, &writer::sequence(&scope)));
    }
    if entry.unknown_critical {
        let since = generalized_time_der(instant("2020-01-01T00:00:00Z"));
        all.push(extension(&Oid::new_unwrap("1.3.6.1.4.1.55555.1"), true, &since));
    }
    all
}

fn extension(oid: &Oid, critical: bool, value: &[u8]) -> Vec<u8> {
    let critical = if critical { writer::boolean(true) } else { Vec::new() };
    writer::sequence(&[writer::oid(oid), critical, writer::octets(value)])
}

fn point_name(full: Option<&str>, relative: Option<&str>) -> Vec<u8> {
    let name = match (full, relative) {
        (Some(full), _) => writer::context(0, &[general_name(full)]),
        (_, Some(relative)) => {
            writer::context(1, &[writer::sequence(&[writer::oid(&oid::COMMON_NAME), writer::utf8(relative)])])
        }
        _ => return Vec::new(),
    };
    writer::context(0, &[name])
}

/// Writes ReasonFlags below a context tag.
fn reasons(number: u8, names: &[String]) -> Vec<u8> {
    const NAMES: [&str; 9] = [
        "unused",
        "key-compromise",
        "ca-compromise",
        "affiliation-changed",
        "superseded",
        "cessation",
        "hold",
        "privilege-withdrawn",
        "aa-compromise",
    ];
    let bit =
        |name: &String| NAMES.iter().position(|known| known == name).unwrap_or_else(|| panic!("no reason {name}"));
    let bits = names.iter().fold(0u16, |all, name| all | 0x8000 >> bit(name));
    if names.is_empty() {
        Vec::new()
    } else {
        writer::tlv(0x80 | number, &[&[7], bits.to_be_bytes().as_slice()].concat())
    }
}

fn subtree(text: &str) -> Vec<u8> {
    match text.split_once(':') {
        Some(("mask", octets)) => writer::sequence(&[writer::tlv(0x87, &unhex(octets))]),
        Some(("minimum", host)) => writer::sequence(&[writer::tlv(0x82, host.as_bytes()), writer::tlv(0x80, &[1])]),
        Some(("ip", network)) => {
            let (address, ones) = network.split_once('/').expect("a network has a length");
            let (address, ones) = (octets(address), ones.parse::<usize>().expect("a length"));
            let mask: Vec<u8> =
                (0..address.len()).map(|at| !(0xffu16 >> ones.saturating_sub(8 * at).min(8)) as u8).collect();
            writer::sequence(&[writer::tlv(0x87, &[address, mask].concat())])
        }
        _ => writer::sequence(&[general_name(text)]),
    }
}

fn general_name(text: &str) -> Vec<u8> {
    let (form, value) = text.split_once(':').expect("a name says its form");
    let other =
        |kind: &Oid, text: &str| writer::context(0, &[writer::oid(kind), writer::context(0, &[writer::utf8(text)])]);
    match form {
        "dns" => writer::tlv(0x82, value.as_bytes()),
        "mail" => writer::tlv(0x81, value.as_bytes()),
        "uri" => writer::tlv(0x86, value.as_bytes()),
        "ip" => writer::tlv(0x87, &octets(value)),
        "dn" => {
            let name = Name::from_attributes(&[(oid::COUNTRY, "JP"), (oid::ORGANIZATION, value)]);
            writer::context(4, &[name.der()])
        }
        "other" => other(&Oid::new(value).expect("an identifier"), "x"),
        "utf8-mail" => other(&oid::ON_SMTP_UTF8_MAILBOX, value),
        "id" => {
            let der = writer::oid(&Oid::new(value).expect("an identifier"));
            writer::tlv(0x88, Tlv::read(&der).expect("just written").0.value)
        }
        _ => panic!("no form {form}"),
    }
}

fn octets(text: &str) -> Vec<u8> {
    text.parse::<std::net::Ipv4Addr>().map_or_else(|_| unhex(text), |address| address.octets().to_vec())
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal")).collect()
}
