//! Hot folders: where scanners and copiers put documents, which are taken into the tray once they are whole, or filed at once
//! where no second person is to look at them.
//!
//! A document is taken when it has not changed from look to look, and moved to `done` only once it is safe. Whatever stops in
//! between, it is taken once: what is there already, under its name and with its bytes, is only moved. What is refused goes to `refused`, with the reason beside it. No name of a document is logged.

use super::{Failure, files};
use crate::digest::Sha256Hex;
use crate::fault::{Fault, Kind};
use crate::id::RecordFileId;
use crate::office::ports::{FilingWish, TraySource};
use crate::office::records::NewRecord;
use crate::office::tray::NewArrival;
use crate::office::{Actor, Office, OfficeError};
use crate::wording;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A hot folder in `city.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IntakeFolder {
    /// The folder.
    pub folder: PathBuf,
    /// The record file that its documents go into, where it is one for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<RecordFileId>,
    /// The login of the account that takes them; their section is that of the account.
    pub account: String,
    /// Whether its documents are filed at once, without a second person: for what was never on paper.
    #[serde(default)]
    pub straight: bool,
    /// What they are scanned with.
    #[serde(default)]
    pub device: String,
    /// Whether what comes is scanned from paper, whose shredding is then decided on later.
    #[serde(default = "on_paper")]
    pub on_paper: bool,
    /// For how many seconds a document must not have changed.
    #[serde(default = "settled_seconds")]
    pub settled_seconds: u32,
}

fn settled_seconds() -> u32 {
    15
}

fn on_paper() -> bool {
    true
}

/// Seconds between two looks.
pub const LOOK_SECONDS: u32 = 5;
/// The folder of what is safe, and of what was refused.
const DONE: &str = "done";
const REFUSED: &str = "refused";
/// A PDF whose end is not there is waited for so many times as long: whoever writes it may be slow.
const PATIENCE: u32 = 20;
/// The largest document that is taken: it is held in memory while it is worked on.
const LARGEST_BYTES: u64 = 512 << 20;
/// Where the end of a PDF is looked for, in bytes from its last one.
const TAIL_BYTES: usize = 2048;
/// Endings of what programs write while they are not done.
const UNDONE: [&str; 5] = ["tmp", "part", "partial", "crdownload", "filepart"];

/// A hot folder that is looked at.
pub struct HotFolder {
    settings: IntakeFolder,
    folder: PathBuf,
    /// What lay there at the last look, and for how many looks it has not changed.
    seen: BTreeMap<OsString, (Facts, u32)>,
}

/// What changes while somebody writes.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Facts {
    /// The device and the file on it: another file of the same size and time is another.
    identity: (u64, u64),
    size_bytes: u64,
    changed: Option<SystemTime>,
}

/// What becomes of a document.
enum Fate {
    Filed,
    /// It was filed before; only its moving was stopped.
    Known,
    Refused(Failure),
    /// Somebody writes again; the next looks will see.
    NotYet,
}

/// What became of the documents of one look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Filed and moved.
    pub filed: usize,
    /// Filed by an earlier look that was stopped; only moved.
    pub known: usize,
    /// Refused and moved.
    pub refused: usize,
}

impl HotFolder {
    /// Begins to look at a folder; its place is relative to the city's.
    ///
    /// # Errors
    /// Where its documents are to be filed at once, and nothing says into which record file.
    pub fn new(settings: IntakeFolder, city: &Path) -> Result<Self, Failure> {
        let folder = city.join(&settings.folder);
        if settings.straight && settings.file.is_none() {
            let english = "its documents are to be filed straight, and no record file is named";
            return Err(Failure::new("intake-no-file", Kind::Usage, format!("{}: {english}", folder.display())));
        }
        Ok(Self { settings, folder, seen: BTreeMap::new() })
    }

    /// Names the duty of looking at this folder: of several processes one does.
    pub fn duty(&self) -> String {
        format!("intake/{}", Sha256Hex::of(self.folder.as_os_str().as_encoded_bytes()))
    }

    /// Looks once, and takes what is whole.
    ///
    /// # Errors
    /// What would meet every document: the folder, the account, the archive. What was not taken stays where it is.
    pub async fn look(&mut self, office: &Office) -> Result<Taken, Failure> {
        let whole = self.whole().map_err(|error| Failure::io(&self.folder, &error, true))?;
        let mut taken = Taken::default();
        if whole.is_empty() {
            return Ok(taken);
        }
        let actor = self.actor(office).await?;
        for name in whole {
            match self.take(office, &actor, &name).await? {
                Fate::Filed => taken.filed += 1,
                Fate::Known => taken.known += 1,
                Fate::Refused(failure) => {
                    self.refuse(&name, &failure)?;
                    taken.refused += 1;
                }
                Fate::NotYet => {}
            }
            self.seen.remove(&name);
        }
        Ok(taken)
    }

    /// Returns the documents that have not changed for long enough, by name.
    fn whole(&mut self) -> io::Result<Vec<OsString>> {
        let mut there = BTreeMap::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            // What is a link, or a folder, is nothing that a scanner writes.
            if entry.file_type()?.is_file() && !is_undone(Path::new(&entry.file_name())) {
                let facts = Facts::of(&entry.metadata()?);
                let looks = match self.seen.get(&entry.file_name()) {
                    Some((before, looks)) if *before == facts => looks.saturating_add(1),
                    _ => 0,
                };
                there.insert(entry.file_name(), (facts, looks));
            }
        }
        self.seen = there;
        let enough = self.settings.settled_seconds.div_ceil(LOOK_SECONDS).max(1);
        let mut whole = Vec::new();
        for (name, (_, looks)) in self.seen.iter().filter(|(_, (_, looks))| *looks >= enough) {
            if *looks >= enough.saturating_mul(PATIENCE) || has_its_end(&self.folder.join(name))? {
                whole.push(name.clone());
            }
        }
        Ok(whole)
    }

    async fn actor(&self, office: &Office) -> Result<Actor, Failure> {
        let users = office.users().await?;
        let account = users.into_iter().find(|user| user.login == self.settings.account && user.enabled);
        let account = account.ok_or_else(|| Failure::from(OfficeError::NoSuchUser))?;
        Ok(Actor::new(account.id, account.name, account.section, account.roles))
    }

    /// Files a document and moves it.
    async fn take(&self, office: &Office, actor: &Actor, name: &OsString) -> Result<Fate, Failure> {
        let path = self.folder.join(name);
        let trouble = |error: io::Error| Failure::io(&self.folder, &error, true);
        let Some((before, _)) = self.seen.get(name) else { return Ok(Fate::NotYet) };
        if before.size_bytes == 0 {
            return Ok(Fate::refused("intake-empty", "the document has no bytes"));
        }
        if before.size_bytes > LARGEST_BYTES {
            return Ok(Fate::refused("intake-too-large", "the document is larger than 512 MiB"));
        }
        // The very file that is judged is read: a link that took its place meanwhile is nothing that a scanner writes.
        let Some(mut file) = files::open_regular(&path).map_err(trouble)? else { return Ok(Fate::NotYet) };
        let mut bytes = Vec::new();
        Read::by_ref(&mut file).take(LARGEST_BYTES + 1).read_to_end(&mut bytes).map_err(trouble)?;
        if Facts::of(&file.metadata().map_err(trouble)?) != *before || before.size_bytes != bytes.len() as u64 {
            return Ok(Fate::NotYet);
        }
        let original_name = name.to_string_lossy().into_owned();
        let sha256 = Sha256Hex::of(&bytes);
        let known = match (self.settings.file, self.settings.straight) {
            (Some(file), true) => office.filed_before(actor, file, &original_name, &sha256).await?.is_some(),
            _ => office.taken_before(actor, &original_name, &sha256).await?,
        };
        if !known {
            match self.hand_in(office, actor, (original_name, bytes)).await {
                Ok(()) => {}
                // What the rules refuse is the document's matter. That there is no such record file, or that the account may
                // not see it, is the folder's.
                Err(error @ (OfficeError::Filing(_) | OfficeError::Records(_) | OfficeError::Tray(_)))
                    if matches!(error.kind(), Kind::Refused | Kind::Conflict) =>
                {
                    return Ok(Fate::Refused(error.into()));
                }
                Err(error) => return Err(error.into()),
            }
        }
        files::move_aside(&path, &self.folder.join(DONE))?;
        Ok(if known { Fate::Known } else { Fate::Filed })
    }

    /// Takes a document into the tray, or files it, and returns once it is safe.
    async fn hand_in(
        &self,
        office: &Office,
        actor: &Actor,
        (original_name, bytes): (String, Vec<u8>),
    ) -> Result<(), OfficeError> {
        let stem = Path::new(&original_name).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let (title, created) = (stem.unwrap_or_else(|| original_name.clone()), office.today());
        let Some(file) = self.settings.file.filter(|_| self.settings.straight) else {
            let paper = self.settings.on_paper.then(String::new);
            let wish = FilingWish { file: self.settings.file, title, number: None, created, restricted: false, paper };
            let (source, device) = (TraySource::Folder, self.settings.device.clone());
            let new = NewArrival { name: original_name, bytes, source, device, wish, expected_pages: None };
            office.take_in(actor, new).await?;
            return Ok(());
        };
        let looked = office.look_at(&original_name, bytes).await?;
        let new = NewRecord {
            file,
            title,
            number: None,
            created,
            original_name,
            media_type: looked.media_type,
            validation_report: looked.validation_report,
            bytes: looked.bytes,
            notice: None,
            derivatives: Vec::new(),
            digitisation: None,
            access: None,
        };
        office.file_record(actor, new).await?;
        Ok(())
    }

    /// Moves a document that was refused, and leaves the reason beside it.
    fn refuse(&self, name: &OsString, failure: &Failure) -> Result<(), Failure> {
        let moved = files::move_aside(&self.folder.join(name), &self.folder.join(REFUSED))?;
        let mut reason = moved.into_os_string();
        reason.push(".reason.txt");
        let japanese = wording::ja(failure.code()).unwrap_or_default();
        files::write_whole(Path::new(&reason), format!("{japanese}\n[{}] {failure}\n", failure.code()).as_bytes())
    }
}

impl Facts {
    fn of(facts: &Metadata) -> Self {
        Self { identity: (facts.dev(), facts.ino()), size_bytes: facts.len(), changed: facts.modified().ok() }
    }
}

impl Fate {
    fn refused(code: &'static str, english: &str) -> Self {
        Self::Refused(Failure::new(code, Kind::Refused, english))
    }
}

/// Tells whether a name is that of something hidden, or of something that somebody is still writing.
fn is_undone(name: &Path) -> bool {
    let text = name.to_string_lossy();
    let ending = name.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    text.starts_with(['.', '~']) || text.ends_with('~') || UNDONE.contains(&ending.as_str())
}

/// Tells whether a file has the end that its form has: of a PDF its mark; of others no more than that it does not change.
fn has_its_end(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::FileExt;
    let Some(file) = files::open_regular(path)? else { return Ok(false) };
    let mut head = [0; 5];
    if file.read_at(&mut head, 0)? < head.len() || head != *b"%PDF-" {
        return Ok(true);
    }
    let size_bytes = file.metadata()?.len();
    let mut tail = vec![0; TAIL_BYTES];
    let read = file.read_at(&mut tail, size_bytes.saturating_sub(TAIL_BYTES as u64))?;
    Ok(memchr::memmem::find(&tail[..read], b"%%EOF").is_some())
}
