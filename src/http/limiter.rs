//! Simple limits on what can be guessed or is costly: sign-in, ways to the provider, collection codes, verification, questions about
//! notices on paper and wrong tokens by address, pages that are looked at by person, the API by token.

use crate::id::{TokenId, UserId};
use crate::time::Instant;
use jiff::SignedDuration;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

/// Addresses remembered at once; beyond this those whose window has passed are forgotten.
const MOST_ADDRESSES: usize = 50_000;

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Deed {
    /// A staff sign-in.
    SignIn,
    /// A way to the identity provider.
    Provider,
    /// A resident's collection code.
    Code,
    /// A verification by anyone.
    Verify,
    /// A question about a notice on paper by anyone.
    Paper,
    /// A page or a download of the published register.
    Register,
    /// A token that is not taken.
    WrongToken,
    /// A page that is looked at while it is filled in.
    Look,
    /// A request with a token.
    Api,
}

/// Whose deeds are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Doer {
    /// Whoever comes from an address.
    Address(IpAddr),
    /// A member of staff.
    Person(UserId),
    /// Whoever has a token.
    Token(TokenId),
}

impl Deed {
    /// Returns how often one doer may do it in [`WINDOW`].
    fn most(self) -> u32 {
        match self {
            Self::SignIn | Self::Code | Self::WrongToken => 20,
            Self::Verify | Self::Paper => 60,
            // Somebody who types stops for a moment less often than once in a second.
            Self::Look => 600,
            Self::Register | Self::Provider => 120,
            Self::Api => 6_000,
        }
    }
}

/// The time over which deeds are counted.
pub const WINDOW: SignedDuration = SignedDuration::from_mins(10);

/// Counts of deeds per doer in a fixed window.
#[derive(Default)]
pub struct Limiter {
    counts: Mutex<HashMap<(Deed, Doer), (Instant, u32)>>,
}

impl Limiter {
    /// Counts one deed; false means that it was done too often.
    pub fn allows(&self, deed: Deed, doer: Doer, now: Instant) -> bool {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MOST_ADDRESSES {
            counts.retain(|_, (since, _)| now.duration_since(*since) < WINDOW);
        }
        if counts.len() >= MOST_ADDRESSES {
            counts.clear();
        }
        let (since, count) = counts.entry((deed, doer.as_one())).or_insert((now, 0));
        if now.duration_since(*since) >= WINDOW {
            (*since, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
        *count <= deed.most()
    }

    /// Takes a deed back that was no guess: many people may come from one address.
    pub fn forgive(&self, deed: Deed, doer: Doer) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, count)) = counts.get_mut(&(deed, doer.as_one())) {
            *count = count.saturating_sub(1);
        }
    }
}

impl Doer {
    fn as_one(self) -> Self {
        match self {
            Self::Address(address) => Self::Address(network(address)),
            other => other,
        }
    }
}

/// Returns what counts as one address: an IPv4 address, or the /64 network of an IPv6 address.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => IpAddr::V6((u128::from(v6) & !u128::from(u64::MAX)).into()),
        },
    }
}
