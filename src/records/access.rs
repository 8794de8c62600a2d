//! Who may see what: the access class of a record file and of a record in it, and whom a file lets in by name (閲覧の範囲).
//!
//! One function decides, [`may_see`]; every verb that hands out a title or bytes asks it.

use super::{Record, RecordFile, RecordsError};
use crate::id::UserId;
use crate::time::{Date, Instant};
use serde::{Deserialize, Deserializer, Serialize};

/// Who may see a record file or a record, the most open first: the greater one is stricter, and the stricter one wins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccessClass {
    /// 公開可: the title may stand in the published register. The records are no more open than internal ones.
    Public,
    /// 庁内: whoever may read records.
    #[default]
    Internal,
    /// 限定: the custodian's section, records managers, auditors, and whom the file names. Every reading is in the ledger.
    Restricted,
}

impl AccessClass {
    /// Every class, the most open first.
    pub const ALL: [Self; 3] = [Self::Public, Self::Internal, Self::Restricted];

    /// Returns the word used in JSON, databases, ledgers and rule files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Internal => "internal",
            Self::Restricted => "restricted",
        }
    }

    /// Reads the word; none for any other text.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.word() == word)
    }
}

/// In a row that stands already, a class that nobody knows is the strictest one.
impl<'de> Deserialize<'de> for AccessClass {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::parse(&String::deserialize(deserializer)?).unwrap_or(Self::Restricted))
    }
}

/// What stands in the place of a title that somebody may not see.
pub const WITHHELD: &str = "（限定）";

/// Whom a file lets in.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grantee {
    /// One person.
    User(UserId),
    /// Everybody of a section (課).
    Section(String),
}

/// That a file lets somebody in who would not see it otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessGrant {
    /// Whom.
    pub to: Grantee,
    /// The last day; none while it is needed.
    pub until: Option<Date>,
    /// Why; it may hold personal data and never enters the ledger.
    pub reason: String,
    /// Who let them in.
    pub by: UserId,
    /// When.
    pub at: Instant,
}

/// A wish to have another class. One that is more open waits until a second person wishes the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassWish {
    /// The class.
    pub class: AccessClass,
    /// Why; it may hold personal data and never enters the ledger.
    pub reason: String,
    /// Who.
    pub by: UserId,
    /// When.
    pub at: Instant,
}

/// Who may see a record file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileAccess {
    /// The class.
    pub class: AccessClass,
    /// A wish for a more open class that waits for a second person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wish: Option<ClassWish>,
    /// Whom it lets in besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<AccessGrant>,
}

/// The class of a record that has one of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordAccess {
    /// The class; it counts where it is stricter than the file's.
    pub class: AccessClass,
    /// A wish for a more open class that waits for a second person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wish: Option<ClassWish>,
}

/// What a wish came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClassStep {
    /// It is the class already, and nothing waited.
    Unchanged,
    /// A wish for a more open class was taken back.
    TakenBack,
    /// The class is stricter now.
    Raised,
    /// It waits for a second person.
    Wished,
    /// A second person wished the same: the class is more open now.
    Lowered,
}

/// Somebody who would read, on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// The account.
    pub user: UserId,
    /// The section (課).
    pub section: String,
    /// Whether the role sees whatever there is: records managers and auditors.
    pub sees_all: bool,
    /// The day.
    pub today: Date,
}

/// Tells whether a reader may see a record file, or a record in it: title and bytes.
pub fn may_see(file: &RecordFile, record: Option<&Record>, reader: &Reader) -> bool {
    file.opens(file.access_of(record), reader)
}

impl RecordFile {
    /// Returns the class of the file, or that of a record in it: the stricter one of both.
    pub fn access_of(&self, record: Option<&Record>) -> AccessClass {
        let own = record.and_then(|record| record.access.as_ref()).map_or(AccessClass::Public, |own| own.class);
        self.access.class.max(own)
    }

    /// Tells whether what is of a class in this file is open to a reader.
    pub fn opens(&self, class: AccessClass, reader: &Reader) -> bool {
        class < AccessClass::Restricted || reader.sees_all || self.lets_in(reader)
    }

    /// Returns the file's title for a reader.
    pub fn title_for(&self, reader: &Reader) -> String {
        if may_see(self, None, reader) { self.title.clone() } else { WITHHELD.to_owned() }
    }

    /// Tells whether a reader is of the custodian's section, or named.
    fn lets_in(&self, reader: &Reader) -> bool {
        let is_own = |section: &str| !section.trim().is_empty() && section.trim() == reader.section.trim();
        let named = |grant: &AccessGrant| {
            let is_it = match &grant.to {
                Grantee::User(user) => *user == reader.user,
                Grantee::Section(section) => is_own(section),
            };
            is_it && grant.until.is_none_or(|last| reader.today <= last)
        };
        // Registers name as custodian (管理者) the section, or its head: 総務課 or 総務課長.
        is_own(&self.custodian)
            || self.custodian.trim().strip_suffix('長').is_some_and(is_own)
            || self.access.grants.iter().any(named)
    }
}

impl FileAccess {
    /// Makes the access of a file of a class, with nobody let in.
    pub fn of(class: AccessClass) -> Self {
        Self { class, ..Self::default() }
    }

    /// Tells whether it is what a file has that says nothing of it.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }

    /// Takes a wish for a class.
    ///
    /// # Errors
    /// [`RecordsError::Unsaid`] for a more open class without a reason, [`RecordsError::SecondPerson`] where one person wishes
    /// twice.
    pub fn take(&mut self, wish: ClassWish) -> Result<ClassStep, RecordsError> {
        wished(&mut self.class, &mut self.wish, wish)
    }
}

impl RecordAccess {
    /// Makes a class of a record's own; none where it says nothing beside any file's.
    pub fn of(class: AccessClass) -> Option<Self> {
        (class > AccessClass::Public).then_some(Self { class, wish: None })
    }
}

impl Record {
    /// Takes a wish for a class of its own.
    ///
    /// # Errors
    /// [`RecordsError::Unsaid`] for a more open class without a reason, [`RecordsError::SecondPerson`] where one person wishes
    /// twice.
    pub fn take(&mut self, wish: ClassWish) -> Result<ClassStep, RecordsError> {
        let mut own = self.access.clone().unwrap_or(RecordAccess { class: AccessClass::Public, wish: None });
        let step = wished(&mut own.class, &mut own.wish, wish)?;
        let says_something = own.class > AccessClass::Public || own.wish.is_some();
        self.access = says_something.then_some(own);
        Ok(step)
    }
}

/// Makes a class stricter at once, and more open when two persons have wished the same; a wish for the class that there is
/// takes back what waits.
///
/// # Errors
/// [`RecordsError::Unsaid`] for a more open class without a reason, [`RecordsError::SecondPerson`] where one person wishes
/// twice.
fn wished(class: &mut AccessClass, waits: &mut Option<ClassWish>, wish: ClassWish) -> Result<ClassStep, RecordsError> {
    if wish.class >= *class {
        let (raised, waited) = (wish.class > *class, waits.take().is_some());
        *class = wish.class;
        return Ok(match (raised, waited) {
            (true, _) => ClassStep::Raised,
            (false, true) => ClassStep::TakenBack,
            (false, false) => ClassStep::Unchanged,
        });
    }
    if wish.reason.trim().is_empty() {
        return Err(RecordsError::Unsaid("reason"));
    }
    match waits {
        Some(first) if first.class == wish.class && first.by == wish.by => Err(RecordsError::SecondPerson),
        Some(first) if first.class == wish.class => {
            (*class, *waits) = (wish.class, None);
            Ok(ClassStep::Lowered)
        }
        _ => {
            *waits = Some(wish);
            Ok(ClassStep::Wished)
        }
    }
}
