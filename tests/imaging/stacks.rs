//! Stacks of generated pages with cover sheets, as scanners give them: none may come apart wrongly without being told.

use super::cover::sheet;
use super::paper::{Dice, Sheet};
use super::surveyed;
use fumikura::id::RecordFileId;
use fumikura::scans::{CoverSheet, Division, ScannedPage, SheetLayout, divide};
use std::sync::Mutex;

/// The resolution of the generated pages, in dots per inch: half of what is asked of scanners.
const DPI: f64 = 100.0;
/// Pages that the suite generates; `FUMIKURA_COVER_PAGES` asks for another number.
const PAGES: u64 = 240;

/// What a stack is, and what came of it.
struct Outcome {
    pages: u64,
    covers: u64,
    wrong: Option<String>,
    doubtful: Option<String>,
}

#[test]
fn no_stack_comes_apart_wrongly() {
    let wanted = wanted_pages();
    let templates = templates();
    let (next, outcomes) = (Mutex::new((0_u64, 0_u64)), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let seed = {
                        let mut state = next.lock().unwrap();
                        if state.1 >= wanted {
                            break;
                        }
                        state.0 += 1;
                        state.1 += 12;
                        state.0
                    };
                    let outcome = one_stack(seed, &templates);
                    outcomes.lock().unwrap().push(outcome);
                }
            });
        }
    });
    let outcomes = outcomes.into_inner().unwrap();
    let sum = |of: fn(&Outcome) -> u64| outcomes.iter().map(of).sum::<u64>();
    let wrong: Vec<&String> = outcomes.iter().filter_map(|outcome| outcome.wrong.as_ref()).collect();
    let doubtful: Vec<&String> = outcomes.iter().filter_map(|outcome| outcome.doubtful.as_ref()).collect();
    println!(
        "{} pages, {} cover sheets, {} stacks: {} wrong, {} doubtful without need {doubtful:#?}",
        sum(|outcome| outcome.pages),
        sum(|outcome| outcome.covers),
        outcomes.len(),
        wrong.len(),
        doubtful.len(),
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(doubtful.len() * 8 <= outcomes.len(), "{} of {} stacks", doubtful.len(), outcomes.len());
}

#[allow(clippy::disallowed_methods, reason = "how much is tested is asked for from outside")]
fn wanted_pages() -> u64 {
    std::env::var("FUMIKURA_COVER_PAGES").ok().and_then(|pages| pages.parse().ok()).unwrap_or(PAGES)
}

/// Notices to choose from, drawn once.
fn templates() -> Vec<Sheet> {
    let mut pages = Vec::new();
    for (lines, size) in [(20, 4.5), (12, 4.0), (28, 3.8)] {
        let mut page = Sheet::a4(DPI);
        page.notice(lines, size, lines * 7);
        pages.push(page);
    }
    let mut table = Sheet::a4(DPI);
    table.table(25.0, 40.0, 8, 25);
    table.notice(1, 5.0, 40);
    pages.push(table);
    let mut upright = Sheet::a4(DPI);
    upright.upright_notice(16, 4.5);
    pages.push(upright);
    pages
}

/// Makes a stack, looks at it, takes it apart, and holds that against what it was made of.
fn one_stack(seed: u64, templates: &[Sheet]) -> Outcome {
    let mut dice = Dice::new(seed);
    let duplex = dice.below(4) == 0;
    let mut truth: Vec<(CoverSheet, Vec<u32>)> = Vec::new();
    let mut pages: Vec<ScannedPage> = Vec::new();
    let mut unreadable = false;
    while pages.len() < 12 {
        let written = 1 + dice.below(4) as u32;
        let mut sheet = sheet(0, (dice.below(2) == 0).then_some(written));
        let mut id = [0; 16];
        id.iter_mut().for_each(|byte| *byte = dice.next() as u8);
        sheet.file = RecordFileId::from_bytes(id);
        sheet.sheet.iter_mut().for_each(|byte| *byte = dice.next() as u8);
        let stains = dice.below(10);
        unreadable |= stains == 0;
        let cover = spoiled_cover(&sheet, seed ^ pages.len() as u64, stains);
        add(&mut pages, &mut dice, cover);
        let mut own = Vec::new();
        let blank = |pages: &mut Vec<ScannedPage>, dice: &mut Dice| {
            add(pages, dice, Sheet::a4(DPI));
            pages.len() as u32
        };
        if duplex {
            own.push(blank(&mut pages, &mut dice));
        }
        for _ in 0..written {
            let mut page = templates[dice.below(templates.len() as u64) as usize].clone();
            if dice.below(3) == 0 {
                page.stamp(dice.between(40.0, 180.0), dice.between(30.0, 200.0), dice.between(6.0, 14.0), 110);
            }
            add(&mut pages, &mut dice, page);
            own.push(pages.len() as u32);
            if duplex {
                own.push(blank(&mut pages, &mut dice));
            }
        }
        truth.push((sheet, own));
    }
    let count = pages.len() as u64;
    let (mut wrong, mut doubtful) = (None, None);
    match divide(&pages) {
        Division::Documents(parts) => {
            let found: Vec<(CoverSheet, Vec<u32>)> =
                parts.iter().filter_map(|part| part.cover.map(|(_, sheet)| (sheet, part.pages.clone()))).collect();
            if found != truth || found.len() != parts.len() {
                wrong = Some(format!("stack {seed}: {parts:?} instead of {truth:?}"));
            }
        }
        Division::Doubtful(_) if unreadable => {}
        Division::Doubtful(doubts) => doubtful = Some(format!("stack {seed}: {doubts:?}")),
    }
    Outcome { pages: count, covers: truth.len() as u64, wrong, doubtful }
}

/// Draws a cover sheet, and spoils none, one or both of its codes.
fn spoiled_cover(sheet: &CoverSheet, seed: u64, stains: u64) -> Sheet {
    let mut dice = Dice::new(seed ^ 0xc0de);
    let mut page = Sheet::cover(sheet, DPI);
    page.level("仕分け用表紙", 80.0, 120.0, 8.0);
    let middle = |index: usize| {
        let (left, top) = SheetLayout::CODES_MM[index];
        (left + SheetLayout::CODE_MM / 2.0, top + SheetLayout::CODE_MM / 2.0)
    };
    let spoil: &[usize] = match stains {
        0 => &[0, 1],
        1 | 2 => &[0],
        3 | 4 => &[1],
        _ => &[],
    };
    for index in spoil {
        let (x, y) = middle(*index);
        page.stain(x + dice.between(-8.0, 8.0), y + dice.between(-8.0, 8.0), dice.between(14.0, 20.0), 40);
    }
    page
}

/// Scans a page: it lies askew or upside down, is blurred and noisy, and comes as JPEG.
fn add(pages: &mut Vec<ScannedPage>, dice: &mut Dice, page: Sheet) {
    let degrees = dice.between(-3.0, 3.0);
    let page = if dice.below(4) == 0 { page } else { page.turned(degrees) };
    let page = match dice.below(8) {
        0 | 1 => page.quarters(2),
        2 => page.quarters(1),
        _ => page,
    };
    let deviation = dice.between(1.0, 9.0);
    let page = page.blurred(dice.below(3) as usize).noisy(dice, deviation);
    let jpeg = page.jpeg(40 + dice.below(50) as u8);
    let mut seen = surveyed(&jpeg, "image/jpeg").unwrap();
    let mut seen = seen.pop().unwrap();
    seen.number = pages.len() as u32 + 1;
    pages.push(seen);
}
