//! From consent to arrival or paper on the pages: what staff are offered, what the recipient reads.

use super::browser::Browser;
use super::city;
use super::walk::{decide, draft, issue_and_collect, sign_in, verify};

#[tokio::test]
async fn a_notice_goes_on_paper_by_the_pages_and_says_so_everywhere() {
    let city = city::with_people().await;
    let (notice, _) = issue_and_collect(&city).await;
    let mut clerk = sign_in(&city, "sato").await;
    let page = clerk.get(&notice).await;
    assert!(page.says("再交付する") && page.says("連絡先を記録する"), "{}", page.text());
    let bad = clerk.post(&format!("{notice}/contact"), &[("email", "見本@example.jp")]).await;
    assert!(bad.says("notice-bad-mail-address"), "{}", bad.text());
    clerk.get(&notice).await;
    let address = [("email", "taro@phone.example"), ("postcode", "1234567"), ("line1", "見本県見本市緑町1")];
    let kept = clerk.post(&format!("{notice}/contact"), &address).await;
    let page = clerk.follow(&kept).await;
    assert!(page.says("連絡先を記録しました") && page.says("〒123-4567") && page.says("taro@phone.example"));
    let mut approver = sign_in(&city, "suzuki").await;
    let theirs = approver.get(&notice).await;
    assert!(!theirs.says("taro@phone.example") && !theirs.says("緑町1"), "addresses are for the section's clerks");

    let register = clerk.get("/desk/consents").await;
    assert!(register.says("電子交付への同意の記録") && register.says("有効・本人確認済"), "{}", register.text());
    let none = clerk.post("/desk/consents", &[("recipient", "だれでもない")]).await;
    assert!(none.says("当てはまる同意の記録はありません"), "{}", none.text());
    assert!(clerk.get("/desk/outbox").await.says("メールの設定"));
    assert!(clerk.get("/desk/deadlines").await.says("受取を待っている通知はありません"));

    let again = clerk_reissues(&mut clerk, &notice).await;
    assert!(again.contains("受取コード") && again.contains("/r/"), "{again}");
}

#[tokio::test]
async fn what_was_not_collected_is_turned_packed_printed_and_posted() {
    let city = city::with_people().await;
    let mut clerk = sign_in(&city, "sato").await;
    let notice = draft(&mut clerk).await;
    let link = decide(&city, &mut clerk, &notice).await;
    let sealed = clerk.get(&format!("{notice}/pdf")).await.body;
    clerk.get(&notice).await;
    clerk.post(&format!("{notice}/contact"), &[("postcode", "123-4567"), ("line1", "見本県見本市緑町1")]).await.place();
    assert!(clerk.get("/desk/print").await.says("印刷を待っている通知はありません"));
    city.clock.set("2026-06-16T01:00:00Z");
    let mut recipient = Browser::new(&city.router);
    recipient.get(&link.0).await;
    let opened = recipient.post(&format!("{}/code", link.0), &[("code", &link.1)]).await;
    let page = recipient.follow(&opened).await;
    assert!(page.says("取得期限を過ぎたため") && !page.says("同意して受け取る"), "{}", page.text());
    let mut clerk = sign_in(&city, "sato").await;
    assert!(clerk.get("/desk/deadlines").await.says("期限経過・未受取"));
    let turned = clerk.post("/desk/deadlines/to-paper", &[]).await;
    let page = clerk.follow(&turned).await;
    assert!(page.says("紙の交付に切り替えました") && page.says("記録済"), "{}", page.text());
    let id = notice.trim_start_matches("/notices/");
    let made = clerk.post("/desk/print", &[("notice", id)]).await;
    let package = made.place().split('?').next().unwrap().to_owned();
    let page = clerk.follow(&made).await;
    assert!(page.says("印刷用のまとまりを作りました") && page.says("印刷待ち"));
    let zip = clerk.post(&format!("{package}/take"), &[]).await;
    assert_eq!(zip.header("content-type"), "application/zip");
    assert!(zip.body.starts_with(b"PK") && zip.header("content-disposition").starts_with("attachment"));
    for (step, words) in [("printed", "印刷を記録しました"), ("posted", "発送を記録し")] {
        clerk.get(&package).await;
        let done = clerk.post(&format!("{package}/{step}"), &[("on", "2026-06-16")]).await;
        assert!(clerk.follow(&done).await.says(words));
    }
    let page = clerk.get(&notice).await;
    assert!(page.says("紙の通知書が正式なものです") && page.says("発送：2026年6月16日"), "{}", page.text());
    assert!(!page.says("緑町1"), "the address is gone");
    let verdict = verify(&city, &sealed).await;
    assert!(verdict.says("正式なものは紙の通知書で") && verdict.says("verdict good"), "{}", verdict.text());
    let page = recipient.get(&link.0).await;
    assert!(page.says("紙でお渡しします") && !page.says("通知書（PDF）をダウンロード"), "{}", page.text());
}

async fn clerk_reissues(clerk: &mut Browser, notice: &str) -> String {
    clerk.get(notice).await;
    clerk.post_and_follow(&format!("{notice}/reissue"), &[("reason", "紛失")]).await.text()
}
