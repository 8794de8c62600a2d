//! `/verify/trust`: what this service judges by, for pages that judge by themselves, and for anyone who wants to look.

use crate::browser::trust_to_json;
use crate::http::app::App;
use crate::http::held::{ASK_EACH_TIME, Held};
use crate::http::problem::{Problem, WebFault};
use crate::validate::Judge;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use std::sync::{Arc, Mutex, PoisonError};

/// What was published last, with what it was made of.
#[derive(Default)]
pub struct Published(Mutex<Option<(Arc<Judge>, Arc<Held>)>>);

impl Published {
    /// Returns what is published for a judge, made anew only where the judge is another.
    fn of(&self, judge: Arc<Judge>) -> Result<Arc<Held>, Problem> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((known, held)) if Arc::ptr_eq(known, &judge) => Ok(Arc::clone(held)),
            _ => {
                let json = trust_to_json(&judge)?;
                let held = Arc::new(Held::new("application/json", json.into_bytes()));
                *last = Some((judge, Arc::clone(&held)));
                Ok(held)
            }
        }
    }
}

/// `GET /verify/trust`. The date of the answer is the time at which this service would judge.
pub async fn trust(State(app): State<App>, asked: HeaderMap) -> Result<Response, Problem> {
    let now = app.clock.now();
    let judge = app.office.judge();
    let published = tokio::task::spawn_blocking(move || app.published.of(judge)).await;
    let held = published.map_err(|_| WebFault::Worker)??;
    let mut response = held.answer(&asked, ASK_EACH_TIME);
    if let Ok(date) = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&now)
        && let Ok(date) = HeaderValue::from_str(&date)
    {
        response.headers_mut().insert(header::DATE, date);
    }
    Ok(response)
}
