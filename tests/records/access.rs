//! Who may see what: one decision, over every class and every kind of reader, and two persons for a more open class.

use fumikura::fault::Fault;
use fumikura::id::{RecordFileId, RecordId, UserId};
use fumikura::records::{
    AccessClass, AccessGrant, ClassCode, ClassStep, ClassWish, FileAccess, Grantee, Medium, Reader, Record,
    RecordAccess, RecordFile, RecordState, RuleBook, RuleFile, RuleSet, RuleVersion, WITHHELD, may_see,
};
use fumikura::time::Date;

const SAMPLE: &str = include_str!("../../archive/rules.sample.toml");
use AccessClass::{Internal, Public, Restricted};

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn user(number: u8) -> UserId {
    UserId::from_bytes([number; 16])
}

fn class(code: &str) -> ClassCode {
    ClassCode::parse(code).unwrap()
}

fn rules(text: &str) -> RuleSet {
    RuleFile::read(text).unwrap().sound().unwrap()
}

fn file(access: FileAccess) -> RecordFile {
    let rules = rules(SAMPLE);
    let rule = rules.rule_for(&class("B-02"), day("2026-04-10")).unwrap();
    RecordFile {
        id: RecordFileId::from_bytes([1; 16]),
        title: "簿冊".to_owned(),
        class: class("B-02"),
        rule: rules.reference(rule),
        terms: rule.terms(),
        disposition: rule.action,
        board_required: rule.board,
        facts: Default::default(),
        creator: "総務課".to_owned(),
        custodian: "福祉課長".to_owned(),
        former_custodians: Vec::new(),
        place: "書庫".to_owned(),
        medium: Medium::Electronic,
        appraisal: None,
        board_consent: None,
        transfer: None,
        access,
        closed: false,
        row_version: 1,
    }
}

fn record(own: Option<AccessClass>) -> Record {
    Record {
        id: RecordId::from_bytes([2; 16]),
        file: RecordFileId::from_bytes([1; 16]),
        title: "文書".to_owned(),
        number: None,
        created: day("2026-04-10"),
        original_name: "a.pdf".to_owned(),
        media_type: "application/pdf".to_owned(),
        size_bytes: 1,
        sha256: fumikura::digest::Sha256Hex::of(b"x"),
        made: Vec::new(),
        version: 1,
        package_sha256: None,
        access: own.and_then(RecordAccess::of),
        state: RecordState::Filed,
        filed_at: "2026-04-10T00:00:00Z".parse().unwrap(),
        row_version: 1,
    }
}

fn reader(number: u8, section: &str, sees_all: bool) -> Reader {
    Reader { user: user(number), section: section.to_owned(), sees_all, today: day("2026-04-10") }
}

fn grant(to: Grantee, until: Option<&str>) -> AccessGrant {
    let at = "2026-04-01T00:00:00Z".parse().unwrap();
    AccessGrant { to, until: until.map(day), reason: "兼務".to_owned(), by: user(9), at }
}

fn wish(class: AccessClass, by: u8, reason: &str) -> ClassWish {
    ClassWish { class, reason: reason.to_owned(), by: user(by), at: "2026-04-10T00:00:00Z".parse().unwrap() }
}

#[test]
fn only_what_is_restricted_is_closed_and_only_to_whom_the_file_does_not_let_in() {
    let classes = [Public, Internal, Restricted];
    for (of_file, own) in classes.into_iter().flat_map(|of_file| classes.map(|own| (of_file, own))) {
        let access = FileAccess {
            grants: vec![
                grant(Grantee::User(user(1)), None),
                grant(Grantee::User(user(2)), Some("2026-04-10")),
                grant(Grantee::User(user(3)), Some("2026-04-09")),
                grant(Grantee::Section("税務課".to_owned()), None),
            ],
            ..FileAccess::of(of_file)
        };
        let (file, record) = (file(access), record(Some(own)));
        let stricter = of_file.max(own);
        assert_eq!(file.access_of(Some(&record)), stricter);
        let let_in = [
            (reader(7, "総務課", true), true, "the role sees everything"),
            (reader(7, "福祉課", false), true, "the custodian's section"),
            (reader(7, " 福祉課長", false), true, "the custodian itself"),
            (reader(1, "総務課", false), true, "named"),
            (reader(2, "総務課", false), true, "named, to the end of today"),
            (reader(7, "税務課", false), true, "of a section that is named"),
            (reader(3, "総務課", false), false, "named until yesterday"),
            (reader(7, "総務課", false), false, "the section that made it long ago"),
            (reader(7, "福祉", false), false, "a section that is only like it"),
            (reader(7, "", false), false, "of no section"),
        ];
        for (reader, opens, why) in let_in {
            assert_eq!(
                may_see(&file, Some(&record), &reader),
                opens || stricter < Restricted,
                "{of_file:?} {own:?} {why}"
            );
            assert_eq!(may_see(&file, None, &reader), opens || of_file < Restricted, "{of_file:?} {why}");
            let title = if opens || of_file < Restricted { "簿冊" } else { WITHHELD };
            assert_eq!(file.title_for(&reader), title);
        }
    }
}

#[test]
fn without_a_custodian_nobody_is_of_its_section() {
    let mut nobodys = file(FileAccess::of(Restricted));
    for custodian in ["", " ", "長"] {
        custodian.clone_into(&mut nobodys.custodian);
        assert!(!may_see(&nobodys, None, &reader(7, "", false)), "{custodian:?}");
        assert!(!may_see(&nobodys, None, &reader(7, " ", false)), "{custodian:?}");
    }
}

#[test]
fn a_class_that_nobody_knows_is_the_strictest_and_rows_without_one_are_as_they_were() {
    let plain = serde_json::to_value(file(FileAccess::default())).unwrap();
    assert!(plain.get("access").is_none(), "a row that says nothing reads and writes as before");
    let read: RecordFile = serde_json::from_value(plain.clone()).unwrap();
    assert_eq!(read.access.class, Internal);
    assert!(serde_json::to_value(record(None)).unwrap().get("access").is_none());
    for word in ["top-secret", "", "Public"] {
        let mut strange = plain.clone();
        strange["access"] = serde_json::json!({ "class": word });
        let read: RecordFile = serde_json::from_value(strange).unwrap();
        assert_eq!(read.access.class, Restricted, "{word:?}");
    }
    let full = file(FileAccess {
        wish: Some(wish(Internal, 1, "公表のため")),
        grants: vec![grant(Grantee::Section("税務課".to_owned()), Some("2027-03-31"))],
        ..FileAccess::of(Restricted)
    });
    let again: RecordFile = serde_json::from_value(serde_json::to_value(&full).unwrap()).unwrap();
    assert_eq!(again, full);
}

#[test]
fn a_stricter_class_acts_at_once_and_a_more_open_one_takes_two_persons() {
    let mut access = FileAccess::default();
    assert_eq!(access.take(wish(Restricted, 1, "")).unwrap(), ClassStep::Raised);
    assert_eq!(access.take(wish(Internal, 1, " ")).unwrap_err().code(), "records-unsaid");
    assert_eq!(access.take(wish(Internal, 1, "公表")).unwrap(), ClassStep::Wished);
    assert_eq!(access.take(wish(Internal, 1, "公表")).unwrap_err().code(), "access-second-person");
    assert_eq!(access.class, Restricted, "it is as it was until the second");
    assert_eq!(access.take(wish(Public, 2, "公表")).unwrap(), ClassStep::Wished, "another wish is no second one");
    assert_eq!(access.take(wish(Internal, 1, "公表")).unwrap(), ClassStep::Wished, "nor is the first again");
    assert_eq!(access.take(wish(Internal, 2, "確かめた")).unwrap(), ClassStep::Lowered);
    assert_eq!((access.class, &access.wish), (Internal, &None));
    access.take(wish(Public, 1, "公表")).unwrap();
    assert_eq!(access.take(wish(Internal, 3, "")).unwrap(), ClassStep::TakenBack);
    assert_eq!(access.take(wish(Internal, 3, "")).unwrap(), ClassStep::Unchanged);
    access.take(wish(Public, 1, "公表")).unwrap();
    assert_eq!(access.take(wish(Restricted, 3, "")).unwrap(), ClassStep::Raised);
    assert_eq!(access.take(wish(Public, 2, "公表")).unwrap(), ClassStep::Wished, "what waited before is gone");
}

#[test]
fn a_records_own_class_goes_the_same_way() {
    let mut one = record(None);
    assert_eq!(one.take(wish(Restricted, 1, "")).unwrap(), ClassStep::Raised);
    assert_eq!(one.take(wish(Public, 1, "もう要らない")).unwrap(), ClassStep::Wished);
    assert_eq!(one.access.as_ref().unwrap().class, Restricted);
    assert_eq!(one.take(wish(Public, 2, "もう要らない")).unwrap(), ClassStep::Lowered);
    assert_eq!(one.access, None, "it is as its file is");
}

#[test]
fn a_class_of_the_file_plan_hands_its_access_down_and_a_slip_is_told() {
    let from_above = SAMPLE.replace("code = \"B\"\nname", "code = \"B\"\naccess = \"restricted\"\nname");
    let own = from_above.replace("code = \"B-02\"\n", "code = \"B-02\"\naccess = \"public\"\n");
    assert!(from_above != SAMPLE && own != from_above);
    assert_eq!(rules(&from_above).plan.access_of(&class("B-01-01")), Some(Restricted));
    assert_eq!(rules(&own).plan.access_of(&class("B-02")), Some(Public), "the nearest one says it");
    assert_eq!(rules(&own).plan.access_of(&class("A-03")), None);
    let slip = from_above.replace("\"restricted\"", "\"secret\"");
    let error = RuleFile::read(&slip).unwrap_err();
    assert_eq!(error.code(), "rule-file-unreadable");
    assert!(error.to_string().contains("restricted"), "{error}");
}

#[test]
fn rules_that_open_a_class_are_told_from_rules_that_close_one() {
    let closed = rules(&SAMPLE.replace("code = \"B\"\nname", "code = \"B\"\naccess = \"restricted\"\nname"));
    let plain = rules(SAMPLE);
    let book = |set: &RuleSet| RuleBook::new(vec![RuleVersion { set: set.clone(), acts: true }]);
    let today = day("2026-04-10");
    assert!(book(&closed).opens(&plain, today));
    assert!(!book(&plain).opens(&closed, today) && !book(&plain).opens(&plain, today));
    assert!(!RuleBook::default().opens(&plain, today), "with nothing loaded nothing is opened");
}
