//! Text that any font can show: what it has no glyph for is named by its number.

use super::metrics::{Metrics, clusters};
use super::model::{Block, Fact, Sheet};
use crate::wording::show::numbered;

/// Returns a sheet whose every character has a glyph (N16).
pub(super) fn legible(sheet: &Sheet, metrics: &dyn Metrics) -> Sheet {
    let shown = |text: &String| shown(text, metrics);
    let block = |block: &Block| match block {
        Block::Title(text) => Block::Title(shown(text)),
        Block::Heading(text) => Block::Heading(shown(text)),
        Block::Paragraph(text) => Block::Paragraph(shown(text)),
        Block::Line(text) => Block::Line(shown(text)),
        Block::Right(text) => Block::Right(shown(text)),
        Block::Sealed(text) => Block::Sealed(shown(text)),
        Block::Small(text) => Block::Small(shown(text)),
        Block::Window { lines, name } => Block::Window { lines: lines.iter().map(shown).collect(), name: shown(name) },
        Block::Framed { head, lines } => Block::Framed { head: shown(head), lines: lines.iter().map(shown).collect() },
        Block::Facts(facts) => {
            Block::Facts(facts.iter().map(|fact| Fact::new(shown(&fact.label), shown(&fact.value))).collect())
        }
        Block::Table { columns, rows } => Block::Table {
            columns: columns.iter().map(|(head, share)| (shown(head), *share)).collect(),
            rows: rows.iter().map(|row| row.iter().map(shown).collect()).collect(),
        },
        Block::Code { text, lines } => Block::Code { text: text.clone(), lines: lines.iter().map(shown).collect() },
        Block::Space(lines) => Block::Space(*lines),
        Block::NewPage => Block::NewPage,
    };
    Sheet { title: shown(&sheet.title), blocks: sheet.blocks.iter().map(block).collect(), ..sheet.clone() }
}

fn shown(text: &str, metrics: &dyn Metrics) -> String {
    let has_glyph = |cluster: &str| !cluster.contains(is_unmapped) && metrics.width(cluster).is_some();
    let line = |line: &str| {
        let mut shown = String::with_capacity(line.len());
        for cluster in clusters(line) {
            if has_glyph(cluster) {
                shown.push_str(cluster);
                continue;
            }
            for character in cluster.chars() {
                let alone = character.encode_utf8(&mut [0; 4]).to_owned();
                shown.push_str(&if has_glyph(&alone) { alone } else { numbered(character) });
            }
        }
        shown
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// Characters that stand for nothing in particular, or that PDF/A-2u takes for no mapping (ISO 19005-2, 6.2.11.7.2).
fn is_unmapped(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{feff}' | '\u{fffe}' | '\u{ffff}' | '\u{200b}'..='\u{200f}' | '\u{ad}')
        || matches!(character, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}
