//! The normal form of words: what is taken for the same, and that a hold never finds less than letters do.

use fumikura::records::{HoldPredicate, HoldTarget, SearchWords, grams, normal_form};
use proptest::prelude::*;
use std::collections::BTreeSet;

#[test]
fn what_people_take_for_the_same_has_one_form() {
    let same = [
        ("ﾊﾟｿｺﾝ ＡＢＣ①", "パソコンabc1"),
        ("國立・廣澤 學藝會", "国立・広沢学芸会"),
        ("齋藤 齊藤 斎藤", "斉藤斉藤斉藤"),
        ("渡邉 渡邊", "渡辺渡辺"),
        ("髙𣘺 𠮷田 山﨑 濵田", "高橋吉田山崎浜田"),
        ("\u{fa19}\u{fa1a}\u{fa1b}", "神祥福"),
        ("ゴミ収集 ごみ収集", "ごみ収集ごみ収集"),
        ("霞ヶ関 霞ケ関 霞け関", "霞け関霞け関霞け関"),
        ("か\u{3099}く", "がく"),
        ("葛\u{e0100}城 辻\u{fe00}", "葛城辻"),
        ("㍻㈱℡", "平成(株)tel"),
        ("第1−2号 第１‐２号 第1－2号", "第1-2号第1-2号第1-2号"),
        ("３月〜５月 3月～5月", "3月~5月3月~5月"),
        ("山田\u{3000}太郎\0\n", "山田太郎"),
        ("ΣΑΣ ß İ", "σασßi\u{307}"),
        ("👨\u{200d}👩\u{200d}👧", "👨👩👧"),
    ];
    for (one, other) in same {
        let (one, other) = (normal_form(one), normal_form(other));
        assert_eq!(one, other);
    }
    for (one, other) in [("へ", "え"), ("は", "ば"), ("力", "加"), ("一", "ー"), ("人", "入"), ("土", "士")]
    {
        assert_ne!(normal_form(one), normal_form(other));
    }
}

#[test]
fn every_form_of_the_table_leads_to_one_of_today() {
    // 18 of the forms in brackets, from all over the table; those that are one character in Unicode are NFKC's.
    for pair in [
        "亞亜", "廳庁", "豐豊", "龍竜", "龜亀", "瓣弁", "辯弁", "辨弁", "鬪闘", "鬭闘", "與与", "圓円", "鐵鉄", "隸隷",
        "藏蔵", "臟臓", "顏顔", "餠餅",
    ] {
        let (old, today) = pair.split_at(pair.char_indices().nth(1).unwrap().0);
        assert_eq!(normal_form(old), today);
        assert_eq!(normal_form(today), today);
    }
}

#[test]
fn words_are_all_asked_for_and_nothing_asks_for_nothing() {
    let words = SearchWords::of(" 下水道　ﾄﾞｳﾛ 下水道 ");
    assert!(words.stand_in(["公共下水道の工事", "市どうろ第1号"]));
    assert!(!words.stand_in(["公共下水道の工事", "市道第1号"]));
    assert!(!SearchWords::of("東京都").stand_in(["東京京都"]), "pairs alone do not do");
    assert!(!SearchWords::of("ab").stand_in(["a", "b"]), "a word stands in one text");
    for nothing in ["", " \u{3000}", "\u{fe0f}", "\0", "\u{200b} \u{fffd}"] {
        let words = SearchWords::of(nothing);
        assert!(words.is_empty() && words.grams().is_empty() && words.stand_in(["何か"]) && words.stand_in([]));
    }
    for odd in ["%", "_", "'", "\"", "\\", "*", "%_", "(", "🏢", "ゝ", "\u{3099}", "-", "^$"] {
        assert!(SearchWords::of(odd).stand_in([format!("甲{odd}乙").as_str()]), "{odd:?}");
        assert!(!SearchWords::of(odd).stand_in(["甲乙"]), "{odd:?}");
    }
    let long = SearchWords::of(&"第一二三四五六七八九十号 ".repeat(9_999));
    assert!(long.grams().len() <= 12 && !long.stand_in(["第一号"]));
}

/// Texts of what titles are made of, and of anything else.
fn text() -> impl Strategy<Value = String> {
    let usual = proptest::sample::select(vec![
        "国",
        "國",
        "齋",
        "斉",
        "下",
        "水",
        "道",
        "か",
        "ガ",
        "ｶﾞ",
        "ﾊ",
        "\u{3099}",
        "\u{309a}",
        "が",
        "ヶ",
        "A",
        "ａ",
        "Σ",
        "ς",
        "İ",
        "1",
        "①",
        " ",
        "\u{3000}",
        "-",
        "‐",
        "〜",
        "\u{fe00}",
        "\u{e0100}",
        "\0",
        "𠮷",
        "\u{fa19}",
        "e\u{301}",
        "é",
        "ſ",
        "ﷺ",
        "\u{344}",
    ]);
    prop_oneof![
        3 => proptest::collection::vec(usual, 0..12).prop_map(|parts| parts.concat()),
        1 => any::<String>(),
    ]
}

/// A part of a text, from one character to another.
fn part(text: &str, from: usize, length: usize) -> String {
    let count = text.chars().count().max(1);
    text.chars().skip(from % count).take(1 + length % count).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_normal_form_is_its_own(text in text()) {
        let normal = normal_form(&text);
        prop_assert_eq!(normal_form(&normal), normal.clone());
        prop_assert!(!normal.chars().any(|c| c.is_whitespace() || c.is_control()));
    }

    #[test]
    fn any_part_of_a_normal_form_is_found_and_looked_up(text in text(), from in 0_usize..99, length in 0_usize..99) {
        let normal = normal_form(&text);
        let words = SearchWords::of(&part(&normal, from, length));
        prop_assert!(words.stand_in([text.as_str()]));
        let there: BTreeSet<&str> = grams(&normal);
        prop_assert!(words.grams().iter().all(|gram| there.contains(gram)));
    }

    #[test]
    fn what_is_found_has_every_word_and_all_that_it_is_looked_up_by(title in text(), asked in text()) {
        let (words, normal) = (SearchWords::of(&asked), normal_form(&title));
        let each = asked.split_whitespace().map(normal_form).all(|word| normal.contains(&word));
        prop_assert_eq!(words.stand_in([title.as_str()]), each);
        let there = grams(&normal);
        prop_assert!(!each || words.grams().iter().all(|gram| there.contains(gram)));
    }

    #[test]
    fn a_hold_finds_whatever_its_letters_are_in(title in text(), from in 0_usize..99, length in 0_usize..99) {
        let letters = part(&title, from, length);
        let target = HoldTarget {
            records_known: true,
            titles: vec![title.clone()],
            creator: Some(title.clone()),
            custodians: vec![title],
            ..HoldTarget::default()
        };
        for what in [
            HoldPredicate { title_contains: Some(letters.clone()), ..HoldPredicate::default() },
            HoldPredicate { creator_contains: Some(letters.clone()), ..HoldPredicate::default() },
            HoldPredicate { custodian_contains: Some(letters), ..HoldPredicate::default() },
        ] {
            prop_assert!(what.matches(&target, None));
        }
    }

    #[test]
    fn what_is_looked_at_quickly_comes_out_as_what_is_looked_at_closely(title in text(), long in "[か\u{3099}ｶﾞ下a１﨑Ａー・。 ヷ-]{0,60}") {
        for text in [title, long] {
            // With something between that shows nothing, no two plain characters stand side by side.
            let spread: String = text.chars().flat_map(|c| [c, '\u{200b}']).collect();
            prop_assert_eq!(normal_form(&text), normal_form(&spread));
        }
    }

    #[test]
    fn a_hold_finds_whatever_a_search_finds(title in text(), asked in text()) {
        let target = HoldTarget { records_known: true, titles: vec![title.clone()], ..HoldTarget::default() };
        let what = HoldPredicate { title_contains: Some(asked.clone()), ..HoldPredicate::default() };
        prop_assert!(what.matches(&target, None) || !SearchWords::of(&asked).stand_in([title.as_str()]));
        prop_assert_eq!(what.matches(&target, None), title.contains(&asked) || SearchWords::of(&asked).stand_in([title.as_str()]));
    }
}
