//! The page of proofs, and the evidence record of a record as it is handed out.

use super::city;
use super::walk::sign_in;
use axum::http::StatusCode;
use fumikura::evidence::{DataObject, EvidenceRecord};
use fumikura::office::records::{NewRecord, NewRecordFile};
use fumikura::records::{ClassCode, Medium};
use fumikura::time::Clock;
use fumikura::validate::Indication;
use zeroize::Zeroizing;

#[tokio::test]
async fn a_manager_sees_how_proofs_stand_and_whoever_may_see_a_record_has_its_proof() {
    let city = city::with_people().await;
    let manager = city.office.sign_in("tanaka", Zeroizing::new(city::PASSWORD.into())).await.unwrap().actor;
    let new = NewRecordFile {
        title: "簿冊".to_owned(),
        class: ClassCode::parse("B-02").unwrap(),
        opened: "2026-06-01".parse().unwrap(),
        year: None,
        creator: "総務文書課".to_owned(),
        custodian: "総務文書課長".to_owned(),
        place: "書庫".into(),
        medium: Medium::Electronic,
        access: None,
    };
    let file = city.office.open_file(&manager, new).await.unwrap();
    let new = NewRecord {
        file,
        title: "起案".to_owned(),
        number: None,
        created: "2026-06-01".parse().unwrap(),
        original_name: "a.txt".into(),
        media_type: "text/plain".into(),
        bytes: b"what is proven".to_vec(),
        derivatives: Vec::new(),
        validation_report: None,
        notice: None,
        access: None,
        digitisation: None,
    };
    let record = city.office.file_record(&manager, new).await.unwrap().record;
    let mut browser = sign_in(&city, "tanaka").await;
    let page = browser.get("/proofs").await;
    assert!(page.status == StatusCode::OK && page.says("まだ証拠はありません"), "{}", page.text());
    assert!(!browser.get(&format!("/records/{record}")).await.says("証拠記録をダウンロード"));
    let answer = browser.get(&format!("/records/{record}/proof")).await;
    assert!(answer.says("まだ証拠がありません"), "{}", answer.text());

    browser.post("/proofs/run", &[]).await;
    let page = browser.get("/proofs").await;
    assert!(page.says("すべての証明が有効です"), "{}", page.text());
    assert!(page.says("証明1種類を試しました"), "{}", page.text());
    let again = browser.post("/proofs/rehearse", &[]).await;
    assert!(again.status.is_redirection(), "{}", again.text());
    assert!(browser.get("/proofs").await.says("将来の見込み"));
    assert!(browser.get(&format!("/records/{record}")).await.says("証拠記録をダウンロード"));
    let proof = browser.get(&format!("/records/{record}/proof")).await;
    assert_eq!(proof.header("content-type"), "application/octet-stream");
    let read = EvidenceRecord::parse(&proof.body).unwrap();
    let data = DataObject::digested(b"what is proven", &read.data_algorithms());
    let report = city.office.judge().validate_evidence(&read, &[data], city.clock.now());
    assert_eq!(report.indication, Indication::TotalPassed);
}
