//! Name constraints (RFC 5280, 4.2.1.10 and 6.1.3 (b), (c)): where the names of the certificates below a CA may lie.
//!
//! What cannot be compared for certain, a form without rules or a host that is none, is refused where it is constrained.

use super::work::Work;
use crate::asn1::{Certificate, GeneralName, Name, NameConstraints, oid};

/// What is wrong with a certificate's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NameFault {
    /// A name lies outside every permitted subtree of its form.
    NotPermitted,
    /// A name lies in an excluded subtree.
    Excluded,
    /// A name is constrained, and nobody can say whether it fits.
    Unclear,
    /// Too many comparisons.
    TooMany,
}

/// The constraints of all CAs so far. Names must satisfy each CA's, which is their intersection.
#[derive(Default)]
pub(super) struct NameLimits<'c> {
    all: Vec<&'c NameConstraints>,
}

impl<'c> NameLimits<'c> {
    /// Adds a CA's constraints (6.1.4 (g)).
    pub(super) fn add(&mut self, constraints: &'c NameConstraints) {
        self.all.push(constraints);
    }

    /// Checks every name of a certificate.
    pub(super) fn check(&self, of: &Certificate, work: &Work) -> Result<(), NameFault> {
        if self.all.is_empty() {
            return Ok(());
        }
        let names = names_of(of);
        self.all.iter().try_for_each(|constraints| names.iter().try_for_each(|name| judge(constraints, name, work)))
    }
}

/// Gathers the names that constraints are about: the subject, unless empty, with its mail addresses (4.2.1.10), and the
/// alternative names.
fn names_of(of: &Certificate) -> Vec<GeneralName> {
    let subject = of.subject_name();
    let mut names = Vec::new();
    if !subject.is_empty() {
        names.push(GeneralName::Directory(subject.clone()));
    }
    names.extend(subject.attributes(&oid::EMAIL_ADDRESS).map(|mail| GeneralName::Mail(mail.to_owned())));
    for name in &of.extensions().subject_alt_names {
        if let GeneralName::Other(oid::ON_SMTP_UTF8_MAILBOX, value) = name {
            names.push(GeneralName::Mail(utf8_mailbox(value)));
        }
        names.push(name.clone());
    }
    names
}

/// A mailbox beyond ASCII falls under the constraints on mailboxes (RFC 9598, 6).
fn utf8_mailbox(value: &[u8]) -> String {
    let text = crate::asn1::Tlv::read(value).map(|(text, _)| String::from_utf8_lossy(text.value).into_owned());
    text.unwrap_or_default()
}

fn judge(constraints: &NameConstraints, name: &GeneralName, work: &Work) -> Result<(), NameFault> {
    let (permitted, excluded) = (&constraints.permitted, &constraints.excluded);
    if !work.take_names((permitted.len() + excluded.len()).saturating_mul(1 + length(name) / NAME_BYTES)) {
        return Err(NameFault::TooMany);
    }
    for tree in excluded.iter().filter(|tree| form(tree) == form(name)) {
        match place(tree, name, true) {
            Place::Outside => {}
            Place::Inside => return Err(NameFault::Excluded),
            Place::Unclear => return Err(NameFault::Unclear),
        }
    }
    let mut outside = false;
    for tree in permitted.iter().filter(|tree| form(tree) == form(name)) {
        match place(tree, name, false) {
            Place::Inside => return Ok(()),
            Place::Outside => outside = true,
            Place::Unclear => return Err(NameFault::Unclear),
        }
    }
    if outside { Err(NameFault::NotPermitted) } else { Ok(()) }
}

/// How long a name is that costs one comparison, in bytes.
const NAME_BYTES: usize = 256;

fn length(name: &GeneralName) -> usize {
    match name {
        GeneralName::Mail(text) | GeneralName::Dns(text) | GeneralName::Uri(text) => text.len(),
        GeneralName::Directory(name) => name.der().len(),
        _ => 0,
    }
}

/// A number for each form of name.
fn form(name: &GeneralName) -> u8 {
    match name {
        GeneralName::Other(..) => 0,
        GeneralName::Mail(_) => 1,
        GeneralName::Dns(_) => 2,
        GeneralName::Directory(_) => 4,
        GeneralName::Uri(_) => 6,
        GeneralName::Ip(_) => 7,
        GeneralName::Registered(_) => 8,
        GeneralName::Rare(number, _) => *number,
    }
}

/// Where a name lies, seen from a subtree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Inside,
    Outside,
    Unclear,
}

impl Place {
    fn inside(is: bool) -> Self {
        if is { Self::Inside } else { Self::Outside }
    }
}

/// Compares a name with a subtree of the same form. Where the text of a constraint can be read in two ways, an excluded
/// one is taken for the wider, a permitted one for the narrower.
fn place(tree: &GeneralName, name: &GeneralName, excluded: bool) -> Place {
    match (tree, name) {
        (GeneralName::Directory(tree), GeneralName::Directory(name)) => directory(tree, name),
        (GeneralName::Mail(tree), GeneralName::Mail(name)) => mail(tree, name),
        (GeneralName::Dns(tree), GeneralName::Dns(name)) => dns(tree, name, excluded),
        (GeneralName::Uri(tree), GeneralName::Uri(name)) => uri(tree, name),
        (GeneralName::Ip(tree), GeneralName::Ip(name)) => ip(tree, name),
        // No rules exist for the others (4.2.1.10).
        _ => Place::Unclear,
    }
}

fn directory(tree: &Name, name: &Name) -> Place {
    Place::inside(name.is_within(tree))
}

/// A mailbox as a whole, all of a host, or all below a domain that begins with a period.
fn mail(tree: &str, name: &str) -> Place {
    let Some((local, host)) = name.rsplit_once('@').filter(|(local, _)| !local.is_empty()) else {
        return Place::Unclear;
    };
    let Some(host) = host_name(host) else { return Place::Unclear };
    match tree.rsplit_once('@') {
        // The local part is compared exactly (7.5).
        Some((wanted, at)) => match host_name(at) {
            Some(at) => Place::inside(wanted == local && at == host),
            None => Place::Unclear,
        },
        None => host_in(tree, &host),
    }
}

/// A host, and every host below it.
fn dns(tree: &str, name: &str, excluded: bool) -> Place {
    if tree.is_empty() {
        return Place::Inside;
    }
    let (wildcard, name) = name.strip_prefix("*.").map_or((false, name), |rest| (true, rest));
    // A period in front is foreign to this form; some issuers write it all the same, for what lies below only.
    let (below_only, tree) = tree.strip_prefix('.').map_or((false, tree), |rest| (true, rest));
    let (Some(tree), Some(name)) = (host_name(tree), host_name(name)) else { return Place::Unclear };
    let below = is_below(&name, &tree) || wildcard && name == tree;
    let same = name == tree && (excluded || !below_only);
    // A wildcard may stand for a name within what is excluded.
    let may_reach = excluded && wildcard && (name == tree || is_below(&tree, &name));
    Place::inside(below || same || may_reach)
}

/// The host of a URI: one host, or all below a domain that begins with a period. A URI without a host name must be
/// refused.
fn uri(tree: &str, name: &str) -> Place {
    let authority = name.split_once("://").map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let host = authority.map(|authority| authority.rsplit_once('@').map_or(authority, |(_, host)| host));
    let host = host.map(|host| host.split_once(':').map_or(host, |(host, _)| host)).and_then(host_name);
    match host {
        Some(host) if host.parse::<std::net::Ipv4Addr>().is_err() => host_in(tree, &host),
        _ => Place::Unclear,
    }
}

fn host_in(tree: &str, host: &str) -> Place {
    match tree.strip_prefix('.') {
        Some(domain) => host_name(domain).map_or(Place::Unclear, |domain| Place::inside(is_below(host, &domain))),
        None => host_name(tree).map_or(Place::Unclear, |tree| Place::inside(tree == host)),
    }
}

fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

/// Returns a host name in lower case if it is one (RFC 1034, 3.5; the underscore is seen in the wild).
fn host_name(text: &str) -> Option<String> {
    let label = |label: &str| {
        (1..=63).contains(&label.len()) && label.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-' || c == b'_')
    };
    (text.len() <= 253 && text.split('.').all(label)).then(|| text.to_ascii_lowercase())
}

/// An address with its mask (RFC 4632), of version 4 or 6.
fn ip(tree: &[u8], name: &[u8]) -> Place {
    let known = |length| length == 4 || length == 16;
    if !tree.len().is_multiple_of(2) || !known(tree.len() / 2) || !known(name.len()) {
        return Place::Unclear;
    }
    let (network, mask) = tree.split_at(tree.len() / 2);
    let ones: u32 = mask.iter().map(|octet| octet.leading_ones()).take_while(|ones| *ones == 8).sum();
    let rest = mask.iter().skip(ones as usize / 8);
    let partial = rest.clone().next().map_or(0, |octet| octet.leading_ones());
    if rest.map(|octet| octet.count_ones()).sum::<u32>() != partial {
        return Place::Unclear;
    }
    if network.len() != name.len() {
        return Place::Outside;
    }
    let mut octets = network.iter().zip(mask).zip(name);
    Place::inside(octets.all(|((network, mask), octet)| network & mask == octet & mask))
}
