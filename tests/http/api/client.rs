//! A system that asks the API: one connection a request, JSON in and out.

use super::city::{City, PASSWORD};
use axum::Router;
use base64::Engine as _;
use fumikura::office::tokens::{NewToken, Scope};
use fumikura::office::{Actor, NewAccount, NewSystem, Role};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use zeroize::Zeroizing;

/// A system with its token, and the service that it asks.
#[derive(Clone)]
pub struct Client {
    pub address: SocketAddr,
    pub token: String,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    /// Returns the body, which must be JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&self.body)))
    }

    /// Returns a header's value.
    pub fn header(&self, name: &str) -> &str {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    /// Insists that the answer is a problem of a code.
    pub fn is_problem(&self, status: u16, code: &str) {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(self.header("content-type"), "application/problem+json", "{}\n{text}", self.head);
        let problem = self.json();
        assert_eq!((self.status, problem["code"].as_str()), (status, Some(code)), "{text}");
        assert_eq!(problem["status"], json!(status));
        assert_eq!(problem["type"], json!(format!("/api/problems/{code}")));
        for said in ["title", "title_ja", "detail"] {
            assert!(problem[said].as_str().is_some_and(|text| !text.is_empty()), "{said}: {text}");
        }
        assert!(!problem["title_ja"].as_str().unwrap().is_ascii(), "{text}");
    }

    /// Insists that all went well.
    pub fn good(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self.json()
    }
}

impl Client {
    /// Serves a city on a port of its own, and gives a client with a token.
    pub async fn of(city: &City, token: String) -> Self {
        Self::of_service(city.router.clone(), token).await
    }

    /// As [`Self::of`], of one of its processes alone.
    pub async fn of_one(city: &City, token: String) -> Self {
        Self::of_service(city.alone.clone(), token).await
    }

    async fn of_service(router: Router, token: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(fumikura::http::serve(listener, router, std::future::pending()));
        Self { address, token }
    }

    /// Returns the same service asked with another token.
    pub fn with(&self, token: String) -> Self {
        Self { token, ..self.clone() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "", b"").await
    }

    pub async fn post(&self, path: &str, key: &str, body: &Value) -> Answer {
        let head = format!("content-type: application/json\r\nidempotency-key: {key}\r\n");
        self.ask("POST", path, &head, body.to_string().as_bytes()).await
    }

    pub async fn ask(&self, method: &str, path: &str, more: &str, body: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let token =
            if self.token.is_empty() { String::new() } else { format!("authorization: Bearer {}\r\n", self.token) };
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n{token}{more}content-length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        // A refused body is not read to its end.
        let _ = stream.write_all(body).await;
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes).await;
        let end = memchr::memmem::find(&bytes, b"\r\n\r\n").expect("a head");
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head, body: bytes[end + 4..].to_vec() }
    }
}

/// Signs somebody of the city in.
pub async fn person(city: &City, login: &str) -> Actor {
    city.office.sign_in(login, Zeroizing::new(PASSWORD.into())).await.unwrap().actor
}

/// Makes an administrator.
pub async fn administrator(city: &City) -> Actor {
    let new = NewAccount {
        login: "kanri".into(),
        name: "管理".into(),
        section: "情報課".into(),
        roles: [Role::Administrator].into(),
        password: Zeroizing::new(PASSWORD.into()),
        own_password: true,
    };
    city.office.add_user(None, new).await.unwrap();
    person(city, "kanri").await
}

/// Makes a system of a section with a token for some scopes.
pub async fn system(city: &City, by: &Actor, login: &str, section: &str, scopes: &[Scope]) -> String {
    let roles = [Role::Clerk, Role::RecordsClerk].into();
    let new = NewSystem { login: login.into(), name: format!("{login}システム"), section: section.into(), roles };
    city.office.add_system(Some(by), new).await.unwrap();
    token(city, by, login, scopes).await
}

/// Makes one token more for a system.
pub async fn token(city: &City, by: &Actor, login: &str, scopes: &[Scope]) -> String {
    let ends_on = "2026-12-31".parse().unwrap();
    static MADE: AtomicUsize = AtomicUsize::new(1);
    let name = format!("試験 {}", MADE.fetch_add(1, Ordering::Relaxed));
    let scopes = scopes.iter().copied().collect();
    let new = NewToken { name, scopes, ends_on, system: Some(login.into()) };
    city.office.make_token(by, new).await.unwrap().secret.to_string()
}

/// A notice to draft, told from others by its subject.
pub fn notice(subject: &str) -> Value {
    json!({
        "type": "disclosure",
        "subject": subject,
        "recipient": "見本　太郎",
        "reasons": "条例7条2号に当たるため",
        "appeal_instructions": "三か月以内に審査請求ができます。",
        "content": base64(super::city::PDF),
    })
}

pub fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
