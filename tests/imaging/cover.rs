//! What cover sheets say, and how a stack comes apart at them.

use fumikura::id::RecordFileId;
use fumikura::scans::{Colour, CoverError, CoverSheet, Division, Doubt, ScannedPage, Turn, divide};

pub fn sheet(number: u8, pages: Option<u32>) -> CoverSheet {
    CoverSheet { file: RecordFileId::from_bytes([number; 16]), pages, sheet: [number; 8] }
}

fn page(number: u32) -> ScannedPage {
    ScannedPage {
        number,
        size_px: (1654, 2339),
        dpi: Some(200),
        colour: Colour::Colour,
        turn: Turn::None,
        skew_centidegrees: 0,
        ink_ppm: 40_000,
        blank: false,
        sharpness: Some(700),
        cut_edges: Vec::new(),
        codes: Vec::new(),
        code_unread: false,
        characters: None,
        confidence: None,
    }
}

/// Makes pages of a word: `1` to `9` a cover sheet of that number, `.` a page, `_` a blank one, `?` one that was not read.
fn stack(word: &str, pages: Option<u32>) -> Vec<ScannedPage> {
    let mut stack = Vec::new();
    for (c, number) in word.chars().zip(1..) {
        let mut page = page(number);
        match c {
            '.' => {}
            '_' => page.blank = true,
            '?' => page.code_unread = true,
            digit => page.codes.push(sheet(digit.to_digit(10).unwrap() as u8, pages).to_code()),
        }
        stack.push(page);
    }
    stack
}

fn documents(division: Division) -> Vec<(Option<u32>, Vec<u32>, Vec<u32>)> {
    match division {
        Division::Documents(parts) => {
            parts.into_iter().map(|part| (part.cover.map(|(page, _)| page), part.pages, part.blank)).collect()
        }
        Division::Doubtful(doubts) => panic!("doubtful: {doubts:?}"),
    }
}

fn doubts(division: Division) -> Vec<Doubt> {
    match division {
        Division::Doubtful(doubts) => doubts,
        Division::Documents(parts) => panic!("not doubtful: {parts:?}"),
    }
}

#[test]
fn what_a_sheet_says_is_read_again() {
    for pages in [None, Some(1), Some(9_999)] {
        let sheet = sheet(7, pages);
        let code = sheet.to_code();
        assert_eq!(CoverSheet::read(&code), Ok(sheet));
        assert!(code.len() <= 84, "{} characters are more than version 6 holds at level H", code.len());
        assert!(code.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || "-:".contains(c)), "{code}");
    }
    assert_eq!(CoverSheet::read(&sheet(7, Some(10_000)).to_code()).unwrap().pages, None);
}

#[test]
fn a_sheet_that_was_read_wrongly_is_refused() {
    let code = sheet(7, Some(12)).to_code();
    for (index, c) in code.char_indices() {
        for other in ['0', '1', 'A', 'F', ':', 'a'] {
            let mut wrong = code.clone();
            wrong.replace_range(index..=index, &other.to_string());
            assert!(wrong == code || CoverSheet::read(&wrong).is_err(), "{c} at {index} as {other}");
        }
    }
    assert_eq!(CoverSheet::read("https://example.jp/"), Err(CoverError::Other));
    assert_eq!(CoverSheet::read(&code.replace("COVER:1", "COVER:2")), Err(CoverError::Version));
    assert_eq!(CoverSheet::read(&code[..code.len() - 1]), Err(CoverError::Check));
    assert_eq!(CoverSheet::read("FUMIKURA-COVER:1:"), Err(CoverError::Check));
    assert_eq!(CoverSheet::read("FUMIKURA-COVER:"), Err(CoverError::Malformed));
}

#[test]
fn a_stack_comes_apart_at_its_sheets() {
    assert_eq!(
        documents(divide(&stack("1..2...", None))),
        [(Some(1), vec![2, 3], vec![]), (Some(4), vec![5, 6, 7], vec![])]
    );
    assert_eq!(documents(divide(&stack("...", None))), [(None, vec![1, 2, 3], vec![])]);
    assert_eq!(documents(divide(&stack("._.", None))), [(None, vec![1, 2, 3], vec![])]);
}

#[test]
fn backs_that_are_blank_stay_and_are_marked() {
    assert_eq!(
        documents(divide(&stack("1_._._2_..", None))),
        [(Some(1), vec![2, 3, 4, 5, 6], vec![2, 6]), (Some(7), vec![8, 9, 10], vec![8])]
    );
    // Whoever counts what is written counts no backs.
    assert_eq!(documents(divide(&stack("1_._.", Some(2)))), [(Some(1), vec![2, 3, 4, 5], vec![2])]);
    assert_eq!(documents(divide(&stack("1._.", Some(3)))), [(Some(1), vec![2, 3, 4], vec![])]);
}

#[test]
fn whatever_is_in_doubt_goes_to_a_person() {
    assert_eq!(doubts(divide(&[])), [Doubt::Empty]);
    assert_eq!(doubts(divide(&stack("1.?.", None))), [Doubt::Unread { page: 3 }]);
    assert_eq!(doubts(divide(&stack("..1.", None))), [Doubt::BeforeFirst { page: 3 }]);
    assert_eq!(doubts(divide(&stack("12.", None))), [Doubt::NoPages { page: 1 }]);
    assert_eq!(doubts(divide(&stack("1.2", None))), [Doubt::NoPages { page: 3 }]);
    assert_eq!(doubts(divide(&stack("1.2_", None))), [Doubt::NoPages { page: 3 }]);
    assert_eq!(doubts(divide(&stack("1.2.1.", None))), [Doubt::Twice { page: 5, first: 1 }]);
    assert_eq!(doubts(divide(&stack("1..", Some(3)))), [Doubt::Count { page: 1, said: 3, found: 2, written: 2 }]);
    // A back and a lost page make the number right, and are told.
    assert_eq!(doubts(divide(&stack("1_..", Some(3)))), [Doubt::Count { page: 1, said: 3, found: 3, written: 2 }]);
    let mut two = stack("1.", None);
    two[0].codes.push(sheet(2, None).to_code());
    assert_eq!(doubts(divide(&two)), [Doubt::Contradiction { page: 1 }]);
    let mut wrong = stack("1.", None);
    wrong[0].codes[0].pop();
    assert_eq!(doubts(divide(&wrong)), [Doubt::Unread { page: 1 }]);
}

#[test]
fn other_codes_are_nothing_to_a_stack() {
    let mut pages = stack("1..", None);
    pages[1].codes.extend(["https://example.jp/".to_owned(), "0123".to_owned()]);
    assert_eq!(documents(divide(&pages)), [(Some(1), vec![2, 3], vec![])]);
}

#[test]
fn everything_that_goes_wrong_has_its_words() {
    use fumikura::fault::Fault;
    use fumikura::office::ports::DigitiserError;
    let reason = String::new;
    let digitiser: Vec<Box<dyn Fault>> = vec![
        Box::new(DigitiserError::NoPages(reason())),
        Box::new(DigitiserError::Damaged { page: 1, reason: reason() }),
        Box::new(DigitiserError::Encrypted),
        Box::new(DigitiserError::TooManyPages { found: 1, most: 1 }),
        Box::new(DigitiserError::TooManyPixels { page: 1, width: 1, height: 1 }),
        Box::new(DigitiserError::NoSuchPage(1)),
        Box::new(DigitiserError::Reader { page: 1, reason: reason() }),
        Box::new(DigitiserError::Writing(reason())),
    ];
    let covers = [CoverError::Other, CoverError::Version, CoverError::Malformed, CoverError::Check];
    let stacks = [
        Doubt::Empty,
        Doubt::Unread { page: 1 },
        Doubt::Contradiction { page: 1 },
        Doubt::BeforeFirst { page: 1 },
        Doubt::NoPages { page: 1 },
        Doubt::Twice { page: 1, first: 1 },
        Doubt::Count { page: 1, said: 1, found: 1, written: 1 },
    ];
    let codes = digitiser.iter().map(|fault| fault.code()).chain(covers.iter().map(|fault| fault.code()));
    for code in codes.chain(stacks.iter().map(|fault| fault.code())) {
        assert!(fumikura::wording::ja(code).is_some(), "{code} has no words");
    }
}
