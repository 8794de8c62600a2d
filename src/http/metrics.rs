//! `/metrics`: numbers for whoever watches over the service, in the text format of OpenMetrics, which Prometheus reads. Routes stand in
//! them as templates, never as addresses; nothing of a person does.

use crate::http::app::App;
use crate::http::problem::Problem;
use crate::office::notices::ProofCounts;
use crate::office::ports::{BackupSet, BackupStanding, Count};
use crate::office::proofs::{ProofState, ProofsView, Rehearsal};
use crate::time::Instant;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing::get};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::time::Duration;

/// The media type of the format.
const KIND: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Upper ends of the spans into which durations are counted, in seconds.
const SPANS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// What is counted of requests while the process runs; cheap to clone.
#[derive(Clone, Debug)]
pub struct Metrics {
    requests: Family<Asked, Counter>,
    durations: Family<OnRoute, Histogram>,
    problems: Family<OfCode, Counter>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Asked {
    method: String,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OnRoute {
    route: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfCode {
    code: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct InState {
    state: String,
}

impl Default for Metrics {
    fn default() -> Self {
        let histogram: fn() -> Histogram = || Histogram::new(SPANS);
        let durations = Family::new_with_constructor(histogram);
        Self { requests: Family::default(), durations, problems: Family::default() }
    }
}

impl Metrics {
    /// Counts a request that was answered.
    pub fn count(&self, method: &str, route: &str, status: StatusCode, took: Duration) {
        let asked = Asked { method: method.to_owned(), route: route.to_owned(), status: status.as_u16() };
        self.requests.get_or_create(&asked).inc();
        self.durations.get_or_create(&OnRoute { route: route.to_owned() }).observe(took.as_secs_f64());
    }

    /// Counts a problem by its code: `store-unavailable` and the like are troubles of the database.
    pub fn count_problem(&self, problem: &Problem) {
        self.problems.get_or_create(&OfCode { code: problem.code() }).inc();
    }

    fn register(&self, registry: &mut Registry) {
        registry.register("requests", "Requests answered", self.requests.clone());
        registry.register("request_duration_seconds", "Time until the answer began", self.durations.clone());
        registry.register("problems", "Requests that could not be answered as asked, by code", self.problems.clone());
    }
}

/// Makes the router of the address for metrics, which the operator keeps to itself.
pub fn metrics_router(app: App) -> Router {
    Router::new().route("/metrics", get(metrics)).with_state(app)
}

/// `GET /metrics`
async fn metrics(State(app): State<App>) -> Response {
    let mut registry = Registry::with_prefix("fumikura");
    app.metrics.register(&mut registry);
    let counts = app.office.work_in_hand().await;
    registry.register("database_up", "Whether the database answers", ConstGauge::new(i64::from(counts.is_ok())));
    // Without an answer nothing is said of what it counts: nought would be a lie.
    if let Ok(counts) = &counts {
        counted(&mut registry, counts);
    }
    if let Ok(proofs) = app.office.proofs_standing().await {
        proven(&mut registry, &proofs);
    }
    if let Ok(Some(rehearsal)) = app.office.rehearsal_standing().await {
        foreseen(&mut registry, &rehearsal);
    }
    if let Ok(counts) = app.office.notice_proofs_standing().await {
        lasting(&mut registry, &counts);
    }
    if let Some(standing) = app.office.backups_standing().await.transpose() {
        backed_up(&mut registry, standing.ok().as_ref(), app.clock.now());
    }
    let (given, failed) = app.office.timestamps_counted();
    registry.register("timestamps", "Timestamps that this process was given", ConstCounter::new(given));
    registry.register("timestamps_failed", "How often it was given none", ConstCounter::new(failed));
    let mut text = String::new();
    match encode(&mut text, &registry) {
        Ok(()) => ([(header::CONTENT_TYPE, HeaderValue::from_static(KIND))], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// Registers what the database counts: a gauge a subject, by state where it has states.
fn counted(registry: &mut Registry, counts: &[Count]) {
    let subjects = [
        ("notices", "Notices by state"),
        ("tray", "Documents in the tray by state"),
        ("disposals", "Disposals by state"),
        ("packages", "Packages by what the last look at them found; whatever is not sound is an alarm"),
        ("upgrades", "Levels of seals that are still to be reached"),
    ];
    for (subject, help) in subjects {
        let family = Family::<InState, Gauge>::default();
        for count in counts.iter().filter(|count| count.what == subject) {
            let state = InState { state: count.state.to_lowercase() };
            family.get_or_create(&state).set(i64::try_from(count.number).unwrap_or(i64::MAX));
        }
        registry.register(subject, help, family);
    }
    let whole = |what: &str| counts.iter().find(|count| count.what == what).map_or(0, |count| count.number);
    registry.register("seals", "Uses of the official seal", ConstCounter::new(whole("seals")));
    registry.register("ledger_entries", "Entries of the ledger", ConstCounter::new(whole("ledger")));
}

/// Registers how proofs stand: those that need somebody are an alarm, and so is an end that is near.
fn proven(registry: &mut Registry, proofs: &ProofsView) {
    let family = Family::<InState, Gauge>::default();
    for state in ProofState::ALL {
        let number = proofs.standing.iter().filter(|one| one.state == state).count();
        let state = InState { state: state.word().to_owned() };
        family.get_or_create(&state).set(i64::try_from(number).unwrap_or(i64::MAX));
    }
    registry.register("proofs", "Timestamps that proofs rest on, by state", family);
    if let Some(end) = proofs.standing.iter().filter_map(|one| one.lasts.as_ref()).map(|lasts| lasts.until).min() {
        let help = "When the first proof ends unless it is renewed, in seconds since 1970";
        registry.register("proof_first_end_seconds", help, ConstGauge::new(end.as_second()));
    }
    let strays = ConstGauge::new(i64::try_from(proofs.strays.len()).unwrap_or(i64::MAX));
    registry.register("proof_files_unread", "Files of proof trees that no row knows of", strays);
    let unproven = proofs.ledger_end.saturating_sub(proofs.proven_until);
    let unproven = ConstGauge::new(i64::try_from(unproven).unwrap_or(i64::MAX));
    registry.register("ledger_entries_unproven", "Entries of the ledger that no tree is over yet", unproven);
}

/// Registers how the backups stand, where the city has a store of them: ages that grow are an alarm, and so is a store that is away.
fn backed_up(registry: &mut Registry, standing: Option<&BackupStanding>, now: Instant) {
    let there = ConstGauge::new(i64::from(standing.is_some()));
    registry.register("backup_store_up", "Whether the store of backups can be read", there);
    let Some(standing) = standing else { return };
    let age = |at: Instant| ConstGauge::new(now.duration_since(at).as_secs());
    if let Some(newest) = standing.newest_good() {
        let help = "Age of the newest backup with which nothing is known to be wrong, in seconds";
        registry.register("backup_age_seconds", help, age(newest.made_at));
    }
    if let Some(trial) = standing.last_good_trial() {
        let help = "Age of the last good trial restore, in seconds";
        registry.register("backup_trial_age_seconds", help, age(trial.at));
    }
    if let Some(trial) = &standing.by_identity {
        let help = "Age of the last good trial restore by an identity, in seconds";
        registry.register("backup_identity_trial_age_seconds", help, age(trial.at));
    }
    let is_bad = |set: &&BackupSet| set.trouble.is_some() || set.trials.iter().any(|trial| trial.trouble.is_some());
    let bad = standing.sets.iter().filter(is_bad).count();
    let bad = ConstGauge::new(i64::try_from(bad).unwrap_or(i64::MAX));
    registry.register("backups_bad", "Backups with which something is wrong", bad);
}

/// Registers what the newest rehearsal of coming decades found; what would be lost is an alarm.
fn foreseen(registry: &mut Registry, rehearsal: &Rehearsal) {
    let losses = rehearsal.losses();
    let number = ConstGauge::new(i64::try_from(losses.len()).unwrap_or(i64::MAX));
    registry.register("proof_losses_foreseen", "Kinds of proofs that would be lost in coming decades", number);
    if let Some((_, first)) = losses.first() {
        let help = "When the first of them would be lost, in seconds since 1970";
        registry.register("proof_first_loss_seconds", help, ConstGauge::new(first.at.as_second()));
    }
    let help = "When coming decades were last rehearsed, in seconds since 1970";
    registry.register("proof_rehearsed_seconds", help, ConstGauge::new(rehearsal.at.as_second()));
}

/// Registers how the proofs of notices stand; those that end soon, or are lost, are an alarm.
fn lasting(registry: &mut Registry, counts: &ProofCounts) {
    let family = Family::<InState, Gauge>::default();
    let states = [
        ("holding", counts.holding),
        ("queued", counts.queued),
        ("ending", counts.alarms),
        ("unclear", counts.unclear),
        ("unjudged", counts.unjudged),
        ("lost", counts.lost),
    ];
    for (state, number) in states {
        family.get_or_create(&InState { state: state.to_owned() }).set(i64::try_from(number).unwrap_or(i64::MAX));
    }
    registry.register(
        "notice_proofs",
        "Proofs of long-lived notices; queued and ending are among those holding",
        family,
    );
}
