//! What the fixity audit found, above the register: counted over all records, and therefore not for every page anew.

use crate::http::app::App;
use crate::http::problem::Problem;
use crate::office::Actor;
use crate::office::records::FixityView;
use crate::time::Instant;
use jiff::SignedDuration;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Mutex as Turn, OwnedMutexGuard};

/// How long what was counted is shown as it is.
const FRESH: SignedDuration = SignedDuration::from_mins(1);
/// How long it is shown while it is counted again; after that a page waits for what is true now.
const STALE: SignedDuration = SignedDuration::from_mins(10);

/// What was counted last, and whose turn it is to count.
#[derive(Default)]
pub struct Alarms {
    last: Mutex<Option<(Instant, Arc<FixityView>)>>,
    turn: Arc<Turn<()>>,
}

impl Alarms {
    fn last(&self, now: Instant, within: SignedDuration) -> Option<Arc<FixityView>> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, view) = last.as_ref()?;
        (*at <= now && now.duration_since(*at) < within).then(|| Arc::clone(view))
    }
}

/// Returns what the audit found. Nobody waits while somebody counts, unless nothing was counted for long.
pub async fn alarms(app: &App, actor: &Actor) -> Result<Arc<FixityView>, Problem> {
    let now = app.clock.now();
    if let Some(view) = app.alarms.last(now, FRESH) {
        return Ok(view);
    }
    let Some(view) = app.alarms.last(now, STALE) else {
        let turn = Arc::clone(&app.alarms.turn).lock_owned().await;
        // Whoever had the turn before has counted meanwhile.
        return match app.alarms.last(app.clock.now(), FRESH) {
            Some(view) => Ok(view),
            None => count(app, actor, turn).await,
        };
    };
    if let Ok(turn) = Arc::clone(&app.alarms.turn).try_lock_owned() {
        let (app, actor) = (app.clone(), actor.clone());
        tokio::spawn(async move {
            if let Err(problem) = count(&app, &actor, turn).await {
                tracing::error!(code = problem.code(), "what the fixity audit found could not be counted");
            }
        });
    }
    Ok(view)
}

async fn count(app: &App, actor: &Actor, _turn: OwnedMutexGuard<()>) -> Result<Arc<FixityView>, Problem> {
    let now = app.clock.now();
    let view = Arc::new(app.office.fixity(actor).await?);
    *app.alarms.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, Arc::clone(&view)));
    Ok(view)
}
