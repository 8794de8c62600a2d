//! An object store that we did not write, and a front before it that plays trouble.

use super::package::{interop_required, python};
use fumikura::vault::{Bucket, BucketOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

/// Serves until its standard input ends, which it does when this process does.
const SCRIPT: &str = "import sys\n\
    from moto.server import ThreadedMotoServer\n\
    server = ThreadedMotoServer('127.0.0.1', 0, verbose=False)\n\
    server.start()\n\
    print(server.get_host_and_port()[1], flush=True)\n\
    sys.stdin.read()\n";

/// The suite's server.
pub struct Objects {
    port: u16,
    /// Held, as the server ends with its standard input.
    _child: Child,
}

/// Returns the suite's server; none where it is not installed and need not be.
pub fn objects() -> Option<&'static Objects> {
    static SERVER: OnceLock<Option<Objects>> = OnceLock::new();
    SERVER.get_or_init(|| start(None)).as_ref()
}

/// Starts a server of its own that proves signatures, with a bucket `city` and one object in it; returns the access key, too.
pub fn strict(name: &str, words: &str) -> Option<(Objects, String, String)> {
    // As many deeds are let pass unproven as make a user with a key, the bucket, and the object.
    let server = start(Some("5"))?;
    let all = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C\
        %22Action%22%3A%22%2A%22%2C%22Resource%22%3A%22%2A%22%7D%5D%7D";
    server.iam("CreateUser", "");
    server.iam("PutUserPolicy", &format!("&PolicyName=all&PolicyDocument={all}"));
    let made = server.iam("CreateAccessKey", "");
    server.put("city", "");
    server.put(&format!("city/{name}"), words);
    let between = |from: &str, to: &str| made.split_once(from).unwrap().1.split_once(to).unwrap().0.to_owned();
    let secret = between("<SecretAccessKey>", "</SecretAccessKey>");
    Some((server, between("<AccessKeyId>", "</AccessKeyId>"), secret))
}

fn start(unproven: Option<&str>) -> Option<Objects> {
    let beside = python().and_then(|python| Some(Path::new(&python).parent()?.parent()?.join("objects/bin/python")));
    let found = beside.into_iter().chain([PathBuf::from("python3")]).find(|python| {
        Command::new(python).args(["-c", "import moto.server"]).output().is_ok_and(|output| output.status.success())
    });
    assert!(found.is_some() || !interop_required(), "python with moto's server is not installed");
    let mut command = Command::new(found?);
    command.args(["-c", SCRIPT]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    command.envs(unproven.map(|count| ("INITIAL_NO_AUTH_ACTION_COUNT", count)));
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    Some(Objects { port: line.trim().parse().expect("a port"), _child: child })
}

impl Objects {
    /// Makes a bucket; returns its name.
    pub fn bucket(&self) -> String {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("city-{}", COUNT.fetch_add(1, Ordering::SeqCst));
        self.put(&name, "");
        name
    }

    /// Returns the port.
    pub fn port(&self) -> u16 {
        self.port
    }

    fn iam(&self, action: &str, more: &str) -> String {
        let form = format!("Version=2010-05-08&UserName=city&Action={action}{more}");
        let asked = ureq::post(format!("http://127.0.0.1:{}/", self.port))
            .header("Authorization", SOMEBODY.replace("/s3/", "/iam/"))
            .header("Content-Type", "application/x-www-form-urlencoded");
        asked.send(&form).unwrap().body_mut().read_to_string().unwrap()
    }

    /// Asks something of the server that a vault never asks.
    pub fn put(&self, path: &str, body: &str) {
        let url = format!("http://127.0.0.1:{}/{path}", self.port);
        assert!(ureq::put(url).header("Authorization", SOMEBODY).send(body).unwrap().status().is_success());
    }

    /// Reads an object by its name in a bucket.
    pub fn get(&self, path: &str) -> Option<Vec<u8>> {
        let url = format!("http://127.0.0.1:{}/{path}", self.port);
        ureq::get(url)
            .header("Authorization", SOMEBODY)
            .call()
            .ok()
            .map(|mut answer| answer.body_mut().read_to_vec().unwrap())
    }

    /// Deletes an object.
    pub fn delete(&self, path: &str) {
        let url = format!("http://127.0.0.1:{}/{path}", self.port);
        ureq::delete(url).header("Authorization", SOMEBODY).call().unwrap();
    }

    /// Returns the way to a bucket of the server.
    pub fn open(&self, bucket: &str) -> Bucket {
        Bucket::new(&options(self.port, bucket)).unwrap()
    }
}

/// Returns options for a bucket on a port of this machine.
pub fn options(port: u16, bucket: &str) -> BucketOptions {
    BucketOptions {
        endpoint: format!("http://127.0.0.1:{port}"),
        region: "ap-northeast-1".to_owned(),
        bucket: bucket.to_owned(),
        prefix: "fumikura/records".to_owned(),
        key_id: KEY_ID.to_owned().into(),
        secret: SECRET.to_owned().into(),
        token: None,
        authorities: Vec::new(),
        patience: Duration::from_millis(400),
    }
}

/// The server asks who it is, and believes it.
const SOMEBODY: &str =
    "AWS4-HMAC-SHA256 Credential=TEST/20310401/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";

/// What must never be shown.
pub const KEY_ID: &str = "AKIAOFTHECITY";
pub const SECRET: &str = "the city's secret access key";

/// What a front does with a request.
#[derive(Clone, Copy, Debug)]
pub enum Mood {
    /// Says this status, with the key's identifier in its words, as a store may.
    Says(u16),
    /// Says nothing.
    Silent,
    /// Answers as the server does, but breaks off in the middle.
    Half,
    /// Answers as the server does, with one bit of the last byte changed.
    Changed,
    /// Lets the request through, and then says nothing.
    Swallows,
}

/// A front before the server.
pub struct Front {
    port: u16,
    rules: Arc<Mutex<Vec<(String, Mood, usize)>>>,
}

impl Front {
    pub fn before(server: &Objects) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, behind) = (listener.local_addr().unwrap().port(), server.port);
        let rules: Arc<Mutex<Vec<(String, Mood, usize)>>> = Arc::default();
        let shared = Arc::clone(&rules);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let rules = Arc::clone(&shared);
                std::thread::spawn(move || serve(stream, behind, &rules));
            }
        });
        Self { port, rules }
    }

    /// Returns the port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the way to a bucket through this front.
    pub fn open(&self, bucket: &str) -> Bucket {
        Bucket::new(&options(self.port, bucket)).unwrap()
    }

    /// The next so many requests whose first line begins with a method and has this in it meet a mood.
    pub fn rule(&self, wanted: &str, mood: Mood, times: usize) {
        self.rules.lock().unwrap().push((wanted.to_owned(), mood, times));
    }

    /// Lets everything through again.
    pub fn calm(&self) {
        self.rules.lock().unwrap().clear();
    }
}

fn serve(mut stream: TcpStream, behind: u16, rules: &Mutex<Vec<(String, Mood, usize)>>) {
    let Some((head, body)) = request(&mut stream) else { return };
    let line = head.lines().next().unwrap_or_default().to_owned();
    let mood = {
        let mut rules = rules.lock().unwrap();
        let met = rules.iter_mut().find(|(wanted, _, left)| {
            let (method, part) = wanted.split_once(' ').unwrap();
            *left > 0 && line.starts_with(method) && line.contains(part)
        });
        met.map(|rule| {
            rule.2 -= 1;
            rule.1
        })
    };
    match mood {
        Some(Mood::Silent) => std::thread::sleep(Duration::from_secs(2)),
        Some(Mood::Says(status)) => {
            let words = format!("<Error><Code>Trouble</Code><AWSAccessKeyId>{KEY_ID}</AWSAccessKeyId></Error>");
            let words = if status == 204 { String::new() } else { words };
            let answer =
                format!("HTTP/1.1 {status} No\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{words}", words.len());
            let _ = stream.write_all(answer.as_bytes());
        }
        other => {
            let mut answer = pass_on(&head, &body, behind);
            match other {
                Some(Mood::Half) => answer.truncate(answer.len() - 20),
                Some(Mood::Changed) => *answer.last_mut().unwrap() ^= 1,
                Some(Mood::Swallows) => {
                    std::thread::sleep(Duration::from_secs(2));
                    return;
                }
                _ => {}
            }
            let _ = stream.write_all(&answer);
        }
    }
}

/// Reads a request: its head and its body.
fn request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some((head, body))
}

fn pass_on(head: &str, body: &[u8], behind: u16) -> Vec<u8> {
    let mut server = TcpStream::connect(("127.0.0.1", behind)).unwrap();
    let lines = head.trim_end().lines().filter(|line| !line.to_lowercase().starts_with("connection:"));
    let head = lines.collect::<Vec<_>>().join("\r\n");
    server.write_all(format!("{head}\r\nConnection: close\r\n\r\n").as_bytes()).unwrap();
    server.write_all(body).unwrap();
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).unwrap();
    answer
}
