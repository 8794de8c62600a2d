//! A signing service by the CSC API, version 2, small enough to read: axum on loopback, with OpenSSL for its keys. It writes
//! down what it is asked, and misbehaves on request.

use crate::engine::openssl::Bench;
use crate::engine::pki::pki;
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use fumikura::asn1::pem_encode;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub const TOKEN: &str = "tok-4CKN69L8gdSYp5";
pub const CREDENTIAL_TOKEN: &str = "tok-credential-77";
pub const PIN: &str = "864209";
pub const OTP: &str = "738496";
const ACTIVATION: &str = "sad-TiHRG-bAH3XlFQZ3";

/// How the service goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    None,
    /// Signs something else than it was given.
    OtherMessage,
    /// Leaves one signature out.
    OneFewer,
    /// Writes ECDSA values as two numbers side by side, which is no trouble.
    RawEcdsa,
    Busy,
    BusyAtAuthorize,
    Huge,
    Slow,
    Html,
    Redirect,
    /// Activation data that is over when it comes.
    ExpiresAtOnce,
    /// Activation data that the service no longer takes.
    ExpiredThere,
    /// Repeats the PIN in its reason, and adds what terminals obey.
    Gossip,
    /// Names neither PIN nor one-time password as what is wrong.
    Vague,
    /// Knows no such address.
    Elsewhere,
    TokenExpired,
    Disabled,
    Revoked,
    OtherLength,
    NoCertificate,
    OldVersion,
    NothingOffered,
    Choice,
    Challenge,
    /// The holder authorises elsewhere, at the second look.
    Later,
    /// The holder never authorises.
    Never,
}

/// What the service is.
#[derive(Clone)]
pub struct Plan {
    pub name: &'static str,
    pub algorithms: &'static [&'static str],
    pub mode: &'static str,
    pub objects: &'static [&'static str],
    pub multisign: usize,
    pub trouble: Trouble,
}

impl Default for Plan {
    fn default() -> Self {
        let algorithms = &["1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10"];
        let trouble = Trouble::None;
        Self { name: "signer-rsa2048", algorithms, mode: "explicit", objects: &["PIN"], multisign: 100, trouble }
    }
}

/// The service while it runs.
pub struct Service {
    /// Its base address.
    pub base: String,
    asked: Arc<Mutex<Vec<(String, Value)>>>,
    _runtime: tokio::runtime::Runtime,
}

impl Service {
    pub fn start(plan: Plan) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let desk = Arc::new(Desk { plan, asked: Arc::clone(&asked), bench: Bench::new() });
        desk.bench.file("key.pem", pem_encode("PRIVATE KEY", pki().pkcs8(desk.plan.name)).as_bytes());
        let answer = move |uri: Uri, headers: HeaderMap, body: Bytes| {
            let desk = Arc::clone(&desk);
            async move { tokio::task::spawn_blocking(move || desk.answer(&uri, &headers, &body)).await.unwrap() }
        };
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let base = format!("http://{}/csc/v2", listener.local_addr().unwrap());
        runtime.spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
        Self { base, asked, _runtime: runtime }
    }

    /// Returns the reference of a credential.
    pub fn key(&self, credential: &str) -> String {
        format!("csc:{}?credential={credential}", self.base)
    }

    /// Returns how often a method was asked.
    pub fn count(&self, method: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|(asked, _)| asked == method).count()
    }

    /// Returns the last question to a method.
    pub fn last(&self, method: &str) -> Value {
        self.asked.lock().unwrap().iter().rev().find(|(asked, _)| asked == method).unwrap().1.clone()
    }
}

struct Desk {
    plan: Plan,
    asked: Arc<Mutex<Vec<(String, Value)>>>,
    bench: Bench,
}

fn refusal(status: u16, error: &str, description: &str) -> Response {
    let body = json!({ "error": error, "error_description": description }).to_string();
    (StatusCode::from_u16(status).unwrap(), [("content-type", "application/json")], body).into_response()
}

fn agreed(body: &Value) -> Response {
    ([("content-type", "application/json;charset=UTF-8")], body.to_string()).into_response()
}

impl Desk {
    fn answer(&self, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Response {
        assert!(uri.query().is_none(), "nothing stands in the URL");
        let method = uri.path().strip_prefix("/csc/v2/").unwrap_or_default().to_owned();
        let question: Value = serde_json::from_slice(body).unwrap();
        self.asked.lock().unwrap().push((method.clone(), question.clone()));
        let shown = headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
        match self.plan.trouble {
            Trouble::Busy => return (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "30")], "").into_response(),
            Trouble::Huge => return agreed(&json!({ "specs": "x".repeat(5 << 20) })),
            Trouble::Slow => std::thread::sleep(Duration::from_secs(3)),
            Trouble::Elsewhere => return (StatusCode::NOT_FOUND, "Not Found").into_response(),
            Trouble::Html => return ([("content-type", "text/html")], "<p>メンテナンス中").into_response(),
            Trouble::Redirect => return (StatusCode::FOUND, [("location", "http://127.0.0.1:1/")], "").into_response(),
            _ => {}
        }
        if method == "info" {
            assert_eq!(shown, None, "the token is not shown where nobody asks for it");
            let specs = if self.plan.trouble == Trouble::OldVersion { "1.0.4.0" } else { "2.0.0.2" };
            return agreed(
                &json!({ "specs": specs, "name": "試験", "methods": ["credentials/info", "signatures/signHash"] }),
            );
        }
        if shown != Some(format!("Bearer {TOKEN}")) || self.plan.trouble == Trouble::TokenExpired {
            return refusal(401, "invalid_token", &format!("The access token {} expired", shown.unwrap_or_default()));
        }
        if question.get("credentialID").is_some_and(|id| id != "印 1") {
            return refusal(400, "invalid_request", "Invalid parameter credentialID");
        }
        match method.as_str() {
            "credentials/info" => agreed(&self.credential()),
            "credentials/authorize" => self.authorize(&question),
            "credentials/authorizeCheck" => self.check(),
            "signatures/signHash" => self.sign(&question),
            _ => refusal(404, "invalid_request", "no such method"),
        }
    }

    fn credential(&self) -> Value {
        let plan = &self.plan;
        let own = pki().certificate(plan.name);
        let facts = fumikura::crypto::key_facts(own.spki_der()).unwrap();
        let mut certificates = vec![STANDARD.encode(own.der())];
        certificates.extend(pki().chain(plan.name).iter().map(|ca| STANDARD.encode(ca.der())));
        let object = |id: &&str| match *id {
            "OTP" => {
                json!({ "type": "Password", "id": id, "format": "N", "generator": "totp", "label": "\u{1b}[2J SMS" })
            }
            _ if plan.trouble == Trouble::Challenge => json!({ "type": "ChallengeResponse", "id": id }),
            _ => json!({ "type": "Password", "id": id, "format": "N", "label": "PIN" }),
        };
        let mut value = json!({
            "key": { "status": "enabled", "algo": plan.algorithms, "len": facts.bits },
            "cert": { "status": "valid", "certificates": certificates },
            "auth": { "mode": plan.mode, "objects": plan.objects.iter().map(object).collect::<Vec<_>>() },
            "SCAL": "2",
            "multisign": plan.multisign,
        });
        if plan.objects.len() > 1 {
            value["auth"]["expression"] = json!(plan.objects.join(" AND "));
        }
        match plan.trouble {
            Trouble::Disabled => value["key"]["status"] = json!("disabled"),
            Trouble::Revoked => value["cert"]["status"] = json!("revoked"),
            Trouble::OtherLength => value["key"]["len"] = json!(3072),
            Trouble::NoCertificate => value["cert"]["certificates"] = json!([]),
            Trouble::NothingOffered => value["key"]["algo"] = json!(["1.2.840.113549.1.1.5", "what?"]),
            Trouble::Choice => value["auth"]["expression"] = json!("PIN OR (OTP)"),
            _ => {}
        }
        value
    }

    fn authorize(&self, question: &Value) -> Response {
        if self.plan.trouble == Trouble::BusyAtAuthorize {
            return refusal(503, "", "");
        }
        let hashes = question["hashes"].as_array().unwrap();
        assert_eq!(question["numSignatures"], json!(hashes.len()));
        if hashes.len() > self.plan.multisign {
            return refusal(400, "invalid_request", "Numbers of signatures is too high");
        }
        let given: Vec<(String, String)> =
            question.get("authData").and_then(Value::as_array).map_or(Vec::new(), |data| {
                let text = |datum: &Value, name: &str| datum[name].as_str().unwrap().to_owned();
                data.iter().map(|datum| (text(datum, "id"), text(datum, "value"))).collect()
            });
        let ids: Vec<&str> = given.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(ids, self.plan.objects);
        for (id, value) in &given {
            let (right, error) = if id == "PIN" { (PIN, "invalid_pin") } else { (OTP, "invalid_otp") };
            if value != right && self.plan.trouble == Trouble::Gossip {
                return refusal(400, "invalid_request", &format!("{value} is not the PIN, {TOKEN}"));
            }
            if value != right && self.plan.trouble == Trouble::Vague {
                return refusal(400, "invalid_authentication_data", "The authentication data is invalid");
            }
            if value != right {
                return refusal(400, error, "\u{1b}[31m違います\u{202e}\nThe PIN is invalid");
            }
        }
        match self.plan.trouble {
            Trouble::Later | Trouble::Never => {
                let mut response = agreed(&json!({ "handle": "handle-1" }));
                *response.status_mut() = StatusCode::ACCEPTED;
                response
            }
            Trouble::ExpiresAtOnce => agreed(&json!({ "SAD": ACTIVATION, "expiresIn": 0 })),
            _ => agreed(&json!({ "SAD": ACTIVATION, "expiresIn": 300 })),
        }
    }

    fn check(&self) -> Response {
        let looks =
            self.asked.lock().unwrap().iter().filter(|(method, _)| method == "credentials/authorizeCheck").count();
        if self.plan.trouble == Trouble::Later && looks == 2 {
            return agreed(&json!({ "SAD": ACTIVATION }));
        }
        let mut response = agreed(&json!({ "handle": format!("handle-{}", looks + 1) }));
        *response.status_mut() = StatusCode::ACCEPTED;
        response
    }

    fn sign(&self, question: &Value) -> Response {
        let activation = if self.plan.mode == "oauth2code" { CREDENTIAL_TOKEN } else { ACTIVATION };
        if self.plan.trouble == Trouble::ExpiredThere {
            return refusal(400, "invalid_request", "SAD expired");
        }
        if question["SAD"] != activation {
            return refusal(400, "invalid_request", "Invalid parameter SAD");
        }
        if !self.plan.algorithms.contains(&question["signAlgo"].as_str().unwrap()) {
            return refusal(400, "invalid_request", "Invalid parameter signAlgo");
        }
        let Some(digest) = digest_name(question) else {
            return refusal(400, "invalid_request", "Invalid parameter hashAlgorithmOID");
        };
        let mut signatures: Vec<String> =
            question["hashes"].as_array().unwrap().iter().map(|hash| self.sign_one(hash, digest, question)).collect();
        if self.plan.trouble == Trouble::OneFewer {
            signatures.pop();
        }
        agreed(&json!({ "signatures": signatures }))
    }

    /// Has OpenSSL sign a digest.
    fn sign_one(&self, hash: &Value, name: &str, question: &Value) -> String {
        let mut digest = STANDARD.decode(hash.as_str().unwrap()).unwrap();
        if self.plan.trouble == Trouble::OtherMessage {
            digest[0] ^= 1;
        }
        self.bench.file("hash.bin", &digest);
        let padding = match question["signAlgo"].as_str().unwrap() {
            "1.2.840.113549.1.1.10" => {
                // OpenSSL reads the parameters too: what the digest and the salt are stands in them, and nowhere else.
                self.bench.file("params.der", STANDARD.decode(question["signAlgoParams"].as_str().unwrap()).unwrap());
                assert!(self.bench.ok("asn1parse -inform DER -in params.der").contains(name));
                "-pkeyopt rsa_padding_mode:pss -pkeyopt rsa_pss_saltlen:digest"
            }
            _ => {
                assert!(question.get("signAlgoParams").is_none());
                ""
            }
        };
        self.bench
            .ok(&format!("pkeyutl -sign -inkey key.pem -in hash.bin -out value.bin -pkeyopt digest:{name} {padding}"));
        let value = self.bench.read("value.bin");
        STANDARD.encode(if self.plan.trouble == Trouble::RawEcdsa { raw(&value) } else { value })
    }
}

/// Returns OpenSSL's name of the digest that a question speaks of; the service knows SHA-2 only.
fn digest_name(question: &Value) -> Option<&'static str> {
    match question["hashAlgorithmOID"].as_str().unwrap() {
        "2.16.840.1.101.3.4.2.1" => Some("sha256"),
        "2.16.840.1.101.3.4.2.2" => Some("sha384"),
        "2.16.840.1.101.3.4.2.3" => Some("sha512"),
        _ => None,
    }
}

/// Takes the two numbers out of an ECDSA value of P-256.
fn raw(der: &[u8]) -> Vec<u8> {
    let mut rest = &der[2..];
    let mut halves = Vec::new();
    for _ in 0..2 {
        let (number, after) = rest[2..].split_at(usize::from(rest[1]));
        let digits: Vec<u8> = number.iter().copied().skip_while(|digit| *digit == 0).collect();
        halves.extend(vec![0; 32 - digits.len()]);
        halves.extend(digits);
        rest = after;
    }
    halves
}
