//! Accounts, passwords, lock-out and sessions of staff.

use super::city::{City, auditor};
use fumikura::fault::Fault;
use fumikura::office::{NewAccount, OfficeError, Role};
use zeroize::Zeroizing;

pub const PASSWORD: &str = "正しい馬 電池 ホチキス";

pub fn code<T>(result: Result<T, OfficeError>) -> &'static str {
    match result {
        Ok(_) => "was not refused",
        Err(error) => error.code(),
    }
}

pub fn account(login: &str) -> NewAccount {
    NewAccount {
        login: login.to_owned(),
        name: "見本 花子".to_owned(),
        section: "総務文書課".to_owned(),
        roles: [Role::Clerk, Role::RecordsClerk].into(),
        password: secret(PASSWORD),
        own_password: true,
    }
}

pub fn secret(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}

#[tokio::test]
async fn an_account_signs_in_and_out() {
    let city = City::found().await;
    let id = city.office.add_user(None, account("hanako")).await.unwrap();
    let signed_in = city.office.sign_in("hanako", secret(PASSWORD)).await.unwrap();
    assert_eq!((signed_in.actor.user(), signed_in.actor.name()), (id, "見本 花子"));
    let actor = city.office.session(&signed_in.secret).await.unwrap();
    assert_eq!(actor, signed_in.actor);
    city.office.sign_out(&signed_in.secret).await.unwrap();
    assert_eq!(code(city.office.session(&signed_in.secret).await), "office-no-session");
}

#[tokio::test]
async fn a_session_ends_by_time_and_with_its_account() {
    let city = City::found().await;
    city.office.add_user(None, account("hanako")).await.unwrap();
    let one = city.office.sign_in("hanako", secret(PASSWORD)).await.unwrap();
    city.clock.set("2026-06-01T10:00:00Z");
    assert_eq!(code(city.office.session(&one.secret).await), "office-no-session");
    let two = city.office.sign_in("hanako", secret(PASSWORD)).await.unwrap();
    city.office.disable_user(None, "hanako").await.unwrap();
    assert_eq!(code(city.office.session(&two.secret).await), "office-no-session");
    assert_eq!(code(city.office.sign_in("hanako", secret(PASSWORD)).await), "office-sign-in-failed");
}

#[tokio::test]
async fn wrong_passwords_lock_the_account_for_a_while_and_strangers_learn_nothing() {
    let city = City::found().await;
    city.office.add_user(None, account("hanako")).await.unwrap();
    for _ in 0..10 {
        assert_eq!(code(city.office.sign_in("hanako", secret("wrong wrong wrong")).await), "office-sign-in-failed");
    }
    assert_eq!(code(city.office.sign_in("hanako", secret(PASSWORD)).await), "office-account-locked");
    assert_eq!(code(city.office.sign_in("nobody", secret(PASSWORD)).await), "office-sign-in-failed");
    let wrong = city.office.sign_in("hanako", secret("wrong wrong wrong")).await;
    assert_eq!(code(wrong), "office-sign-in-failed", "a lock does not tell strangers that there is an account");
    city.clock.set("2026-06-01T01:16:00Z");
    city.office.sign_in("hanako", secret(PASSWORD)).await.unwrap();
}

#[tokio::test]
async fn accounts_are_made_by_administrators_once_and_with_real_passwords() {
    let city = City::found().await;
    assert_eq!(code(city.office.add_user(Some(&auditor()), account("hanako")).await), "office-not-in-role");
    let administrator = City::person(9, &[Role::Administrator]);
    city.office.add_user(Some(&administrator), account("hanako")).await.unwrap();
    assert_eq!(code(city.office.add_user(None, account("hanako")).await), "office-account-name-taken");
    assert_eq!(code(city.office.add_user(None, account("花子")).await), "office-bad-account-name");
    let mut weak = account("taro");
    weak.password = secret("short");
    assert_eq!(code(city.office.add_user(None, weak).await), "office-weak-password");
    assert_eq!(code(city.office.disable_user(None, "nobody").await), "office-no-such-user");
    let users = city.office.users().await.unwrap();
    assert_eq!(users.iter().map(|user| (user.login.as_str(), user.enabled)).collect::<Vec<_>>(), [("hanako", true)]);
}

#[tokio::test]
async fn neither_database_nor_ledger_hold_a_password_or_session() {
    let city = City::found().await;
    city.office.add_user(None, account("hanako")).await.unwrap();
    let signed_in = city.office.sign_in("hanako", secret(PASSWORD)).await.unwrap();
    for entry in std::fs::read_dir(city.folder.path()).unwrap().flatten().filter(|entry| entry.path().is_file()) {
        let bytes = std::fs::read(entry.path()).unwrap();
        for secret in [PASSWORD, &signed_in.secret] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{:?}", entry.path());
        }
    }
    let ledger = format!("{:?}", city.office.newest_entries(&auditor(), 10).await.unwrap());
    assert!(!ledger.contains("hanako") && !ledger.contains("花子"), "{ledger}");
}

#[tokio::test]
async fn a_password_that_somebody_else_set_is_changed_before_anything_else() {
    let city = City::found().await;
    let new = NewAccount { own_password: false, ..account("hanako") };
    city.office.add_user(None, new).await.unwrap();
    let session = city.office.sign_in("hanako", secret(PASSWORD)).await.unwrap().secret;
    assert_eq!(code(city.office.session(&session).await), "account-password-to-change");
    let change =
        async |present: &str, new: &str| city.office.change_password(&session, secret(present), secret(new)).await;
    assert_eq!(code(change("wrong wrong wrong", "新しい馬 電池 ホチキス").await), "office-sign-in-failed");
    assert_eq!(code(change(PASSWORD, PASSWORD).await), "account-same-password");
    assert_eq!(code(change(PASSWORD, "short").await), "office-weak-password");
    let other = city.office.sign_in("hanako", secret(PASSWORD)).await.unwrap().secret;
    change(PASSWORD, "新しい馬 電池 ホチキス").await.unwrap();
    city.office.session(&session).await.unwrap();
    assert_eq!(code(city.office.session(&other).await), "office-no-session", "others end");
    assert_eq!(code(city.office.sign_in("hanako", secret(PASSWORD)).await), "office-sign-in-failed");

    let (administrator, auditor) = (City::person(9, &[Role::Administrator]), auditor());
    let set = async |by, new| city.office.set_password(by, "hanako", secret(new)).await;
    assert_eq!(code(set(Some(&auditor), "another horse of mine").await), "office-not-in-role");
    set(Some(&administrator), "another horse of mine").await.unwrap();
    assert_eq!(code(city.office.session(&session).await), "office-no-session");
    let signed_in = city.office.sign_in("hanako", secret("another horse of mine")).await.unwrap();
    assert!(signed_in.has_news);
    assert_eq!(code(city.office.session(&signed_in.secret).await), "account-password-to-change");
}

#[tokio::test]
async fn passwords_that_are_tried_first_are_not_taken() {
    let city = City::found().await;
    let cases = [
        ("password1234", false),
        ("P4ssw0rd2026!", false),
        ("Qwertyuiop123", false),
        ("123456789012", false),
        ("abcdefghijklmnop", false),
        ("987654321098", false),
        ("aaaaaaaaaaaaaaa", false),
        ("abababababababab", false),
        ("パスワードパスワード12", false),
        ("taro-of-city-hall", false),
        ("correct horse battery", true),
        ("青い鳥が北へ飛んでいく朝", true),
        ("k9x2m4q7w1z8", true),
    ];
    for (number, (password, taken)) in cases.into_iter().enumerate() {
        let login = if password.starts_with("taro") { "taro".to_owned() } else { format!("user{number}") };
        let added = city.office.add_user(None, NewAccount { password: secret(password), ..account(&login) }).await;
        assert_eq!(code(added), if taken { "was not refused" } else { "account-common-password" }, "{password}");
    }
    let long = NewAccount { password: secret(&"長い合言葉です".repeat(40)), ..account("naga") };
    assert_eq!(code(city.office.add_user(None, long).await), "account-long-password");
}

#[tokio::test]
async fn everybody_sees_and_ends_their_own_sessions_and_nobody_elses() {
    let city = City::found().await;
    for login in ["hanako", "taro"] {
        city.office.add_user(None, account(login)).await.unwrap();
    }
    let mut sessions = Vec::new();
    for login in ["hanako", "hanako", "hanako", "taro"] {
        sessions.push(city.office.sign_in(login, secret(PASSWORD)).await.unwrap().secret);
    }
    let own = city.office.own_account(&sessions[0]).await.unwrap();
    assert_eq!((own.sessions.len(), own.sessions.iter().filter(|one| one.is_this).count()), (3, 1));
    let [theirs, ..] = &city.office.own_account(&sessions[3]).await.unwrap().sessions[..] else { panic!("one") };
    assert_eq!(code(city.office.end_session(&sessions[0], &theirs.id).await), "account-no-such-session");
    let second = fumikura::digest::Sha256Hex::of(sessions[1].as_bytes());
    city.office.end_session(&sessions[0], &second).await.unwrap();
    assert_eq!(code(city.office.session(&sessions[1]).await), "office-no-session");
    city.office.session(&sessions[2]).await.unwrap();
    city.office.end_other_sessions(&sessions[0]).await.unwrap();
    assert_eq!(code(city.office.session(&sessions[2]).await), "office-no-session");
    for kept in [0, 3] {
        city.office.session(&sessions[kept]).await.unwrap();
    }
    city.clock.set("2026-06-01T10:00:00Z");
    assert_eq!(code(city.office.own_account(&sessions[0]).await), "office-no-session");
}

/// An unknown login takes the same way through the database as a wrong password: one row is read, one is written.
#[tokio::test]
async fn a_try_with_an_unknown_login_is_counted_as_one_with_a_wrong_password_is() {
    let city = City::found().await;
    for _ in 0..3 {
        assert_eq!(code(city.office.sign_in("nobody", secret(PASSWORD)).await), "office-sign-in-failed");
    }
    let place = city.folder.path().join("city.sqlite");
    let tries = super::database::texts(&place, "SELECT CAST(tries AS TEXT) FROM strangers").await;
    assert_eq!(tries, ["3"]);
}
