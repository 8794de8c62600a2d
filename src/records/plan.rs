//! The file plan (文書分類表): classes in a tree, 大分類 / 中分類 / 小分類 (R2).

use super::AccessClass;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The code of a class, for example `A-02-010`: 1 to 40 ASCII letters, digits, `-`, `.` or `_`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ClassCode(String);

impl ClassCode {
    /// Reads a code.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=40).contains(&text.len())
            && text.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.' | b'_'));
        fits.then(|| Self(text.to_owned()))
    }

    /// Returns the code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One class of the file plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileClass {
    /// The code, one of a kind in the plan.
    pub code: ClassCode,
    /// The class above; none for a 大分類.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<ClassCode>,
    /// The name people read.
    pub name: String,
    /// Who may see new record files of it and of the classes below; none where the class above says it, or nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<AccessClass>,
}

/// A file plan: classes by code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilePlan {
    classes: BTreeMap<ClassCode, FileClass>,
}

impl FilePlan {
    /// The deepest a plan may be: 大分類, 中分類, 小分類 and two levels to spare.
    pub const DEEPEST: usize = 5;

    /// Makes a plan; a later class of the same code is dropped (the check names it).
    pub fn new(classes: impl IntoIterator<Item = FileClass>) -> Self {
        let mut plan = Self::default();
        for class in classes {
            plan.classes.entry(class.code.clone()).or_insert(class);
        }
        plan
    }

    /// Returns a class.
    pub fn class(&self, code: &ClassCode) -> Option<&FileClass> {
        self.classes.get(code)
    }

    /// Returns every class in order of code.
    pub fn classes(&self) -> impl Iterator<Item = &FileClass> {
        self.classes.values()
    }

    /// Returns a class and its parents, from the class to the top; none where a parent is unknown or goes in a circle.
    pub fn lineage(&self, code: &ClassCode) -> Option<Vec<&FileClass>> {
        let mut line = Vec::new();
        let mut next = Some(code);
        while let Some(code) = next {
            if line.len() == Self::DEEPEST {
                return None;
            }
            let class = self.classes.get(code)?;
            line.push(class);
            next = class.parent.as_ref();
        }
        Some(line)
    }

    /// Returns the access class of new files of a class: its own, else that of the nearest class above that has one.
    pub fn access_of(&self, code: &ClassCode) -> Option<AccessClass> {
        self.lineage(code)?.iter().find_map(|class| class.access)
    }

    /// Tells whether a class has no class below it: only such classes take record files.
    pub fn is_leaf(&self, code: &ClassCode) -> bool {
        self.classes.contains_key(code) && !self.classes.values().any(|class| class.parent.as_ref() == Some(code))
    }

    /// Returns the names from the top to the class, joined by `／`, for example `総務／文書／公文書の開示`.
    pub fn path_name(&self, code: &ClassCode) -> Option<String> {
        let names: Vec<&str> = self.lineage(code)?.iter().rev().map(|class| class.name.as_str()).collect();
        Some(names.join("／"))
    }
}

impl From<ClassCode> for String {
    fn from(code: ClassCode) -> String {
        code.0
    }
}

impl TryFrom<String> for ClassCode {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a class code is 1 to 40 letters, digits, '-', '.' or '_'")
    }
}

impl fmt::Display for ClassCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ClassCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
