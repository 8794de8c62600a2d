//! Extensions of a service's information (ETSI TS 119 612 v2.4.1, 5.5.9).

use super::read::TSL;
use crate::xml::{children, text};
use roxmltree::Node;

const SIE: &str = "http://uri.etsi.org/TrstSvc/SvcInfoExt/eSigDir-1999-93-EC-TrustedList/#";
const ADDITIONAL: &str = "http://uri.etsi.org/02231/v2/additionaltypes#";
const INFO: &str = "http://uri.etsi.org/TrstSvc/TrustedList/SvcInfoExt/";

/// One extension, as far as it is understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extension {
    /// The service is for signatures or seals.
    ForDocuments,
    /// The service is for websites.
    ForWebsites,
    /// It says nothing about belief: which certificates count as qualified (`Qualifications`), who took the service over, how
    /// long revocations of expired certificates are kept, or something that need not be understood.
    Other,
    /// It must be understood, and is not.
    UnknownCritical,
}

/// Reads `Extension` elements below `ServiceInformationExtensions`.
pub(super) fn read(of: Node<'_, '_>) -> Vec<Extension> {
    children(of, TSL, "ServiceInformationExtensions")
        .flat_map(|list| children(list, TSL, "Extension").collect::<Vec<_>>())
        .flat_map(|extension| {
            let critical = is_critical(extension);
            let contents: Vec<Node<'_, '_>> = extension.children().filter(Node::is_element).collect();
            match contents.is_empty() {
                true => vec![if critical { Extension::UnknownCritical } else { Extension::Other }],
                false => contents.into_iter().map(|content| one(content, critical)).collect(),
            }
        })
        .collect()
}

/// Tells whether an extension must be understood; what is neither true nor false is taken for true.
pub(super) fn is_critical(extension: Node<'_, '_>) -> bool {
    !matches!(extension.attribute("Critical").map(str::trim), Some("false" | "0"))
}

fn one(content: Node<'_, '_>, critical: bool) -> Extension {
    let known = [(SIE, "Qualifications"), (TSL, "ExpiredCertsRevocationInfo"), (ADDITIONAL, "TakenOverBy")];
    if content.has_tag_name((TSL, "AdditionalServiceInformation")) {
        let uri = children(content, TSL, "URI").next().and_then(text).unwrap_or_default();
        return match uri.strip_prefix(INFO) {
            Some("ForeSignatures" | "ForeSeals") => Extension::ForDocuments,
            Some("ForWebSiteAuthentication") => Extension::ForWebsites,
            Some("RootCA-QC") => Extension::Other,
            _ if critical => Extension::UnknownCritical,
            _ => Extension::Other,
        };
    }
    match critical && !known.iter().any(|name| content.has_tag_name(*name)) {
        true => Extension::UnknownCritical,
        false => Extension::Other,
    }
}
