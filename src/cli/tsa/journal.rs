//! The journal of a timestamping authority: a file that only grows, one entry of a hash chain a line, as `ledger verify --file` reads.
//!
//! A line is with the operating system before its token leaves, and on the disk within a second: a program that is killed loses
//! none, a machine without power at most those of its last second. Serial numbers rest on nothing of this.

use crate::cli::Failure;
use crate::digest::{Sha256Hex, hex};
use crate::fault::Kind;
use crate::ledger::{BadWord, Entry, GENESIS, NewEntry};
use crate::time::Instant;
use crate::tsp::{Granted, NotWritten, TokenJournal};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The longest line that is looked for at the end of a file, in bytes; ours stay below 1 kB.
const LONGEST_LINE_BYTES: u64 = 64 << 10;
/// How every line begins.
const LINE_BEGINS: &[u8] = b"{\"seq\":";
/// How long a line may wait for the disk.
const SYNC_EVERY: Duration = Duration::from_secs(1);
/// Who acts in the entries.
const ACTOR: &str = "tsa";

/// A journal that is open, and nobody else's while it is.
pub struct Journal {
    chain: Mutex<Chain>,
    /// Whether something was written since the file was last synced.
    waits_for_disk: AtomicBool,
    /// The same file, for syncing beside the writing.
    file: File,
}

struct Chain {
    file: File,
    length_bytes: u64,
    seq: u64,
    hash: Sha256Hex,
}

impl Journal {
    /// Opens a journal, or begins one, and goes on after its last entry. What a machine without power left of a last line is cut off,
    /// and an entry tells so.
    ///
    /// # Errors
    /// `tsa-journal-in-use` where another process has it open, `tsa-journal-broken` where its last entry is none, and those of the disk.
    pub fn open(path: &Path, now: Instant) -> Result<Arc<Self>, Failure> {
        let trouble = |error: &io::Error| Failure::io(path, error, true);
        let opened = OpenOptions::new().read(true).append(true).create(true).open(path);
        let mut file = opened.map_err(|error| trouble(&error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let english = format!("{}: another authority writes this journal", path.display());
                return Err(Failure::new("tsa-journal-in-use", Kind::Refused, english));
            }
            Err(TryLockError::Error(error)) => return Err(trouble(&error)),
        }
        let broken = || {
            let english =
                format!("{}: its last entry is none of a journal; keep it, and begin another file", path.display());
            Failure::new("tsa-journal-broken", Kind::Refused, english)
        };
        let end = end_of(&mut file).map_err(|error| trouble(&error))?;
        let last = match &end.line {
            Some(line) => {
                let entry: Entry = serde_json::from_slice(line).map_err(|_| broken())?;
                if entry.compute_hash() != entry.hash { Err(broken()) } else { Ok(Some(entry)) }
            }
            None => Ok(None),
        }?;
        file.set_len(end.whole_bytes).map_err(|error| trouble(&error))?;
        let genesis = Sha256Hex::parse(GENESIS).ok_or_else(broken)?;
        let (seq, hash) = last.map_or((0, genesis), |entry| (entry.seq, entry.hash));
        let chain = Chain {
            file: file.try_clone().map_err(|error| trouble(&error))?,
            length_bytes: end.whole_bytes,
            seq,
            hash,
        };
        let journal = Arc::new(Self { chain: Mutex::new(chain), waits_for_disk: AtomicBool::new(false), file });
        let opened = NewEntry::new(now, ACTOR, "journal.opened", ACTOR)
            .and_then(|entry| entry.with_number("cut-bytes", end.torn_bytes));
        opened.map_err(|BadWord| NotWritten).and_then(|entry| journal.append(entry)).map_err(|_| broken())?;
        Ok(journal)
    }

    /// Writes down what happened to the authority itself: `clock.shown`, `clock.doubted`, and why.
    pub fn tell(&self, now: Instant, verb: &str, why: &str) -> Result<(), NotWritten> {
        let entry = NewEntry::new(now, ACTOR, verb, ACTOR).and_then(|entry| entry.with("why", why));
        self.append(entry.map_err(|BadWord| NotWritten)?)
    }

    /// Brings to the disk what waits for it, every second, for as long as the journal is open; on a thread of its own.
    pub fn sync_beside(self: &Arc<Self>) {
        let journal = Arc::downgrade(self);
        std::thread::spawn(move || {
            while let Some(journal) = journal.upgrade() {
                journal.sync();
                drop(journal);
                std::thread::sleep(SYNC_EVERY);
            }
        });
    }

    /// Brings to the disk what waits for it. A disk that refuses stops the journal: nothing more is handed out.
    fn sync(&self) {
        if self.waits_for_disk.swap(false, Ordering::SeqCst) && self.file.sync_data().is_err() {
            self.chain.lock().unwrap_or_else(PoisonError::into_inner).seq = u64::MAX;
        }
    }

    fn append(&self, entry: NewEntry) -> Result<(), NotWritten> {
        let mut chain = self.chain.lock().map_err(|_| NotWritten)?;
        // After the last number that there is nothing is written.
        chain.seq.checked_add(1).ok_or(NotWritten)?;
        let entry = entry.chain_after(chain.seq, chain.hash.clone());
        let mut line = serde_json::to_vec(&entry).map_err(|_| NotWritten)?;
        line.push(b'\n');
        if chain.file.write_all(&line).is_err() {
            // A part of a line would make the next one unreadable.
            let length_bytes = chain.length_bytes;
            if chain.file.set_len(length_bytes).is_err() {
                chain.seq = u64::MAX;
            }
            return Err(NotWritten);
        }
        chain.length_bytes += line.len() as u64;
        (chain.seq, chain.hash) = (entry.seq, entry.hash);
        self.waits_for_disk.store(true, Ordering::SeqCst);
        Ok(())
    }
}

impl TokenJournal for Journal {
    fn write(&self, granted: &Granted<'_>) -> Result<(), NotWritten> {
        let Granted { gen_time, policy, imprint, serial, token } = granted;
        let entry = NewEntry::new(*gen_time, ACTOR, "timestamp.granted", &hex(serial))
            .and_then(|entry| entry.with("digest", imprint.algorithm.name()))
            .and_then(|entry| entry.with("imprint", hex(&imprint.bytes)))
            .and_then(|entry| entry.with("policy", policy))
            .and_then(|entry| entry.with("token-sha256", Sha256Hex::of(token)));
        self.append(entry.map_err(|BadWord| NotWritten)?)
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        self.sync();
    }
}

/// How a file ends.
struct End {
    /// The last whole line, without its end.
    line: Option<Vec<u8>>,
    /// How far whole lines go.
    whole_bytes: u64,
    /// What stands behind them.
    torn_bytes: u64,
}

fn end_of(file: &mut File) -> io::Result<End> {
    let length = file.seek(SeekFrom::End(0))?;
    let from = length.saturating_sub(2 * LONGEST_LINE_BYTES);
    file.seek(SeekFrom::Start(from))?;
    let mut tail = Vec::new();
    file.take(length - from).read_to_end(&mut tail)?;
    let whole = tail.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    let torn = &tail[whole..];
    let torn_bytes = torn.len() as u64;
    let line = tail[..whole]
        .strip_suffix(b"\n")
        .map(|lines| lines.rsplit(|&byte| byte == b'\n').next().unwrap_or(lines).to_vec());
    // What does not begin as our lines do, or is longer, is none of ours: nothing of it is cut off.
    let begins = torn.iter().zip(LINE_BEGINS).all(|(one, other)| one == other);
    if !begins || torn_bytes > LONGEST_LINE_BYTES {
        return Ok(End { line: Some(Vec::new()), whole_bytes: length, torn_bytes: 0 });
    }
    Ok(End { line, whole_bytes: length - torn_bytes, torn_bytes })
}
