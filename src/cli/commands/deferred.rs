//! `fumikura deferred`: a PDF is prepared here, signed where the key is, and finished here.

use super::extend::LongTermOptions;
use super::signature::SignatureOptions;
use crate::asn1::{Certificate, pem_encode};
use crate::cli::draft::Draft;
use crate::cli::identity::IdentityOptions;
use crate::cli::release::{Promise, release};
use crate::cli::{Failure, SystemClock, files, output};
use crate::crypto::{KeyKind, SignatureScheme, key_facts};
use crate::digest::{Digest, DigestAlgorithm, hex, unhex};
use crate::fault::Kind;
use crate::pades::{DeferredAnswer, DeferredRequest, Level, answer, embed, prepare_deferred};
use crate::pdf::{Limits, Pdf};
use crate::time::Clock;
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// 鍵が別の場所にあるときの署名 / Signing where the key is elsewhere, even offline
#[derive(Subcommand)]
pub enum Deferred {
    /// 署名待ちの PDF と依頼書を作る / Make a PDF that waits, and the request that travels to the key
    Prepare(Box<Prepare>),
    /// 依頼書に鍵で署名する / Sign a request with the key; needs nothing of the PDF
    Answer(AnswerRequest),
    /// 署名値を PDF に納める / Put the answer into the PDF that waits
    Embed(Embed),
}

impl Deferred {
    /// Runs the command.
    pub fn run(&self) -> Result<ExitCode, Failure> {
        match self {
            Self::Prepare(options) => options.run(),
            Self::Answer(options) => options.run(),
            Self::Embed(options) => options.run(),
        }?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Options of `deferred prepare`.
#[derive(Args)]
pub struct Prepare {
    /// 署名する PDF / The PDF to sign
    input: PathBuf,
    /// 署名待ちの PDF の出力先 / Where the PDF that waits goes
    #[arg(short, long, value_name = "OUT.pdf")]
    output: PathBuf,
    /// 依頼書の出力先 / Where the request goes
    #[arg(long, value_name = "REQUEST.json")]
    request: PathBuf,
    /// 鍵の証明書 / The certificate of the key that will sign
    #[arg(long, value_name = "FILE")]
    cert: PathBuf,
    /// 上位証明書 / Further certificates towards the root
    #[arg(long, value_name = "FILE")]
    chain: Vec<PathBuf>,
    #[command(flatten)]
    signature: SignatureOptions,
    /// 後からタイムスタンプを入れる場所を残す / Keep room for a timestamp that `extend --level b-t` puts there later
    #[arg(long)]
    keep_room: bool,
}

/// Options of `deferred answer`.
#[derive(Args)]
pub struct AnswerRequest {
    /// 依頼書 / The requests
    #[arg(required = true)]
    requests: Vec<PathBuf>,
    #[command(flatten)]
    identity: IdentityOptions,
    /// 署名値の出力先。依頼書の順 / Where the signature values go, in the order of the requests
    #[arg(short, long, value_name = "SIGNATURE", required = true)]
    output: Vec<PathBuf>,
}

/// Options of `deferred embed`.
#[derive(Args)]
pub struct Embed {
    /// 署名待ちの PDF / The PDF that waits
    input: PathBuf,
    /// 出力先 / Where the signed PDF goes; it appears whole or not at all
    #[arg(short, long, value_name = "OUT.pdf")]
    output: PathBuf,
    /// 依頼書 / The request
    #[arg(long, value_name = "REQUEST.json")]
    request: PathBuf,
    /// 署名値 / The signature value over the request's `to_be_signed`
    #[arg(long, value_name = "FILE", required_unless_present = "cms", conflicts_with = "cms")]
    signature: Option<PathBuf>,
    /// CMS / A whole detached CMS in DER over the request's `digest`
    #[arg(long, value_name = "FILE")]
    cms: Option<PathBuf>,
    #[command(flatten)]
    trust: LongTermOptions,
}

/// The request as it travels.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Letter {
    format: String,
    digest_algorithm: DigestAlgorithm,
    digest: String,
    gap: [u64; 2],
    scheme: String,
    to_be_signed: String,
    /// PEM, the key's own first.
    certificates: String,
}

/// What a request says it is.
const FORMAT: &str = "fumikura-deferred-1";

impl Prepare {
    fn run(&self) -> Result<(), Failure> {
        let place = self.input.display().to_string();
        let certificates = files::certificates(std::slice::from_ref(&self.cert))?;
        let certificate = certificates.first().ok_or_else(|| unusable("the certificate file is empty"))?;
        let chain: Vec<Certificate> =
            certificates[1..].iter().cloned().chain(files::certificates(&self.chain)?).collect();
        let mut options = self.signature.read(Level::BB, certificate)?;
        options.keep_room = self.keep_room;
        let scheme = match (options.scheme, key_facts(certificate.spki_der())?.kind) {
            (Some(scheme), KeyKind::Rsa) => scheme,
            (None, KeyKind::Rsa) => SignatureScheme::RsaPkcs1(options.digest),
            (_, KeyKind::Ed25519) => SignatureScheme::Ed25519,
            _ => SignatureScheme::Ecdsa(options.digest),
        };
        let read = [&self.input, &self.cert].into_iter().chain(&self.chain).map(PathBuf::as_path);
        files::apart(&self.output, read.clone().chain([self.request.as_path()]))?;
        files::apart(&self.request, read)?;
        let mut draft = Draft::new(&self.output, 0o666)?;
        let input = draft.copy(&files::source(&self.input)?, &[options.digest])?;
        let pdf = Pdf::read(input.clone(), &Limits::default()).map_err(|error| Failure::at(&place, &error))?;
        let prepared = prepare_deferred(&pdf, certificate, &chain, &options, scheme)
            .map_err(|error| Failure::at(&place, &error))?;
        draft.append(&input, &prepared.file)?;
        let letter = Letter::new(&prepared.request, certificate, &chain);
        let text = serde_json::to_string_pretty(&letter).map_err(|error| unusable(&error.to_string()))?;
        files::write_whole(&self.request, text.as_bytes())?;
        draft.finish()?;
        output::print(&format!("{} {}\n", self.output.display(), self.request.display()))
    }
}

impl AnswerRequest {
    fn run(&self) -> Result<(), Failure> {
        if self.requests.len() != self.output.len() {
            return Err(Failure::usage("give one --output for each request"));
        }
        let read = |path: &PathBuf| Letter::read(path).map(|(request, ..)| request);
        let requests = self.requests.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let identity = self.identity.open()?;
        let place = match self.requests.as_slice() {
            [only] => only.display().to_string(),
            several => format!("{} requests", several.len()),
        };
        let values = answer(&requests, &identity).map_err(|error| Failure::at(place, &error))?;
        for path in &self.output {
            files::apart(path, self.requests.iter().map(PathBuf::as_path).chain(self.identity.files()))?;
        }
        for (path, value) in self.output.iter().zip(&values) {
            files::write_whole(path, value)?;
            output::print(&format!("{}\n", path.display()))?;
        }
        Ok(())
    }
}

impl Embed {
    fn run(&self) -> Result<(), Failure> {
        let (request, certificate, chain) = Letter::read(&self.request)?;
        let answer = match (&self.signature, &self.cms) {
            (Some(path), _) => DeferredAnswer::Value(files::read(path)?),
            (None, Some(path)) => DeferredAnswer::Cms(files::read(path)?),
            (None, None) => return Err(Failure::usage("give --signature or --cms")),
        };
        let read = [&self.input, &self.request].into_iter().chain(&self.signature).chain(&self.cms);
        files::apart(&self.output, read.map(PathBuf::as_path).chain(self.trust.trust.files()))?;
        let draft = Draft::new(&self.output, 0o666)?;
        let input = files::source(&self.input)?;
        let made = embed(&input, &request, &answer, &certificate, &chain)
            .map_err(|error| Failure::at(self.input.display().to_string(), &error))?;
        let (trust, password) = (self.trust.trust.read(SystemClock.now())?, self.trust.password()?);
        let password = password.as_ref().map(|password| password.as_bytes());
        let promise = Promise { trust: &trust, password, at: SystemClock.now(), level: Level::BB };
        release(draft, &input, &made, &promise)?;
        output::print(&format!("{}: {}\n", self.output.display(), certificate.subject()))
    }
}

impl Letter {
    fn new(request: &DeferredRequest, certificate: &Certificate, chain: &[Certificate]) -> Self {
        let pem = std::iter::once(certificate).chain(chain).map(|one| pem_encode("CERTIFICATE", one.der()).to_string());
        Self {
            format: FORMAT.to_owned(),
            digest_algorithm: request.digest.algorithm,
            digest: hex(&request.digest.bytes),
            gap: [request.gap.start, request.gap.end],
            scheme: match request.scheme {
                SignatureScheme::RsaPkcs1(_) => "rsa-pkcs1",
                SignatureScheme::RsaPss(_) => "rsa-pss",
                SignatureScheme::Ecdsa(_) => "ecdsa",
                SignatureScheme::Ed25519 => "ed25519",
                // Only read, never signed with.
                SignatureScheme::RsaPssWith(_) => "rsa-pss",
                SignatureScheme::Dsa(_) => "dsa",
                SignatureScheme::Ed448 => "ed448",
            }
            .to_owned(),
            to_be_signed: hex(&request.to_be_signed),
            certificates: pem.collect(),
        }
    }

    /// Reads a request with its certificate and the further ones.
    fn read(path: &Path) -> Result<(DeferredRequest, Certificate, Vec<Certificate>), Failure> {
        let bytes = files::read(path)?;
        let letter: Self = serde_json::from_slice(&bytes).map_err(|error| unusable(&error.to_string()))?;
        if letter.format != FORMAT {
            return Err(unusable("its format is another"));
        }
        let digest = letter.digest_algorithm;
        let scheme = match letter.scheme.as_str() {
            "rsa-pkcs1" => SignatureScheme::RsaPkcs1(digest),
            "rsa-pss" => SignatureScheme::RsaPss(digest),
            "ecdsa" => SignatureScheme::Ecdsa(digest),
            "ed25519" => SignatureScheme::Ed25519,
            _ => return Err(unusable("its scheme is not known")),
        };
        let bytes = |text: &str| unhex(text).ok_or_else(|| unusable("its digits are not hexadecimal"));
        let request = DeferredRequest {
            digest: Digest { algorithm: digest, bytes: bytes(&letter.digest)? },
            gap: letter.gap[0]..letter.gap[1],
            scheme,
            to_be_signed: bytes(&letter.to_be_signed)?,
        };
        let mut certificates = Certificate::from_file_bytes(letter.certificates.as_bytes())
            .map_err(|error| Failure::at(path.display().to_string(), &error))?;
        if certificates.is_empty() {
            return Err(unusable("it holds no certificate"));
        }
        let own = certificates.remove(0);
        Ok((request, own, certificates))
    }
}

fn unusable(why: &str) -> Failure {
    Failure::new("deferred-request-unusable", Kind::Refused, format!("the request cannot be used: {why}"))
}
