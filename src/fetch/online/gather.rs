//! From what a judgement lacked to what may be judged with: kept, fetched, read, and told where it did not help.

use super::{FetchError, Web};
use crate::asn1::{Asn1Error, Certificate, CertificateList, OcspResponse};
use crate::cms::certificates_of;
use crate::crypto::Entropy;
use crate::digest::{DigestAlgorithm, hex};
use crate::fault::Fault;
use crate::pki::{Need, NeedSource, Objection, Supply};
use crate::time::Instant;
use crate::validate::Finding;
use std::collections::{HashMap, HashSet};

/// How often is judged again with what came; each link of a path may take one, each place for a list one more.
const ROUNDS: usize = 24;
/// The most certificates of an issuer's name that are taken from one place.
const ISSUERS: usize = 8;
/// The octets of a nonce (RFC 9654, 2.1).
const NONCE_BYTES: usize = 32;

/// Where what was fetched is kept for the next run. It is believed no more than what comes from the network: what was
/// altered there does not verify.
pub trait Shelf {
    /// Returns what is kept under a key of 64 hexadecimal digits, if it is not longer.
    fn get(&self, key: &str, limit_bytes: u64) -> Option<Vec<u8>>;
    /// Keeps something, whole or not at all. Returns whether it is kept.
    fn put(&self, key: &str, bytes: &[u8]) -> bool;
}

/// What came, to be judged with.
#[derive(Clone, Debug, Default)]
pub struct Stock {
    /// Certificates that may complete a path.
    pub certificates: Vec<Certificate>,
    /// Revocation lists.
    pub crls: Vec<CertificateList>,
    /// OCSP responses.
    pub ocsps: Vec<OcspResponse>,
}

/// Something that came from one place.
#[derive(Clone)]
enum Came {
    Certificates(Vec<Certificate>),
    Lists(Vec<CertificateList>),
    Response(OcspResponse),
}

/// How far a place was asked.
#[derive(Default)]
struct Asked {
    on_shelf: bool,
    on_web: bool,
    /// The newest that came.
    came: Option<Came>,
    /// Why the network brought nothing.
    failed: Option<FetchError>,
}

/// Brings what judgements lack. One serves a whole run, so that nothing is fetched twice.
pub struct Gatherer<'a> {
    web: Option<Web>,
    shelf: Option<&'a dyn Shelf>,
    entropy: &'a dyn Entropy,
    asked: HashMap<String, Asked>,
    /// What the present question is judged with, and the places that it came from: what one file led to is not heaped
    /// upon the next.
    stock: Stock,
    used: HashSet<String>,
    is_kept: bool,
}

impl<'a> Gatherer<'a> {
    /// Makes one that looks on the shelf first and then at the network, as far as there are such.
    pub fn new(web: Option<Web>, shelf: Option<&'a dyn Shelf>, entropy: &'a dyn Entropy) -> Self {
        let (asked, stock, used) = (HashMap::new(), Stock::default(), HashSet::new());
        Self { web, shelf, entropy, asked, stock, used, is_kept: true }
    }

    /// Judges, brings what was lacking, and judges again, until nothing is lacking or nothing new comes. Returns the
    /// last judgement, and what to say of what could not be had. Each judgement is told its present, which moves on: an
    /// answer is younger than its question.
    ///
    /// # Errors
    /// Those of the judgement.
    pub fn settle<T, E>(
        &mut self,
        now: &dyn Fn() -> Instant,
        judge: impl Fn(&Stock, Instant) -> Result<(T, Vec<Need>), E>,
    ) -> Result<(T, Vec<Finding>), E> {
        (self.stock, self.used) = (Stock::default(), HashSet::new());
        let mut judged = judge(&self.stock, now())?;
        for _ in 0..ROUNDS {
            // Every need of this round is tried, not only the first that brings something.
            if judged.1.iter().filter(|need| self.bring(need)).count() == 0 {
                break;
            }
            judged = judge(&self.stock, now())?;
        }
        let findings = self.findings(&judged.1, now());
        Ok((judged.0, findings))
    }

    /// Brings the next thing that is not known yet for a need; `false` where there is nothing more to be had.
    fn bring(&mut self, need: &Need) -> bool {
        let known = need.sources.iter().any(|source| self.use_known(need, source));
        let kept = known || need.sources.iter().any(|source| self.ask_shelf(need, source));
        kept || need.sources.iter().any(|source| self.ask_web(need, source))
    }

    /// Takes what came for an earlier question of the run.
    fn use_known(&mut self, need: &Need, source: &NeedSource) -> bool {
        let key = key(need, source);
        let Some(came) = self.asked.get(&key).and_then(|asked| asked.came.clone()) else { return false };
        self.used.insert(key) && self.stock.add(came, need)
    }

    fn ask_shelf(&mut self, need: &Need, source: &NeedSource) -> bool {
        let (Some(shelf), key) = (self.shelf, key(need, source)) else { return false };
        let asked = self.asked.entry(key.clone()).or_default();
        if std::mem::replace(&mut asked.on_shelf, true) {
            return false;
        }
        let limit = limit_of(source, self.web.as_ref());
        let Some(Ok(came)) = shelf.get(&key, limit).map(|bytes| read(source.supply, &bytes)) else { return false };
        asked.came = Some(came.clone());
        self.used.insert(key);
        self.stock.add(came, need)
    }

    fn ask_web(&mut self, need: &Need, source: &NeedSource) -> bool {
        let (Some(web), key) = (&mut self.web, key(need, source)) else { return false };
        let asked = self.asked.entry(key.clone()).or_default();
        if std::mem::replace(&mut asked.on_web, true) {
            return false;
        }
        let (bytes, came) = match fetch(web, self.entropy, need, source) {
            Ok(fetched) => fetched,
            Err(error) => {
                asked.failed = Some(error);
                return false;
            }
        };
        asked.came = Some(came.clone());
        if let Some(shelf) = self.shelf {
            self.is_kept &= shelf.put(&key, &bytes);
        }
        self.used.insert(key);
        self.stock.add(came, need)
    }

    /// Says, for everything that is still lacking, what became of each place where it should have been.
    fn findings(&self, lacking: &[Need], now: Instant) -> Vec<Finding> {
        let mut all = Vec::new();
        if !self.is_kept {
            all.push(Finding::warning("online-not-kept"));
        }
        if self.web.is_none() {
            return all;
        }
        for need in lacking {
            let about = |code| Finding::warning(code).with("subject", need.of.subject());
            if need.sources.is_empty() {
                all.push(about("online-no-address"));
            }
            for source in &need.sources {
                let asked = self.asked.get(&key(need, source));
                let failed = asked.and_then(|asked| asked.failed);
                let finding = match (failed, asked.and_then(|asked| asked.came.as_ref())) {
                    (Some(FetchError::Status(status)), _) => about("online-status").with("status", status.to_string()),
                    (Some(error), _) => about(error.code()),
                    (None, Some(came)) => about(objection(need, came, now).code()),
                    (None, None) => about(FetchError::Spent.code()),
                };
                let finding = finding.with("host", host(&source.url));
                if !all.contains(&finding) {
                    all.push(finding);
                }
            }
        }
        all
    }
}

impl std::fmt::Debug for Gatherer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gatherer({:?}, {} places asked)", self.web, self.asked.len())
    }
}

impl Stock {
    /// Adds what is not there yet; `false` where all of it was. Of certificates only those that may be the issuer are
    /// taken: a place may hold thousands, and the search of every file of the run would have to look at them.
    fn add(&mut self, came: Came, need: &Need) -> bool {
        fn add<T: PartialEq>(to: &mut Vec<T>, more: Vec<T>) -> bool {
            let before = to.len();
            for one in more {
                if !to.contains(&one) {
                    to.push(one);
                }
            }
            to.len() > before
        }
        match came {
            Came::Certificates(more) => {
                let may = more.into_iter().filter(|one| one.subject_name().same_as(need.of.issuer_name()));
                add(&mut self.certificates, may.take(ISSUERS).collect())
            }
            Came::Lists(more) => add(&mut self.crls, more),
            Came::Response(one) => add(&mut self.ocsps, vec![one]),
        }
    }
}

/// The key of what a place holds: the URL, and whom it is asked about. A list serves every certificate of its issuer.
fn key(need: &Need, source: &NeedSource) -> String {
    let about = match source.supply {
        Supply::Ocsp => need.ocsp_request(None).unwrap_or_default(),
        Supply::Crl | Supply::Certificates => need.of.issuer_der().to_vec(),
    };
    let kind: &[u8] = match source.supply {
        Supply::Ocsp => b"ocsp\0",
        Supply::Crl => b"crl\0",
        Supply::Certificates => b"certificates\0",
    };
    hex(&DigestAlgorithm::Sha256.digest(&[kind, source.url.as_bytes(), b"\0", &about].concat()).bytes)
}

fn limit_of(source: &NeedSource, web: Option<&Web>) -> u64 {
    let bounds = web.map(|web| *web.bounds()).unwrap_or_default();
    match source.supply {
        Supply::Crl => bounds.list_bytes,
        Supply::Ocsp | Supply::Certificates => bounds.answer_bytes,
    }
}

fn fetch(
    web: &mut Web,
    entropy: &dyn Entropy,
    need: &Need,
    source: &NeedSource,
) -> Result<(Vec<u8>, Came), FetchError> {
    let limit = limit_of(source, Some(web));
    if source.supply != Supply::Ocsp {
        let bytes = web.get(&source.url, limit)?;
        let came = read(source.supply, &bytes).map_err(|_| FetchError::Unreadable)?;
        return Ok((bytes, came));
    }
    let mut nonce = [0; NONCE_BYTES];
    entropy.fill(&mut nonce).map_err(|_| FetchError::NoEntropy)?;
    let question = need.ocsp_request(Some(&nonce)).ok_or(FetchError::Unreadable)?;
    let bytes = web.post(&source.url, "application/ocsp-request", &question, limit)?;
    let response = match OcspResponse::from_der(&bytes) {
        Ok(response) => response,
        Err(Asn1Error::Unexpected("a successful OCSP response")) => return Err(FetchError::Refused),
        Err(_) => return Err(FetchError::Unreadable),
    };
    // Responders that prepare their answers repeat none (RFC 9654, 3).
    if response.nonce().is_some_and(|repeated| repeated != nonce) {
        return Err(FetchError::OtherNonce);
    }
    Ok((bytes, Came::Response(response)))
}

fn read(supply: Supply, bytes: &[u8]) -> Result<Came, Asn1Error> {
    match supply {
        Supply::Certificates => certificates_of(bytes).map(Came::Certificates).map_err(|_| Asn1Error::Malformed),
        Supply::Crl => CertificateList::from_file_bytes(bytes).map(Came::Lists),
        Supply::Ocsp => OcspResponse::from_der(bytes).map(Came::Response),
    }
}

fn objection(need: &Need, came: &Came, now: Instant) -> Objection {
    match came {
        Came::Certificates(came) => need.objection_to_certificates(came),
        Came::Lists(came) => came.first().map_or(Objection::NotAccepted, |list| need.objection_to_list(list, now)),
        Came::Response(came) => need.objection_to_response(came, now),
    }
}

/// Names the host of a URL that may be none; its scheme where it has no host.
fn host(url: &str) -> String {
    let (scheme, rest) = url.split_once(':').unwrap_or(("", url));
    let authority = rest.trim_start_matches('/').split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let named = if host.is_empty() || !rest.starts_with("//") || rest.starts_with("///") { scheme } else { host };
    named.chars().filter(|c| c.is_ascii_graphic()).take(80).collect()
}
