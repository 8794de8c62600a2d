//! Where may be connected to.

use super::FetchError;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use ureq::http::Uri;

/// The longest URL taken, in bytes.
const URL_BYTES: usize = 2048;

/// A host that may be fetched from, whatever its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    name: String,
    port: Option<u16>,
}

/// The text names no host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a host is HOST or HOST:PORT, for example crl.example.jp or [2001:db8::1]:8080")]
pub struct HostError;

impl FromStr for Host {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        let uri: Uri = format!("http://{text}/").parse().map_err(|_| HostError)?;
        let authority = uri.authority().filter(|authority| authority.as_str() == text).ok_or(HostError)?;
        let plain = !text.contains('@') && uri.path() == "/" && uri.query().is_none() && !authority.host().is_empty();
        let port = authority.port_u16();
        // A port that is no number, or none behind its colon, is nobody's.
        let whole = text.len() == authority.host().len() + port.map_or(0, |port| port.to_string().len() + 1);
        if plain && whole { Ok(Self { name: canonical(authority.host()), port }) } else { Err(HostError) }
    }
}

/// Where may be connected to: the hosts listed and no others, or, without a list, every public address.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    listed: Vec<Host>,
}

impl Reach {
    /// Makes it of the hosts listed; of none, for public addresses.
    pub fn new(listed: Vec<Host>) -> Self {
        Self { listed }
    }

    /// Reads a URL, and refuses what may not be fetched whatever it resolves to.
    pub(super) fn check(&self, url: &str) -> Result<Uri, FetchError> {
        let scheme = url.split(':').next().unwrap_or_default();
        if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
            return Err(if url.contains(':') { FetchError::Scheme } else { FetchError::BadUrl });
        }
        if url.len() > URL_BYTES || !url.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(FetchError::BadUrl);
        }
        let uri: Uri = url.parse().map_err(|_| FetchError::BadUrl)?;
        let authority = uri.authority().ok_or(FetchError::BadUrl)?;
        let host = authority.host();
        let port = port_of(&uri).filter(|port| *port != 0).ok_or(FetchError::BadUrl)?;
        if authority.as_str().contains('@') || host.is_empty() || host.contains('%') || is_disguised(host) {
            return Err(FetchError::BadUrl);
        }
        let fits = match self.listed.is_empty() {
            // Ports below 1024 are other services'.
            true => matches!(port, 80 | 443 | 1024..),
            false => self.lists(&uri),
        };
        if fits { Ok(uri) } else { Err(FetchError::NotListed) }
    }

    /// Tells whether the addresses that a URL's host resolved to may be connected to: all of them, so that no name stands
    /// for two machines.
    pub(super) fn allows(&self, uri: &Uri, mut addresses: impl Iterator<Item = IpAddr>) -> bool {
        match self.listed.is_empty() {
            true => addresses.all(is_public),
            false => self.lists(uri),
        }
    }

    fn lists(&self, uri: &Uri) -> bool {
        let (Some(host), Some(port)) = (uri.host().map(canonical), port_of(uri)) else { return false };
        let usual = if uri.scheme_str() == Some("https") { 443 } else { 80 };
        self.listed.iter().any(|listed| listed.name == host && listed.port.unwrap_or(usual) == port)
    }
}

/// Tells whether an address is one of the public internet: global unicast, and of no block that the registries of special
/// addresses (RFC 6890) keep for something else. Addresses that carry an IPv4 address within them do not count, but for
/// those of translators (RFC 6052), where the address within counts.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    const SPECIAL: [(Ipv4Addr, u32); 15] = [
        (Ipv4Addr::new(0, 0, 0, 0), 8),
        (Ipv4Addr::new(10, 0, 0, 0), 8),
        (Ipv4Addr::new(100, 64, 0, 0), 10),
        (Ipv4Addr::new(127, 0, 0, 0), 8),
        (Ipv4Addr::new(169, 254, 0, 0), 16),
        (Ipv4Addr::new(172, 16, 0, 0), 12),
        (Ipv4Addr::new(192, 0, 0, 0), 24),
        (Ipv4Addr::new(192, 0, 2, 0), 24),
        (Ipv4Addr::new(192, 88, 99, 0), 24),
        (Ipv4Addr::new(192, 168, 0, 0), 16),
        (Ipv4Addr::new(198, 18, 0, 0), 15),
        (Ipv4Addr::new(198, 51, 100, 0), 24),
        (Ipv4Addr::new(203, 0, 113, 0), 24),
        (Ipv4Addr::new(224, 0, 0, 0), 4),
        (Ipv4Addr::new(240, 0, 0, 0), 4),
    ];
    let bits = u32::from(address);
    !SPECIAL.iter().any(|(block, length)| (bits ^ u32::from(*block)) >> (32 - length) == 0)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    const SPECIAL: [(Ipv6Addr, u32); 4] = [
        // Protocol assignments: Teredo, benchmarks, ORCHID and others.
        (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
        (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
        // 6to4.
        (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
        (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
    ];
    let bits = u128::from(address);
    let within = |block: Ipv6Addr, length: u32| (bits ^ u128::from(block)) >> (128 - length) == 0;
    if within(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96) {
        return is_public_v4(Ipv4Addr::from((bits & 0xffff_ffff) as u32));
    }
    within(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3)
        && !SPECIAL.iter().any(|(block, length)| within(*block, *length))
}

/// Tells whether a host is an IPv4 address in a writing that only some readers take for one: decimal, octal, hexadecimal,
/// or cut short.
fn is_disguised(host: &str) -> bool {
    let last = host.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_hex = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X")).is_some();
    (is_number(last) || is_hex) && host.parse::<Ipv4Addr>().is_err()
}

fn canonical(host: &str) -> String {
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

fn port_of(uri: &Uri) -> Option<u16> {
    match (uri.port_u16(), uri.scheme_str()) {
        (Some(port), _) => Some(port),
        (None, Some("http")) => Some(80),
        (None, Some("https")) => Some(443),
        _ => None,
    }
}
