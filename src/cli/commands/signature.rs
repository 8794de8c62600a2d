//! What a signature is to be like: the options of every command that makes or prepares one.

use crate::asn1::Certificate;
use crate::cli::{Failure, SystemClock, files, fonts};
use crate::crypto::{KeyKind, SignatureScheme, key_facts};
use crate::digest::DigestAlgorithm;
use crate::pades::{Appearance, Level, SignOptions, Writing};
use crate::time::Clock;
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::sync::Arc;

/// Digest, scheme, field, words and looks.
#[derive(Args, Debug)]
pub struct SignatureOptions {
    /// ハッシュ / The digest; without it, SHA-256, and SHA-512 for Ed25519 keys
    #[arg(long, value_enum)]
    digest: Option<DigestName>,
    /// RSA の方式 / The RSA scheme
    #[arg(long, value_enum)]
    scheme: Option<SchemeName>,
    /// 署名欄の名前 / The signature field: an existing unsigned one, or a name for a new one
    #[arg(long, value_name = "NAME")]
    field: Option<String>,
    /// 以後許す変更 / Certify: later changes allowed are 1 none, 2 forms, 3 forms and annotations
    #[arg(long, value_name = "1|2|3")]
    certify: Option<u8>,
    /// 見える印の位置 / A visible seal: page, then left, bottom, width, height in points, as the page is shown; again for
    /// the same impression on further pages
    #[arg(long, value_name = "PAGE:X,Y,W,H")]
    at: Vec<Place>,
    /// 見える印の文字 / A line of the visible seal's text
    #[arg(long, value_name = "TEXT", requires = "at")]
    seal_text: Vec<String>,
    /// 縦書きにする / Write the seal's text from top to bottom
    #[arg(long, requires = "at")]
    seal_vertical: bool,
    /// 見える印の QR コード / A QR code in the visible seal, for example the address of the page for verification
    #[arg(long, value_name = "TEXT", requires = "at")]
    seal_qr: Option<String>,
    /// 見える印の画像 / The visible seal's picture, PNG, JPEG or SVG; alone, or left of --seal-text
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

/// A digest algorithm as it is written on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum DigestName {
    Sha256,
    Sha384,
    Sha512,
    #[value(name = "sha3-256")]
    Sha3_256,
    #[value(name = "sha3-384")]
    Sha3_384,
    #[value(name = "sha3-512")]
    Sha3_512,
}

impl From<DigestName> for DigestAlgorithm {
    fn from(name: DigestName) -> Self {
        match name {
            DigestName::Sha256 => Self::Sha256,
            DigestName::Sha384 => Self::Sha384,
            DigestName::Sha512 => Self::Sha512,
            DigestName::Sha3_256 => Self::Sha3_256,
            DigestName::Sha3_384 => Self::Sha3_384,
            DigestName::Sha3_512 => Self::Sha3_512,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SchemeName {
    Pkcs1,
    Pss,
}

/// `PAGE:X,Y,W,H`.
#[derive(Clone, Copy, Debug)]
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

impl SignatureOptions {
    /// Returns the digest algorithm for the holder of a certificate. Ed25519 goes with SHA-512 (RFC 8419, 3.1).
    pub fn digest(&self, certificate: &Certificate) -> DigestAlgorithm {
        let is_ed25519 = key_facts(certificate.spki_der()).is_ok_and(|key| key.kind == KeyKind::Ed25519);
        let usual = if is_ed25519 { DigestAlgorithm::Sha512 } else { DigestAlgorithm::Sha256 };
        self.digest.map_or(usual, Into::into)
    }

    /// Reads the files that the options name, and joins all of it for the holder of a certificate.
    pub fn read(&self, level: Level, certificate: &Certificate) -> Result<SignOptions, Failure> {
        let digest = self.digest(certificate);
        let mut options = SignOptions::new(level, SystemClock.now());
        options.digest = digest;
        options.scheme = self.scheme.map(|scheme| match scheme {
            SchemeName::Pkcs1 => SignatureScheme::RsaPkcs1(digest),
            SchemeName::Pss => SignatureScheme::RsaPss(digest),
        });
        options.field = self.field.clone();
        options.certify = self.certify;
        options.reason = self.reason.clone();
        options.location = self.location.clone();
        options.name = self.name.clone();
        if let [place, further @ ..] = self.at.as_slice() {
            let image = self.seal_image.as_deref().map(files::read).transpose()?.map(Arc::from);
            let lines = match self.seal_text.is_empty() && image.is_none() && self.seal_qr.is_none() {
                true => vec![common_name(certificate)],
                false => self.seal_text.clone(),
            };
            // Plain Latin text needs no font file; for anything else this machine may have one.
            let is_plain = lines.iter().all(|line| line.is_ascii());
            let font = self.font.clone().or_else(|| if is_plain { None } else { fonts::japanese() });
            let font = font.as_deref().map(files::read).transpose()?.map(Arc::from);
            options.appearance = Some(Appearance {
                page: place.page,
                at: place.at,
                further: further.iter().map(|place| (place.page, place.at)).collect(),
                lines,
                notes: Vec::new(),
                writing: if self.seal_vertical { Writing::Vertical } else { Writing::Horizontal },
                font,
                image,
                code: self.seal_qr.clone(),
            });
        }
        Ok(options)
    }
}

fn common_name(certificate: &Certificate) -> String {
    let name = certificate.subject_name().attribute(&crate::asn1::oid::COMMON_NAME);
    name.map_or_else(|| certificate.subject(), ToOwned::to_owned)
}
