//! Two services on one city: one is stopped for a while, taken for dead by the other, and ends when it wakes.

use super::records_killed::City;
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A service, ended with the test whatever becomes of it.
pub(super) struct Service(Child);

impl Service {
    /// Starts one and waits until it listens.
    pub(super) fn start(city: &City) -> Self {
        let mut command = Command::new(city.command("", &[]).get_program());
        command.args(["serve", "--config", &city.path("city/city.toml")]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("http://"), "{line}");
        Self(child)
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.0.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end; returns the exit status and what it told.
    fn ended(mut self) -> (Option<i32>, String) {
        let status = until("the service ends", || self.0.try_wait().unwrap());
        let told = std::io::read_to_string(self.0.stderr.take().unwrap()).unwrap();
        (status.code(), told)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Asks again and again until there is an answer.
fn until<T>(what: &str, mut answer: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = answer() {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn workers(city: &City) -> Vec<Value> {
    city.json("", &["db", "workers"]).as_array().unwrap().clone()
}

#[test]
fn a_service_that_was_stopped_for_long_ends_when_it_wakes_and_the_other_goes_on() {
    let city = City::new(1);
    let path = city.path("city/city.toml");
    let file = fs::read_to_string(&path).unwrap();
    let (before, listen) = file.split_once("listen = \"").unwrap();
    let (_, after) = listen.split_once('"').unwrap();
    let file = format!("{before}listen = \"127.0.0.1:0\"{after}");
    let file = file.replace("worker_silence_seconds = 60", "worker_silence_seconds = 3");
    assert!(file.contains("worker_silence_seconds = 3\n"), "{file}");
    fs::write(&path, file).unwrap();

    let (first, mut second) = (Service::start(&city), Service::start(&city));
    assert_eq!(workers(&city).len(), 2);
    let on_duty = |workers: &[Value]| -> Vec<usize> {
        workers.iter().map(|worker| worker["leases"].as_array().unwrap().len()).collect()
    };
    let duties = until("the duties are taken", || {
        let duties = on_duty(&workers(&city));
        (duties.iter().sum::<usize>() == 3).then_some(duties)
    });
    assert_eq!(duties.len(), 2, "{duties:?}");
    // One that is stopped while it writes keeps everybody from SQLite's one lock, and nobody can take it for dead.
    until("it is stopped between two writings", || {
        first.signal("-STOP");
        let mut asked = Command::new("sqlite3");
        asked.arg(city.path("city/fumikura.db")).arg(".timeout 2000").arg("BEGIN IMMEDIATE; ROLLBACK;");
        let is_between = asked.output().unwrap().status.success();
        if !is_between {
            first.signal("-CONT");
        }
        is_between.then_some(())
    });
    until("the stopped one is taken for dead", || (workers(&city).len() == 1).then_some(()));
    first.signal("-CONT");
    let (code, told) = first.ended();
    assert_eq!(code, Some(69), "{told}");
    assert!(told.contains("taken for dead"), "{told}");
    assert_eq!(second.0.try_wait().unwrap(), None, "the other goes on");
    second.signal("-TERM");
    assert_eq!(second.ended().0, Some(0));
    assert_eq!(workers(&city), [] as [Value; 0], "who goes in good order leaves nothing behind");
    city.assert_clean();
}

#[test]
fn processes_that_come_in_at_once_take_each_other_for_no_dead() {
    let city = City::new(1);
    for _ in 0..4 {
        let come = |_| {
            let mut command = city.command("auditor", &["notices", "batches"]);
            command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let coming: Vec<Child> = (0..8).map(come).collect();
        for child in coming {
            let ended = child.wait_with_output().unwrap();
            assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        }
    }
    assert_eq!(workers(&city), [] as [Value; 0], "each went in good order");
}
