//! What is believed of a service for a status of a type: only what stands in these tables (ETSI TS 119 612 v2.4.1, 5.5.1, 5.5.4).

use super::Extension;
use crate::pki::AnchorUse;

const TYPE: &str = "http://uri.etsi.org/TrstSvc/Svctype/";
/// The statuses of the present form, and those of the two before it.
const STATUS: [&str; 3] = [
    "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/",
    "http://uri.etsi.org/TrstSvc/eSigDir-1999-93-EC-TrustedList/Svcstatus/",
    "http://uri.etsi.org/TrstSvc/Svcstatus/eu/",
];

/// What a service is believed about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Signers, or timestamps.
    pub anchor_use: AnchorUse,
    /// Whether it is a qualified timestamping service, which counts as accredited.
    pub is_accredited: bool,
}

/// Why a service is not believed for a time, or at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unbelieved {
    /// Its type is none that vouches for signers or timestamps, or is not known.
    Type,
    /// Its status is not known.
    Status,
    /// It was not, or no longer, supervised or accredited.
    Withdrawn,
    /// It is for websites.
    Websites,
    /// It has an extension that must be understood and is not.
    CriticalExtension,
    /// None of its certificates can be read, or it has none.
    NoCertificate,
    /// Its certificates are not of one key.
    SeveralKeys,
    /// Its statuses are not in a clear order.
    UnclearHistory,
}

impl Unbelieved {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Type,
        Self::Status,
        Self::Withdrawn,
        Self::Websites,
        Self::CriticalExtension,
        Self::NoCertificate,
        Self::SeveralKeys,
        Self::UnclearHistory,
    ];

    /// Returns the stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Type => "tsl-unbelieved-type",
            Self::Status => "tsl-unbelieved-status",
            Self::Withdrawn => "tsl-unbelieved-withdrawn",
            Self::Websites => "tsl-unbelieved-websites",
            Self::CriticalExtension => "tsl-unbelieved-critical-extension",
            Self::NoCertificate => "tsl-unbelieved-no-certificate",
            Self::SeveralKeys => "tsl-unbelieved-several-keys",
            Self::UnclearHistory => "tsl-unbelieved-unclear-history",
        }
    }
}

/// Judges one status.
pub(super) fn judge(kind: &str, status: &str, extensions: &[Extension]) -> Result<Accepted, Unbelieved> {
    let belief = match kind.strip_prefix(TYPE) {
        Some("CA/QC" | "CA/PKC") => Accepted { anchor_use: AnchorUse::Signing, is_accredited: false },
        Some("TSA/QTST") => Accepted { anchor_use: AnchorUse::Timestamping, is_accredited: true },
        Some("TSA" | "TSA/TSS-QC" | "TSA/TSS-AdESQCandQES") => {
            Accepted { anchor_use: AnchorUse::Timestamping, is_accredited: false }
        }
        _ => return Err(Unbelieved::Type),
    };
    match STATUS.iter().find_map(|prefix| status.strip_prefix(prefix)) {
        Some(
            "granted"
            | "undersupervision"
            | "supervisionincessation"
            | "accredited"
            | "recognisedatnationallevel"
            | "setbynationallaw",
        ) => {}
        Some(
            "withdrawn"
            | "supervisionceased"
            | "supervisionrevoked"
            | "accreditationceased"
            | "accreditationrevoked"
            | "deprecatedatnationallevel"
            | "deprecatedbynationallaw",
        ) => return Err(Unbelieved::Withdrawn),
        _ => return Err(Unbelieved::Status),
    }
    if extensions.contains(&Extension::UnknownCritical) {
        return Err(Unbelieved::CriticalExtension);
    }
    let says = |extension| extensions.contains(&extension);
    if says(Extension::ForWebsites) && !says(Extension::ForDocuments) {
        return Err(Unbelieved::Websites);
    }
    Ok(belief)
}
