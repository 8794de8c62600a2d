//! A second implementation of the retention dates, written from the requirement alone: plain tuples and day numbers,
//! no code of the library and no date library. It agrees with the library over very many random cases.

use fumikura::records::{
    AssignedYear, Extension, HoldFact, HoldKind, KeepUntil, RetentionFacts, RetentionPeriod, RetentionTerms,
    StartOverride, Trigger, YearBasis, due_date, expiry_date,
};
use fumikura::time::Date;
use proptest::prelude::*;

type Day = (i64, i64, i64);

fn leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn month_length(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn next_day((year, month, day): Day) -> Day {
    if day < month_length(year, month) {
        (year, month, day + 1)
    } else if month < 12 {
        (year, month + 1, 1)
    } else {
        (year + 1, 1, 1)
    }
}

/// The last day of `years` years that begin on `first`: steps month by month to the matching day, then one day back.
fn last_day(first: Day, years: i64) -> Day {
    let (year, month, day) = (first.0 + years, first.1, first.2);
    if day > month_length(year, month) {
        return (year, month, month_length(year, month));
    }
    // The day whose next day is the matching day.
    let candidates = [
        (year, month, day - 1),
        if month > 1 { (year, month - 1, month_length(year, month - 1)) } else { (year - 1, 12, 31) },
    ];
    candidates.into_iter().find(|candidate| candidate.2 > 0 && next_day(*candidate) == (year, month, day)).unwrap()
}

#[derive(Debug, PartialEq)]
enum Keep {
    None,
    Open,
    Until(Day),
}

fn tuple(date: Date) -> Day {
    (i64::from(date.year()), i64::from(date.month()), i64::from(date.day()))
}

/// Start, expiry, keep, due; straight from the pseudo-code of the requirement.
fn expected(
    terms: &RetentionTerms,
    facts: &RetentionFacts,
    holds: &[HoldFact],
    today: Date,
) -> (Option<Day>, Option<Day>, Keep, bool) {
    let base = match terms.trigger {
        Trigger::Creation => facts.created,
        Trigger::Opening => facts.opened,
        Trigger::Completion => facts.completed,
        Trigger::Event => facts.event,
    };
    let start = match (&facts.start_override, base) {
        (Some(_), None) if terms.trigger == Trigger::Event => None,
        (Some(given), _) => Some(tuple(given.starts_on)),
        (None, None) => None,
        (None, Some(base)) => {
            let (year, month, _) = tuple(base);
            let own = if terms.year == YearBasis::Fiscal && month < 4 { year - 1 } else { year };
            let year = facts.year.as_ref().map_or(own, |assigned| i64::from(assigned.year));
            Some((year + 1, if terms.year == YearBasis::Fiscal { 4 } else { 1 }, 1))
        }
    };
    let expiry = match (start, terms.years) {
        (Some(start), RetentionPeriod::Years(years)) => {
            let mut last = last_day(start, i64::from(years));
            for extension in &facts.extensions {
                last = last_day(next_day(last), i64::from(extension.years));
            }
            Some(last)
        }
        _ => None,
    };
    let ends: Vec<Option<Day>> = holds
        .iter()
        .map(|hold| {
            let decided = tuple(hold.decided?);
            Some(match hold.kind {
                HoldKind::Audit | HoldKind::Litigation => decided,
                HoldKind::Appeal | HoldKind::Disclosure => last_day(next_day(decided), 1),
            })
        })
        .collect();
    let keep = if ends.contains(&None) {
        Keep::Open
    } else {
        expiry.map_or(Keep::None, |expiry| Keep::Until(ends.into_iter().flatten().fold(expiry, Day::max)))
    };
    let due = matches!(keep, Keep::Until(last) if tuple(today) > last);
    (start, expiry, keep, due)
}

fn agree(terms: &RetentionTerms, facts: &RetentionFacts, holds: &[HoldFact], today: Date) {
    let answer = due_date(terms, facts, holds, today);
    let keep = match answer.keep_until {
        None => Keep::None,
        Some(KeepUntil::Open) => Keep::Open,
        Some(KeepUntil::Date(date)) => Keep::Until(tuple(date)),
    };
    let given = (answer.starts_on.map(tuple), answer.expires_on.map(tuple), keep, answer.due);
    assert_eq!(given, expected(terms, facts, holds, today), "{terms:?} {facts:?} {holds:?} {today}");
    assert!(!answer.because.is_empty());
    if answer.due {
        assert!(answer.expires_on.is_some_and(|expiry| today > expiry), "nothing without a passed expiry is ever due");
    }
}

fn date() -> impl Strategy<Value = Date> {
    (1950i16..2120, 1i8..=12, 1i8..=31).prop_map(|(year, month, day)| {
        let length = Date::new(year, month, 1).unwrap().days_in_month();
        Date::new(year, month, day.min(length)).unwrap()
    })
}

fn terms() -> impl Strategy<Value = RetentionTerms> {
    let trigger =
        prop_oneof![Just(Trigger::Creation), Just(Trigger::Opening), Just(Trigger::Completion), Just(Trigger::Event)];
    let year = prop_oneof![Just(YearBasis::Fiscal), Just(YearBasis::Calendar)];
    let years = prop_oneof![
        8 => (1u16..=100).prop_map(RetentionPeriod::Years),
        1 => Just(RetentionPeriod::Permanent),
        1 => Just(RetentionPeriod::InUse),
    ];
    (trigger, year, years).prop_map(|(trigger, year, years)| RetentionTerms { trigger, year, years })
}

fn facts() -> impl Strategy<Value = RetentionFacts> {
    let some = || proptest::option::weighted(0.85, date());
    let year = proptest::option::weighted(0.2, 1950i16..2120);
    let start = proptest::option::weighted(0.15, date());
    let extensions = proptest::collection::vec(1u16..=30, 0..4);
    (some(), some(), some(), some(), year, start, extensions).prop_map(
        |(created, opened, completed, event, year, start, extensions)| RetentionFacts {
            created,
            opened,
            completed,
            event,
            year: year.map(|year| AssignedYear { year, reason: "出納整理期間".to_owned() }),
            start_override: start.map(|starts_on| StartOverride {
                starts_on,
                authority: "規程第9条".to_owned(),
                reason: "引継ぎ".to_owned(),
            }),
            extensions: extensions
                .into_iter()
                .map(|years| Extension { years, approved_on: None, authority: None })
                .collect(),
        },
    )
}

fn holds() -> impl Strategy<Value = Vec<HoldFact>> {
    let kind = prop_oneof![
        Just(HoldKind::Audit),
        Just(HoldKind::Litigation),
        Just(HoldKind::Appeal),
        Just(HoldKind::Disclosure)
    ];
    let hold = (kind, proptest::option::weighted(0.8, date()));
    proptest::collection::vec(hold.prop_map(|(kind, decided)| HoldFact { id: None, kind, decided }), 0..4)
}

/// How many random cases: `FUMIKURA_DATE_CASES`, else a number that takes no time.
fn cases() -> u32 {
    #[expect(clippy::disallowed_methods, reason = "the tests' own setting")]
    let given = std::env::var("FUMIKURA_DATE_CASES").ok();
    given.and_then(|number| number.parse().ok()).unwrap_or(20_000)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn library_and_oracle_agree(terms in terms(), facts in facts(), holds in holds(), today in date()) {
        agree(&terms, &facts, &holds, today);
    }

    #[test]
    fn more_holds_never_shorten(terms in terms(), facts in facts(), holds in holds(), today in date()) {
        let without = due_date(&terms, &facts, &[], today);
        prop_assert_eq!(expiry_date(&terms, &facts), without.expires_on);
        let with = due_date(&terms, &facts, &holds, today);
        prop_assert!(without.due || !with.due);
        prop_assert_eq!(without.expires_on, with.expires_on);
    }
}

/// Every day of years around the leap years that are and the one that is not (2100), around every boundary.
#[test]
fn every_day_around_leap_years() {
    for (first, end) in [(1995, 2005), (2094, 2105)] {
        let mut base = Date::constant(first, 1, 1);
        while base.year() < end {
            every_rule_on(base);
            base = base.tomorrow().unwrap();
        }
    }
}

fn every_rule_on(base: Date) {
    for (year, years) in [(YearBasis::Fiscal, 1), (YearBasis::Fiscal, 5), (YearBasis::Calendar, 30)] {
        let terms = RetentionTerms { trigger: Trigger::Completion, year, years: RetentionPeriod::Years(years) };
        let facts = RetentionFacts { completed: Some(base), ..RetentionFacts::default() };
        let hold = HoldFact { id: None, kind: HoldKind::Disclosure, decided: Some(base) };
        let expiry = due_date(&terms, &facts, &[], base).expires_on.unwrap();
        for today in [expiry.yesterday().unwrap(), expiry, expiry.tomorrow().unwrap()] {
            agree(&terms, &facts, std::slice::from_ref(&hold), today);
            assert_eq!(due_date(&terms, &facts, &[], today).due, today > expiry);
        }
    }
    let given = StartOverride { starts_on: base, authority: "規程".to_owned(), reason: "引継ぎ".to_owned() };
    for years in [1, 3, 4] {
        let years = RetentionPeriod::Years(years);
        let terms = RetentionTerms { trigger: Trigger::Creation, year: YearBasis::Fiscal, years };
        let extensions = vec![Extension { years: 1, approved_on: None, authority: None }; 2];
        let facts = RetentionFacts { start_override: Some(given.clone()), extensions, ..RetentionFacts::default() };
        agree(&terms, &facts, &[], base);
    }
}
