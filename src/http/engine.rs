//! The engine for pages that verify by themselves: the program for wasm32 and its two scripts, each named by its hash, so that
//! a page never runs another version than the service that made it.

use crate::browser::{IDENTITY, LARGEST_FILE_BYTES};
use crate::fault::{Fault, Kind};
use crate::http::app::App;
use crate::http::held::{FOR_EVER, Held};
use crate::http::problem::{Problem, WebFault};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The script of the page.
const PAGE: &str = include_str!("templates/verify.js");
/// The script of the worker, which alone reads the file.
const WORKER: &str = include_str!("templates/verify-worker.js");

/// What the page may do where the engine is: run the script and the worker, ask this service.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; \
                           worker-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; \
                           base-uri 'none'";

/// What the worker may do: run the engine, and nothing else. It cannot open a connection, not even to this service.
const WORKER_POLICY: &str = "default-src 'none'; script-src 'wasm-unsafe-eval'";

/// An engine made from the sources of this service.
#[derive(Debug)]
pub struct Engine {
    wasm: Held,
    page: Held,
    worker: Held,
}

/// Why an engine is not handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineFault {
    /// The file is no WebAssembly module.
    #[error("the engine is no WebAssembly module")]
    NotWasm,
    /// The engine was made from other sources than this service.
    #[error("the engine was made from other sources than this service; build it anew (it must be \"{IDENTITY}\")")]
    Foreign,
}

impl Fault for EngineFault {
    fn code(&self) -> &'static str {
        match self {
            Self::NotWasm => "http-engine-not-wasm",
            Self::Foreign => "http-engine-foreign",
        }
    }

    fn kind(&self) -> Kind {
        Kind::Refused
    }
}

/// What the page's template is told of the engine.
pub struct EngineView {
    /// Where the page's script is.
    pub page: String,
    /// Where the worker's script is.
    pub worker: String,
    /// Where the engine is.
    pub wasm: String,
    /// The engine's hash as browsers check it.
    pub integrity: String,
    /// The largest file, in bytes.
    pub limit_bytes: u64,
}

impl Engine {
    /// Takes an engine, where it was made from the sources of this service.
    ///
    /// # Errors
    /// [`EngineFault`] for any other.
    pub fn new(wasm: Vec<u8>) -> Result<Self, EngineFault> {
        if !wasm.starts_with(b"\0asm\x01\0\0\0") {
            return Err(EngineFault::NotWasm);
        }
        if memchr::memmem::find(&wasm, IDENTITY.as_bytes()).is_none() {
            return Err(EngineFault::Foreign);
        }
        let script = |text: &str| Held::new("text/javascript; charset=utf-8", text.as_bytes().to_vec());
        Ok(Self { wasm: Held::new("application/wasm", wasm), page: script(PAGE), worker: script(WORKER) })
    }

    /// Returns what the page's template is told.
    pub fn view(&self) -> EngineView {
        let digest = crate::digest::unhex(self.wasm.sha256().as_str()).unwrap_or_default();
        let path = |held: &Held, ending: &str| format!("/assets/engine/{}{ending}", held.sha256());
        EngineView {
            page: path(&self.page, ".js"),
            worker: path(&self.worker, ".js"),
            wasm: path(&self.wasm, ".wasm"),
            integrity: format!("sha256-{}", STANDARD.encode(digest)),
            limit_bytes: LARGEST_FILE_BYTES,
        }
    }

    /// Lets a page run the engine.
    pub fn allow(mut page: Response) -> Response {
        page.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(PAGE_POLICY));
        page
    }
}

/// `GET /assets/engine/{name}`
pub async fn part(State(app): State<App>, Path(name): Path<String>, asked: HeaderMap) -> Result<Response, Problem> {
    let engine = app.settings.engine.as_ref().ok_or(WebFault::NoPage)?;
    let (hash, _) = name.split_once('.').ok_or(WebFault::NoPage)?;
    let parts = [&engine.wasm, &engine.page, &engine.worker];
    let held = parts.into_iter().find(|held| held.sha256().as_str() == hash).ok_or(WebFault::NoPage)?;
    let mut response = held.answer(&asked, FOR_EVER);
    if std::ptr::eq(held, &engine.worker) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(WORKER_POLICY));
    }
    Ok(response)
}
