//! Work within a time. Typst cannot be stopped from outside: it sets on a thread of its own, for which nobody waits longer than that.
//!
//! A thread that was given up keeps its place until it ends, and there are few places: templates that do not end may take all of
//! them, and then no page is set until the program starts anew; but they never take more of the machine than that.

use crate::office::templates::TemplateError;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// Pages that are set at once.
const PLACES: usize = 4;
/// The stack of a thread: what templates make lies within each other.
const STACK_BYTES: usize = 16 << 20;

/// The places for work.
#[derive(Clone)]
pub(super) struct Places(Arc<(Mutex<usize>, Condvar)>);

/// A place that is taken; it is free again when it goes.
struct Place(Places);

impl Default for Places {
    fn default() -> Self {
        Self(Arc::new((Mutex::new(PLACES), Condvar::new())))
    }
}

impl Places {
    /// Does work, once there is a place, and waits for it; for each no longer than some time.
    ///
    /// # Errors
    /// [`TemplateError::Busy`], [`TemplateError::TooSlow`], and [`TemplateError::Broken`] where the work broke down.
    pub(super) fn within<T: Send + 'static>(
        &self,
        patience: Duration,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, TemplateError> {
        let place = self.take(patience).ok_or(TemplateError::Busy)?;
        let (done, waiting) = sync_channel(1);
        let setting = move || {
            let place = place;
            let made = work();
            drop(place);
            // Where nobody waits any more there is nobody to tell.
            let _ = done.send(made);
        };
        let thread = thread::Builder::new().name("a page".to_owned()).stack_size(STACK_BYTES).spawn(setting);
        thread.map_err(|_| TemplateError::Busy)?;
        waiting.recv_timeout(patience).map_err(|error| match error {
            RecvTimeoutError::Timeout => TemplateError::TooSlow(patience.as_secs()),
            RecvTimeoutError::Disconnected => TemplateError::Broken("the typesetter broke down".to_owned()),
        })
    }

    fn take(&self, patience: Duration) -> Option<Place> {
        let (free, freed) = &*self.0;
        let free = free.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = freed.wait_timeout_while(free, patience, |free| *free == 0);
        let (mut free, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *free = free.checked_sub(1)?;
        Some(Place(self.clone()))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let (free, freed) = &*self.0.0;
        *free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        freed.notify_one();
    }
}
