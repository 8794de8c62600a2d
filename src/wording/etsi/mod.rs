//! The report as XML (ETSI TS 119 102-2 v1.4.1): one `ValidationReport` a run, one `SignatureValidationReport` a signature,
//! and every object that the judgements rested on, named by its digest.
//!
//! Reading it needs no schema of ours: what the standard has no element for stands in its `OtherInformation` and
//! `ReportData`, in a namespace of our own.

mod objects;
mod signature;
mod status;
mod xml;

use crate::validate::Report;
use objects::ObjectList;
use signature::Names;
use xml::Element;

/// The namespace of the standard's schema.
const NAMESPACE: &str = "http://uri.etsi.org/19102/v1.4.1#";
/// The namespace of what the standard leaves to us.
const OWN: &str = "urn:x-fumikura:validation-report:1";

/// Returns the reports of one run as an XML document.
pub fn reports_xml<'a>(reports: impl Iterator<Item = (&'a str, &'a Report)>) -> String {
    let mut objects = ObjectList::default();
    let mut names = Names::default();
    let mut signatures = Vec::new();
    for (path, report) in reports {
        objects.add(report, path);
        if report.signatures.is_empty() {
            signatures.push(signature::none(report, path));
        }
        let each = report.signatures.iter().enumerate();
        signatures.extend(each.map(|(index, one)| signature::report(report, path, (index, one), &mut names)));
    }
    Element::new("ValidationReport")
        .attribute("xmlns", NAMESPACE)
        .attribute("xmlns:ds", "http://www.w3.org/2000/09/xmldsig#")
        .attribute("xmlns:XAdES", "http://uri.etsi.org/01903/v1.3.2#")
        .attribute("xmlns:tsl", "http://uri.etsi.org/02231/v2#")
        .attribute("xmlns:f", OWN)
        .with(signatures)
        .with([objects.into_element(), validator()])
        .to_document()
}

/// Who validated. The document is not signed, so that there is no certificate to name.
fn validator() -> Element {
    let program = concat!("Fumikura ", env!("CARGO_PKG_VERSION"));
    let other = Element::new("tsl:Other").with([Element::text("f:Program", program)]);
    Element::new("SignatureValidator").with([Element::new("DigitalId").with([other])])
}
