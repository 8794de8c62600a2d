//! Two services of one city, each ended and started again while somebody works: whoever distributes requests by what `/readyz` says
//! meets no failure, and nobody notices which of them answers.

use super::records_killed::City;
use super::watch::Client;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A service of the city, ended with the test.
struct Service {
    program: Child,
    host: String,
}

impl Service {
    fn start(city: &City) -> Self {
        let mut command = Command::new(city.command("", &[]).get_program());
        command.args(["serve", "--config", &city.path("city/city.toml")]).stdin(Stdio::null());
        let mut program = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let line = BufReader::new(program.stdout.take().unwrap()).lines().next().unwrap().unwrap();
        let host = line.trim_start_matches("http://").split('/').next().unwrap().to_owned();
        Self { program, host }
    }

    /// Asks it to end, and waits until it has.
    fn end(mut self) {
        let asked = Command::new("kill").args(["-TERM", &self.program.id().to_string()]).status().unwrap();
        assert!(asked.success());
        let begun = Instant::now();
        loop {
            match self.program.try_wait().unwrap() {
                Some(status) => break assert!(status.success(), "{status}"),
                None => assert!(begun.elapsed() < PATIENCE, "it does not end"),
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.program.kill().ok();
        self.program.wait().ok();
    }
}

/// Whoever distributes requests: in turn to those that say that they are ready.
#[derive(Default)]
struct Distributor {
    hosts: Mutex<Vec<String>>,
    turn: AtomicUsize,
}

impl Distributor {
    fn next(&self) -> String {
        let hosts = self.hosts.lock().unwrap();
        hosts[self.turn.fetch_add(1, Ordering::Relaxed) % hosts.len()].clone()
    }

    /// Looks at one of them again and again, until it leaves or the work is over.
    fn watch(&self, host: &str, over: &AtomicBool) {
        while !over.load(Ordering::Relaxed) {
            let ready = Client::new(host).get("/readyz");
            let mut hosts = self.hosts.lock().unwrap();
            hosts.retain(|one| one != host);
            if ready.starts_with("HTTP/1.1 503") {
                assert!(ready.contains("\"leaving\":true") && !hosts.is_empty(), "{ready}");
                return;
            }
            assert!(ready.starts_with("HTTP/1.1 200"), "{ready}");
            hosts.push(host.to_owned());
            drop(hosts);
            thread::sleep(Duration::from_millis(100));
        }
    }
}

/// Signs in, looks at the desk and signs out, each by whichever service is next.
fn a_days_work(distributor: &Distributor, login: &str, password: &str) {
    let mut client = Client::new(&distributor.next());
    let get = |client: &mut Client, path: &str| {
        client.turn_to(&distributor.next());
        client.get(path)
    };
    let page = get(&mut client, "/sign-in");
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    let fields = |fields: &[(&str, &str)]| -> Vec<(String, String)> {
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    client.turn_to(&distributor.next());
    let entered = client.post("/sign-in", &fields(&[("login", login), ("password", password), ("next", "/desk")]));
    assert!(entered.starts_with("HTTP/1.1 303") && entered.contains("location: /desk"), "{entered}");
    let desk = get(&mut client, "/desk");
    assert!(desk.starts_with("HTTP/1.1 200"), "{desk}");
    client.turn_to(&distributor.next());
    let left = client.post("/sign-out", &[]);
    assert!(left.starts_with("HTTP/1.1 303"), "{left}");
    let page = get(&mut client, "/sign-in");
    assert!(page.contains("サインアウトしました"), "{page}");
    let again = get(&mut client, "/sign-in");
    assert!(!again.contains("サインアウトしました"), "it is said once: {again}");
}

/// Has a city's services listen wherever there is room, and go on for a while once they were asked to end.
fn prepare(city: &City) {
    let path = city.path("city/city.toml");
    let file = fs::read_to_string(&path).unwrap();
    let lines = file.lines().map(|line| match line {
        line if line.starts_with("listen") => "listen = \"127.0.0.1:0\"",
        line if line.starts_with("drain_seconds") => "drain_seconds = 2",
        line => line,
    });
    let file = lines.collect::<Vec<_>>().join("\n");
    assert!(file.contains("drain_seconds = 2"), "{file}");
    fs::write(&path, file).unwrap();
}

#[test]
fn services_are_ended_and_started_again_one_after_the_other_and_no_request_fails() {
    let city = City::new(21);
    prepare(&city);
    let (distributor, over, days) = (Distributor::default(), AtomicBool::new(false), AtomicUsize::new(0));
    let mut services = vec![Service::start(&city), Service::start(&city)];
    distributor.hosts.lock().unwrap().extend(services.iter().map(|one| one.host.clone()));
    let password = fs::read_to_string(city.path("city/clerk")).unwrap();
    let worked = |from: usize| {
        let begun = Instant::now();
        while days.load(Ordering::Relaxed) < from + 3 {
            assert!(begun.elapsed() < PATIENCE, "nobody works any more");
            thread::sleep(Duration::from_millis(50));
        }
    };
    thread::scope(|scope| {
        let mut watched: Vec<_> = services
            .iter()
            .map(|one| one.host.clone())
            .map(|host| {
                scope.spawn(|| {
                    let host = host;
                    distributor.watch(&host, &over)
                })
            })
            .collect();
        let working: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    while !over.load(Ordering::Relaxed) {
                        a_days_work(&distributor, "clerk", &password);
                        days.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        for _ in 0..2 {
            worked(days.load(Ordering::Relaxed));
            services.remove(0).end();
            let next = Service::start(&city);
            let host = next.host.clone();
            distributor.hosts.lock().unwrap().push(host.clone());
            watched.push(scope.spawn(|| {
                let host = host;
                distributor.watch(&host, &over)
            }));
            services.push(next);
        }
        worked(days.load(Ordering::Relaxed));
        over.store(true, Ordering::Relaxed);
        for thread in watched.into_iter().chain(working) {
            thread.join().unwrap();
        }
    });
    assert!(days.into_inner() >= 9);
}

#[test]
fn connections_that_say_nothing_cost_next_to_nothing() {
    let city = City::new(22);
    prepare(&city);
    let service = Service::start(&city);
    let resident = || {
        let status = fs::read_to_string(format!("/proc/{}/status", service.program.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.split_whitespace().next().unwrap().parse::<u64>().unwrap()
    };
    assert!(Client::new(&service.host).get("/sign-in").starts_with("HTTP/1.1 200"));
    let before = resident();
    let silent: Vec<TcpStream> = (0..200).map(|_| TcpStream::connect(&service.host).unwrap()).collect();
    // Whoever comes last is answered after all of them were let in.
    assert!(Client::new(&service.host).get("/healthz").starts_with("HTTP/1.1 200"));
    let grown = resident().saturating_sub(before);
    assert!(grown < 40 << 10, "{} connections take {grown} KiB", silent.len());
}
