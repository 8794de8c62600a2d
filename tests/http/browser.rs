//! A browser of the simplest kind: keeps its cookie, reads the form token of the last page, sends forms.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use tower::ServiceExt;

/// One person's browser.
pub struct Browser {
    router: Router,
    cookie: Option<String>,
    token: String,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Browser {
    pub fn new(router: &Router) -> Self {
        Self { router: router.clone(), cookie: None, token: String::new() }
    }

    /// Opens a page and remembers the token of its forms.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::builder().method(Method::GET).uri(path), Body::empty()).await
    }

    /// Sends a form with the remembered token.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut body = format!("token={}", self.token);
        for (name, value) in fields {
            body.push_str(&format!("&{name}={}", percent(value)));
        }
        let request = Request::builder().method(Method::POST).uri(path);
        self.send(request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded"), body.into()).await
    }

    /// Sends a form, and follows where it leads: what it leaves to be seen is on the page there.
    pub async fn post_and_follow(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let answer = self.post(path, fields).await;
        if answer.status == StatusCode::SEE_OTHER { self.follow(&answer).await } else { answer }
    }

    /// Sends a form with one file and the remembered token.
    pub async fn upload(&mut self, path: &str, fields: &[(&str, &str)], file: (&str, &str, &[u8])) -> Answer {
        self.upload_all(path, fields, &[file]).await
    }

    /// Sends a form with several files and the remembered token.
    pub async fn upload_all(&mut self, path: &str, fields: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Answer {
        let mut body = Vec::new();
        let token = self.token.clone();
        for (name, value) in [("token", token.as_str())].iter().chain(fields) {
            body.extend(
                format!("--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
            );
        }
        for (field, name, bytes) in files {
            let head = format!("--edge\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n");
            body.extend(format!("{head}Content-Type: application/pdf\r\n\r\n").bytes());
            body.extend(*bytes);
            body.extend(b"\r\n");
        }
        body.extend(b"--edge--\r\n");
        let request = Request::builder().method(Method::POST).uri(path);
        self.send(request.header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge"), body.into()).await
    }

    /// Follows a redirect.
    pub async fn follow(&mut self, answer: &Answer) -> Answer {
        let place = answer.place();
        self.get(&place).await
    }

    /// Forgets the token, as a form made elsewhere would not know it.
    pub fn forget_token(&mut self) {
        self.token.clear();
    }

    /// Returns the cookie's value.
    pub fn cookie(&self) -> Option<&str> {
        self.cookie.as_deref()
    }

    /// Puts another cookie in.
    pub fn set_cookie(&mut self, cookie: Option<String>) {
        self.cookie = cookie;
    }

    async fn send(&mut self, mut request: axum::http::request::Builder, body: Body) -> Answer {
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, cookie);
        }
        let request = request.body(body).expect("the request is well formed");
        let response = self.router.clone().oneshot(request).await.expect("the router never fails");
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("the body is whole").to_vec();
        let answer = Answer { status: parts.status, headers: parts.headers, body };
        if let Some(cookie) = answer.headers.get(header::SET_COOKIE) {
            let cookie = cookie.to_str().expect("a cookie is text");
            self.cookie = cookie.split(';').next().map(str::to_owned);
        }
        if let Some((_, rest)) = answer.text().split_once("name=\"token\" value=\"") {
            self.token = rest.split('"').next().unwrap_or_default().to_owned();
        }
        answer
    }
}

impl Answer {
    /// Returns the body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Tells whether the page holds a text.
    pub fn says(&self, text: &str) -> bool {
        self.text().contains(text)
    }

    /// Returns a header's value.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("headers here are text"))
    }

    /// Returns where a redirect leads, and insists that it is one.
    pub fn place(&self) -> String {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "a redirect was expected:\n{}", self.text());
        self.header("location").to_owned()
    }

    /// Returns what stands between two marks.
    pub fn between(&self, before: &str, after: &str) -> String {
        let text = self.text();
        let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("{before:?} is missing in:\n{text}"));
        rest.split(after).next().unwrap_or_default().to_owned()
    }
}

/// Writes a text for an address or a form.
pub fn percent(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}
