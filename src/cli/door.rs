//! The door of a city: processes that work on one city know of each other, and the first one in tidies up.
//!
//! On one machine the mark of presence is a lock of the operating system, which goes with the process, however that ends.
//! Among machines with one database it is a row there, and the beat that a process gives it while it lives.

use super::output::complain;
use super::{Failure, SystemEntropy};
use crate::crypto::Entropy;
use crate::office::records::RecoveryReport;
use crate::office::{Entrance, Office, OfficeError, SILENT_LOOKS, Watch};
use std::fs::{File, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::{AbortHandle, JoinHandle, block_in_place};
use tokio::time::sleep;

/// The file by which processes that work on one city know of each other.
const DOOR: &str = ".open";
/// The file by which they come in one after the other.
const ENTRANCE: &str = ".entering";
/// How long one waits for those who are coming in.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often one looks whether it is one's turn.
const A_MOMENT: Duration = Duration::from_millis(20);
/// How often those who wait for another's recovery look whether it is over.
const A_WHILE: Duration = Duration::from_millis(200);

/// The presence of this process in a city; ends when dropped.
pub struct Door {
    office: Office,
    heart: AbortHandle,
    beats: Option<JoinHandle<Failure>>,
    /// Locked as long as this process works on the city.
    _file: File,
}

impl Door {
    /// Enters a city: the first process in puts right what a crash left, while the others wait at the door. Whoever comes
    /// later finishes what processes left that ended meanwhile.
    pub async fn enter(folder: &Path, office: &Office) -> Result<Self, Failure> {
        let turn = turn(&folder.join(ENTRANCE)).await?;
        let path = folder.join(DOOR);
        let trouble = |error: io::Error| Failure::io(&path, &error, true);
        let mut file = lockable(&path).map_err(trouble)?;
        let alone = is_free(&file).map_err(trouble)?;
        let place = place(&mut file, alone).map_err(trouble)?;
        // A lock becomes a shared one by being given up and taken: whoever came in between would find nobody here.
        file.lock_shared().map_err(trouble)?;
        let entrance = office.enter(&place, alone).await?;
        drop(turn);
        let beats = tokio::spawn(beat(office.clone()));
        let door = Self { office: office.clone(), heart: beats.abort_handle(), beats: Some(beats), _file: file };
        match entrance {
            Entrance::First(lease) => {
                tell_of_index(office.unindexed().await?);
                let report = office.recover().await;
                office.release(lease).await;
                tell(&report?);
            }
            Entrance::Beside => {
                while office.is_recovering().await? {
                    sleep(A_WHILE).await;
                }
                tell(&office.recover_beside_others().await?);
            }
        }
        Ok(door)
    }

    /// Resolves when others have taken this process for dead, with what is to be said of it. To be asked for once.
    pub fn shut_out(&mut self) -> impl Future<Output = Failure> + use<> {
        let beats = self.beats.take();
        async {
            match beats {
                Some(beats) => beats.await.unwrap_or_else(|_| OfficeError::Task.into()),
                None => std::future::pending().await,
            }
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.heart.abort();
        // Who goes in good order leaves nothing for others to find out. Where the database is away, they do.
        if let Ok(runtime) = Handle::try_current()
            && runtime.runtime_flavor() == RuntimeFlavor::MultiThread
        {
            block_in_place(|| runtime.block_on(self.office.leave())).ok();
        }
    }
}

/// Waits for the turn to come in, which ends when what is returned is dropped.
///
/// # Errors
/// [`OfficeError::Leased`] where another process is stuck in the entrance.
async fn turn(path: &Path) -> Result<File, Failure> {
    let trouble = |error: io::Error| Failure::io(path, &error, true);
    let file = lockable(path).map_err(trouble)?;
    let begun = tokio::time::Instant::now();
    while !is_free(&file).map_err(trouble)? {
        if begun.elapsed() > PATIENCE {
            return Err(OfficeError::Leased.into());
        }
        sleep(A_MOMENT).await;
    }
    Ok(file)
}

fn lockable(path: &Path) -> io::Result<File> {
    File::options().create(true).truncate(false).read(true).write(true).open(path)
}

/// Tells whether nobody had the lock of a file, which is then had here.
fn is_free(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Names the folder of a city as no other machine's folder is named, also where one is a copy of the other: by what its door
/// has in it, and by where that file lies on its disk.
fn place(door: &mut File, alone: bool) -> io::Result<String> {
    const LONGEST_BYTES: u64 = 64;
    let mut name = String::new();
    (&*door).take(LONGEST_BYTES).read_to_string(&mut name)?;
    if name.is_empty() && alone {
        let mut random = [0; 16];
        SystemEntropy::default().fill(&mut random).map_err(io::Error::other)?;
        name = random.iter().map(|byte| format!("{byte:02x}")).collect();
        door.write_all(name.as_bytes())?;
    }
    Ok(format!("{name}-{:x}", door.metadata()?.ino()))
}

/// Says again and again that this process lives; ends where others have taken it for dead.
async fn beat(office: Office) -> Failure {
    let interval = Duration::from_secs(office.settings().worker_silence_seconds.into()) / (SILENT_LOOKS + 1);
    let mut watch = Watch::default();
    loop {
        sleep(interval).await;
        match office.beat(&mut watch).await {
            Ok(fenced) if fenced.is_empty() => {}
            Ok(fenced) => {
                let count = fenced.len();
                complain!("fumikura: 応答のないプロセスを切り離しました / processes taken for dead: {count}");
                tokio::spawn(put_right(office.clone()));
            }
            Err(error @ OfficeError::Fenced) => return error.into(),
            // The database may be back by the next time.
            Err(_) => {}
        }
    }
}

/// Puts right what a dead process left.
async fn put_right(office: Office) {
    match office.recover_beside_others().await {
        Ok(report) => tell(&report),
        Err(error) => drop(Failure::from(error).report()),
    }
}

/// Tells on standard error that the start will take a while, where very much is to be indexed.
fn tell_of_index(waiting: u64) {
    const WORTH_A_WORD: u64 = 20_000;
    if waiting >= WORTH_A_WORD {
        eprintln!("fumikura: 検索の索引を作っています / the index of words is being made: {waiting}");
    }
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
        (
            // The few that wait as a rule are not worth a word.
            usize::try_from(report.indexed).unwrap_or(usize::MAX) / 1000 * 1000,
            "検索の索引に加えました / records brought into the index of words",
        ),
        (
            usize::try_from(report.texts).unwrap_or(usize::MAX),
            "本文を読み取り、索引に加えました / documents read for the search in contents",
        ),
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
        complain!(
            "fumikura: このデータベースは控えから戻したものです。`db confirm` で確かめるまで、閲覧と廃棄保留だけができます / \
             the database was restored from a copy; until `db confirm` it only reads and takes holds"
        );
    }
    for (count, words) in counts.into_iter().filter(|(count, _)| *count > 0) {
        complain!("fumikura: {words}: {count}");
    }
}
