//! Work that waits for the processor or for many files, done side by side.

use std::thread;

/// How many work side by side.
const WORKERS: usize = 4;
/// So few things are sooner done one after the other.
const FEW: usize = 8;

/// Work side by side that did not come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfinished;

/// Does the same with each of many things, and returns what came of them in their order. It keeps its thread busy.
///
/// # Errors
/// [`Unfinished`] where one of the workers broke down.
pub fn side_by_side<T: Send, R: Send>(
    things: &mut [T],
    work: impl Fn(&mut T) -> R + Sync,
) -> Result<Vec<R>, Unfinished> {
    if things.len() <= FEW {
        return Ok(things.iter_mut().map(work).collect());
    }
    let (share, work) = (things.len().div_ceil(WORKERS), &work);
    let done = thread::scope(|scope| {
        let workers: Vec<_> = things
            .chunks_mut(share)
            .map(|some| scope.spawn(move || some.iter_mut().map(work).collect::<Vec<R>>()))
            .collect();
        workers.into_iter().map(thread::ScopedJoinHandle::join).collect::<Result<Vec<_>, _>>()
    });
    Ok(done.map_err(|_| Unfinished)?.into_iter().flatten().collect())
}
