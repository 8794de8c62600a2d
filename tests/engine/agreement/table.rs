//! The table of disagreements, and the counting.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Who else judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tool {
    Pdfsig,
    PyHanko,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Axis {
    /// Whether the signature is found at all.
    Parse,
    /// Digest and signature value.
    Integrity,
    /// How much of the file is signed.
    Coverage,
    /// The worst change afterwards.
    Changes,
    /// Whether it passes.
    Verdict,
}

/// One answer beside another.
#[derive(Clone, Debug)]
pub struct Compared {
    pub tool: Tool,
    pub axis: Axis,
    /// The file, where known the test that made it, and the field.
    pub case: String,
    pub theirs: String,
    pub ours: String,
    pub agree: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    disagreement: Vec<Entry>,
}

/// A class of disagreements: whose, about what, which answers, in which cases, and by what we hold ours to be right.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    set: String,
    tool: Tool,
    axis: Axis,
    theirs: String,
    ours: String,
    /// Patterns; `*` stands for anything.
    cases: Vec<String>,
    clause: String,
    why: String,
}

impl Entry {
    fn explains(&self, set: &str, one: &Compared) -> Option<usize> {
        let same = self.set == set && self.tool == one.tool && self.axis == one.axis;
        let answers = fits(&self.theirs, &one.theirs) && fits(&self.ours, &one.ours);
        self.cases.iter().position(|case| same && answers && fits(case, &one.case))
    }
}

/// Tells whether a text has the form of a pattern in which `*` stands for anything.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, rest)) => text.strip_prefix(head).is_some_and(|behind| {
            behind.char_indices().map(|(at, _)| at).chain([behind.len()]).any(|at| fits(rest, &behind[at..]))
        }),
    }
}

/// The table, and what has been counted.
pub struct Table {
    entries: Vec<Entry>,
    needed: BTreeSet<(usize, usize)>,
    passed_over: Vec<String>,
    unexplained: BTreeSet<String>,
    counts: BTreeMap<(String, Tool, Axis), (u32, u32)>,
}

impl Table {
    pub fn read() -> Self {
        let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/agreement.toml"));
        let file: File = toml::from_str(&text.unwrap()).expect("agreement.toml is as declared");
        let entries = file.disagreement;
        for entry in &entries {
            assert!(entry.why.len() > 40 && entry.clause.len() > 5, "{}: a reason, by the standard", entry.why);
        }
        Self {
            entries,
            needed: BTreeSet::new(),
            passed_over: Vec::new(),
            unexplained: BTreeSet::new(),
            counts: BTreeMap::new(),
        }
    }

    /// Says that a set of files is not at hand.
    pub fn pass_over(&mut self, set: &str) {
        self.passed_over.push(set.to_owned());
    }

    /// Counts, and looks for the reason of each disagreement.
    pub fn take(&mut self, set: &str, compared: &[Compared]) {
        for one in compared {
            let counts = self.counts.entry((set.to_owned(), one.tool, one.axis)).or_default();
            if one.agree {
                counts.0 += 1;
                continue;
            }
            counts.1 += 1;
            let reason = |(index, entry): (usize, &Entry)| Some((index, entry.explains(set, one)?));
            match self.entries.iter().enumerate().find_map(reason) {
                Some(found) => {
                    self.needed.insert(found);
                }
                None => {
                    let Compared { tool, axis, case, theirs, ours, .. } = one;
                    self.unexplained.insert(
                        format!("{set} {tool:?} {axis:?}: theirs {theirs}, ours {ours}: {case}").to_lowercase(),
                    );
                }
            }
        }
    }

    /// Prints the counts; fails where a disagreement has no reason, or a reason no disagreement.
    pub fn finish(self) {
        println!("{:<8} {:<8} {:<10} {:>6} {:>9}", "files", "tool", "axis", "agree", "disagree");
        for ((set, tool, axis), (agree, disagree)) in &self.counts {
            println!("{set:<8} {:<8} {:<10} {agree:>6} {disagree:>9}", format!("{tool:?}"), format!("{axis:?}"));
        }
        for set in &self.passed_over {
            println!("{set}: not at hand, passed over");
        }
        let mut wrong: Vec<String> = self.unexplained.into_iter().collect();
        for (index, entry) in self.entries.iter().enumerate() {
            let unused = (0..entry.cases.len()).filter(|case| !self.needed.contains(&(index, *case)));
            if !self.passed_over.contains(&entry.set) {
                wrong.extend(unused.map(|case| format!("explains nothing: {} ({})", entry.cases[case], entry.why)));
            }
        }
        assert!(wrong.is_empty(), "{} without a reason:\n{}", wrong.len(), wrong.join("\n"));
    }
}
