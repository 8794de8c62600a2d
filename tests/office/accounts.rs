//! Accounts, passwords, lock-out and sessions of staff.

use super::city::{City, auditor};
use fumikura::fault::Fault;
use fumikura::office::{NewAccount, OfficeError, Role};
use zeroize::Zeroizing;

const PASSWORD: &str = "正しい馬 電池 ホチキス";

fn code<T>(result: Result<T, OfficeError>) -> &'static str {
    match result {
        Ok(_) => "was not refused",
        Err(error) => error.code(),
    }
}

fn account(login: &str) -> NewAccount {
    NewAccount {
        login: login.to_owned(),
        name: "見本 花子".to_owned(),
        section: "総務文書課".to_owned(),
        roles: [Role::Clerk, Role::RecordsClerk].into(),
        password: secret(PASSWORD),
    }
}

fn secret(text: &str) -> Zeroizing<String> {
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
    city.clock.set("2026-06-01T01:16:00Z");
    city.office.sign_in("hanako", secret(PASSWORD)).await.unwrap();
}

#[tokio::test]
async fn accounts_are_made_by_administrators_once_and_with_real_passwords() {
    let city = City::found().await;
    assert_eq!(code(city.office.add_user(Some(&auditor()), account("hanako")).await), "office-not-in-role");
    let administrator = City::person(9, &[Role::Administrator]);
    city.office.add_user(Some(&administrator), account("hanako")).await.unwrap();
    assert_eq!(code(city.office.add_user(None, account("hanako")).await), "office-bad-account-name");
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
