//! A web site on loopback that serves what certificates point to, misbehaves on request and counts who asks; and
//! certificates and lists that point to it.

use crate::engine::pki::{TestEntropy, instant, pki, serial};
use fumikura::asn1::{
    BasicConstraints, Certificate, CertificateList, Extension, KeyUsage, Name, Oid, RevokedEntry, oid, writer,
};
use fumikura::cms::SigningIdentity;
use fumikura::crypto::Signer;
use fumikura::digest::DigestAlgorithm;
use fumikura::pades::{Level, SignOptions, sign};
use fumikura::pdf::{Limits, Pdf};
use fumikura::pki::issue::{CertificateTemplate, CrlTemplate, Issuer, issue_certificate, issue_crl};
use fumikura::tsp::TimestampSource;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What a path answers with.
#[derive(Clone)]
pub enum Page {
    Bytes(Vec<u8>),
    Status(u16),
    Redirect(u16, String),
    /// A byte now and then, without end.
    Drip,
    /// More bytes than anybody wants.
    Huge,
    /// Ends before the length that it announced.
    Cut,
    /// The same, small on the way: zeros packed by gzip.
    Packed(Vec<u8>),
    /// By OCSP, from the question.
    Ocsp(fn(&[u8]) -> Vec<u8>),
}

/// The site while it runs.
pub struct Site {
    pub address: SocketAddr,
    pages: Arc<Mutex<HashMap<String, Page>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Site {
    pub fn start() -> Self {
        Self::at("127.0.0.1:0")
    }

    pub fn at(address: &str) -> Self {
        let listener = TcpListener::bind(address).expect("a port of loopback");
        let address = listener.local_addr().expect("an address");
        let (pages, asked) = (Arc::new(Mutex::new(HashMap::new())), Arc::new(Mutex::new(Vec::new())));
        let (known, log) = (Arc::clone(&pages), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (known, log) = (Arc::clone(&known), Arc::clone(&log));
                std::thread::spawn(move || answer(stream, &known, &log));
            }
        });
        Self { address, pages, asked }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn put(&self, path: &str, page: Page) {
        self.pages.lock().unwrap().insert(path.to_owned(), page);
    }

    pub fn put_list(&self, path: &str, list: &CertificateList) {
        self.put(path, Page::Bytes(list.der().to_vec()));
    }

    /// Returns the paths that were asked for since the last look; a connection that asks nothing is `-`.
    pub fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

fn answer(mut stream: TcpStream, pages: &Mutex<HashMap<String, Page>>, log: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
    let (mut line, mut length) = (String::new(), 0);
    let _ = reader.read_line(&mut line);
    let path = line.split(' ').nth(1).unwrap_or("-").to_owned();
    log.lock().unwrap().push(path.clone());
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header).is_err() || header.trim().is_empty() {
            break;
        }
        if let Some(("content-length", value)) = header.to_ascii_lowercase().split_once(':') {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    let _ = reader.read_exact(&mut body);
    let page = pages.lock().unwrap().get(&path).cloned().unwrap_or(Page::Status(404));
    let _ = write(&mut stream, page, &body);
}

fn write(stream: &mut TcpStream, page: Page, body: &[u8]) -> std::io::Result<()> {
    const OK: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\n";
    let whole = |stream: &mut TcpStream, more: &str, bytes: &[u8]| {
        stream.write_all(format!("{OK}{more}Content-Length: {}\r\n\r\n", bytes.len()).as_bytes())?;
        stream.write_all(bytes)
    };
    match page {
        Page::Bytes(bytes) => whole(stream, "", &bytes),
        Page::Ocsp(answer) => whole(stream, "Content-Type: application/ocsp-response\r\n", &answer(body)),
        Page::Packed(bytes) => whole(stream, "Content-Encoding: gzip\r\n", &bytes),
        Page::Status(status) => {
            stream.write_all(format!("HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n").as_bytes())
        }
        Page::Redirect(status, to) => stream
            .write_all(format!("HTTP/1.1 {status} Moved\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n").as_bytes()),
        Page::Cut => stream.write_all(format!("{OK}Content-Length: 5000\r\n\r\n0").as_bytes()),
        Page::Drip => {
            stream.write_all(format!("{OK}Content-Length: 100000\r\n\r\n").as_bytes())?;
            loop {
                stream.write_all(b"0")?;
                std::thread::sleep(Duration::from_millis(100));
            }
        }
        Page::Huge => {
            stream.write_all(format!("{OK}\r\n").as_bytes())?;
            loop {
                stream.write_all(&[0x30; 65536])?;
            }
        }
    }
}

/// Where a certificate says that things are.
#[derive(Clone, Debug, Default)]
pub struct Places {
    pub crls: Vec<String>,
    pub ocsp: Option<String>,
    pub issuer: Option<String>,
    pub deltas: Option<String>,
}

impl Places {
    pub fn crl(url: impl Into<String>) -> Self {
        Self { crls: vec![url.into()], ..Self::default() }
    }
}

fn name(common: &str) -> Name {
    Name::from_attributes(&[(oid::COUNTRY, "JP"), (oid::COMMON_NAME, common)])
}

/// Issues a certificate for the key of another, by a CA of the test PKI or by one issued here.
pub fn issue(common: &str, key: &str, by: (&Certificate, &str), places: &Places, ca: bool) -> Certificate {
    let (subject, own, signer) = (name(common), pki().signer(key), pki().signer(by.1));
    let number = serial(common);
    let (from, to) = (instant("2020-01-01T00:00:00Z"), instant("2040-01-01T00:00:00Z"));
    let mut template = CertificateTemplate::new(&subject, own.public_key_info(), &number, from, to);
    template.crl_uris.clone_from(&places.crls);
    template.key_usage = Some(match ca {
        true => KeyUsage::KEY_CERT_SIGN.and(KeyUsage::CRL_SIGN),
        false => KeyUsage::DIGITAL_SIGNATURE.and(KeyUsage::NON_REPUDIATION),
    });
    template.basic_constraints = ca.then_some(BasicConstraints { ca: true, path_length: None });
    let uri = |url: &str| writer::tlv(0x86, url.as_bytes());
    let access =
        |method: &Oid, url: &Option<String>| url.as_ref().map(|url| writer::sequence(&[writer::oid(method), uri(url)]));
    let accesses: Vec<Vec<u8>> =
        access(&oid::AD_OCSP, &places.ocsp).into_iter().chain(access(&oid::AD_CA_ISSUERS, &places.issuer)).collect();
    if !accesses.is_empty() {
        let value = writer::sequence(&accesses);
        template.more.push(Extension { oid: oid::AUTHORITY_INFO_ACCESS, critical: false, value });
    }
    if let Some(url) = &places.deltas {
        let point = writer::sequence(&[writer::context(0, &[writer::context(0, &[uri(url)])])]);
        let value = writer::sequence(&[point]);
        template.more.push(Extension { oid: oid::FRESHEST_CRL, critical: false, value });
    }
    let issuer = Issuer { name: by.0.subject_name(), signer: &signer, digest: DigestAlgorithm::Sha256 };
    issue_certificate(&template, issuer).expect("a certificate")
}

/// Issues a seal's certificate by the CA of the test PKI.
pub fn seal(common: &str, places: &Places) -> Certificate {
    issue(common, "signer-p256", (pki().certificate("ca"), "ca"), places, false)
}

/// A list to be.
pub struct List<'a> {
    pub from: &'a str,
    pub to: &'a str,
    pub number: u64,
    pub more: Vec<Extension>,
}

impl Default for List<'_> {
    fn default() -> Self {
        Self { from: "2026-05-01T00:00:00Z", to: "2040-01-01T00:00:00Z", number: 5, more: Vec::new() }
    }
}

impl List<'_> {
    pub fn by(self, by: (&Certificate, &str), revoked: &[&Certificate]) -> CertificateList {
        let entry = |one: &&Certificate| {
            let facts = RevokedEntry { revoked_at: instant("2026-05-15T00:00:00Z"), reason: None };
            (one.serial().to_vec(), facts)
        };
        let template = CrlTemplate {
            this_update: instant(self.from),
            next_update: instant(self.to),
            number: self.number,
            revoked: revoked.iter().map(entry).collect(),
            more: self.more,
        };
        let signer = pki().signer(by.1);
        let issuer = Issuer { name: by.0.subject_name(), signer: &signer, digest: DigestAlgorithm::Sha256 };
        issue_crl(&template, issuer).expect("a list")
    }

    /// Issues it by the CA of the test PKI.
    pub fn of_ca(self, revoked: &[&Certificate]) -> CertificateList {
        self.by((pki().certificate("ca"), "ca"), revoked)
    }

    /// A list that adds to the one of a number.
    pub fn delta(base: u64) -> Self {
        let value = writer::integer(base);
        let more = vec![Extension { oid: oid::DELTA_CRL_INDICATOR, critical: true, value }];
        Self { from: "2026-05-20T00:00:00Z", number: base + 1, more, ..Self::default() }
    }
}

/// Signs a sample with a certificate for the key `signer-p256`, the chain given beside it.
pub fn signed(certificate: &Certificate, chain: Vec<Certificate>) -> Vec<u8> {
    signed_at(Level::BB, certificate, chain, None)
}

/// Signs it at a level, with a timestamp where one is to be had.
pub fn signed_at(
    level: Level,
    certificate: &Certificate,
    chain: Vec<Certificate>,
    timestamps: Option<&dyn TimestampSource>,
) -> Vec<u8> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pdf/table-1.4.pdf");
    let plain = std::fs::read(path).expect("a sample");
    let pdf = Pdf::read(&plain[..], &Limits::default()).expect("readable");
    let options = SignOptions::new(level, instant("2026-06-01T00:00:00Z"));
    let identity = SigningIdentity::new(Arc::new(pki().signer("signer-p256")), certificate.clone(), chain);
    let made = sign(&pdf, &identity.expect("an identity"), &options, timestamps, &TestEntropy).expect("signed");
    made.to_vec().expect("in memory")
}
