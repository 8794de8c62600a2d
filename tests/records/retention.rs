//! The worked examples of the requirement, and every case in which nobody may guess.

use fumikura::records::{
    AssignedYear, DueDate, Extension, HoldFact, HoldKind, KeepUntil, ReasonCode, RetentionFacts, RetentionPeriod,
    RetentionTerms, StartOverride, Trigger, YearBasis, due_date, period_end,
};
use fumikura::time::Date;

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn terms(trigger: Trigger, year: YearBasis, years: u16) -> RetentionTerms {
    RetentionTerms { trigger, year, years: RetentionPeriod::Years(years) }
}

fn completed(date: &str) -> RetentionFacts {
    RetentionFacts { completed: Some(day(date)), ..RetentionFacts::default() }
}

fn until(date: &str) -> Option<KeepUntil> {
    Some(KeepUntil::Date(day(date)))
}

fn codes(answer: &DueDate) -> Vec<ReasonCode> {
    answer.because.iter().map(|reason| reason.code).collect()
}

#[test]
fn example_1_fiscal_by_completion() {
    let terms = terms(Trigger::Completion, YearBasis::Fiscal, 5);
    let answer = due_date(&terms, &completed("2025-10-03"), &[], day("2031-03-31"));
    assert_eq!(answer.starts_on, Some(day("2026-04-01")));
    assert_eq!(answer.expires_on, Some(day("2031-03-31")));
    assert_eq!(answer.keep_until, until("2031-03-31"));
    assert!(!answer.due, "on its last day it is kept");
    assert!(due_date(&terms, &completed("2025-10-03"), &[], day("2031-04-01")).due);
}

#[test]
fn example_1_the_trigger_decides_the_year() {
    let facts = RetentionFacts {
        created: Some(day("2026-03-28")),
        completed: Some(day("2026-04-02")),
        ..RetentionFacts::default()
    };
    let today = day("2026-05-01");
    let by_creation = due_date(&terms(Trigger::Creation, YearBasis::Fiscal, 5), &facts, &[], today);
    let by_completion = due_date(&terms(Trigger::Completion, YearBasis::Fiscal, 5), &facts, &[], today);
    assert_eq!(by_creation.expires_on, Some(day("2031-03-31")));
    assert_eq!(by_completion.expires_on, Some(day("2032-03-31")));
}

#[test]
fn example_2_calendar_is_not_fiscal() {
    let facts = RetentionFacts { created: Some(day("2009-02-10")), ..RetentionFacts::default() };
    let calendar = due_date(&terms(Trigger::Creation, YearBasis::Calendar, 5), &facts, &[], day("2014-04-01"));
    assert_eq!(calendar.starts_on, Some(day("2010-01-01")));
    assert_eq!(calendar.expires_on, Some(day("2014-12-31")));
    assert!(!calendar.due, "read as fiscal it would be gone nine months early");
    let fiscal = due_date(&terms(Trigger::Creation, YearBasis::Fiscal, 5), &facts, &[], day("2014-04-01"));
    assert_eq!(fiscal.expires_on, Some(day("2014-03-31")));
}

#[test]
fn example_3_event_and_disclosure() {
    let terms = terms(Trigger::Event, YearBasis::Fiscal, 5);
    let facts = RetentionFacts { event: Some(day("2028-06-09")), ..RetentionFacts::default() };
    let hold = HoldFact { id: None, kind: HoldKind::Disclosure, decided: Some(day("2034-02-20")) };
    let answer = due_date(&terms, &facts, std::slice::from_ref(&hold), day("2035-02-20"));
    assert_eq!(answer.starts_on, Some(day("2029-04-01")));
    assert_eq!(answer.expires_on, Some(day("2034-03-31")));
    assert_eq!(answer.keep_until, until("2035-02-20"));
    assert!(!answer.due);
    assert!(due_date(&terms, &facts, &[hold], day("2035-02-21")).due);
}

#[test]
fn example_3_before_the_event_nothing_expires() {
    let terms = terms(Trigger::Event, YearBasis::Fiscal, 5);
    let facts = RetentionFacts {
        created: Some(day("1990-01-01")),
        completed: Some(day("1990-01-01")),
        ..RetentionFacts::default()
    };
    let answer = due_date(&terms, &facts, &[], day("2999-12-31"));
    assert_eq!((answer.starts_on, answer.expires_on, answer.keep_until, answer.due), (None, None, None, false));
    assert_eq!(codes(&answer), [ReasonCode::BaseUnknown, ReasonCode::KeptUndetermined]);
}

#[test]
fn an_open_hold_is_infinite_whatever_the_expiry() {
    let terms = terms(Trigger::Completion, YearBasis::Fiscal, 1);
    for kind in [HoldKind::Audit, HoldKind::Litigation, HoldKind::Appeal, HoldKind::Disclosure] {
        let open = HoldFact { id: None, kind, decided: None };
        let ended = HoldFact { id: None, kind: HoldKind::Audit, decided: Some(day("2100-01-01")) };
        let answer = due_date(&terms, &completed("2000-01-01"), &[ended, open], day("2999-01-01"));
        assert_eq!((answer.keep_until, answer.due), (Some(KeepUntil::Open), false));
    }
}

#[test]
fn audit_and_litigation_hold_through_the_day_they_end() {
    let terms = terms(Trigger::Completion, YearBasis::Fiscal, 1);
    for kind in [HoldKind::Audit, HoldKind::Litigation] {
        let hold = [HoldFact { id: None, kind, decided: Some(day("2030-07-07")) }];
        assert!(!due_date(&terms, &completed("2020-01-01"), &hold, day("2030-07-07")).due);
        assert!(due_date(&terms, &completed("2020-01-01"), &hold, day("2030-07-08")).due);
    }
}

#[test]
fn the_latest_of_several_holds_wins_and_an_earlier_one_changes_nothing() {
    let terms = terms(Trigger::Completion, YearBasis::Fiscal, 5);
    let fact = |kind, decided: &str| HoldFact { id: None, kind, decided: Some(day(decided)) };
    let holds = [
        fact(HoldKind::Audit, "2026-01-01"),
        fact(HoldKind::Appeal, "2031-06-30"),
        fact(HoldKind::Litigation, "2031-12-01"),
    ];
    let answer = due_date(&terms, &completed("2025-10-03"), &holds, day("2031-04-01"));
    assert_eq!(answer.keep_until, until("2032-06-30"));
    let answer = due_date(&terms, &completed("2025-10-03"), &holds[..1], day("2031-04-01"));
    assert_eq!(answer.keep_until, until("2031-03-31"));
    assert!(answer.due);
}

#[test]
fn years_end_as_the_civil_code_says() {
    // 民法 143 (2): the day before the matching day; without one, the last day of the month.
    let cases = [
        ("2024-02-29", 1, "2025-02-28"),
        ("2024-02-29", 4, "2028-02-28"),
        ("2024-03-01", 1, "2025-02-28"),
        ("2023-03-01", 1, "2024-02-29"),
        ("2025-01-01", 1, "2025-12-31"),
        ("2026-04-01", 5, "2031-03-31"),
        ("2096-02-29", 4, "2100-02-28"),
    ];
    for (first, years, last) in cases {
        assert_eq!(period_end(day(first), years), Some(day(last)), "{first} + {years}");
    }
    assert_eq!(period_end(day("2024-02-29"), 0), None);
    assert_eq!(period_end(Date::MAX, 1), None);
    assert_eq!(period_end(day("2024-01-01"), u16::MAX), None);
}

#[test]
fn extensions_follow_one_another() {
    let terms = terms(Trigger::Completion, YearBasis::Fiscal, 5);
    let extension = |years| Extension { years, approved_on: None, authority: None };
    let facts = RetentionFacts { extensions: vec![extension(2), extension(3)], ..completed("2025-10-03") };
    let answer = due_date(&terms, &facts, &[], day("2036-03-31"));
    assert_eq!((answer.expires_on, answer.due), (Some(day("2036-03-31")), false));
    let unreadable = RetentionFacts { extensions: vec![extension(2), extension(0)], ..completed("2025-10-03") };
    let answer = due_date(&terms, &unreadable, &[], day("2999-01-01"));
    assert_eq!((answer.expires_on, answer.due), (None, false));
}

#[test]
fn a_year_set_by_hand_needs_its_reason() {
    let terms = terms(Trigger::Completion, YearBasis::Fiscal, 5);
    let assigned = |reason: &str| RetentionFacts {
        year: Some(AssignedYear { year: 2024, reason: reason.to_owned() }),
        ..completed("2025-05-20")
    };
    let answer = due_date(&terms, &assigned("出納整理期間"), &[], day("2026-01-01"));
    assert_eq!(answer.expires_on, Some(day("2030-03-31")));
    let answer = due_date(&terms, &assigned(" "), &[], day("2999-01-01"));
    assert_eq!((answer.expires_on, answer.due), (None, false));
}

#[test]
fn a_start_set_by_hand_needs_authority_and_reason_and_cannot_replace_an_event() {
    let by_completion = terms(Trigger::Completion, YearBasis::Fiscal, 5);
    let facts = |authority: &str, reason: &str| RetentionFacts {
        start_override: Some(StartOverride {
            starts_on: day("2020-04-01"),
            authority: authority.to_owned(),
            reason: reason.to_owned(),
        }),
        ..RetentionFacts::default()
    };
    let today = day("2030-01-01");
    assert_eq!(due_date(&by_completion, &facts("規程", "合併前"), &[], today).expires_on, Some(day("2025-03-31")));
    assert_eq!(due_date(&by_completion, &facts("", "合併前"), &[], today).expires_on, None);
    assert_eq!(due_date(&by_completion, &facts("規程", ""), &[], today).expires_on, None);
    let by_event = terms(Trigger::Event, YearBasis::Fiscal, 5);
    assert_eq!(due_date(&by_event, &facts("規程", "合併前"), &[], today).expires_on, None);
}

#[test]
fn permanent_and_in_use_never_fall_due() {
    for years in [RetentionPeriod::Permanent, RetentionPeriod::InUse] {
        let terms = RetentionTerms { trigger: Trigger::Completion, year: YearBasis::Fiscal, years };
        let ended = HoldFact { id: None, kind: HoldKind::Audit, decided: Some(day("2001-01-01")) };
        let answer = due_date(&terms, &completed("1950-01-01"), &[ended], day("2999-12-31"));
        assert_eq!((answer.expires_on, answer.keep_until, answer.due), (None, None, false));
    }
}

#[test]
fn beyond_the_calendar_nothing_expires() {
    let terms = terms(Trigger::Completion, YearBasis::Fiscal, 100);
    for base in ["9950-01-01", "9999-12-31"] {
        let answer = due_date(&terms, &completed(base), &[], Date::MAX);
        assert_eq!((answer.expires_on, answer.due), (None, false), "{base}");
    }
    let first = due_date(&terms, &completed("-009999-01-01"), &[], Date::MIN);
    assert!(!first.due);
}

#[test]
fn periods_outside_one_to_a_hundred_years_cannot_be_written() {
    for text in ["0", "-1", "101", "65536", "\"forever\"", "1.5", "null", "\"5\""] {
        assert!(serde_json::from_str::<RetentionPeriod>(text).is_err(), "{text}");
    }
    for text in ["1", "100", "\"permanent\"", "\"in-use\""] {
        let period: RetentionPeriod = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&period).unwrap(), text);
    }
}

#[test]
fn keep_until_is_a_date_or_open_or_null() {
    let text = |keep: Option<KeepUntil>| serde_json::to_string(&keep).unwrap();
    assert_eq!(text(None), "null");
    assert_eq!(text(Some(KeepUntil::Open)), "\"open\"");
    assert_eq!(text(until("2031-03-31")), "\"2031-03-31\"");
    for keep in [None, Some(KeepUntil::Open), until("2031-03-31")] {
        assert_eq!(serde_json::from_str::<Option<KeepUntil>>(&text(keep)).unwrap(), keep);
    }
}
