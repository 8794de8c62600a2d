//! Anchors as commands read them: from certificates, dated lists and trusted lists, each known by its content; and their names.

use super::{Failure, files};
use crate::asn1::Certificate;
use crate::pki::{Belief, Directory, TrustAnchors, TrustList};
use crate::time::Instant;
use crate::tsl::{TrustedList, TslError};
use clap::Args;
use std::path::{Path, PathBuf};

/// How lists of anchors are read.
#[derive(Args, Clone, Debug, Default)]
pub struct ListOptions {
    /// 信頼リストの署名者の証明書 / The certificates of those who may have signed a trusted list (XML): files or folders
    #[arg(long, value_name = "FILE")]
    pub trust_list_signer: Vec<PathBuf>,
    /// 更新期限を過ぎた一覧も使う / Believe lists whose next update is overdue; reports say so
    #[arg(long)]
    pub accept_stale_list: bool,
    /// 名簿 / Names for reports (TOML): `[[name]]` with sha256 or subject, and ja, en
    #[arg(long, value_name = "FILE")]
    pub names: Vec<PathBuf>,
}

/// Reads anchors to judge by at a time.
pub struct AnchorReader {
    list_signers: Vec<Certificate>,
    accept_stale: bool,
    names: Directory,
    at: Instant,
}

impl ListOptions {
    /// Reads the signers and the names.
    pub fn reader(&self, at: Instant) -> Result<AnchorReader, Failure> {
        let mut names = Directory::default();
        for path in &self.names {
            let text = utf8(path)?;
            let more = Directory::from_toml(&text).map_err(|error| Failure::at(path.display().to_string(), &error))?;
            names.extend(&more);
        }
        let list_signers = files::certificates(&self.trust_list_signer)?;
        Ok(AnchorReader { list_signers, accept_stale: self.accept_stale_list, names, at })
    }
}

impl AnchorReader {
    /// Reads anchors for signers: of a trusted list, each service for what its type says.
    pub fn signers(&self, paths: &[PathBuf]) -> Result<TrustAnchors, Failure> {
        self.anchors(paths, false)
    }

    /// Reads anchors for timestamps: of a trusted list, the qualified services alone.
    pub fn accredited(&self, paths: &[PathBuf]) -> Result<TrustAnchors, Failure> {
        self.anchors(paths, true)
    }

    /// Reads a trusted list, whatever its age.
    pub fn trusted_list(&self, bytes: &[u8]) -> Result<TrustedList, TslError> {
        TrustedList::read(bytes, &self.list_signers)
    }

    fn anchors(&self, paths: &[PathBuf], accredited: bool) -> Result<TrustAnchors, Failure> {
        let mut anchors = TrustAnchors::default();
        if self.accept_stale {
            anchors.accept_stale();
        }
        for path in paths {
            self.one(path, accredited, &mut anchors)?;
        }
        anchors.directory_mut().extend(&self.names);
        Ok(anchors)
    }

    fn one(&self, path: &Path, accredited: bool, anchors: &mut TrustAnchors) -> Result<(), Failure> {
        let fail = |error: TslError| Failure::at(path.display().to_string(), &error);
        if path.extension().is_some_and(|extension| extension == "toml") {
            return self.dated_list(path, anchors);
        }
        if path.is_dir() {
            files::certificates(&[path.to_owned()])?.into_iter().for_each(|one| anchors.add(one));
            return Ok(());
        }
        let bytes = files::read(path)?;
        if TrustedList::is_likely(&bytes) {
            let list = self.trusted_list(&bytes).map_err(fail)?;
            self.check_fresh(list.fresh_until()).map_err(fail)?;
            for (certificate, entry) in list.anchors(accredited) {
                add(anchors, certificate, entry.belief, entry.name);
            }
            return Ok(());
        }
        let certificates =
            Certificate::from_file_bytes(&bytes).map_err(|error| Failure::at(path.display().to_string(), &error))?;
        certificates.into_iter().for_each(|one| anchors.add(one));
        Ok(())
    }

    fn dated_list(&self, path: &Path, anchors: &mut TrustAnchors) -> Result<(), Failure> {
        let place = || path.display().to_string();
        let list = TrustList::from_toml(&utf8(path)?).map_err(|error| Failure::at(place(), &error))?;
        if let Some(until) = list.origin.as_ref().and_then(|origin| origin.next_update) {
            self.check_fresh(until).map_err(|error| Failure::at(place(), &error))?;
        }
        let folder = path.parent().unwrap_or(Path::new(""));
        for entry in list.entries {
            for certificate in files::certificates(&[folder.join(&entry.file)])? {
                add(anchors, &certificate, entry.belief, entry.name.clone());
            }
        }
        Ok(())
    }

    fn check_fresh(&self, until: Instant) -> Result<(), TslError> {
        if self.accept_stale || self.at <= until { Ok(()) } else { Err(TslError::Stale(until)) }
    }
}

fn add(anchors: &mut TrustAnchors, certificate: &Certificate, belief: Belief, name: Option<crate::pki::DisplayName>) {
    if let Some(name) = name {
        anchors.directory_mut().name(certificate, name);
    }
    anchors.add_for(certificate.clone(), belief);
}

/// Reads a text file.
pub fn utf8(path: &Path) -> Result<String, Failure> {
    let bytes = files::read(path)?;
    String::from_utf8(bytes).map_err(|error| {
        let error = std::io::Error::new(std::io::ErrorKind::InvalidData, error.utf8_error());
        Failure::io(path, &error, false)
    })
}
