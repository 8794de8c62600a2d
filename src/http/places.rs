//! Places for the uploads of everybody: each is held in memory whole while it comes in, however slowly.

use crate::http::limiter::network;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Uploads of everybody that are taken at a time.
const MOST: usize = 16;
/// Of these, uploads from one address.
const MOST_OF_ONE: usize = 4;

/// The places, and who has them.
#[derive(Default)]
pub struct Places(Mutex<HashMap<IpAddr, usize>>);

/// A place that is free again when this is dropped.
pub struct Place<'a> {
    places: &'a Places,
    address: IpAddr,
}

impl Places {
    /// Gives an address a place, where there is one and the address has not its share already.
    pub fn take(&self, address: IpAddr) -> Option<Place<'_>> {
        let address = network(address);
        let mut taken = self.taken();
        let own = taken.get(&address).copied().unwrap_or(0);
        if own >= MOST_OF_ONE || taken.values().sum::<usize>() >= MOST {
            return None;
        }
        taken.insert(address, own + 1);
        drop(taken);
        Some(Place { places: self, address })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        match taken.get_mut(&self.address) {
            Some(own) if *own > 1 => *own -= 1,
            _ => drop(taken.remove(&self.address)),
        }
    }
}
