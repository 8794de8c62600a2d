//! The page of backups: whether the city can be restored, and what is wrong where it cannot.

use super::city;
use super::walk::sign_in;
use fumikura::digest::Sha256Hex;
use fumikura::office::ports::{BackupError, BackupSet, BackupShelf, BackupStanding, BackupTrial, TrialKind};
use std::sync::{Arc, Mutex};

/// A store of backups that stands as it is told; away where it is told nothing.
#[derive(Default)]
struct Told(Mutex<Option<BackupStanding>>);

impl BackupShelf for Told {
    fn forget(&self, _packages: &[Sha256Hex]) -> Result<u64, BackupError> {
        Ok(0)
    }

    fn standing(&self) -> Result<BackupStanding, BackupError> {
        self.0.lock().unwrap().clone().ok_or(BackupError::NoStore { place: "store".to_owned() })
    }
}

fn trial(kind: TrialKind, at: &str, trouble: Option<&str>) -> BackupTrial {
    BackupTrial { set: "one".to_owned(), kind, at: at.parse().unwrap(), trouble: trouble.map(str::to_owned) }
}

fn standing(trials: Vec<BackupTrial>, by_identity: Option<&str>) -> BackupStanding {
    let set = BackupSet {
        id: "20260531T150000000Z-01020304".to_owned(),
        made_at: "2026-05-31T15:00:00Z".parse().unwrap(),
        expires_at: "2026-07-05T15:00:00Z".parse().unwrap(),
        packages: 12,
        package_bytes: 5_000_000,
        own_bytes: 1_000_000,
        trouble: None,
        trials,
    };
    let by_identity = by_identity.map(|at| trial(TrialKind::Identity, at, None));
    BackupStanding { sets: vec![set], by_identity, every_hours: 24 }
}

#[tokio::test]
async fn the_page_says_whether_the_city_can_be_restored() {
    let city = city::with_people().await;
    let mut browser = sign_in(&city, "tanaka").await;
    assert!(browser.get("/backups").await.says("控えを取る設定がありません"));

    let told = Arc::new(Told::default());
    let city = city.with_backups(told.clone());
    let mut browser = sign_in(&city, "kobayashi").await;
    let page = browser.get("/backups").await;
    assert!(page.says("控えの置き場所を読めません") && page.says("backup init"), "{}", page.text());
    let made = || trial(TrialKind::Making, "2026-05-31T15:01:00Z", None);
    let long_ago = Some("2026-01-01T00:00:00Z");
    let lately = Some("2026-05-01T00:00:00Z");
    let bad = trial(TrialKind::Bytes, "2026-05-31T20:00:00Z", Some("backup-lacking"));
    let old = trial(TrialKind::Making, "2026-05-29T00:00:00Z", None);
    for (stands, word) in [
        (BackupStanding::default(), "控えがありません"),
        (standing(vec![made(), bad], lately), "不具合のある控えがあります"),
        (standing(vec![old], lately), "控えが古くなっています"),
        (standing(vec![made()], None), "控えの鍵を確かめてください"),
        (standing(vec![made()], long_ago), "控えの鍵を確かめてください"),
        (standing(vec![made()], lately), "控えから戻せます"),
    ] {
        *told.0.lock().unwrap() = Some(stands);
        let page = browser.get("/backups").await;
        assert!(page.says(word), "{word}: {}", page.text());
    }
    let page = browser.get("/backups").await;
    assert!(page.says("12件") && page.says("6 MB") && page.says("10時間前"), "{}", page.text());
}
