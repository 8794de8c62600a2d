//! Places of which one address has no more than its share: for the uploads of everybody, each of which is held in memory whole
//! while it comes in, however slowly; and for connections.

use crate::http::limiter::network;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The places, and who has them.
#[derive(Clone)]
pub struct Places {
    taken: Arc<Mutex<HashMap<IpAddr, usize>>>,
    most: usize,
    most_of_one: usize,
}

/// A place that is free again when this is dropped.
pub struct Place {
    places: Places,
    address: IpAddr,
}

impl Places {
    /// Makes so many places, of which one address has so many at the most.
    pub fn new(most: usize, most_of_one: usize) -> Self {
        Self { taken: Arc::default(), most, most_of_one }
    }

    /// Gives an address a place, where there is one and the address has not its share already.
    pub fn take(&self, address: IpAddr) -> Option<Place> {
        let address = network(address);
        let mut taken = self.taken();
        let own = taken.get(&address).copied().unwrap_or(0);
        if own >= self.most_of_one || taken.values().sum::<usize>() >= self.most {
            return None;
        }
        taken.insert(address, own + 1);
        drop(taken);
        Some(Place { places: self.clone(), address })
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        match taken.get_mut(&self.address) {
            Some(own) if *own > 1 => *own -= 1,
            _ => drop(taken.remove(&self.address)),
        }
    }
}
