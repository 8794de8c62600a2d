//! The door of a city: processes that work on one city know of each other, and the first one in tidies up.

use super::Failure;
use crate::office::Office;
use crate::office::records::RecoveryReport;
use std::fs::{File, TryLockError};
use std::path::Path;

/// The file by which processes that work on one city know of each other.
const DOOR: &str = ".open";

/// Enters a city: the first process in puts right what a crash left, while the others wait at the door. Whoever comes
/// later carries through the claims of a process that ended meanwhile.
///
/// The mark of presence is a lock of the operating system; it goes with the process, however that ends.
pub async fn enter(folder: &Path, office: &Office) -> Result<File, Failure> {
    let path = folder.join(DOOR);
    let trouble = |error: &std::io::Error| Failure::io(&path, error, true);
    let door = File::options().create(true).truncate(false).write(true).open(&path).map_err(|error| trouble(&error))?;
    match door.try_lock() {
        Ok(()) => tell(&office.recover().await?),
        Err(TryLockError::WouldBlock) => tell(&office.recover_beside_others().await?),
        Err(TryLockError::Error(error)) => return Err(trouble(&error)),
    }
    door.lock_shared().map_err(|error| trouble(&error))?;
    Ok(door)
}

/// Tells on standard error what recovery found; nothing where nothing was wrong.
fn tell(report: &RecoveryReport) {
    let counts = [
        (report.finished.len(), "保存が済んでいた文書を登録しました / stopped filings finished"),
        (
            report.abandoned.len(),
            "保存が済んでいない文書があります。もう一度登録してください / filings to be done again",
        ),
        (report.quarantined.len(), "台帳にない保存データを隔離しました / unknown packages set aside"),
        (report.dated.len(), "満了日を計算し直しました / last days computed anew"),
        (report.repaired.len(), "保存データを副本から直しました / packages repaired from another copy"),
        (report.lost.len(), "保存データを直せません。確認してください / packages that cannot be put right"),
        (report.carried_through.len(), "中断した廃棄を最後まで行いました / stopped destructions carried through"),
        (report.disposals.len(), "廃棄の手続の残りを済ませました / disposals finished"),
        (report.unseen.len(), "今は届かない写しがあります / copies that cannot be reached now"),
        (report.stuck.len(), "中断した廃棄を、今は続けられません / stopped destructions that cannot go on now"),
        (
            usize::from(report.log_kept),
            "データベースのログが空になっていません / the database's log is not emptied yet",
        ),
        (
            usize::from(report.memory_kept),
            "書庫が覚えているものを、今は書き直せません / what the archive remembers cannot be written anew now",
        ),
    ];
    if report.unconfirmed {
        eprintln!(
            "fumikura: このデータベースは控えから戻したものです。`db confirm` で確かめるまで、閲覧と廃棄保留だけができます / \
             the database was restored from a copy; until `db confirm` it only reads and takes holds"
        );
    }
    for (count, words) in counts.into_iter().filter(|(count, _)| *count > 0) {
        eprintln!("fumikura: {words}: {count}");
    }
}
