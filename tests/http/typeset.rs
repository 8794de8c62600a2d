//! Notices from templates by their pages: filled in, looked at, drafted, changed; a table of recipients; many at one go.

use super::browser::Browser;
use super::city::{self, City};
use super::walk::sign_in;
use crate::office::typeset::typeset_here;
use axum::http::StatusCode;

const FORM: &[(&str, &str)] = &[
    ("kind", "typeset"),
    ("subject", "道路占用許可書"),
    ("recipient", "見本 太郎"),
    ("dated", "2026-06-01"),
    ("field-place", "中央1丁目"),
    ("field-fee", "12300"),
    ("reasons", "基準に適合するため"),
    ("instructions", "3か月以内に審査請求ができます"),
];

/// What the form of the tests is for.
pub const ASKED: &str = "道路占用許可書";

fn with(changes: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let kept = FORM.iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    kept.chain(changes).copied().collect()
}

/// A city with a template, and its clerk's browser; none where there is no font.
async fn clerk() -> Option<(City, Browser)> {
    if !typeset_here() {
        return None;
    }
    let city = city::with_people().await;
    let clerk = sign_in(&city, "sato").await;
    Some((city, clerk))
}

#[tokio::test]
async fn a_notice_is_filled_in_looked_at_and_drafted() {
    let Some((_city, mut clerk)) = clerk().await else { return };
    assert!(clerk.get("/notices/new").await.says("/notices/typeset?kind=typeset"));
    let form = clerk.get("/notices/typeset?kind=typeset").await;
    assert!(form.says("field-place") && form.says("手数料") && form.says("2026-06-01"), "{}", form.text());
    let seen = clerk.post("/notices/typeset", &with(&[("look", "1")])).await;
    assert!(seen.says("data:image/") && seen.says("1ページ中1ページ目") && seen.says("中央1丁目"), "{}", seen.text());
    assert!(seen.says("まだ保存していません"));
    assert!(!clerk.get("/desk").await.says("道路占用許可書"), "what is looked at is not stored");

    let drafted = clerk.post("/notices/typeset", &with(&[("save", "1")])).await;
    let notice = clerk.follow(&drafted).await;
    assert!(
        notice.says("起案を保存しました") && notice.says("/pages/1") && notice.says("/typeset"),
        "{}",
        notice.text()
    );
    let way = drafted.place().split('?').next().unwrap().to_owned();
    let picture = clerk.get(&format!("{way}/pages/1")).await;
    assert_eq!((picture.status, picture.header("cache-control")), (StatusCode::OK, "no-store"));
    assert!(picture.header("content-type").starts_with("image/"));
    assert!(clerk.get(&format!("{way}/pages/2")).await.status.is_client_error());

    let again = clerk.get(&format!("{way}/typeset")).await;
    assert!(again.says("中央1丁目") && again.says("12300") && again.says("見本 太郎"));
    let changed = clerk.post(&format!("{way}/typeset"), &with(&[("field-place", "中央9丁目")])).await;
    assert!(clerk.follow(&changed).await.says("起案を直しました"));
    let submitted = clerk.post(&format!("{way}/submit"), &[]).await;
    assert!(clerk.follow(&submitted).await.says("8見総第1号（施行前）"));
    assert!(!clerk.get(&way).await.says(&format!("{way}/typeset")), "what is submitted is not changed");
}

#[tokio::test]
async fn what_is_wrong_is_said_at_its_field_with_character_and_place() {
    let Some((_city, mut clerk)) = clerk().await else { return };
    for (change, words, anchor) in [
        (("field-place", "中央😀"), "場所の3文字目「😀」（U+1F600）", "#field-place"),
        (("recipient", "見本 😀"), "受取人の4文字目", "#recipient"),
        (("field-fee", "高い"), "円単位の金額を数字で", "#field-fee"),
        (("field-place", ""), "場所を入力してください", "#field-place"),
        (("dated", "来年"), "日付を2026-04-01のように", "#dated"),
        (("reasons", ""), "処分の理由を入力してください", "#reasons"),
    ] {
        for way in ["look", "save"] {
            let answer = clerk.post("/notices/typeset", &with(&[change, (way, "1")])).await;
            assert!(answer.says(words) && answer.says(anchor), "{words}: {}", answer.text());
            assert!(answer.says("3か月以内"), "nothing that was entered is lost");
        }
    }
    let escaped = clerk.post("/notices/typeset", &with(&[("field-place", "<script>1</script>"), ("look", "1")])).await;
    assert!(!escaped.text().contains("<script>1"), "{}", escaped.text());
    assert_eq!(clerk.get("/notices/typeset?kind=disclosure").await.status, StatusCode::NOT_FOUND);
    assert_eq!(clerk.get("/notices/typeset?kind=nothing").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_table_becomes_drafts_that_go_on_together() {
    let Some((city, mut clerk)) = clerk().await else { return };
    let page = clerk.get("/notices/merge?kind=typeset").await;
    assert!(page.says("/notices/merge.csv?kind=typeset") && page.says("受取人の表"));
    let head = clerk.get("/notices/merge.csv?kind=typeset").await;
    assert_eq!(
        head.text().trim_start_matches('\u{feff}').trim(),
        "受取人,件名,日付,場所,手数料,期日,結果,備考,処分の理由,教示"
    );
    let table = |rows: &[&str]| {
        let mut table = "受取人,場所,手数料,処分の理由,教示\r\n".to_owned();
        rows.iter().for_each(|row| table.push_str(&format!("{row},基準に適合するため,審査請求ができます\r\n")));
        table.into_bytes()
    };
    for (bytes, words) in [
        (b"\xff\xff\xff".to_vec(), "CSVとして読めません"),
        ("受取人,値段\n見本,1\n".into(), "「値段」という列はこの様式にありません"),
        ("受取人,手数料\n見本,1\n".into(), "「場所」の列がありません"),
        (table(&[]), "表に行がありません"),
        ("受取人,場所,手数料,日付\n見本,中央,1,来年\n".into(), "2行目の日付が読めません"),
    ] {
        let answer = clerk.upload("/notices/merge", &[("kind", "typeset")], ("csv", "rows.csv", &bytes)).await;
        assert!(answer.says(words), "{words}: {}", answer.text());
    }
    let wrong = table(&["見本 太郎,中央1丁目,100", "試験 😀,中央2丁目,高い"]);
    let answer = clerk.upload("/notices/merge", &[("kind", "typeset")], ("csv", "rows.csv", &wrong)).await;
    assert!(answer.says("2件のうち1件を直してください") && !answer.says("name=\"save\""), "{}", answer.text());

    let good = table(&["見本 太郎,中央1丁目,100", "試験 花子,\"中央<2>丁目\",200", "例示 次郎,中央3丁目,300"]);
    let looked = clerk.upload("/notices/merge", &[("kind", "typeset")], ("csv", "rows.csv", &good)).await;
    assert!(looked.says("3件すべて作れます") && looked.says("中央&#60;2&#62;丁目"), "{}", looked.text());
    assert!(!clerk.get("/desk").await.says("例示"), "nothing is stored yet");
    let text = String::from_utf8(good).unwrap();
    let merged = clerk.post_and_follow("/notices/merge", &[("kind", "typeset"), ("table", &text), ("save", "1")]).await;
    assert!(merged.says("3件の下書きを作りました") && merged.says("例示 次郎"), "{}", merged.text());

    // Submitted together, numbered in their order, approved together by somebody else.
    let desk = clerk.get("/desk").await;
    let ticked = ticks(&desk.text());
    assert_eq!(ticked.len(), 3);
    let submitted = clerk.post_and_follow("/desk/submit", &pairs(&ticked)).await;
    assert_eq!(submitted.text().matches("決裁に回しました").count(), 3, "{}", submitted.text());
    assert!(clerk.post("/desk/submit", &[]).await.status.is_client_error(), "nothing was ticked");
    assert_eq!(clerk.get("/desk/outcome").await.text(), submitted.text(), "what came of it may be looked at again");
    let again = clerk.post_and_follow("/desk/submit", &pairs(&ticked)).await;
    assert_eq!(again.text().matches("Refused").count(), 3);
    let first = ticked[0].split(':').next().unwrap();
    assert!(clerk.get(&format!("/notices/{first}")).await.says("8見総第1号（施行前）"));
    let mut approver = sign_in(&city, "suzuki").await;
    let ticked = ticks(&approver.get("/desk").await.text());
    assert_eq!(ticked.len(), 3);
    let other = format!("{first}:{}", "0".repeat(64));
    let refused = approver.post_and_follow("/desk/approve", &pairs(&[other])).await;
    assert!(refused.says("できません"), "another hash than was shown: {}", refused.text());
    let approved = approver.post_and_follow("/desk/approve", &pairs(&ticked)).await;
    assert_eq!(approved.text().matches("決裁しました").count(), 3, "{}", approved.text());
}

#[tokio::test]
async fn what_was_returned_is_changed_by_an_upload_too() {
    let city = city::with_people().await;
    let mut clerk = sign_in(&city, "sato").await;
    let fields = [("kind", "info"), ("subject", "お知らせ"), ("recipient", "見本 太郎")];
    let drafted = clerk.upload("/notices/new", &fields, ("pdf", "a.pdf", city::PDF)).await;
    let way = drafted.place().split('?').next().unwrap().to_owned();
    assert!(clerk.get(&way).await.says(&format!("{way}/edit")));
    assert!(clerk.get(&format!("{way}/edit")).await.says("見本 太郎"));
    let fields = [("kind", "info"), ("subject", "別のお知らせ"), ("recipient", "見本 太郎")];
    let changed = clerk.upload(&format!("{way}/edit"), &fields, ("pdf", "b.pdf", city::PDF)).await;
    assert!(clerk.follow(&changed).await.says("別のお知らせ"));
    let numbered = clerk.post(&format!("{way}/number"), &[]).await;
    assert!(clerk.follow(&numbered).await.says("8見総第1号（施行前）"));
}

/// Brings a notice from the template as far as issue; returns its sealed file.
pub async fn issued() -> Option<(City, Vec<u8>)> {
    let (city, mut clerk) = clerk().await?;
    clerk.get("/notices/typeset?kind=typeset").await;
    let drafted = clerk.post("/notices/typeset", FORM).await;
    let way = drafted.place().split('?').next().unwrap().to_owned();
    clerk.get(&way).await;
    clerk.post(&format!("{way}/submit"), &[]).await.place();
    let mut approver = sign_in(&city, "suzuki").await;
    let hash = approver.get(&way).await.between("name=\"hash\" value=\"", "\"");
    approver.post(&format!("{way}/approve"), &[("hash", &hash)]).await.place();
    let mut keeper = sign_in(&city, "takahashi").await;
    let item = format!("{}:{hash}", way.trim_start_matches("/notices/"));
    assert!(keeper.post_and_follow("/desk/seal", &[("notice", &item)]).await.says("付与しました"));
    clerk.get(&way).await;
    clerk.post(&format!("{way}/consent"), &[("method", "application"), ("evidence", "申請書 第1号")]).await.place();
    assert!(clerk.post_and_follow(&format!("{way}/issue"), &[]).await.says("8見総第1号"));
    let pdf = clerk.get(&format!("{way}/pdf")).await.body;
    Some((city, pdf))
}

#[tokio::test]
async fn a_page_follows_what_is_entered_by_the_same_form() {
    let Some((_city, mut clerk)) = clerk().await else { return };
    let form = clerk.get("/notices/typeset?kind=typeset").await;
    let policy = form.header("content-security-policy");
    assert!(policy.contains("script-src 'self'; connect-src 'self'") && !policy.contains("unsafe"), "{policy}");
    assert!(form.says("/assets/typeset.js") && form.says("data-live") && form.says("id=\"live\""));
    let script = clerk.get("/assets/typeset.js").await;
    assert!(script.header("content-type").starts_with("text/javascript"));
    clerk.get("/notices/typeset?kind=typeset").await;
    let part = clerk.post("/notices/typeset", &with(&[("look", "1"), ("live", "1")])).await;
    assert!(part.status == StatusCode::OK && part.says("data:image/") && !part.says("<html"), "{}", part.text());
    let glyph = [("field-place", "中央😀"), ("look", "1"), ("live", "1")];
    let refused = clerk.post("/notices/typeset", &with(&glyph)).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.says("場所の3文字目「😀」（U+1F600）") && refused.says("#field-place"), "{}", refused.text());
    let empty = clerk.post("/notices/typeset", &with(&[("recipient", ""), ("look", "1"), ("live", "1")])).await;
    assert!(empty.status == StatusCode::UNPROCESSABLE_ENTITY && empty.says("受取人を入力してください"));
    assert!(!clerk.get("/desk").await.says(ASKED), "nothing is stored");
}

/// Returns what can be ticked on a page.
fn ticks(page: &str) -> Vec<String> {
    let parts = page.split("name=\"notice\" value=\"").skip(1);
    parts.map(|part| part.split('"').next().unwrap_or_default().to_owned()).collect()
}

fn pairs(ticked: &[String]) -> Vec<(&str, &str)> {
    ticked.iter().map(|value| ("notice", value.as_str())).collect()
}
