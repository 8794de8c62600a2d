//! Tokens through the verbs: who makes which for whom, when they end, and what a restored database makes of them.

use super::hall::{Hall, code};
use fumikura::fault::Fault;
use fumikura::office::tokens::{NewToken, Request, Scope};
use fumikura::office::{Actor, NewAccount, NewSystem, Office, Role};
use fumikura::store::{Staged, backup};

const PASSWORD: &str = "correct horse battery";

fn new(scopes: &[Scope], ends_on: &str, system: Option<&str>) -> NewToken {
    NewToken {
        name: "試験".to_owned(),
        scopes: scopes.iter().copied().collect(),
        ends_on: ends_on.parse().unwrap(),
        system: system.map(str::to_owned),
    }
}

async fn person(office: &Office, login: &str, role: Role) -> Actor {
    let new = NewAccount {
        login: login.to_owned(),
        name: "見本".to_owned(),
        section: "総務課".to_owned(),
        roles: [role].into(),
        password: PASSWORD.to_owned().into(),
        own_password: true,
    };
    office.add_user(None, new).await.unwrap();
    office.sign_in(login, PASSWORD.to_owned().into()).await.unwrap().actor
}

fn system(role: Role) -> NewSystem {
    NewSystem {
        login: "zei".to_owned(), name: "税務".to_owned(), section: "総務課".to_owned(), roles: [role].into()
    }
}

#[tokio::test]
async fn people_make_tokens_for_themselves_and_administrators_for_systems_alone() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let office = &hall.office;
    let (admin, hanako) =
        (person(office, "kanri", Role::Administrator).await, person(office, "hanako", Role::Clerk).await);
    for role in [Role::Approver, Role::SealKeeper, Role::RecordsManager, Role::Administrator] {
        assert_eq!(code(office.add_system(Some(&admin), system(role)).await), "token-persons-role");
    }
    assert_eq!(code(office.add_system(Some(&hanako), system(Role::Clerk)).await), "office-not-in-role");
    office.add_system(Some(&admin), system(Role::Clerk)).await.unwrap();
    let nobody = office.sign_in("zei", PASSWORD.to_owned().into()).await;
    assert_eq!(nobody.unwrap_err().code(), "office-sign-in-failed", "nobody signs in with a system's account");

    let draft = [Scope::NoticesDraft];
    let day = "2026-12-31";
    let own = office.make_token(&hanako, new(&draft, day, None)).await.unwrap();
    let theirs = office.make_token(&admin, new(&draft, day, Some("zei"))).await.unwrap();
    assert!(own.secret.starts_with("fumikura_") && own.secret.len() == 73 && *own.secret != *theirs.secret);
    for (actor, asked, refusal) in [
        (&hanako, new(&draft, day, Some("zei")), "office-not-in-role"),
        (&admin, new(&draft, day, Some("hanako")), "token-not-a-system"),
        (&admin, new(&draft, day, Some("nobody")), "office-no-such-user"),
        (&admin, new(&draft, day, None), "token-scope-beyond-roles"),
        (&hanako, new(&[], day, None), "token-no-scopes"),
        (&hanako, new(&draft, "2026-03-31", None), "token-bad-end"),
        (&hanako, new(&draft, "2028-03-31", None), "token-bad-end"),
        (&hanako, NewToken { name: " ".to_owned(), ..new(&draft, day, None) }, "token-bad-name"),
        (&hanako, NewToken { name: " 試験 ".to_owned(), ..new(&draft, day, None) }, "token-name-taken"),
    ] {
        assert_eq!(code(office.make_token(actor, asked).await), refusal);
    }
    assert_eq!(office.tokens(&hanako).await.unwrap().len(), 1, "of others nobody but an administrator sees any");
    assert_eq!(office.tokens(&admin).await.unwrap().len(), 2);
    assert_eq!(code(office.revoke_token(&hanako, theirs.id).await), "token-not-found");

    // By a token nobody makes or revokes another, and the roles that do not belong to the scope are gone.
    let bearer = office.bearer(&own.secret).await.unwrap();
    let acting = bearer.acting(Scope::NoticesDraft).unwrap();
    assert_eq!(code(office.make_token(&acting, new(&draft, day, None)).await), "token-not-by-token");
    assert_eq!(code(office.revoke_token(&acting, own.id).await), "token-not-by-token");
    assert_eq!(code(bearer.acting(Scope::RecordsFile)), "token-out-of-scope");
    for number in 1..20 {
        let another = NewToken { name: format!("試験 {number}"), ..new(&draft, day, None) };
        office.make_token(&hanako, another).await.unwrap();
    }
    assert_eq!(code(office.make_token(&hanako, new(&draft, day, None)).await), "token-too-many");
    office.verify_ledger(Vec::new()).await.unwrap();
}

#[tokio::test]
async fn a_restored_database_takes_no_tokens_and_ends_them_when_it_is_confirmed() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let hanako = person(&hall.office, "hanako", Role::Clerk).await;
    let token = hall.office.make_token(&hanako, new(&[Scope::NoticesDraft], "2026-12-31", None)).await.unwrap();
    let (live, copy) = (hall.folder.join("office.sqlite"), hall.folder.join("backup.sqlite"));
    backup(&live, &copy).await.unwrap();
    hall.office.revoke_token(&hanako, token.id).await.unwrap();
    Staged::restore(&copy, &hall.folder.join("restored.sqlite")).await.unwrap().settle().unwrap();

    let restored = hall.over("restored.sqlite").await;
    let refused = restored.bearer(&token.secret).await;
    assert_eq!(refused.unwrap_err().code(), "office-copy-unconfirmed", "it may have been revoked since");
    let hash = restored.restored(&hall.auditor).await.unwrap().unwrap().hash();
    restored.confirm_restored(&hall.managers[0], &hash).await.unwrap();
    assert_eq!(restored.bearer(&token.secret).await.unwrap_err().code(), "token-not-taken");
}

#[tokio::test]
async fn a_filing_that_stopped_after_its_key_is_finished_by_the_same_request() {
    let folder = tempfile::tempdir().unwrap();
    let hall = Hall::open(folder.path()).await;
    let file = hall.open_file(super::hall::ROADS).await;
    let request = Request::new(hall.clerk.user(), "key", &[b"asked"]);
    let asked = super::hall::record(file, 1);
    let first = hall.office.file_record_once(&hall.clerk, &request, asked.clone()).await.unwrap();
    let again = hall.office.file_record_once(&hall.clerk, &request, asked.clone()).await;
    assert_eq!(code(again), "request-done-before");
    let made = hall.office.made(&request).await.unwrap().unwrap();
    assert_eq!(made.subject, first.record.to_string());

    // As a crash between key and intent leaves it: the key is there, and nothing else.
    let other = Request::new(hall.clerk.user(), "other", &[b"asked"]);
    hall.office.file_record_once(&hall.clerk, &other, asked.clone()).await.unwrap();
    let second = hall.office.made(&other).await.unwrap().unwrap().subject;
    let key = Request::new(hall.clerk.user(), "third", &[b"asked"]);
    let sql = format!(
        "INSERT INTO api_requests (key, made, request, subject) SELECT '{}', made, request, '{}' FROM api_requests WHERE subject = '{second}'",
        key.key(),
        key.record(),
    );
    hall.execute(&sql).await;
    assert!(hall.office.made(&key).await.unwrap().is_none());
    let filed = hall.office.file_record_once(&hall.clerk, &key, asked).await.unwrap();
    assert_eq!(filed.record, key.record());
    assert!(hall.office.made(&key).await.unwrap().is_some());
}
