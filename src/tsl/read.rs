//! From the elements of a trusted list to what they say (ETSI TS 119 612 v2.4.1, 5.3 to 5.6).

use super::judge::judge;
use super::{Extension, Period, Service, TrustedList, TslError, Unbelieved, extension};
use crate::asn1::Certificate;
use crate::digest::Sha256Hex;
use crate::pki::DisplayName;
use crate::time::Instant;
use crate::xml::{base64, children, text};
use roxmltree::Node;

/// The namespace of lists since TS 102 231 v2.
pub(super) const TSL: &str = "http://uri.etsi.org/02231/v2#";
const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// The versions that say what is read here in the same elements: 3 and 4 of TS 119 612 v1, 5 of v2.1.1, 6 of v2.3.1.
const VERSIONS: std::ops::RangeInclusive<u64> = 3..=6;
/// The most services of a list; the largest of a European state has below a thousand.
const MOST_SERVICES: usize = 20_000;
/// The most statuses and certificates of one service.
const MOST_OF_SERVICE: usize = 200;

/// Reads a list from its root element.
pub(super) fn list(root: Node<'_, '_>, signer: Certificate, sha256: Sha256Hex) -> Result<TrustedList, TslError> {
    if !root.has_tag_name((TSL, "TrustServiceStatusList")) {
        return Err(TslError::NotReadable("the root element is another"));
    }
    let scheme = only(root, "SchemeInformation").ok_or(TslError::NotReadable("there is no scheme information"))?;
    let said = |name| only(scheme, name).and_then(text);
    let number = |name| said(name).and_then(|text| text.parse::<u64>().ok());
    if !number("TSLVersionIdentifier").is_some_and(|version| VERSIONS.contains(&version)) {
        return Err(TslError::NotReadable("the version is none that is known"));
    }
    let extensions = children(scheme, TSL, "SchemeExtensions").flat_map(|list| children(list, TSL, "Extension"));
    if extensions.into_iter().any(extension::is_critical) {
        return Err(TslError::CriticalExtension);
    }
    let next_update = only(scheme, "NextUpdate").ok_or(TslError::NotReadable("the next update is missing"))?;
    let next_update = match only(next_update, "dateTime").and_then(text) {
        None => None,
        Some(time) => Some(instant(&time).ok_or(TslError::NotReadable("the next update is no time"))?),
    };
    Ok(TrustedList {
        operator: names(scheme, "SchemeOperatorName").ok_or(TslError::NotReadable("the operator has no name"))?,
        territory: said("SchemeTerritory").unwrap_or_default(),
        kind: said("TSLType").ok_or(TslError::NotReadable("the type is missing"))?,
        sequence: number("TSLSequenceNumber").ok_or(TslError::NotReadable("the sequence number is missing"))?,
        issued: said("ListIssueDateTime")
            .and_then(|time| instant(&time))
            .ok_or(TslError::NotReadable("the time of issue is missing"))?,
        next_update,
        signer,
        sha256,
        services: services(root)?,
    })
}

fn services(root: Node<'_, '_>) -> Result<Vec<Service>, TslError> {
    let mut services = Vec::new();
    for list in children(root, TSL, "TrustServiceProviderList") {
        for provider in children(list, TSL, "TrustServiceProvider") {
            let information = only(provider, "TSPInformation");
            let name = information.and_then(|information| names(information, "TSPName"));
            let name = name.ok_or(TslError::NotReadable("a provider has no name"))?;
            let demands = information.is_some_and(has_critical_extension);
            for service in children(provider, TSL, "TSPServices").flat_map(|all| children(all, TSL, "TSPService")) {
                if services.len() == MOST_SERVICES {
                    return Err(TslError::NotReadable("it has too many services"));
                }
                let mut service = one_service(service, &name);
                if demands {
                    service.unbelieved.get_or_insert(Unbelieved::CriticalExtension);
                }
                services.push(service);
            }
        }
    }
    Ok(services)
}

fn has_critical_extension(information: Node<'_, '_>) -> bool {
    let mut lists = children(information, TSL, "TSPInformationExtensions");
    lists.any(|list| children(list, TSL, "Extension").any(extension::is_critical))
}

fn one_service(service: Node<'_, '_>, provider: &DisplayName) -> Service {
    let now = only(service, "ServiceInformation");
    let before = children(service, TSL, "ServiceHistory").flat_map(|all| children(all, TSL, "ServiceHistoryInstance"));
    let statuses: Vec<Node<'_, '_>> = now.into_iter().chain(before).take(MOST_OF_SERVICE + 1).collect();
    let certificates = now.map(certificates).unwrap_or_default();
    let periods = periods(&statuses);
    let one_key = certificates.windows(2).all(|pair| match pair {
        [one, other] => one.spki_der() == other.spki_der(),
        _ => true,
    });
    let unbelieved = match (&periods, certificates.is_empty(), one_key) {
        (None, _, _) => Some(Unbelieved::UnclearHistory),
        (_, true, _) => Some(Unbelieved::NoCertificate),
        (_, _, false) => Some(Unbelieved::SeveralKeys),
        _ => None,
    };
    Service {
        provider: provider.clone(),
        name: now.and_then(|now| names(now, "ServiceName")),
        certificates,
        periods: periods.unwrap_or_default(),
        unbelieved,
    }
}

/// Reads the statuses, of which the first is the present one, into periods; `None` where their order is not clear.
///
/// Operators enter a status twice where only its extensions changed; two that begin together must make the same believed.
fn periods(statuses: &[Node<'_, '_>]) -> Option<Vec<Period>> {
    let mut all: Vec<Period> = statuses.iter().map(|status| period(*status)).collect::<Option<_>>()?;
    let present = all.first()?.from;
    all.sort_by_key(|period| period.from);
    if all.last()?.from != present || all.len() > MOST_OF_SERVICE {
        return None;
    }
    all.dedup_by(|later, kept| {
        let together = later.from == kept.from;
        if together && later.belief != kept.belief {
            kept.belief = Err(Unbelieved::UnclearHistory);
        }
        together
    });
    let begins: Vec<Instant> = all.iter().map(|period| period.from).collect();
    for (period, next) in all.iter_mut().zip(begins.iter().skip(1)) {
        period.before = Some(*next);
    }
    Some(all)
}

fn period(status: Node<'_, '_>) -> Option<Period> {
    let said = |name| only(status, name).and_then(text);
    let (kind, name) = (said("ServiceTypeIdentifier")?, said("ServiceStatus")?);
    let extensions: Vec<Extension> = extension::read(status);
    let belief = judge(&kind, &name, &extensions);
    Some(Period { from: instant(&said("StatusStartingTime")?)?, before: None, kind, status: name, belief })
}

/// Returns the certificates of a service's identity that can be read.
fn certificates(information: Node<'_, '_>) -> Vec<Certificate> {
    children(information, TSL, "ServiceDigitalIdentity")
        .flat_map(|identity| children(identity, TSL, "DigitalId"))
        .flat_map(|id| children(id, TSL, "X509Certificate"))
        .take(MOST_OF_SERVICE)
        .filter_map(|element| Certificate::from_der(&base64(&text(element)?)?).ok())
        .collect()
}

/// Returns a name in Japanese and English; where there is neither, the first there is.
fn names(of: Node<'_, '_>, element: &str) -> Option<DisplayName> {
    let list = only(of, element)?;
    let all: Vec<(String, String)> = children(list, TSL, "Name")
        .filter_map(|name| Some((name.attribute((XML, "lang")).unwrap_or_default().to_ascii_lowercase(), text(name)?)))
        .collect();
    let of_language = |language: &str| {
        let fits = |tag: &str| tag == language || tag.strip_prefix(language).is_some_and(|rest| rest.starts_with('-'));
        all.iter().find(|(tag, _)| fits(tag)).map(|(_, name)| name.as_str())
    };
    let any = all.first().map(|(_, name)| name.as_str());
    DisplayName::new(of_language("ja"), of_language("en")).or_else(|| DisplayName::new(None, any))
}

/// Returns the one child of a name; `None` where there is none or more than one.
fn only<'a>(of: Node<'a, 'a>, name: &str) -> Option<Node<'a, 'a>> {
    let mut all = of.children().filter(|node| node.has_tag_name((TSL, name)));
    let first = all.next()?;
    all.next().is_none().then_some(first)
}

/// Reads a date and time; where it names no zone, it is UTC (TS 119 612, 5.1.4).
fn instant(text: &str) -> Option<Instant> {
    text.parse().or_else(|_| format!("{text}Z").parse()).ok()
}
