//! What `serve` does for the backups by itself: makes those that are due, reads them again, takes away what is over.

use super::{BackupFile, check_bytes, make, prune, store_of};
use crate::cli::Failure;
use crate::cli::city::City;
use crate::cli::commands::serve::on_duty;
use crate::cli::output::{complain, tell};
use crate::office::OfficeError;
use crate::office::ports::{BackupStanding, TrialKind};
use crate::time::{Clock, Instant};
use jiff::SignedDuration;
use std::time::Duration;
use tokio::time::MissedTickBehavior;

/// How often it is looked whether anything is due.
const LOOK: Duration = Duration::from_secs(600);
/// Looks that are left out after trouble: a backup that fails is made again after an hour, as it keeps the disks busy.
const REST: u32 = 5;

/// What is due of the backups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    Make,
    Check,
    Prune,
    Nothing,
}

/// Looks after the backups for as long as the service runs.
pub async fn rounds(city: &City) {
    let Some(settings) = &city.file.backup else { return std::future::pending().await };
    let mut looks = tokio::time::interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut duty, mut trouble, mut rest) = (None, None, 0);
    loop {
        looks.tick().await;
        if rest > 0 {
            rest -= 1;
            continue;
        }
        if !on_duty(&city.office, "backups", &mut duty).await {
            continue;
        }
        match look(city, settings).await {
            Ok(()) => trouble = None,
            Err(failure) => {
                rest = REST;
                // The same trouble is said once, not at every look.
                if trouble.replace(failure.code()) != Some(failure.code()) {
                    complain!("fumikura: 控えを取れません / there is no backup");
                    failure.report();
                }
            }
        }
    }
}

async fn look(city: &City, settings: &BackupFile) -> Result<(), Failure> {
    // What was destroyed while the store was away goes as soon as it is there.
    city.office.forget_in_backups().await?;
    let standing = city.office.backups_standing().await?.unwrap_or_default();
    match due(&standing, settings, crate::cli::SystemClock.now()) {
        Due::Nothing => {}
        Due::Make => {
            let path = city.path().to_owned();
            // A task of its own, so that nobody who is served waits for its disks.
            let made = tokio::spawn(async move { make(&path).await }).await.map_err(|_| OfficeError::Task)??;
            tell!("控えを取り、戻せることを確かめました / backed up and restored for a trial: {}", made.id);
            if !made.lost.is_empty() {
                complain!("fumikura: 控えにない文書があります / records lacking in the backup: {}", made.lost.len());
            }
        }
        Due::Check => {
            let store = store_of(city)?;
            let checked = tokio::task::spawn_blocking(move || check_bytes(&store, None, true)).await;
            let checked = checked.map_err(|_| OfficeError::Task)??;
            tell!("控えを読み直しました / read again: {}", checked.id);
        }
        Due::Prune => {
            let days = settings.days(&city.file)?;
            let (store, office) = (store_of(city)?, city.office.clone());
            let pruned = tokio::spawn(async move {
                let _lock = store.lock()?;
                prune(&office, &store, days).await
            });
            let pruned = pruned.await.map_err(|_| OfficeError::Task)??;
            tell!("期限の過ぎた控えを消しました / backups whose term was over: {}", pruned.sets.len());
        }
    }
    Ok(())
}

/// Says what is due: a backup first, then what is over, then a reading of the newest.
fn due(standing: &BackupStanding, settings: &BackupFile, now: Instant) -> Due {
    let is_over = |at: Instant, hours: u32| {
        at.checked_add(SignedDuration::from_hours(i64::from(hours))).is_ok_and(|next| next <= now)
    };
    let newest = standing.newest_good();
    if settings.every_hours > 0 && newest.is_none_or(|set| is_over(set.made_at, settings.every_hours)) {
        return Due::Make;
    }
    let newest_of_all = standing.sets.first().map(|set| set.id.as_str());
    if standing.sets.iter().any(|set| set.expires_at <= now && Some(set.id.as_str()) != newest_of_all) {
        return Due::Prune;
    }
    let Some(newest) = standing.sets.first().filter(|_| settings.check_every_days > 0) else { return Due::Nothing };
    let read = standing.sets.iter().flat_map(|set| &set.trials).filter(|trial| trial.kind == TrialKind::Bytes);
    let last = read.map(|trial| trial.at).max().unwrap_or(newest.made_at);
    match is_over(last, settings.check_every_days.saturating_mul(24)) {
        true => Due::Check,
        false => Due::Nothing,
    }
}
