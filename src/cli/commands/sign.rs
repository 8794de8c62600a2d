//! `fumikura sign`: a PAdES signature with a key from a file.

use super::extend::{LongTermOptions, TSA_TIMEOUT};
use crate::asn1::Certificate;
use crate::cli::draft::Draft;
use crate::cli::identity::IdentityOptions;
use crate::cli::release::{Promise, release};
use crate::cli::{Failure, SystemClock, SystemEntropy, files, fonts, output};
use crate::cms::SigningIdentity;
use crate::crypto::SignatureScheme;
use crate::digest::DigestAlgorithm;
use crate::fault::Kind;
use crate::fetch::HttpTimestampSource;
use crate::pades::{Appearance, Extension, Level, SignOptions, sign_extended};
use crate::pdf::{Limits, Pdf};
use crate::time::Clock;
use crate::tsp::TimestampSource;
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// PDF に電子署名を付ける / Sign a PDF (PAdES)
#[derive(Args)]
#[command(after_help = "例 Examples:
  fumikura sign notice.pdf -o sealed.pdf --key file:seal.p12 --level b-t --tsa http://127.0.0.1:3161/
  fumikura sign notice.pdf -o sealed.pdf --key file:seal.key.pem --cert seal.crt.pem --chain ca.crt.pem
  fumikura sign notice.pdf -o sealed.pdf --key file:seal.p12 --level b-lta --tsa http://127.0.0.1:3161/ --trust root.crt --crl crls/
  fumikura sign notice.pdf -o sealed.pdf --key file:seal.p12 --at 1:380,700,150,48 --seal-text 見本市長 --font ipam.ttf")]
pub struct Sign {
    /// 署名する PDF / The PDF to sign
    input: PathBuf,
    /// 出力先 / Where the signed PDF goes; it appears whole or not at all
    #[arg(short, long, value_name = "OUT.pdf")]
    output: PathBuf,
    #[command(flatten)]
    identity: IdentityOptions,
    /// 署名レベル / The level; what cannot be had is refused, never lowered
    #[arg(long, value_enum, default_value = "b-b")]
    level: LevelName,
    /// タイムスタンプ局 / The timestamping authority (RFC 3161 over HTTP)
    #[arg(long, value_name = "URL")]
    tsa: Option<String>,
    /// ハッシュ / The digest
    #[arg(long, value_enum, default_value = "sha256")]
    digest: DigestName,
    /// RSA の方式 / The RSA scheme
    #[arg(long, value_enum)]
    scheme: Option<SchemeName>,
    /// 署名欄の名前 / The signature field: an existing unsigned one, or a name for a new one
    #[arg(long, value_name = "NAME")]
    field: Option<String>,
    /// 以後許す変更 / Certify: later changes allowed are 1 none, 2 forms, 3 forms and annotations
    #[arg(long, value_name = "1|2|3")]
    certify: Option<u8>,
    /// 見える印の位置 / A visible seal: page, then left, bottom, width, height in points, as the page is shown
    #[arg(long, value_name = "PAGE:X,Y,W,H")]
    at: Option<Place>,
    /// 見える印の文字 / A line of the visible seal's text
    #[arg(long, value_name = "TEXT", requires = "at")]
    seal_text: Vec<String>,
    /// 見える印の画像 / The visible seal's picture, PNG or JPEG; alone, or left of --seal-text
    #[arg(long, value_name = "FILE", requires = "at")]
    seal_image: Option<PathBuf>,
    /// 見える印のフォント / A TrueType or OpenType font for the visible seal; else one of this machine's
    #[arg(long, value_name = "FILE", requires = "at")]
    font: Option<PathBuf>,
    /// 理由 / The reason
    #[arg(long)]
    reason: Option<String>,
    /// 場所 / The location
    #[arg(long)]
    location: Option<String>,
    /// 署名者名 / The signer's name
    #[arg(long)]
    name: Option<String>,
    /// 後からタイムスタンプを入れる場所を残す / Keep room for a timestamp that `extend --level b-t` puts there later
    #[arg(long)]
    keep_room: bool,
    #[command(flatten)]
    long_term: LongTermOptions,
}

/// A level as it is written on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum LevelName {
    /// Signature alone
    #[value(name = "b-b")]
    BB,
    /// With timestamp
    #[value(name = "b-t")]
    BT,
    /// With validation material
    #[value(name = "b-lt")]
    BLt,
    /// With document timestamp over all of it
    #[value(name = "b-lta")]
    BLta,
}

impl From<LevelName> for Level {
    fn from(name: LevelName) -> Self {
        match name {
            LevelName::BB => Self::BB,
            LevelName::BT => Self::BT,
            LevelName::BLt => Self::BLt,
            LevelName::BLta => Self::BLta,
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum DigestName {
    Sha256,
    Sha384,
    Sha512,
}

impl From<DigestName> for DigestAlgorithm {
    fn from(name: DigestName) -> Self {
        match name {
            DigestName::Sha256 => Self::Sha256,
            DigestName::Sha384 => Self::Sha384,
            DigestName::Sha512 => Self::Sha512,
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum SchemeName {
    Pkcs1,
    Pss,
}

/// `PAGE:X,Y,W,H`.
#[derive(Clone, Copy)]
struct Place {
    page: usize,
    at: [f32; 4],
}

impl std::str::FromStr for Place {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "a place is PAGE:X,Y,W,H, for example 1:380,700,150,48";
        let (page, rest) = text.split_once(':').ok_or(FORM)?;
        let numbers: Vec<f32> = rest.split(',').map(str::parse).collect::<Result<_, _>>().map_err(|_| FORM)?;
        let at: [f32; 4] = numbers.try_into().map_err(|_| FORM)?;
        let page = page.parse().ok().filter(|page| *page > 0).ok_or(FORM)?;
        if at.iter().all(|number| number.is_finite()) { Ok(Self { page, at }) } else { Err(FORM) }
    }
}

impl Sign {
    /// Runs the command.
    pub fn run(&self) -> Result<ExitCode, Failure> {
        let input = files::source(&self.input)?;
        let place = self.input.display().to_string();
        let password = self.long_term.password()?;
        let password = password.as_ref().map(|password| password.as_bytes());
        let mut draft = Draft::new(&self.output, 0o666)?;
        let input = draft.copy(&input, &[DigestAlgorithm::Sha256, self.digest.into()])?;
        let pdf = Pdf::read_locked(input.clone(), password, &Limits::default()).map_err(|error| Failure::at(&place, &error))?;
        let identity = identity(&self.identity)?;
        let source = self.tsa.as_deref().map(|url| HttpTimestampSource::new(url, TSA_TIMEOUT)).transpose()?;
        let options = options(self, &identity)?;
        let (trust, at) = (self.long_term.trust.read()?, SystemClock.now());
        let extension = Extension {
            timestamps: source.as_ref().map(|source| source as &dyn TimestampSource),
            long_term: Some(self.long_term.long_term(&trust, at)),
            digest: options.digest,
            at,
        };
        let made = sign_extended(&pdf, &identity, &options, &extension, &SystemEntropy::default())
            .map_err(|error| Failure::at(&place, &error))?;
        let promise = Promise { trust: &trust, password, at: SystemClock.now(), level: options.level };
        release(draft, &input, &made, &promise)?;
        let (level, subject) = (options.level.name(), identity.certificate().subject());
        output::print(&format!("{} ({level}): {subject}\n", self.output.display()))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Opens the key; a certificate that is not in force seals nothing.
fn identity(options: &IdentityOptions) -> Result<SigningIdentity, Failure> {
    let identity = options.open()?;
    let certificate = identity.certificate();
    if !certificate.is_valid_at(SystemClock.now()) {
        let (subject, from, to) = (certificate.subject(), certificate.not_before(), certificate.not_after());
        let words = format!("{subject} is in force from {from} to {to}, and that is not now");
        return Err(Failure::new("certificate-not-in-force", Kind::Refused, words));
    }
    Ok(identity)
}

fn options(arguments: &Sign, identity: &SigningIdentity) -> Result<SignOptions, Failure> {
    let digest = arguments.digest.into();
    let mut options = SignOptions::new(arguments.level.into(), SystemClock.now());
    options.digest = digest;
    options.scheme = arguments.scheme.map(|scheme| match scheme {
        SchemeName::Pkcs1 => SignatureScheme::RsaPkcs1(digest),
        SchemeName::Pss => SignatureScheme::RsaPss(digest),
    });
    options.field = arguments.field.clone();
    options.certify = arguments.certify;
    options.reason = arguments.reason.clone();
    options.location = arguments.location.clone();
    options.name = arguments.name.clone();
    options.keep_room = arguments.keep_room;
    if let Some(place) = arguments.at {
        let image = arguments.seal_image.as_deref().map(files::read).transpose()?.map(Arc::from);
        let lines = match arguments.seal_text.is_empty() && image.is_none() {
            true => vec![common_name(identity.certificate())],
            false => arguments.seal_text.clone(),
        };
        // Plain Latin text needs no font file; for anything else this machine may have one.
        let is_plain = lines.iter().all(|line| line.is_ascii());
        let font = arguments.font.clone().or_else(|| if is_plain { None } else { fonts::japanese() });
        let font = font.as_deref().map(files::read).transpose()?.map(Arc::from);
        options.appearance = Some(Appearance { page: place.page, at: place.at, lines, font, image });
    }
    Ok(options)
}

fn common_name(certificate: &Certificate) -> String {
    let name = certificate.subject_name().attribute(&crate::asn1::oid::COMMON_NAME);
    name.map_or_else(|| certificate.subject(), ToOwned::to_owned)
}
