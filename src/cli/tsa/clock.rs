//! The watch over an authority's clock (EN 319 421, 7.7): what the system says of it, what time servers say, and whether it jumps.

use super::Journal;
use crate::cli::SystemClock;
use crate::cli::output::complain;
use crate::fetch::ntp;
use crate::time::Clock;
use crate::tsp::ShownClock;
use std::process::{Command, Stdio};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// How often the clock is compared.
const COMPARE_EVERY: Duration = Duration::from_secs(60);
/// How often after comparing did not show it.
const COMPARE_AGAIN: Duration = Duration::from_secs(5);
/// For how long a comparison holds, in seconds: two that follow it may fail.
const HOLDS_SECONDS: i64 = 190;
/// How often is looked whether the clock jumped.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How long a time server may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Who on this machine says whether its clock is synchronised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum ClockStatus {
    /// `timedatectl`: what the kernel was told by whichever service keeps the time
    Timedatectl,
    /// `chronyc`: what chrony says of itself
    Chrony,
}

/// What a clock is held against.
#[derive(Clone, Debug)]
pub struct Watch {
    /// Who says whether it is synchronised.
    pub status: Option<ClockStatus>,
    /// Time servers, each `HOST` or `HOST:PORT`.
    pub servers: Vec<String>,
    /// How far it may be from theirs, in seconds.
    pub within_seconds: f64,
}

/// Why a clock is not shown to be right: a word for the journal, and a sentence.
#[derive(Debug)]
struct Doubt(&'static str, String);

/// The word where nobody said anything.
const SILENT: &str = "silent";

impl Watch {
    /// Compares the clock, on a thread of its own, for as long as anybody asks for the outcome. Every change is told on standard error
    /// and in the journal.
    pub fn begin(self, shown: &Arc<ShownClock>, journal: Option<Arc<Journal>>) {
        let shown = Arc::downgrade(shown);
        std::thread::spawn(move || self.run(&shown, journal.as_deref()));
    }

    fn run(&self, shown: &Weak<ShownClock>, journal: Option<&Journal>) {
        let mut held = None;
        let mut now_holds = |holds: bool, why: &Doubt| {
            if held != Some(holds) {
                tell(journal, holds, why);
            }
            held = Some(holds);
        };
        while let Some(clock) = shown.upgrade() {
            let doubt = self.compare().err();
            let now = SystemClock.now();
            match &doubt {
                None => clock.hold_for(now, HOLDS_SECONDS),
                // Who is silent says nothing against the clock: what was shown holds for its time.
                Some(Doubt(SILENT, _)) => {}
                Some(_) => clock.doubt(),
            }
            let pause = if doubt.is_none() { COMPARE_EVERY } else { COMPARE_AGAIN };
            let agrees = || Doubt("compared", "it agrees with what it was held against".to_owned());
            now_holds(clock.holds_at(now), &doubt.unwrap_or_else(agrees));
            drop(clock);
            if let Err(jump) = self.watch_for(pause)
                && let Some(clock) = shown.upgrade()
            {
                clock.doubt();
                now_holds(false, &jump);
            }
        }
    }

    /// Compares the clock with all that it is held against: whoever answers must agree, and of the servers one must answer.
    fn compare(&self) -> Result<(), Doubt> {
        self.status.map_or(Ok(()), ClockStatus::ask)?;
        let (mut agrees, mut silence) = (self.servers.is_empty(), String::new());
        for server in &self.servers {
            match ntp::offset(server, PATIENCE) {
                Ok(offset) if offset.is_surely_within(self.within_seconds) => agrees = true,
                Ok(offset) if offset.is_surely_beyond(self.within_seconds) => {
                    let words = format!("{server}: it is {:.3} s away", offset.seconds);
                    return Err(Doubt("another-time", words));
                }
                Ok(_) => silence = format!("{server}: its answer took too long to tell anything"),
                Err(error) => silence = error,
            }
        }
        if agrees { Ok(()) } else { Err(Doubt(SILENT, silence)) }
    }

    /// Waits, and looks whether the clock goes as time does.
    fn watch_for(&self, pause: Duration) -> Result<(), Doubt> {
        for _ in 0..pause.as_secs() {
            let (clock, time) = (SystemClock.now(), Instant::now());
            std::thread::sleep(LOOK_EVERY);
            let went = SystemClock.now().duration_since(clock).as_secs_f64();
            let off = went - time.elapsed().as_secs_f64();
            if off.abs() > self.within_seconds {
                return Err(Doubt("jumped", format!("it jumped by {off:.3} s")));
            }
        }
        Ok(())
    }
}

impl ClockStatus {
    fn ask(self) -> Result<(), Doubt> {
        let (program, arguments): (&str, &[&str]) = match self {
            Self::Timedatectl => ("timedatectl", &["show", "--property=NTPSynchronized", "--value"]),
            Self::Chrony => ("chronyc", &["-n", "-c", "tracking"]),
        };
        let answer = Command::new(program).args(arguments).stdin(Stdio::null()).output();
        let answer = answer.map_err(|error| Doubt(SILENT, format!("{program}: {error}")))?;
        if !answer.status.success() {
            return Err(Doubt(SILENT, format!("{program}: it ended with {}", answer.status)));
        }
        let said = String::from_utf8_lossy(&answer.stdout);
        let is_synchronised = match self {
            Self::Timedatectl => said.trim() == "yes",
            // The last field is the leap status: a leap second that is announced is none yet.
            Self::Chrony => said
                .trim()
                .rsplit(',')
                .next()
                .is_some_and(|leap| ["Normal", "Insert second", "Delete second"].contains(&leap)),
        };
        let unsynchronised = || Doubt("not-synchronised", format!("{program}: the clock is not synchronised"));
        if is_synchronised { Ok(()) } else { Err(unsynchronised()) }
    }
}

fn tell(journal: Option<&Journal>, holds: bool, Doubt(why, words): &Doubt) {
    let verb = if holds { "clock.shown" } else { "clock.doubted" };
    match holds {
        true => complain!("時計が確かめられました / the clock is shown to be right: {words}"),
        false => complain!(
            "時計が確かめられません。時刻印は出しません / the clock is not shown to be right, no timestamp is made: {words}"
        ),
    }
    if journal.is_some_and(|journal| journal.tell(SystemClock.now(), verb, why).is_err()) {
        complain!("記録に書けません / the journal cannot be written");
    }
}
