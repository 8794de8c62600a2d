//! The city that every history begins in: people, rules and five files, made once and copied for each.

use super::cellar::{Cellar, Fuse, Loaded, Shelf};
use super::model::{CLASSES, Facts, Folder, Paper, Years};
use crate::office::hall::{Hands, day, parts, person, record};
use fumikura::id::{RecordFileId, RecordId};
use fumikura::office::records::{DisposalPolicy, NewRecord, NewRecordFile};
use fumikura::office::{Actor, Office, Role};
use fumikura::records::{ClassCode, Medium};
use fumikura::store::SqliteStore;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// The morning on which histories begin, years before the first file is due.
pub(super) const BEGIN: &str = "2029-12-01T00:00:00Z";
/// The day everything was opened on, and all but one file closed.
const OPENED: &str = "2026-04-10";
/// Managers: any two may leave, and three are left.
pub(super) const MANAGERS: usize = 5;
/// The files: class, records, and whether it is closed.
const FILES: [(usize, usize, bool); 5] = [(0, 2, true), (1, 1, true), (2, 1, true), (0, 1, false), (3, 1, true)];

/// What every history begins with.
pub(super) struct Template {
    pub(super) database: Vec<u8>,
    pub(super) shelf: Shelf,
    pub(super) clerk: Actor,
    pub(super) managers: Vec<Actor>,
    pub(super) files: Vec<RecordFileId>,
    pub(super) papers: BTreeMap<RecordId, Paper>,
}

/// Makes a folder that lies in memory where the machine has such a place.
pub(super) fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

/// The rules of a version, as short as they may be.
pub(super) fn rules(version: &str, years: &Years) -> String {
    let mut text = format!(
        "[set]\nid = \"city\"\nversion = \"{version}\"\ntitle = \"見本\"\nsample = true\neffective_from = 1990-04-01\n"
    );
    let above = CLASSES.iter().flat_map(|class| class.line.windows(2)).map(|pair| (pair[0], Some(pair[1])));
    let tops = CLASSES.iter().filter_map(|class| class.line.last()).map(|top| (*top, None));
    let classes: BTreeMap<&str, Option<&str>> = above.chain(tops).collect();
    for (code, parent) in classes {
        text += &format!("[[class]]\ncode = \"{code}\"\nname = \"{code}\"\n");
        text += &parent.map(|parent| format!("parent = \"{parent}\"\n")).unwrap_or_default();
    }
    for (class, years) in CLASSES.iter().zip(years) {
        let action = if class.destroy { "destroy" } else { "review" };
        text += &format!(
            "[[rule]]\nid = \"{code}\"\nclass = \"{code}\"\ntrigger = \"completion\"\nyear = \"fiscal\"\nyears = {years}\n\
             action = \"{action}\"\nboard = {board}\nauthority = \"見本\"\n",
            code = class.code,
            board = class.board
        );
    }
    text
}

impl Template {
    /// Makes it.
    pub(super) async fn make() -> Self {
        let folder = folder();
        let path = folder.path().join("office.sqlite");
        let store = SqliteStore::open(&path).await.unwrap();
        let clock = Arc::new(Hands::at(&format!("{OPENED}T00:00:00Z")));
        let cellar = Cellar::new(Shelf::new(), &Arc::new(Fuse::default()));
        let office = office(Arc::new(store.clone()), &cellar, &clock, 1);
        let clerk = person(&office, "clerk", Role::RecordsClerk).await;
        let mut managers = Vec::new();
        for number in 0..MANAGERS {
            managers.push(person(&office, &format!("manager{number}"), Role::RecordsManager).await);
        }
        let years = CLASSES.map(|class| class.years);
        office.load_rules(&managers[0], &rules("0", &years)).await.unwrap();
        let (mut files, mut papers) = (Vec::new(), BTreeMap::new());
        for (number, (class, records, closed)) in FILES.into_iter().enumerate() {
            let file = office.open_file(&clerk, new_file(CLASSES[class].code)).await.unwrap();
            for paper in 0..records {
                let new = NewRecord { created: day(OPENED), ..record(file, u8::try_from(paper).unwrap()) };
                papers.insert(office.file_record(&clerk, new).await.unwrap().record, (number, paper));
            }
            if closed {
                office.close_file(&clerk, file, day(OPENED)).await.unwrap();
            }
            files.push(file);
        }
        store.close().await;
        let shelf = cellar.shelf.lock().unwrap().clone();
        Self { database: std::fs::read(path).unwrap(), shelf, clerk, managers, files, papers }
    }
}

/// Puts an office together over a database, a vault and a clock, with numbers that begin somewhere.
pub(super) fn office(
    store: Arc<dyn fumikura::office::ports::Store>,
    cellar: &Arc<Cellar>,
    clock: &Arc<Hands>,
    numbers: u64,
) -> Office {
    let mut parts = parts(store, cellar.clone(), clock);
    parts.entropy = Arc::new(Loaded(Mutex::new(numbers)));
    parts.settings.disposal = DisposalPolicy { grace_hours: 24, backup_horizon_days: 30, brake_percent: 30 };
    Office::new(parts)
}

/// What the model knows at the beginning.
pub(super) fn facts() -> Facts {
    let folder = |(class, papers, closed): (usize, usize, bool)| Folder {
        class,
        papers,
        closed: closed.then(|| day(OPENED)),
        extended: 0,
        worthless: false,
        consented: false,
    };
    Facts {
        now: BEGIN.parse().unwrap(),
        folders: FILES.into_iter().map(folder).collect(),
        stops: Vec::new(),
        lists: Vec::new(),
        dismissed: BTreeSet::new(),
        years: CLASSES.map(|class| class.years),
        waiting: Vec::new(),
        damaged: BTreeSet::new(),
        copy: false,
    }
}

fn new_file(class: &str) -> NewRecordFile {
    NewRecordFile {
        title: format!("簿冊 {class}"),
        class: ClassCode::parse(class).unwrap(),
        opened: day(OPENED),
        year: None,
        creator: "総務課".to_owned(),
        custodian: "総務課長".to_owned(),
        place: "書庫".to_owned(),
        medium: Medium::Electronic,
        access: None,
    }
}
