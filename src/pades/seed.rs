//! Seed values (ISO 32000-2, 12.7.5.5, tables 237 and 238): what a field asks of the signature that goes into it. What is
//! required is done or refused with its reason; what is only wished for is done where it costs nothing.

use super::PadesError;
use super::embedded::{decode, signature_fields};
use super::sign::{Level, SignOptions};
use crate::asn1::Certificate;
use crate::cms::SigningIdentity;
use crate::digest::DigestAlgorithm;
use crate::pdf::{Dictionary, Object, Pdf};

/// Which entries of a seed value dictionary are required (table 237, `/Ff`).
mod required {
    pub(super) const FILTER: i64 = 1;
    pub(super) const SUB_FILTER: i64 = 1 << 1;
    pub(super) const VERSION: i64 = 1 << 2;
    pub(super) const REASONS: i64 = 1 << 3;
    pub(super) const LEGAL_ATTESTATION: i64 = 1 << 4;
    pub(super) const REVOCATION: i64 = 1 << 5;
    pub(super) const DIGEST: i64 = 1 << 6;
    pub(super) const LOCK: i64 = 1 << 7;
    pub(super) const APPEARANCE: i64 = 1 << 8;
}

/// Holds the options of a signature, which will be brought to a level, to the seed values of its field, and returns them with what the field asks for.
///
/// # Errors
/// [`PadesError::SeedValue`] for what is required and not so.
pub(super) fn honour(
    pdf: &Pdf,
    options: &SignOptions,
    goal: Level,
    identity: &SigningIdentity,
) -> Result<SignOptions, PadesError> {
    let mut options = options.clone();
    let fields = if options.field.is_some() { signature_fields(pdf) } else { Vec::new() };
    let field = fields.iter().find(|field| options.field.as_ref() == Some(&field.name));
    let seeds = field.and_then(|field| pdf.entry(pdf.dictionary(field.id)?, b"SV")?.as_dict().ok());
    let Some(seeds) = seeds else { return Ok(options) };
    let is_first = fields.iter().all(|field| field.value.is_none());
    let asked = Asked { pdf, seeds, flags: integer(pdf, seeds, b"Ff").unwrap_or(0) };
    asked.form()?;
    asked.digest(&options)?;
    asked.reason(&options)?;
    asked.certification(&mut options, is_first)?;
    asked.level(goal)?;
    asked.certificate(identity)?;
    Ok(options)
}

struct Asked<'a> {
    pdf: &'a Pdf,
    seeds: &'a Dictionary,
    flags: i64,
}

impl Asked<'_> {
    fn requires(&self, bit: i64) -> bool {
        self.flags & bit != 0
    }

    fn names(&self, key: &[u8]) -> Vec<String> {
        let items = self.pdf.entry(self.seeds, key).and_then(|items| items.as_array().ok());
        items.into_iter().flatten().filter_map(|item| named(self.pdf.resolve(item))).collect()
    }

    /// The handler, the form of the signature, and what is not offered at all.
    fn form(&self) -> Result<(), PadesError> {
        let filter = self.pdf.entry(self.seeds, b"Filter").and_then(named);
        if self.requires(required::FILTER) && filter.as_deref() != Some("Adobe.PPKLite") {
            return refused("another signature handler (Filter)", filter.unwrap_or_default());
        }
        let forms = self.names(b"SubFilter");
        if self.requires(required::SUB_FILTER) && !forms.iter().any(|form| form == "ETSI.CAdES.detached") {
            return refused("another form of signature (SubFilter)", forms.join(", "));
        }
        // Version 3 is that of ISO 32000-2.
        let version = integer(self.pdf, self.seeds, b"V").unwrap_or(1);
        if self.requires(required::VERSION) && version > 3 {
            return refused("a newer signature handler (V)", version.to_string());
        }
        for (bit, what) in [
            (required::LEGAL_ATTESTATION, "a legal attestation (LegalAttestation)"),
            (required::LOCK, "that the document be locked (LockDocument)"),
            (required::APPEARANCE, "an appearance of a given name (AppearanceFilter)"),
        ] {
            if self.requires(bit) {
                return refused(what, String::new());
            }
        }
        Ok(())
    }

    fn digest(&self, options: &SignOptions) -> Result<(), PadesError> {
        let wanted = self.names(b"DigestMethod");
        let own = match options.digest {
            DigestAlgorithm::Sha1 => "SHA1",
            DigestAlgorithm::Sha256 => "SHA256",
            DigestAlgorithm::Sha384 => "SHA384",
            DigestAlgorithm::Sha512 => "SHA512",
            DigestAlgorithm::Sha3_256 => "SHA3-256",
            DigestAlgorithm::Sha3_384 => "SHA3-384",
            DigestAlgorithm::Sha3_512 => "SHA3-512",
            DigestAlgorithm::Shake256 => "SHAKE256",
        };
        if self.requires(required::DIGEST) && !wanted.iter().any(|name| name == own) {
            return refused("another digest (DigestMethod)", wanted.join(", "));
        }
        Ok(())
    }

    /// A single full stop says that no reason is to be given.
    fn reason(&self, options: &SignOptions) -> Result<(), PadesError> {
        let wanted = self.names(b"Reasons");
        if !self.requires(required::REASONS) {
            return Ok(());
        }
        let fits = match &options.reason {
            None => wanted.is_empty() || wanted == ["."],
            Some(reason) => wanted.contains(reason) && wanted != ["."],
        };
        if fits { Ok(()) } else { refused("one of its reasons (Reasons)", wanted.join(", ")) }
    }

    /// 0 asks for an approval signature; 1 to 3 for a certifying one with that permission.
    fn certification(&self, options: &mut SignOptions, is_first: bool) -> Result<(), PadesError> {
        let wanted = self.pdf.entry(self.seeds, b"MDP").and_then(|mdp| mdp.as_dict().ok());
        let Some(wanted) = wanted.and_then(|mdp| integer(self.pdf, mdp, b"P")) else { return Ok(()) };
        let wanted = u8::try_from(wanted).ok().filter(|permission| *permission <= 3);
        let Some(wanted) = wanted else { return refused("a certification that does not exist (MDP)", String::new()) };
        match (wanted, options.certify) {
            (0, None) => Ok(()),
            (0, Some(_)) => refused("that the document is not certified (MDP)", String::new()),
            (_, Some(own)) if own == wanted => Ok(()),
            (_, None) if is_first => {
                options.certify = Some(wanted);
                Ok(())
            }
            _ => refused("a certification of its own (MDP)", wanted.to_string()),
        }
    }

    fn level(&self, goal: Level) -> Result<(), PadesError> {
        let stamp = self.pdf.entry(self.seeds, b"TimeStamp").and_then(|stamp| stamp.as_dict().ok());
        let needs_stamp = stamp.is_some_and(|stamp| integer(self.pdf, stamp, b"Ff") == Some(1));
        if needs_stamp && goal < Level::BT {
            return refused("a timestamp (TimeStamp): sign at level b-t", String::new());
        }
        let with_revocation = self.pdf.entry(self.seeds, b"AddRevInfo").and_then(|add| add.as_bool().ok());
        if self.requires(required::REVOCATION) && with_revocation == Some(true) && goal < Level::BLt {
            return refused("revocation data (AddRevInfo): sign at level b-lt", String::new());
        }
        Ok(())
    }

    /// Table 238: the signer's certificate, its issuers, its usages.
    fn certificate(&self, identity: &SigningIdentity) -> Result<(), PadesError> {
        let seeds = self.pdf.entry(self.seeds, b"Cert").and_then(|seeds| seeds.as_dict().ok());
        let Some(seeds) = seeds else { return Ok(()) };
        let flags = integer(self.pdf, seeds, b"Ff").unwrap_or(0);
        let list = |key: &[u8]| -> Vec<&[u8]> {
            let items = self.pdf.entry(seeds, key).and_then(|items| items.as_array().ok());
            items.into_iter().flatten().filter_map(|item| self.pdf.resolve(item).as_str().ok()).collect()
        };
        let own = identity.certificate();
        if flags & 1 != 0 && !list(b"Subject").contains(&own.der()) {
            return refused("another certificate (Cert/Subject)", own.subject());
        }
        let chain: Vec<&Certificate> = std::iter::once(own).chain(identity.chain()).collect();
        if flags & 1 << 1 != 0 && !list(b"Issuer").iter().any(|issuer| chain.iter().any(|one| one.der() == *issuer)) {
            return refused("another issuer of the certificate (Cert/Issuer)", own.issuer());
        }
        if flags & 1 << 5 != 0 && !list(b"KeyUsage").iter().any(|usage| allows(own, usage)) {
            return refused("other usages of the certificate's key (Cert/KeyUsage)", String::new());
        }
        // Policies, names by parts and addresses where a certificate can be had.
        if flags & (1 << 2 | 1 << 3 | 1 << 6) != 0 {
            return refused("properties of the certificate that are not looked at (Cert)", String::new());
        }
        Ok(())
    }
}

/// Tells whether a certificate's key usages are as written: `1` must be, `0` must not be, anything else is free.
fn allows(certificate: &Certificate, wanted: &[u8]) -> bool {
    let usage = certificate.key_usage().map_or(0, |usage| usage.0);
    wanted.iter().take(9).enumerate().all(|(bit, digit)| match digit {
        b'1' => usage & 1 << bit != 0,
        b'0' => usage & 1 << bit == 0,
        _ => true,
    })
}

fn integer(pdf: &Pdf, dictionary: &Dictionary, key: &[u8]) -> Option<i64> {
    pdf.entry(dictionary, key)?.as_i64().ok()
}

fn named(object: &Object) -> Option<String> {
    match object {
        Object::Name(name) => Some(String::from_utf8_lossy(name).into_owned()),
        other => decode(other),
    }
}

fn refused<T>(what: &'static str, asked: String) -> Result<T, PadesError> {
    Err(PadesError::SeedValue { what, asked })
}
