//! Metres of shelf and paper: sums by section and per head, and what comes free when (R10).

use fumikura::id::{FurnitureId, UserId};
use fumikura::shelves::{
    Furniture, FurnitureUse, HeadCount, Millimetres, Outlook, PaperVolume, Reading, SectionHeads, ShelfError, Stay,
    forecast, label, survey,
};
use fumikura::time::{Date, FiscalYear};
use proptest::prelude::*;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn reading(on: &str, width_mm: u32, shelves: u32, fill_percent: u8) -> Reading {
    Reading { on: day(on), width_mm, shelves, fill_percent, by: UserId::from_bytes([1; 16]) }
}

fn piece(number: u8, section: &str, used: FurnitureUse, readings: Vec<Reading>) -> Furniture {
    Furniture {
        id: FurnitureId::from_bytes([number; 16]),
        label: format!("什-{number}"),
        section: section.to_owned(),
        place: "2階".to_owned(),
        kind: "書庫".to_owned(),
        used,
        readings,
        removed_on: None,
        row_version: 1,
    }
}

fn heads(section: &str, counts: &[(&str, u32)]) -> SectionHeads {
    let counts = counts.iter().map(|(on, heads)| HeadCount { on: day(on), heads: *heads }).collect();
    SectionHeads { section: section.to_owned(), counts }
}

#[test]
fn the_worked_example_of_a_cabinet() {
    // 900 mm wide, 5 shelves, 80 per cent full: 3.6 file metres, which is some 36,000 sheets.
    let cabinet = reading("2026-04-10", 900, 5, 80);
    assert_eq!((cabinet.room(), cabinet.paper()), (Millimetres(4500), Millimetres(3600)));
    assert_eq!(cabinet.paper().to_string(), "3.60");
}

#[test]
fn a_survey_sums_up_by_section_and_per_head_and_can_be_compared() {
    use FurnitureUse::{Personal, Shared};
    let mut gone = piece(4, "税務課", Shared, vec![reading("2026-04-10", 1000, 10, 100)]);
    gone.removed_on = Some(day("2026-10-01"));
    let furniture = [
        piece(1, "総務課", Shared, vec![reading("2026-04-10", 900, 5, 80), reading("2026-11-01", 900, 5, 20)]),
        piece(2, "総務課", Personal, vec![reading("2026-04-10", 400, 3, 50)]),
        piece(3, "税務課", Shared, vec![reading("2026-11-01", 800, 1, 100)]),
        gone,
    ];
    let counted = [heads("総務課", &[("2026-04-01", 12)]), heads("税務課", &[("2026-10-01", 0)])];
    let before = survey(&furniture, &counted, day("2026-04-30"));
    let space = &before.sections[1];
    assert_eq!((space.section.as_str(), space.furniture, space.room), ("総務課", 2, Millimetres(5700)));
    assert_eq!((space.shared, space.personal, space.paper()), (Millimetres(3600), Millimetres(600), Millimetres(4200)));
    assert_eq!((space.heads, space.paper_per_head()), (Some(12), Some(Millimetres(350))));
    assert_eq!(before.sections[0].paper(), Millimetres(10_000));
    assert_eq!((before.all.paper(), before.all.heads), (Millimetres(14_200), None), "no mean over half of the people");
    let after = survey(&furniture, &counted, day("2026-11-30"));
    assert_eq!(after.all.paper(), Millimetres(900 + 600 + 800), "what was taken away is counted no more");
    assert_eq!((after.all.heads, after.sections[0].paper_per_head()), (Some(12), None), "nobody has no share");
    assert_eq!(
        survey(&furniture, &counted, day("2026-03-31")).sections,
        [],
        "before the first reading nothing is known"
    );
}

#[test]
fn readings_are_kept_by_day_and_checked() {
    let mut furniture = piece(1, "総務課", FurnitureUse::Shared, vec![reading("2026-04-10", 900, 5, 80)]);
    furniture.take(reading("2026-03-01", 900, 5, 10));
    furniture.take(reading("2026-04-10", 900, 5, 70));
    let days: Vec<_> = furniture.readings.iter().map(|one| (one.on.to_string(), one.fill_percent)).collect();
    assert_eq!(days, [("2026-03-01".to_owned(), 10), ("2026-04-10".to_owned(), 70)]);
    assert!(matches!(reading("2026-04-10", 0, 1, 1).check(), Err(ShelfError::Width(_))));
    assert!(matches!(reading("2026-04-10", 20_001, 1, 1).check(), Err(ShelfError::Width(_))));
    assert!(matches!(reading("2026-04-10", 1, 0, 1).check(), Err(ShelfError::Shelves(_))));
    assert!(matches!(reading("2026-04-10", 1, 1, 101).check(), Err(ShelfError::Fill)));
    assert_eq!(label("  総務-01 ").unwrap(), "総務-01");
    for wrong in ["", "  ", "a\u{0}b", "a\nb", &"長".repeat(41)] {
        assert_eq!(label(wrong), Err(ShelfError::Label), "{wrong:?}");
    }
}

#[test]
fn what_ends_with_a_fiscal_year_comes_free_in_the_next_one() {
    let of = |length, until| Outlook { thickness: Millimetres(length), until, scanned: None };
    let volumes = [
        of(80, Ok(day("2027-03-31"))),
        of(70, Ok(day("2020-03-31"))),
        of(60, Ok(day("2028-12-31"))),
        of(50, Ok(day("2090-03-31"))),
        of(40, Err(Stay::Held)),
        of(30, Err(Stay::ForEver)),
        of(20, Err(Stay::Held)),
    ];
    let forecast = forecast(&volumes, day("2026-11-30"), 4);
    let years: Vec<_> = forecast.years.iter().map(|one| (one.year.0, one.volumes, one.freed.0, one.left.0)).collect();
    assert_eq!(years, [(2026, 1, 70, 280), (2027, 1, 80, 200), (2028, 1, 60, 140), (2029, 0, 0, 140)]);
    assert_eq!((forecast.today, forecast.later), (Millimetres(350), Millimetres(50)));
    assert_eq!((forecast.stays[&Stay::Held], forecast.stays[&Stay::ForEver]), (Millimetres(60), Millimetres(30)));
}

#[test]
fn what_is_scanned_comes_free_when_its_paper_has_waited_and_what_is_held_does_not() {
    let scanned = |until, on: &str| Outlook { thickness: Millimetres(10), until, scanned: Some(day(on)) };
    let volumes = [
        scanned(Ok(day("2040-03-31")), "2027-05-01"),
        scanned(Ok(day("2027-03-31")), "2027-05-01"),
        scanned(Err(Stay::ForEver), "2026-12-01"),
        scanned(Err(Stay::Held), "2026-12-01"),
    ];
    let forecast = forecast(&volumes, day("2026-11-30"), 2);
    let years: Vec<_> = forecast.years.iter().map(|one| (one.year.0, one.freed.0, one.scanned.0)).collect();
    assert_eq!(years, [(2026, 10, 10), (2027, 20, 10)], "the earlier of both days counts");
    assert_eq!(forecast.stays[&Stay::Held], Millimetres(10));
}

fn outlooks() -> impl Strategy<Value = Vec<Outlook>> {
    let until = prop_oneof![
        (2000i16..2120, 1i8..=12, 1i8..=28).prop_map(|(y, m, d)| Ok(jiff::civil::date(y, m, d))),
        prop::sample::select(vec![Stay::ForEver, Stay::Held, Stay::Undated, Stay::Review]).prop_map(Err),
    ];
    let scanned = prop::option::weighted(0.3, (2000i16..2120, 1i8..=12, 1i8..=28));
    let outlook = (0u64..2000, until, scanned).prop_map(|(length, until, scanned)| {
        let scanned = scanned.map(|(y, m, d)| jiff::civil::date(y, m, d));
        Outlook { thickness: Millimetres(length), until, scanned }
    });
    prop::collection::vec(outlook, 0..40)
}

proptest! {
    #[test]
    fn no_millimetre_is_lost_or_counted_twice(volumes in outlooks(), years in 0u16..130) {
        let on = day("2026-11-30");
        let forecast = forecast(&volumes, on, years);
        let freed: Millimetres = forecast.years.iter().map(|one| one.freed).sum();
        let stays: Millimetres = forecast.stays.values().copied().sum();
        prop_assert_eq!(freed + forecast.later + stays, forecast.today);
        prop_assert_eq!(forecast.years.last().map_or(forecast.today, |one| one.left), forecast.later + stays);
        // The same again, another way: a volume goes in the year whose first day is past its last one.
        for (ahead, one) in forecast.years.iter().enumerate() {
            let first = jiff::civil::date(2026 + i16::try_from(ahead).unwrap(), 4, 1);
            let next = jiff::civil::date(2027 + i16::try_from(ahead).unwrap(), 4, 1);
            let goes = |last: Date| last < next.yesterday().unwrap() && (ahead == 0 || last >= first.yesterday().unwrap());
            let last = |one: &Outlook| match one.until {
                Err(Stay::Held) => None,
                until => until.ok().into_iter().chain(one.scanned).min(),
            };
            let lengths = volumes.iter().filter(|one| last(one).is_some_and(goes)).map(|one| one.thickness);
            prop_assert_eq!((one.year, one.freed), (FiscalYear::of(first), lengths.sum()));
        }
    }
}

#[test]
fn a_volume_says_no_more_than_it_must() {
    let volume = PaperVolume {
        id: fumikura::id::VolumeId::from_bytes([1; 16]),
        label: "総-1".to_owned(),
        file: fumikura::id::RecordFileId::from_bytes([2; 16]),
        thickness_mm: 80,
        boxed: String::new(),
        stands_in: None,
        shelf: None,
        scanned_by: None,
        loan: None,
        row_version: 1,
    };
    assert!(volume.check().is_ok());
    let json = serde_json::to_string(&volume).unwrap();
    assert!(!json.contains("loan") && serde_json::from_str::<PaperVolume>(&json).unwrap() == volume, "{json}");
    assert!(matches!(PaperVolume { thickness_mm: 0, ..volume }.check(), Err(ShelfError::Thickness(_))));
}
