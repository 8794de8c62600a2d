//! Which line of a reorganisation moves something: the narrowest that names it.

use super::{Move, MovedPart};
use crate::id::RecordFileId;
use crate::records::ClassCode;

/// The lines, to be asked of whatever may move.
#[derive(Clone, Copy)]
pub(super) struct Mapping<'a>(pub(super) &'a [Move]);

impl<'a> Mapping<'a> {
    /// Returns the line that moves whatever of a section no other line names.
    pub(super) fn whole(self, section: &str) -> Option<usize> {
        self.line(section, &MovedPart::Whole)
    }

    /// Returns the line that moves somebody of a section.
    pub(super) fn person(self, section: &str, login: &str) -> Option<usize> {
        self.line(section, &MovedPart::Person(login.to_owned())).or_else(|| self.whole(section))
    }

    /// Returns the line that moves the notices of a type.
    pub(super) fn notices(self, section: &str, kind: &str) -> Option<usize> {
        self.line(section, &MovedPart::Notices(kind.to_owned())).or_else(|| self.whole(section))
    }

    /// Returns the line that moves the record files of a class that a section keeps; the class comes with those above it, the
    /// narrowest first.
    pub(super) fn class(self, section: &str, lineage: &[ClassCode]) -> Option<usize> {
        let by_class = |class: &ClassCode| self.line(section, &MovedPart::Class(class.clone()));
        lineage.iter().find_map(by_class).or_else(|| self.whole(section))
    }

    /// Returns the line that moves a record file that a section keeps.
    pub(super) fn file(self, section: &str, file: RecordFileId, lineage: &[ClassCode]) -> Option<usize> {
        self.line(section, &MovedPart::File(file)).or_else(|| self.class(section, lineage))
    }

    /// Returns the section that a line moves to; none where what it names stays where it is.
    pub(super) fn to(self, line: Option<usize>) -> Option<&'a str> {
        let one = self.0.get(line?)?;
        (one.to != one.from).then_some(one.to.as_str())
    }

    fn line(self, section: &str, part: &MovedPart) -> Option<usize> {
        let section = section.trim();
        self.0.iter().position(|one| one.from == section && one.part == *part)
    }
}

/// Returns what the register calls a custodian that is a section, or its head (総務課 or 総務課長), and how to call another so.
pub(super) fn custodian_of(name: &str, is_known: impl Fn(&str) -> bool) -> (&str, &'static str) {
    let name = name.trim();
    match name.strip_suffix('長') {
        Some(section) if !is_known(name) && is_known(section) => (section, "長"),
        _ => (name, ""),
    }
}
