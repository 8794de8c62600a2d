//! The seal keeper's batch by hand: a frozen list, one release, progress; and the list of seals still to be extended.

use super::browser::Browser;
use super::city::{self, City, PDF};
use super::walk::{draft, sign_in};
use fumikura::digest::Sha256Hex;

async fn approved(city: &City) -> String {
    let mut clerk = sign_in(city, "sato").await;
    let notice = draft(&mut clerk).await;
    let mut approver = sign_in(city, "suzuki").await;
    approver.get(&notice).await;
    let hash = Sha256Hex::of(PDF).to_string();
    approver.post(&format!("{notice}/approve"), &[("hash", &hash)]).await.place();
    notice
}

async fn finished(keeper: &mut Browser, batch: &str) {
    for _ in 0..200 {
        if keeper.get(batch).await.says("終わりました") {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(25)).await;
    }
    panic!("the batch does not end");
}

#[tokio::test]
async fn a_list_is_frozen_released_once_and_sealed() {
    let city = city::with_people().await;
    let notices = [approved(&city).await, approved(&city).await];
    let mut keeper = sign_in(&city, "takahashi").await;
    keeper.get("/desk").await;
    let frozen = keeper.post("/desk/batches", &[]).await;
    let batch = frozen.place().split('?').next().expect("a path").to_owned();
    let page = keeper.follow(&frozen).await;
    assert!(page.says("一覧を確定しました") && page.says("承認待ち") && page.says("0 / 2件"), "{}", page.text());
    let hash = page.between("name=\"hash\" value=\"", "\"");
    let other = keeper.post(&format!("{batch}/release"), &[("hash", &"0".repeat(64))]).await;
    assert!(other.says("notice-batch-list-differs"), "{}", other.text());
    keeper.get(&batch).await;
    keeper.post(&format!("{batch}/release"), &[("hash", &hash)]).await.place();
    finished(&mut keeper, &batch).await;
    let page = keeper.get(&batch).await;
    assert!(page.says("2 / 2件") && page.says("付与しました"), "{}", page.text());
    let all = keeper.get("/desk/batches").await;
    assert!(all.says("終わりました") && all.says("2 / 2件"), "{}", all.text());
    let again = keeper.post(&format!("{batch}/release"), &[("hash", &hash)]).await;
    assert!(again.says("notice-batch-state"), "{}", again.text());

    let mut clerk = sign_in(&city, "sato").await;
    for notice in &notices {
        assert!(clerk.get(notice).await.says("公印済"));
    }
    assert!(clerk.get("/desk").await.says("長期署名への延長待ち 2件"));
    let page = clerk.get("/desk/upgrades").await;
    assert!(page.says("B-LT") && page.says("まだ試していません"), "{}", page.text());
    city.office.upgrade_due(None).await.expect("a round");
    let page = clerk.get("/desk/upgrades").await;
    assert!(page.says("次回："), "{}", page.text());
    city.clock.set("2027-06-01T00:00:00Z");
    let mut clerk = sign_in(&city, "sato").await;
    assert!(clerk.get("/desk/upgrades").await.says("期限を過ぎています"));
    let refused = clerk.get(&batch).await;
    assert!(refused.status.is_client_error(), "batches are the seal keeper's and the auditor's");
}
