//! Files handed out: always as an attachment, under a name that no header can be broken with.

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use http_body::{Frame, SizeHint};
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Answers with a PDF as an attachment.
pub fn pdf(name: &str, bytes: Vec<u8>) -> Response {
    attachment("application/pdf", name, bytes)
}

/// Answers with a CSV table as an attachment, with the UTF-8 mark that spreadsheet programs look for.
pub fn csv(name: &str, table: &str) -> Response {
    attachment(CSV, name, csv_bytes(table))
}

/// The media type of a CSV table.
pub const CSV: &str = "text/csv; charset=utf-8";

/// Returns the bytes of a CSV table with that mark.
pub fn csv_bytes(table: &str) -> Vec<u8> {
    [&[0xef, 0xbb, 0xbf][..], table.as_bytes()].concat()
}

/// Writes one line of CSV (RFC 4180); a field that a spreadsheet would take for a formula gets an apostrophe.
pub fn csv_line<'a>(fields: impl IntoIterator<Item = &'a str>) -> String {
    let mut line = fields.into_iter().map(csv_field).collect::<Vec<_>>().join(",");
    line.push_str("\r\n");
    line
}

/// Answers with bytes as an attachment that no browser may sniff or keep.
pub fn attachment(kind: &'static str, name: &str, bytes: Vec<u8>) -> Response {
    let mut response = Body::from(bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    named(name, response)
}

/// Has an answer saved under a name.
pub fn named(name: &str, mut response: Response) -> Response {
    if let Ok(value) = HeaderValue::from_str(&disposition(name)) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// Answers with a PDF as an attachment and runs `taken` once the connection has taken the last of it.
///
/// What a connection has taken may still be lost on its way; nobody at this end can know more.
pub fn watched_pdf(name: &str, bytes: Vec<u8>, taken: impl Future<Output = ()> + Send + 'static) -> Response {
    let mut response = pdf(name, Vec::new());
    *response.body_mut() = Body::new(Watched { rest: bytes.into(), taken: Some(Box::pin(taken)) });
    response
}

/// Bytes handed out piece by piece. Dropped with nothing left, they were taken whole.
struct Watched {
    rest: Bytes,
    taken: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

/// The length of a piece, in bytes.
const PIECE_BYTES: usize = 64 * 1024;

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let piece = self.rest.len().min(PIECE_BYTES);
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(piece)))))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if let Some(taken) = self.taken.take().filter(|_| self.rest.is_empty()) {
            tokio::spawn(taken);
        }
    }
}

/// Writes `Content-Disposition` with a plain name for old programs and the true one (RFC 6266, RFC 5987).
fn disposition(name: &str) -> String {
    let safe: String = name.chars().filter(|c| !c.is_control() && !"/\\:*?\"<>|".contains(*c)).take(100).collect();
    let safe = safe.trim_matches(['.', ' ']);
    let safe = if safe.is_empty() { "document" } else { safe };
    let plain: String =
        safe.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
    let encoded: String = safe.bytes().map(encode).collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

fn encode(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

fn csv_field(field: &str) -> String {
    // Spreadsheets take the wide forms for formulas, too.
    let field = match field.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r']) {
        true => format!("'{field}"),
        false => field.to_owned(),
    };
    if field.contains([',', '"', '\n', '\r']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
}
