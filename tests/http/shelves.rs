//! Shelves and paper on the pages: a survey at the cabinet, a table taken over, a binder lent and found by its label.

use super::city;
use super::walk::{open_old_file, sign_in};
use axum::http::StatusCode;

const FURNITURE: [(&str, &str); 9] = [
    ("label", "福-01"),
    ("section", "福祉課"),
    ("place", "1階"),
    ("kind", "両開き書庫"),
    ("used", "shared"),
    ("width", "900"),
    ("shelves", "5"),
    ("fill", "80"),
    ("on", "2026-04-10"),
];

#[tokio::test]
async fn a_cabinet_is_surveyed_twice_and_the_offices_are_compared() {
    let city = city::with_people().await;
    let mut staff = sign_in(&city, "tanaka").await;
    staff.get("/shelves/furniture/new").await;
    let mut wrong = FURNITURE;
    (wrong[5].1, wrong[7].1) = ("広い", "120");
    let page = staff.post("/shelves/furniture/new", &wrong).await;
    assert!(
        page.says("入力エラー") && page.says("整数で入力してください") && page.says("value=\"福-01\""),
        "{}",
        page.text()
    );
    wrong[5].1 = "900";
    let page = staff.post("/shelves/furniture/new", &wrong).await;
    assert!(page.says("充填率は、0から100まで"), "{}", page.text());
    let added = staff.post("/shelves/furniture/new", &FURNITURE).await;
    let place = added.place().split('?').next().unwrap().to_owned();
    let page = staff.follow(&added).await;
    assert!(page.says("什器を登録しました") && page.says("3.60 fm"), "{}", page.text());
    let reading = [("version", "1"), ("width", "900"), ("shelves", "5"), ("fill", "20"), ("on", "2026-05-20")];
    let read = staff.post(&format!("{place}/read"), &reading).await;
    assert!(staff.follow(&read).await.says("0.90 fm"));
    let stale = staff.post(&format!("{place}/read"), &reading).await;
    assert_eq!(stale.status, StatusCode::OK, "what was entered is not lost");
    assert!(stale.says("入力エラー"), "{}", stale.text());
    let counted =
        staff.post("/shelves/heads", &[("section", "福祉課"), ("heads", "9"), ("counted", "2026-04-01")]).await;
    assert!(staff.follow(&counted).await.says("課の人数を記録しました"));
    let page = staff.get("/shelves?on=2026-05-31&before=2026-04-30").await;
    for said in ["−2.70", "0.10", "3.60", "<svg", "福祉課"] {
        assert!(page.says(said), "{said}: {}", page.text());
    }
    assert_eq!(staff.get("/shelves?on=yesterday").await.status, StatusCode::BAD_REQUEST);
    let csv = staff.get("/shelves.csv?on=2026-04-30").await;
    assert!(csv.text().contains("福祉課,1,4.50,3.60"), "{}", csv.text());
    let svg = staff.get("/shelves.svg?on=2026-04-30").await;
    assert!(
        svg.header("content-type") == "image/svg+xml" && svg.header("content-disposition").starts_with("attachment")
    );
    let found = staff.get("/shelves/find?label=%E7%A6%8F-01").await;
    assert_eq!(found.place(), place);
    let labels = staff.get("/shelves/labels").await;
    assert!(labels.says("福-01") && labels.says("<path d="), "{}", labels.text());
    let removed = staff.post(&format!("{place}/remove"), &[("hash", "2"), ("removed", "2026-05-31")]).await;
    assert!(staff.follow(&removed).await.says("什器の撤去を記録しました"));
    assert!(staff.get("/shelves?on=2026-04-30").await.says("3.60"), "earlier surveys keep it");

    let mut auditor = sign_in(&city, "kobayashi").await;
    assert!(!auditor.get("/shelves").await.says("課の人数を記録する"), "who may not write is offered nothing");
    auditor.get("/shelves").await;
    assert_eq!(auditor.post("/shelves/furniture/new", &FURNITURE).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_survey_is_uploaded_tried_and_taken_over() {
    let city = city::with_people().await;
    let mut staff = sign_in(&city, "tanaka").await;
    staff.get("/shelves/import").await;
    let head = "管理番号,課,種類,棚の内寸幅（mm）,段数,充填率（％）,調査日\n";
    let wrong = format!("{head}福-01,福祉課,書庫,900,5,80,いつか\n福-02,,書庫,900,5,80,2026-04-10\n");
    let page = staff.upload("/shelves/import", &[("go", "do")], ("survey", "a.csv", wrong.as_bytes())).await;
    assert!(page.says("誤りが2件あります") && page.says("何も登録していません"), "{}", page.text());
    let right = format!("{head}福-01,福祉課,書庫,900,5,80,2026-04-10\n");
    let page = staff.upload("/shelves/import", &[("go", "try")], ("survey", "a.csv", right.as_bytes())).await;
    assert!(page.says("新しい什器1件、今回の調査0件を登録できます") && !staff.get("/shelves").await.says("福祉課"));
    let done = staff.upload("/shelves/import", &[("go", "do")], ("survey", "a.csv", right.as_bytes())).await;
    let page = staff.follow(&done).await;
    assert!(page.says("全部の行を登録しました") && page.says("新しい什器"), "{}", page.text());
    assert!(staff.get("/shelves").await.says("福祉課"));
    staff.get("/shelves/import").await;
    let page = staff.upload("/shelves/import", &[("go", "do")], ("survey", "a.csv", b"\x00\xff,\x80")).await;
    assert!(page.says("入力エラー"), "{}", page.text());
}

#[tokio::test]
async fn a_binder_is_added_lent_overdue_returned_and_forecast() {
    let city = city::with_people().await;
    let mut staff = sign_in(&city, "tanaka").await;
    let file = open_old_file(&mut staff).await;
    let paper = file.replace("/records/files/", "/shelves/files/");
    assert!(staff.get(&file).await.says(&paper), "the file's page leads to its paper");
    staff.get(&paper).await;
    let page = staff.post(&paper, &[("label", "減-1"), ("thickness", "80"), ("furniture", "無い")]).await;
    assert!(page.says("その管理番号のものはありません") && page.says("value=\"減-1\""), "{}", page.text());
    let added = staff.post(&paper, &[("label", "減-1"), ("thickness", "80"), ("box", "箱 7")]).await;
    assert!(staff.follow(&added).await.says("箱 7"));
    let found = staff.get("/shelves/find?label=%E6%B8%9B-1").await;
    let volume = found.place();
    let page = staff.follow(&found).await;
    assert!(page.says("書架にあり") && page.says("減免決定通知書綴"), "{}", page.text());
    let lent = staff.post(&format!("{volume}/lend"), &[("borrower", "見本花子"), ("due", "2026-06-10")]).await;
    assert!(staff.follow(&lent).await.says("貸出中"));
    assert!(staff.get("/shelves/lent").await.says("見本花子"));
    let returned = staff.post(&format!("{volume}/return"), &[]).await;
    assert!(staff.follow(&returned).await.says("返却を記録しました"));
    assert!(!staff.get(&volume).await.says("見本花子"));
    assert_eq!(staff.post(&format!("{volume}/burn"), &[]).await.status, StatusCode::NOT_FOUND);
    // The file is due: its paper can go this year.
    let page = staff.get("/shelves/forecast").await;
    assert!(page.says("2026年度") && page.says("0.08") && page.says("<svg"), "{}", page.text());
    assert!(staff.get("/shelves/forecast.csv").await.text().contains("2026,1,0.08,0.00"));
    assert_eq!(staff.get("/shelves/forecast?section=x").await.status, StatusCode::BAD_REQUEST);
    staff.get(&volume).await;
    let removed = staff.post(&format!("{volume}/remove"), &[]).await;
    assert!(staff.follow(&removed).await.says("分冊の登録を取り消しました"));
}
