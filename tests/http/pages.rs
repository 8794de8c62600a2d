//! Searches, transfer, rules and long lists by their pages, as each role meets them.

use super::browser::{Answer, Browser};
use super::city::{self, City, PDF, RULES};
use super::walk::{open_old_file, sign_in};
use axum::http::StatusCode;
use fumikura::digest::Sha256Hex;
use fumikura::office::records::NewRecordFile;
use fumikura::records::{ClassCode, Medium};
use std::io::Read;
use zeroize::Zeroizing;

/// Opens record files of a title each, as the manager's own deed.
async fn open_files(city: &City, titles: impl IntoIterator<Item = String>) {
    let manager = city.office.sign_in("tanaka", Zeroizing::new(city::PASSWORD.into())).await.unwrap().actor;
    for title in titles {
        let new = NewRecordFile {
            title,
            class: ClassCode::parse("A-01-01").unwrap(),
            opened: "2026-04-01".parse().unwrap(),
            year: None,
            creator: "総務文書課".into(),
            custodian: "総務文書課".into(),
            place: "書庫".into(),
            medium: Medium::Electronic,
            access: None,
        };
        city.office.open_file(&manager, new).await.unwrap();
    }
}

/// A file that is due for the archives, and the path of its transfer.
async fn historical(manager: &mut Browser) -> (String, String) {
    let file = open_old_file(manager).await;
    let appraised = manager.post(&format!("{file}/appraise"), &[("outcome", "historical")]).await;
    manager.follow(&appraised).await;
    let transfer = file.replace("/records/files/", "/transfers/");
    (file, transfer)
}

/// Unpacks what was handed out, by the paths below its folder.
fn unpacked(answer: &Answer) -> Vec<(String, Vec<u8>)> {
    assert_eq!(answer.header("content-type"), "application/zip", "{}", answer.text());
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&answer.body)).unwrap();
    let mut files = Vec::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        let name = file.name().unwrap().into_owned();
        files.push((name.split_once('/').unwrap().1.to_owned(), bytes));
    }
    files
}

#[tokio::test]
async fn a_file_goes_to_the_archives_by_its_pages() {
    let city = city::with_people().await;
    let mut manager = sign_in(&city, "tanaka").await;
    let (file, transfer) = historical(&mut manager).await;
    assert!(manager.get("/transfers").await.says(&format!("href=\"{transfer}\"")));
    assert!(manager.get(&file).await.says(&format!("href=\"{transfer}\"")));
    let mut clerk = sign_in(&city, "sato").await;
    let seen = clerk.get(&transfer).await;
    assert!(seen.says("減免決定通知書綴") && !seen.says("引き渡しを記録する"), "who may not send is offered nothing");
    assert_eq!(clerk.post(&format!("{transfer}/package"), &[("form", "bagit")]).await.status, StatusCode::FORBIDDEN);

    manager.get(&transfer).await;
    let package = manager.post(&format!("{transfer}/package"), &[("form", "bagit")]).await;
    let files = unpacked(&package);
    let manifest = files.iter().find(|(path, _)| path == "manifest.csv").unwrap().1.clone();
    assert!(files.iter().any(|(path, bytes)| path.ends_with(".pdf") && bytes == PDF), "the original is in it");
    assert!(manager.get(&transfer).await.says("移管前"), "to take the package away changes nothing");
    let send = format!("{transfer}/send");
    let unsaid = manager.upload(&send, &[], ("manifest", "manifest.csv", &manifest)).await;
    assert!(unsaid.says("パッケージの全部を保存したことを確かめてください"), "{}", unsaid.text());
    let other = String::from_utf8(manifest.clone()).unwrap().replace(Sha256Hex::of(PDF).as_str(), &"0".repeat(64));
    let refused = manager.upload(&send, &[("stored", "yes")], ("manifest", "manifest.csv", other.as_bytes())).await;
    assert!(refused.says("いまの文書と一致しません") && refused.says("移管前"), "{}", refused.text());
    let sent = manager.upload(&send, &[("stored", "yes")], ("manifest", "manifest.csv", &manifest)).await;
    let page = manager.follow(&sent).await;
    assert!(page.says("移管中（受領待ち）") && page.says(Sha256Hex::of(&manifest).as_str()), "{}", page.text());

    let record = String::from_utf8(manifest).unwrap().lines().nth(1).unwrap().split(',').next().unwrap().to_owned();
    let receive = format!("{transfer}/receive");
    let wrong = format!("record,sha256\r\n{record},{}\r\nxx,{}\r\n", "0".repeat(64), "0".repeat(64));
    let told = manager.upload(&receive, &[], ("receipt", "r.csv", wrong.as_bytes())).await;
    assert!(told.says("2件の食い違い") && told.says("こちらの原本とハッシュが異なります"), "{}", told.text());
    assert!(told.says("この行の文書の識別子またはハッシュを読めません") && told.says("移管中（受領待ち）"));
    let cancelled = manager.post(&format!("{transfer}/cancel"), &[]).await;
    assert!(manager.follow(&cancelled).await.says("移管を取りやめました"));
    let package = manager.post(&format!("{transfer}/package"), &[("form", "csip")]).await;
    let manifest = unpacked(&package).into_iter().find(|(path, _)| path == "manifest.csv").unwrap().1;
    let sent = manager.upload(&send, &[("stored", "yes")], ("manifest", "manifest.csv", &manifest)).await;
    manager.follow(&sent).await;
    let right = format!("record,sha256,reference\r\n{record},{},公文書館 8-1\r\n", Sha256Hex::of(PDF));
    let done = manager.upload(&receive, &[], ("receipt", "r.csv", right.as_bytes())).await;
    let page = manager.follow(&done).await;
    assert!(page.says("受領を記録し") && page.says("公文書館 8-1"), "{}", page.text());
    assert!(manager.get("/disposal-register").await.says("当方の写しは廃棄前"));
    assert!(manager.get("/disposals").await.says("減免決定通知書綴"), "our copy goes the usual way");
}

#[tokio::test]
async fn the_disposal_register_is_a_table_for_spreadsheets_in_both_encodings() {
    let city = city::with_people().await;
    let mut manager = sign_in(&city, "tanaka").await;
    let (_, transfer) = historical(&mut manager).await;
    manager.get(&transfer).await;
    let package = manager.post(&format!("{transfer}/package"), &[("form", "bagit")]).await;
    let manifest = unpacked(&package).into_iter().find(|(path, _)| path == "manifest.csv").unwrap().1;
    let send = format!("{transfer}/send");
    let sent = manager.upload(&send, &[("stored", "yes")], ("manifest", "manifest.csv", &manifest)).await;
    manager.follow(&sent).await;
    let record = String::from_utf8(manifest).unwrap().lines().nth(1).unwrap().split(',').next().unwrap().to_owned();
    let register =
        |reference: &str| format!("record,sha256,reference\r\n{record},{},{reference}\r\n", Sha256Hex::of(PDF));
    let receipt = register("=令8-1");
    let done = manager.upload(&format!("{transfer}/receive"), &[], ("receipt", "r.csv", receipt.as_bytes())).await;
    manager.follow(&done).await;
    let mut auditor = sign_in(&city, "kobayashi").await;
    let utf8 = auditor.get("/disposal-register.csv").await;
    let text = String::from_utf8(utf8.body.clone()).unwrap();
    let lines: Vec<&str> = text.strip_prefix('\u{feff}').unwrap().split_terminator("\r\n").collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with("分類,名称,保存期間,起算日,満了日,措置,措置日,"), "{}", lines[0]);
    let words = "減免決定通知書綴,3年,2018-04-01,2021-03-31,移管,2026-06-01,'=令8-1,";
    assert!(lines[1].contains(words), "{}", lines[1]);
    assert!(lines[1].ends_with(",総務文書課,1,"), "no disposal yet: {}", lines[1]);
    let shift_jis = auditor.get("/disposal-register.csv?encoding=shift-jis").await;
    assert_eq!(shift_jis.header("content-type"), "text/csv; charset=shift_jis");
    let (decoded, _, wrong) = encoding_rs::SHIFT_JIS.decode(&shift_jis.body);
    assert!(!wrong && *decoded == *text.trim_start_matches('\u{feff}'));
    assert_eq!(auditor.get("/disposal-register.csv?encoding=latin").await.status, StatusCode::BAD_REQUEST);
    assert_eq!(auditor.get("/disposal-register?before=x").await.status, StatusCode::NOT_FOUND);
    let admin = Browser::new(&city.router).get("/disposal-register.csv").await;
    assert_eq!(admin.status, StatusCode::SEE_OTHER, "nobody reads it who has not signed in");
}

#[tokio::test]
async fn a_search_is_saved_looked_at_held_and_kept_by_its_pages() {
    let city = city::with_people().await;
    let mut manager = sign_in(&city, "tanaka").await;
    let file = open_old_file(&mut manager).await;
    manager.get("/searches").await;
    let nothing = manager.post("/searches", &[("name", "空の検索")]).await;
    assert!(nothing.says("検索の条件を一つ以上書いてください") && nothing.says("value=\"空の検索\""));
    let bad = manager.post("/searches", &[("name", "減免"), ("class", "分類"), ("from", "いつか")]).await;
    assert!(bad.says("分類はコードで書いてください") && bad.says("日付で入力してください"), "{}", bad.text());
    let saved = manager.post("/searches", &[("name", "減免の決定"), ("title", "減免")]).await;
    let search = saved.place().split('?').next().unwrap().to_owned();
    let page = manager.follow(&saved).await;
    assert!(page.says("検索を保存しました") && page.says("題名に「減免」を含む"), "{}", page.text());
    assert!(manager.get(&format!("{search}/files")).await.says(&format!("href=\"{file}\"")));
    manager.get(&search).await;
    let unsaid = manager.post(&format!("{search}/hold"), &[("kind", "audit")]).await;
    assert!(unsaid.says("理由を入力してください"));
    let held = manager.post(&format!("{search}/hold"), &[("kind", "audit"), ("reason", "定期監査")]).await;
    let holds = manager.follow(&held).await;
    assert!(holds.says("検索「減免の決定」第1版の条件") && holds.says("題名に「減免」を含む"), "{}", holds.text());
    manager.get(&search).await;
    let change = [("version", "1"), ("name", "占用"), ("title", "占用")];
    let changed = manager.post(&format!("{search}/change"), &change).await;
    let page = manager.follow(&changed).await;
    assert!(page.says("題名に「占用」を含む") && page.says("廃棄保留が効いているため、削除できません"));
    assert!(manager.get(&file).await.says("定期監査"), "the hold stays on what it was placed on");
    manager.get(&search).await;
    let again = manager.post(&format!("{search}/change"), &change).await;
    assert!(again.says("ほかの人が先に変更しました"), "{}", again.text());
    let refused = manager.post(&format!("{search}/delete"), &[]).await;
    assert!(refused.status == StatusCode::CONFLICT && refused.says("search-held"));
    let mut auditor = sign_in(&city, "kobayashi").await;
    let seen = auditor.get(&search).await;
    assert!(seen.says("占用") && !seen.says("削除する"), "who reads is offered nothing to change");
    assert_eq!(auditor.post("/searches", &[("name", "x"), ("title", "x")]).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn other_rules_are_asked_about_loaded_and_approved_by_their_pages() {
    let city = city::with_people().await;
    let mut manager = sign_in(&city, "tanaka").await;
    let file = open_old_file(&mut manager).await;
    assert!(manager.get("/rules").await.says("規則を変えた場合を調べる"));
    let broken = RULES.replace("class = \"B-02\"", "class = \"B-99\"");
    let told = manager.upload("/rules/what-if", &[], ("file", "r.toml", broken.as_bytes())).await;
    assert!(told.says("入力内容をご確認ください") && told.says("行目："), "{}", told.text());
    let empty = manager.upload("/rules/what-if", &[("rules", " ")], ("none", "", b"")).await;
    assert!(empty.says("規則集のファイルを選ぶか、内容を貼り付けてください"));
    let no_toml = manager.upload("/rules/what-if", &[("rules", "これは規則ではない")], ("none", "", b"")).await;
    assert!(no_toml.says("role=\"alert\"") && no_toml.says("これは規則ではない"), "nothing pasted is lost");
    let shorter = RULES.replace("2026.1", "2026.2").replacen("years = 3", "years = 1", 1);
    let shown = manager.upload("/rules/what-if", &[], ("file", "r.toml", shorter.as_bytes())).await;
    assert!(shown.says("短くなる 1件") && shown.says(&format!("href=\"{file}\"")), "{}", shown.text());
    assert!(shown.says("2021年3月31日") && shown.says("2019年3月31日") && shown.says("general-3"), "{}", shown.text());
    let hash = Sha256Hex::of(shorter.as_bytes()).to_string();
    assert!(shown.says(&hash), "the hash of the file as it is");
    // A browser sends the lines of a text field with CR LF.
    let sent = shorter.replace('\n', "\r\n");
    let longer = manager.upload("/rules/what-if", &[("rules", &sent), ("go", "longer:")], ("none", "", b"")).await;
    assert!(longer.says("長くなる 0件") && longer.says("当てはまる文書ファイルはありません"), "{}", longer.text());
    let other = [("rules", sent.as_str()), ("hash", &"0".repeat(64))];
    assert_eq!(manager.upload("/rules/load", &other, ("none", "", b"")).await.status, StatusCode::BAD_REQUEST);
    let mut clerk = sign_in(&city, "sato").await;
    let asked = clerk.upload("/rules/what-if", &[], ("file", "r.toml", shorter.as_bytes())).await;
    assert!(asked.says("短くなる 1件") && !asked.says("新しい版として読み込む"));
    let fields = [("rules", sent.as_str()), ("hash", hash.as_str())];
    assert_eq!(clerk.upload("/rules/load", &fields, ("none", "", b"")).await.status, StatusCode::FORBIDDEN);
    let loaded = manager.upload("/rules/load", &fields, ("none", "", b"")).await;
    assert!(manager.follow(&loaded).await.says("ほかの二人が承認すると効きます"));
    let approval = [("set", "sample-city"), ("version", "2026.2"), ("hash", hash.as_str())];
    assert_eq!(manager.post("/rules/approve", &approval).await.status, StatusCode::FORBIDDEN, "not by who loaded it");
    for (login, said) in [("ito", "もう一人の承認で効きます"), ("watanabe", "この版が効きます")] {
        let mut other = sign_in(&city, login).await;
        assert!(other.get("/rules").await.says(&hash));
        let approved = other.post("/rules/approve", &approval).await;
        assert!(other.follow(&approved).await.says(said));
    }
    assert!(manager.get("/rules").await.says("2026.2"));
}

#[tokio::test]
async fn every_file_can_be_chosen_where_there_are_more_than_a_list_shows() {
    let city = city::with_people().await;
    let mut manager = sign_in(&city, "tanaka").await;
    open_files(&city, ["会議録".to_owned()]).await;
    assert!(!manager.get("/records/ingest").await.says("選択肢を絞り込む"), "what is seen whole needs no search");
    open_files(&city, (0..201).map(|number| format!("予算 {number:03}"))).await;
    for page in ["/records/ingest", "/holds"] {
        let cut = manager.get(page).await;
        assert!(cut.says("選択肢は初めの200件だけです"), "{page}");
        assert!(!cut.says("予算 199") || !cut.says("予算 200"), "{page}: not all of them");
        let found = manager.get(&format!("{page}?q=%E4%BA%88%E7%AE%97%20200")).await;
        assert!(found.says("予算 200</option>") && !found.says("予算 100</option>"), "{page}: {}", found.text());
    }
    let found = manager.get("/records/ingest?q=200").await;
    let (_, after) =
        found.text().split_once("予算 200").map(|(before, rest)| (before.to_owned(), rest.to_owned())).unwrap();
    assert!(!after.is_empty());
    let id = found.text().rsplit("<option value=\"").next().unwrap().split('"').next().unwrap().to_owned();
    assert!(manager.get(&format!("/records/ingest?on={id}")).await.says("selected>"), "from the file's own page");
    let fields = [("q", "200"), ("record_file", id.as_str()), ("title", ""), ("created", "2026-05-10")];
    let faulty = manager.upload("/records/ingest", &fields, ("content", "a.pdf", PDF)).await;
    assert!(faulty.says("件名を入力してください") && faulty.says("selected>") && !faulty.says("予算 100</option>"));
    let class = manager.get("/records/files/new?q=B-02").await;
    assert!(class.says("value=\"B-02\"") && !class.says("value=\"A-01-01\""), "{}", class.text());
}
