//! Signed files of every structure, certified and not, that attacks begin with.

use super::super::bench::{sample, signed_by};
use super::is_thorough;
use super::raw::Shape;
use std::sync::OnceLock;

/// A signed file.
pub struct Base {
    /// What it is.
    pub name: String,
    /// The certification.
    pub certified: Option<u8>,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Returns the signed files.
pub fn bases() -> &'static [Base] {
    static BASES: OnceLock<Vec<Base>> = OnceLock::new();
    BASES.get_or_init(|| {
        let kinds =
            ["table-1.4.pdf", "object-streams.pdf", "hybrid.pdf", "linearized.pdf", "acroform.pdf", "typst.pdf"];
        let mut bases = Vec::new();
        for (index, kind) in kinds.into_iter().enumerate() {
            for certified in [None, Some(1), Some(2), Some(3)] {
                // Each kind is met approved only and certified; every certification is met often.
                let chosen = certified.is_none_or(|level| index % 3 + 1 == usize::from(level));
                if chosen || is_thorough() {
                    let stamped = (index == 1).then_some(("tsa", super::super::bench::SIGNED));
                    let bytes = signed_by(&sample(kind), "signer-p256", stamped, |options| options.certify = certified);
                    let level = certified.map_or("approved".to_owned(), |level| format!("certified-{level}"));
                    bases.push(Base { name: format!("{kind}-{level}"), certified, bytes });
                }
            }
        }
        bases
    })
}

/// Returns the forms of update that a change is written in, by its place in a list; all of them where asked.
pub fn shapes(place: usize) -> Vec<(&'static str, Shape)> {
    let shape = |stream, packed, scattered| Shape { stream, packed, scattered, ..Shape::default() };
    let all = vec![
        ("table", shape(false, false, false)),
        ("stream", shape(true, false, false)),
        ("packed", shape(true, true, false)),
        ("scattered-table", shape(false, false, true)),
        ("scattered-stream", shape(true, false, true)),
    ];
    if is_thorough() { all } else { all.into_iter().cycle().skip(place % 5).take(1).collect() }
}
