//! What records may be asked for beside words: their class, their section, their days, who may see them.

use super::{AccessClass, ClassCode, normal_form};
use crate::time::{Date, FiscalYear};

/// What a record must be to be found; all that is said must fit, and what is not said is not asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordFilter {
    /// The class of its file (分類), or one above that.
    pub class: Option<ClassCode>,
    /// The section that made its file, or that keeps it now (作成者・管理者).
    pub section: Option<String>,
    /// The fiscal year of its day (年度).
    pub year: Option<FiscalYear>,
    /// It was made or received on this day or later.
    pub from: Option<Date>,
    /// It was made or received on this day or earlier.
    pub until: Option<Date>,
    /// Who may see it: its own class or its file's, the stricter one.
    pub access: Option<AccessClass>,
}

impl RecordFilter {
    /// Tells whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the first day that fits, and the last one, where there are such.
    pub fn days(&self) -> (Option<Date>, Option<Date>) {
        let later = |one: Option<Date>, other: Option<Date>| one.max(other);
        let earlier = |one: Option<Date>, other: Option<Date>| one.into_iter().chain(other).min();
        (
            later(self.from, self.year.map(FiscalYear::first_day)),
            earlier(self.until, self.year.map(FiscalYear::last_day)),
        )
    }
}

/// Tells whether a name in a register is that of a section, or of its head (総務課長), whatever the form of its characters.
pub fn names_section(name: &str, section: &str) -> bool {
    let (name, section) = (normal_form(name), normal_form(section));
    name == section || name.strip_suffix('長') == Some(section.as_str())
}
