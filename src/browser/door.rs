//! The door of the engine for a page's script: a program for wasm32 that imports nothing, so that it has no clock, no
//! randomness and no network, and can only compute.
//!
//! The script asks for [`room`] for each of the three things, writes them there, calls [`judge`], and reads the answer where
//! [`answer`] says, for as many bytes as `judge` returned.

// No `unsafe` block stands here, and no pointer is followed on this side. What is unsafe in Rust is only to give a function
// a name that a script can call, as two of one name would clash.
#![deny(unsafe_code)]

use std::sync::{Mutex, PoisonError};

/// What the script handed in, and what it is handed back.
struct Desk {
    things: [Vec<u8>; 3],
    answer: Vec<u8>,
}

static DESK: Mutex<Desk> = Mutex::new(Desk { things: [Vec::new(), Vec::new(), Vec::new()], answer: Vec::new() });

/// Makes room for a thing: 0 for what the service published, 1 for the file, 2 for its name. Null where there is no memory.
#[unsafe(no_mangle)]
#[expect(unsafe_code, reason = "a name that the script calls")]
pub extern "C" fn room(thing: usize, bytes: usize) -> *mut u8 {
    let mut desk = DESK.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(room) = desk.things.get_mut(thing) else { return std::ptr::null_mut() };
    room.clear();
    if room.try_reserve_exact(bytes).is_err() {
        return std::ptr::null_mut();
    }
    room.resize(bytes, 0);
    room.as_mut_ptr()
}

/// Judges the file at a time in milliseconds since 1970; returns how many bytes the answer has.
#[unsafe(no_mangle)]
#[expect(unsafe_code, reason = "a name that the script calls")]
pub extern "C" fn judge(at_milliseconds: f64) -> usize {
    let mut desk = DESK.lock().unwrap_or_else(PoisonError::into_inner);
    let [trust, file, name] = std::mem::take(&mut desk.things);
    let name = String::from_utf8_lossy(&name);
    desk.answer = fumikura::browser::answer(&trust, file, &name, at_milliseconds as i64).into_bytes();
    desk.answer.len()
}

/// Returns where the answer begins.
#[unsafe(no_mangle)]
#[expect(unsafe_code, reason = "a name that the script calls")]
pub extern "C" fn answer() -> *const u8 {
    DESK.lock().unwrap_or_else(PoisonError::into_inner).answer.as_ptr()
}

fn main() {}
