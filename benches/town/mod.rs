//! A city with as many records as one likes: rows made in bulk, packages only where something is filed.

mod contents;

pub use contents::Cost;
use fumikura::asn1::CertificateList;
use fumikura::cli::{SystemClock, SystemEntropy};
use fumikura::cms::SigningIdentity;
use fumikura::crypto::CryptoError;
use fumikura::digest::Sha256Hex;
use fumikura::id::{RecordFileId, RecordId, UserId};
use fumikura::office::notices::PaperMark;
use fumikura::office::ports::{FileRow, PackageName, PackageReceipt, RecordRow, Seals, Store};
use fumikura::office::records::{DisposalPolicy, NewRecord, NewRecordFile};
use fumikura::office::{Actor, Judge, NewAccount, Office, Parts, Role, SealPlace, Settings, side_by_side};
use fumikura::package::{self, PackageIdentity};
use fumikura::pades::Appearance;
use fumikura::pki::TrustAnchors;
use fumikura::policy::ValidationPolicy;
use fumikura::records::{
    ClassCode, FileAccess, Medium, Record, RecordFile, RecordState, RetentionFacts, RuleFile, RuleSet, due_date,
};
use fumikura::render::PdfWriter;
use fumikura::store::SqliteStore;
use fumikura::time::{Date, FiscalYear};
use fumikura::vault::{DiskVault, VaultFolders};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, Row};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// The rules of the city.
pub const RULES: &str = include_str!("../../archive/rules.sample.toml");
/// Records in a file.
pub const IN_A_FILE: usize = 10;
/// Rows in one unit of work.
const BATCH: usize = 250;
/// The classes of the files, of every kind of period.
const CLASSES: [&str; 6] = ["A-01-01", "A-01-02", "A-02-01", "B-02", "C-01-01", "C-02"];

/// Reads a count from the environment.
pub fn wanted(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

pub fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// A document of so many bytes, no two alike.
pub fn document(file: RecordFileId, number: usize, bytes: usize) -> NewRecord {
    let mut seed = number as u64 + 1;
    let mut next = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as u8
    };
    NewRecord {
        file,
        title: format!("通知 {number}"),
        number: Some(format!("見総第{number}号")),
        created: day("2012-05-01"),
        original_name: "通知.pdf".to_owned(),
        media_type: "application/octet-stream".to_owned(),
        bytes: (0..bytes).map(|_| next()).collect(),
        derivatives: Vec::new(),
        validation_report: None,
        notice: None,
        digitisation: None,
        access: None,
    }
}

struct NoSeal;

impl Seals for NoSeal {
    fn identity(&self) -> Result<SigningIdentity, CryptoError> {
        Err(CryptoError::NoEntropy)
    }

    fn impression(&self, _place: SealPlace, _day: Date, _mark: Option<&PaperMark>) -> Option<Appearance> {
        None
    }
}

/// The city and its people.
pub struct Town {
    folder: tempfile::TempDir,
    pub office: Office,
    store: Arc<dyn Store>,
    vault: Arc<DiskVault>,
    pub files: usize,
    pub clerk: Actor,
    pub managers: Vec<Actor>,
    pub auditor: Actor,
}

impl Town {
    /// Founds a city with so many records, those of a year of one day.
    pub async fn found(records: usize) -> Self {
        Self::founded(records, 1).await
    }

    /// Founds a city with so many records, those of a year of so many days.
    pub async fn founded(records: usize, days: usize) -> Self {
        Self::judging(records, days, TrustAnchors::default(), Vec::new()).await
    }

    /// Founds a city that believes some authorities, and has their revocation lists.
    pub async fn judging(records: usize, days: usize, trust: TrustAnchors, crls: Vec<CertificateList>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(SystemClock);
        let folders = VaultFolders {
            copies: vec![folder.path().join("archive")],
            keys: vec![folder.path().join("keys")],
            master_key: folder.path().join("master.txt"),
        };
        let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&folder.path().join("town.sqlite")).await.unwrap());
        let vault = Arc::new(DiskVault::create_or_open(folders, clock.clone()).unwrap());
        let office = Office::new(Parts {
            store: store.clone(),
            vault: vault.clone(),
            checkpoints: None,
            rehearsal_keys: None,
            proofs: None,
            seals: Arc::new(NoSeal),
            timestamps: None,
            renderer: Arc::new(PdfWriter::default()),
            typesetter: None,
            templates: Default::default(),
            scanner: None,
            digitiser: None,
            converter: None,
            post: None,
            public_url: None,
            clock,
            entropy: Arc::new(SystemEntropy::default()),
            judge: Judge {
                tsa_trust: trust.clone(),
                trust,
                intermediates: Vec::new(),
                crls,
                policy: ValidationPolicy::default(),
                good: Default::default(),
            },
            settings: Settings {
                disposal: DisposalPolicy { grace_hours: 0, backup_horizon_days: 0, brake_percent: 0 },
                ..Settings::default()
            },
        });
        let clerk = person(&office, "clerk", Role::RecordsClerk).await;
        let mut managers = Vec::new();
        for login in ["manager1", "manager2", "manager3"] {
            managers.push(person(&office, login, Role::RecordsManager).await);
        }
        let auditor = person(&office, "auditor", Role::Auditor).await;
        office.load_rules(&managers[0], RULES).await.unwrap();
        let files = records.div_ceil(IN_A_FILE);
        let town = Self { folder, office, store, vault, files, clerk, managers, auditor };
        town.fill(days).await;
        town
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn database(&self) -> PathBuf {
        self.path("town.sqlite")
    }

    /// Opens a file of a class with five years by completion.
    pub async fn open_file(&self, opened: &str) -> RecordFileId {
        let new = NewRecordFile {
            title: "道路占用".to_owned(),
            class: ClassCode::parse("B-02").unwrap(),
            opened: day(opened),
            year: None,
            creator: "道路管理課".to_owned(),
            custodian: "道路管理課長".to_owned(),
            place: "書庫".to_owned(),
            medium: Medium::Electronic,
            access: None,
        };
        self.office.open_file(&self.clerk, new).await.unwrap()
    }

    /// Files so many small documents and closes their files, which are due since long.
    pub async fn due_files(&self, records: usize) -> Vec<RecordFileId> {
        let mut files = Vec::new();
        for first in (0..records).step_by(IN_A_FILE) {
            let file = self.open_file("2012-04-02").await;
            let news = (first..records.min(first + IN_A_FILE)).map(|number| document(file, number, 2_000));
            for filed in self.office.file_records(&self.clerk, news.collect()).await.unwrap() {
                filed.unwrap();
            }
            self.office.close_file(&self.clerk, file, day("2013-03-29")).await.unwrap();
            files.push(file);
        }
        files
    }

    /// Returns the bytes and the parts of what the vault remembers.
    pub fn remembered(&self) -> (u64, usize) {
        let parts = fs::read_dir(self.path("archive/memory-parts")).unwrap().flatten();
        let bytes: Vec<u64> = parts.map(|part| part.metadata().unwrap().len()).collect();
        (bytes.iter().sum(), bytes.len())
    }

    /// Restricts ninety-nine of a hundred files, and gives them to another section.
    pub async fn restrict_most(&self) {
        let options = SqliteConnectOptions::new().filename(self.database());
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        let sql = "UPDATE record_files SET access = 'restricted', body = json_set(body, '$.file.custodian', '福祉課',
            '$.file.access', json('{\"class\":\"restricted\"}')) WHERE rowid % 100 <> 0";
        sqlx::query(sql).execute(&mut connection).await.unwrap();
    }

    /// A file in the middle of the register.
    pub async fn middle(&self) -> RecordFileId {
        let mut tx = self.store.read().await.unwrap();
        let class = ClassCode::parse(CLASSES[CLASSES.len() / 2]).unwrap();
        tx.files_of_class(&class).await.unwrap()[0].0
    }

    async fn fill(&self, days: usize) {
        let rules = RuleFile::read(RULES).unwrap().sound().unwrap();
        let numbers: Vec<usize> = (0..self.files).collect();
        for some in numbers.chunks(BATCH) {
            let mut tx = self.store.begin().await.unwrap();
            for number in some {
                let file = record_file(*number, &rules);
                tx.put_file(&file).await.unwrap();
                let records = (0..IN_A_FILE).map(|record| record_row(&file, *number * IN_A_FILE + record, days));
                tx.put_records(&records.collect::<Vec<_>>()).await.unwrap();
            }
            tx.commit().await.unwrap();
        }
    }
}

async fn person(office: &Office, login: &str, role: Role) -> Actor {
    let new = NewAccount {
        login: login.to_owned(),
        name: login.to_owned(),
        section: "総務課".to_owned(),
        roles: [role].into(),
        password: "correct horse battery".to_owned().into(),
        own_password: true,
    };
    let id = office.add_user(None, new).await.unwrap();
    Actor::new(id, login.to_owned(), "総務課".to_owned(), [role].into())
}

/// An identifier that lies anywhere, as random ones do.
fn identifier(kind: u8, number: usize) -> [u8; 16] {
    let digest = Sha256Hex::of(format!("{kind} {number}").as_bytes()).to_string();
    let mut bytes = [0; 16];
    for (byte, pair) in bytes.iter_mut().zip(digest.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    }
    bytes
}

/// A file of one of the years since 2016, closed at the end of its year unless that is the present one.
fn record_file(number: usize, rules: &RuleSet) -> FileRow {
    let year = 2016 + (number / CLASSES.len() % 10) as i16;
    let class = ClassCode::parse(CLASSES[number % CLASSES.len()]).unwrap();
    let opened = Date::new(year, 4, 2).unwrap();
    let completed = (year < 2025).then(|| Date::new(year + 1, 3, 29).unwrap());
    let rule = rules.rule_for(&class, opened).unwrap();
    let facts = RetentionFacts {
        opened: Some(opened),
        created: Some(Date::new(year, 5, 1).unwrap()),
        completed,
        ..RetentionFacts::default()
    };
    let file = RecordFile {
        id: RecordFileId::from_bytes(identifier(1, number)),
        title: format!("{}年度 {} 綴 {number}", FiscalYear::of(opened).0, class),
        rule: rules.reference(rule),
        terms: rule.terms(),
        disposition: rule.action,
        board_required: rule.board,
        class,
        facts,
        creator: section(number),
        custodian: format!("{}長", section(number)),
        former_custodians: Vec::new(),
        place: "書庫 12-3".to_owned(),
        medium: Medium::Electronic,
        appraisal: None,
        board_consent: None,
        transfer: None,
        access: FileAccess::default(),
        closed: completed.is_some(),
        row_version: 11,
    };
    let dates = due_date(&file.terms, &file.facts, &[], Date::new(2026, 4, 1).unwrap());
    FileRow { file, dates, destroyed_on: None }
}

/// One of two hundred sections.
pub fn section(number: usize) -> String {
    format!("見本第{}課", number / 7 % 200)
}

/// A title of some subject, with a name of three characters that few others have.
fn title(number: usize) -> String {
    const SUBJECTS: [&str; 12] = [
        "道路占用許可",
        "公共下水道接続",
        "固定資産税減免",
        "介護保険料",
        "児童手当認定",
        "国民健康保険",
        "農地転用",
        "建築確認",
        "住居表示",
        "廃棄物処理業許可",
        "市営住宅入居",
        "行政財産使用",
    ];
    let name: String = identifier(3, number)[..6]
        .chunks(2)
        .filter_map(|pair| char::from_u32(0x4e00 + (u32::from(pair[0]) * 256 + u32::from(pair[1])) % 3_000))
        .collect();
    format!("{}通知書の写し {name} 第{number}号", SUBJECTS[number % SUBJECTS.len()])
}

fn record_row(file: &FileRow, number: usize, days: usize) -> RecordRow {
    let id = RecordId::from_bytes(identifier(2, number));
    let sha256 = Sha256Hex::of(&number.to_be_bytes());
    let (first, day_of_year) = (file.file.facts.created.unwrap(), number % days);
    let created = Date::new(first.year(), 5 + (day_of_year / 28) as i8, 1 + (day_of_year % 28) as i8).unwrap();
    let record = Record {
        id,
        file: file.file.id,
        title: title(number),
        number: Some(format!("見総第{number}号")),
        created,
        original_name: format!("tsuchi-{number}.pdf"),
        media_type: "application/pdf".to_owned(),
        size_bytes: 200_000,
        sha256: sha256.clone(),
        made: Vec::new(),
        version: 1,
        package_sha256: Some(sha256.clone()),
        access: None,
        state: if file.file.closed { RecordState::Retained } else { RecordState::Filed },
        filed_at: "2020-01-01T00:00:00Z".parse().unwrap(),
        row_version: 1,
    };
    let package = PackageName { record: id, version: 1 };
    let receipt = PackageReceipt {
        package,
        sealed_sha256: sha256.clone(),
        sealed_size_bytes: 201_000,
        bag_sha256: sha256,
        path: format!("v1/00/00/{package}.pkg"),
        copies: 1,
    };
    RecordRow { record, receipt, filed_by: UserId::from_bytes([1; 16]), notice: None, duplicate_of: None }
}

/// What a disk and a database cost by themselves.
pub struct Raw {
    database: PathBuf,
}

impl Raw {
    pub async fn open(database: &Path) -> Self {
        Self { database: database.to_owned() }
    }

    /// Reads the rows of a statement; the best of three, in milliseconds, and how many they are.
    pub async fn rows(&self, sql: &'static str) -> (f64, usize) {
        let options = SqliteConnectOptions::new().filename(&self.database).read_only(true);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        let (mut best, mut count) = (f64::INFINITY, 0);
        for _ in 0..3 {
            let begun = Instant::now();
            let rows = sqlx::query(sql).fetch_all(&mut connection).await.unwrap();
            count = rows.iter().filter(|row| !row.get::<&str, _>(0).is_empty()).count();
            best = best.min(begun.elapsed().as_secs_f64() * 1e3);
        }
        (best, count)
    }

    /// Writes so many files with a sync each, and commits a row for each, in batches; in milliseconds.
    pub async fn write(&self, folder: &Path, files: usize, bytes: usize) -> f64 {
        fs::create_dir_all(folder).unwrap();
        let mut connection = self.scratch(folder).await;
        let body: Vec<u8> = document(RecordFileId::from_bytes([0; 16]), 7, bytes).bytes;
        let numbers: Vec<usize> = (0..files).collect();
        let begun = Instant::now();
        for some in numbers.chunks(BATCH) {
            for number in some {
                let mut file = File::create(folder.join(number.to_string())).unwrap();
                file.write_all(&body).unwrap();
                file.sync_all().unwrap();
            }
            commit(&mut connection, some).await;
        }
        begun.elapsed().as_secs_f64() * 1e3
    }

    /// What nobody can do without who keeps encrypted files that are proven: on all cores each is hashed, encrypted, and opened
    /// again, the bytes hashed; then the files are written with one sync for some of them, read back and compared, and a row
    /// is committed for each; in milliseconds.
    pub async fn seal_and_write(&self, folder: &Path, files: usize, bytes: usize, together: usize) -> f64 {
        fs::create_dir_all(folder).unwrap();
        let mut connection = self.scratch(folder).await;
        let body: Vec<u8> = document(RecordFileId::from_bytes([0; 16]), 7, bytes).bytes;
        let mut numbers: Vec<usize> = (0..files).collect();
        let begun = Instant::now();
        for some in numbers.chunks_mut(together) {
            let sealed = side_by_side(some, |number| {
                let key = PackageIdentity::generate();
                let digest = Sha256Hex::of(&body);
                let sealed = package::seal(&body, &key).unwrap();
                assert_eq!(Sha256Hex::of(&package::open(&sealed, &key, 1 << 30).unwrap()), digest);
                let path = folder.join(number.to_string());
                fs::write(&path, &sealed).unwrap();
                (path, sealed)
            });
            let sealed = sealed.unwrap();
            rustix::fs::syncfs(File::open(folder).unwrap()).unwrap();
            assert!(sealed.iter().all(|(path, sealed)| fs::read(path).unwrap() == *sealed));
            commit(&mut connection, some).await;
        }
        begun.elapsed().as_secs_f64() * 1e3
    }

    /// Takes two files away for each number, a package and its key, with one sync of the folder a batch, and commits a row;
    /// in milliseconds.
    pub async fn destroy(&self, folder: &Path, files: usize) -> f64 {
        self.write(folder, 2 * files, 2_000).await;
        let mut connection = self.scratch(&folder.join("..")).await;
        let numbers: Vec<usize> = (0..files).collect();
        let begun = Instant::now();
        for some in numbers.chunks(BATCH) {
            for number in some {
                fs::remove_file(folder.join(number.to_string())).unwrap();
                fs::remove_file(folder.join((files + number).to_string())).unwrap();
            }
            File::open(folder).unwrap().sync_all().unwrap();
            commit(&mut connection, some).await;
        }
        begun.elapsed().as_secs_f64() * 1e3
    }

    async fn scratch(&self, folder: &Path) -> SqliteConnection {
        let options = SqliteConnectOptions::new()
            .filename(folder.join("scratch.sqlite"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        let sql = "CREATE TABLE IF NOT EXISTS rows (id INTEGER, body TEXT)";
        sqlx::query(sql).execute(&mut connection).await.unwrap();
        connection
    }
}

/// Commits a row of a kilobyte for each number.
async fn commit(connection: &mut SqliteConnection, numbers: &[usize]) {
    let body = "x".repeat(1_000);
    let mut tx = connection.begin().await.unwrap();
    for number in numbers {
        let sql = "INSERT INTO rows VALUES ($1, $2)";
        sqlx::query(sql).bind(*number as i64).bind(&body).execute(&mut *tx).await.unwrap();
    }
    tx.commit().await.unwrap();
}
