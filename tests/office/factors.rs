//! Second factors: authenticators, recovery codes, whom they are asked of.

use super::accounts::{account, code, secret};
use super::city::{self, City, auditor};
use fumikura::office::ports::{AccountNews, ProvenBy};
use fumikura::office::{AccountPolicy, Entered, Office, OfficeError, Role, SignedIn};
use fumikura::time::{Clock, Instant};
use ring::hmac;
use std::process::Command;

pub const PASSWORD: &str = super::accounts::PASSWORD;

/// An authenticator as somebody else would write it: from the secret that a page shows to the code of a moment.
pub fn authenticator(shown: &str, at: Instant) -> String {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: String = shown.chars().filter_map(|c| alphabet.find(c)).map(|value| format!("{value:05b}")).collect();
    let bytes: Vec<u8> = bits
        .as_bytes()
        .chunks_exact(8)
        .map(|eight| u8::from_str_radix(std::str::from_utf8(eight).unwrap(), 2).unwrap())
        .collect();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &bytes);
    let tag = hmac::sign(&key, &(at.as_second() as u64 / 30).to_be_bytes());
    let from = usize::from(tag.as_ref()[19] & 15);
    let number = u32::from_be_bytes(tag.as_ref()[from..from + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// Gives a signed-in account an authenticator; returns its secret as shown, and the recovery codes.
async fn enrol(office: &Office, session: &str) -> (String, Vec<String>) {
    let begun = office.begin_totp(session).await.unwrap();
    let first = authenticator(&begun.secret, office.now());
    let codes = office.confirm_totp(session, &first).await.unwrap();
    (begun.secret.to_string(), codes.iter().map(|code| code.to_string()).collect())
}

async fn second_step(office: &Office, login: &str, code: &str) -> Result<SignedIn, OfficeError> {
    match office.sign_in_by_password(login, secret(PASSWORD)).await? {
        Entered::Half(half) => office.sign_in_by_code(&half, code).await,
        Entered::SignedIn(_) => panic!("a second factor is asked for"),
    }
}

#[tokio::test]
async fn an_authenticator_is_asked_for_once_it_gave_its_first_code() {
    let city = City::found().await;
    city.office.add_user(None, account("hanako")).await.unwrap();
    let session = city.office.sign_in("hanako", secret(PASSWORD)).await.unwrap().secret;
    let other = city.office.sign_in("hanako", secret(PASSWORD)).await.unwrap().secret;
    let begun = city.office.begin_totp(&session).await.unwrap();
    assert_eq!(code(city.office.confirm_totp(&session, "000000").await), "account-wrong-code");
    city.office.sign_in("hanako", secret(PASSWORD)).await.expect("not asked for yet");
    assert_eq!(city.office.totp_begun(&session).await.unwrap().secret, begun.secret);
    let first = authenticator(&begun.secret, city.office.now());
    assert_eq!(city.office.confirm_totp(&session, &first).await.unwrap().len(), 10);
    assert_eq!(code(city.office.totp_begun(&session).await), "account-not-enrolling");
    assert_eq!(code(city.office.session(&other).await), "office-no-session", "sessions without it end");
    city.office.session(&session).await.unwrap();
    assert_eq!(code(city.office.sign_in("hanako", secret(PASSWORD)).await), "account-factor-needed");
    assert_eq!(code(second_step(&city.office, "hanako", &first).await), "account-wrong-code", "a code is taken once");
    city.clock.set("2026-06-01T01:00:30Z");
    let next = authenticator(&begun.secret, city.office.now());
    // As somebody types it whose keyboard is set to wide letters.
    let wide: String = next.chars().map(|c| char::from_u32(u32::from(c) - 0x30 + 0xff10).unwrap()).collect();
    let signed_in = second_step(&city.office, "hanako", &wide).await.unwrap();
    let own = city.office.own_account(&signed_in.secret).await.unwrap();
    assert_eq!(own.sessions.iter().filter(|one| one.by == ProvenBy::Code).count(), 1);
}

#[tokio::test]
async fn a_code_is_taken_once_whoever_asks_and_clocks_differ_by_a_step_at_most() {
    let city = City::found().await;
    city.office.add_user(None, account("hanako")).await.unwrap();
    let session = city.office.sign_in("hanako", secret(PASSWORD)).await.unwrap().secret;
    let (shown, _) = enrol(&city.office, &session).await;
    // Another process on the same database.
    let other = Office::new(city::parts(city.folder.path(), &city.clock).await);
    let at = |text: &str| text.parse::<Instant>().unwrap();
    city.clock.set("2026-06-01T01:10:00Z");
    for (moment, taken) in [
        ("2026-06-01T01:08:59Z", false),
        ("2026-06-01T01:11:00Z", false),
        ("2026-06-01T01:09:59Z", true),
        ("2026-06-01T01:10:59Z", true),
        ("2026-06-01T01:10:00Z", false), // A later one was taken.
    ] {
        let given = authenticator(&shown, at(moment));
        let answer = second_step(&city.office, "hanako", &given).await;
        assert_eq!(answer.is_ok(), taken, "{moment}");
        assert_eq!(code(second_step(&other, "hanako", &given).await), "account-wrong-code", "{moment}");
    }
}

#[tokio::test]
async fn a_recovery_code_is_used_once_and_its_use_is_told() {
    let city = City::found().await;
    city.office.add_user(None, account("hanako")).await.unwrap();
    let session = city.office.sign_in("hanako", secret(PASSWORD)).await.unwrap().secret;
    let (_, codes) = enrol(&city.office, &session).await;
    let signed_in = second_step(&city.office, "hanako", &codes[3].to_uppercase()).await.unwrap();
    assert!(signed_in.has_news);
    let own = city.office.own_account(&signed_in.secret).await.unwrap();
    assert_eq!((own.recovery_codes, own.news[0].what), (9, AccountNews::RecoveryCodeUsed));
    city.office.read_news(&signed_in.secret).await.unwrap();
    assert!(city.office.own_account(&signed_in.secret).await.unwrap().news.is_empty());
    assert_eq!(code(second_step(&city.office, "hanako", &codes[3]).await), "account-wrong-code");
    let anew = city.office.new_recovery_codes(&signed_in.secret).await.unwrap();
    assert_eq!(code(second_step(&city.office, "hanako", &codes[4]).await), "account-wrong-code");
    second_step(&city.office, "hanako", &anew[0]).await.unwrap();
    // Neither secrets nor codes lie in the database as they are.
    let begun = city.office.begin_totp(&signed_in.secret).await.unwrap();
    let database = super::database::bytes(&city.folder.path().join("city.sqlite")).await;
    assert!(database.contains("hanako"));
    for hidden in
        [begun.secret.replace(' ', ""), begun.secret.to_string(), anew[1].replace('-', ""), anew[1].to_string()]
    {
        assert!(!database.contains(&hidden));
    }
    let ledger = format!("{:?}", city.office.newest_entries(&auditor(), 100).await.unwrap());
    assert!(ledger.contains("user.factor-enrolled") && ledger.contains("recovery-code"), "{ledger}");
    assert!(!ledger.contains(anew[1].as_str()) && !ledger.contains("hanako"));
}

#[tokio::test]
async fn wrong_codes_lock_the_account_and_a_right_password_between_them_forgives_nothing() {
    let city = City::found().await;
    city.office.add_user(None, account("hanako")).await.unwrap();
    let session = city.office.sign_in("hanako", secret(PASSWORD)).await.unwrap().secret;
    let (shown, codes) = enrol(&city.office, &session).await;
    for _ in 0..10 {
        assert_eq!(code(second_step(&city.office, "hanako", "123456").await), "account-wrong-code");
    }
    assert_eq!(code(second_step(&city.office, "hanako", &codes[0]).await), "office-account-locked");
    city.clock.set("2026-06-01T01:16:00Z");
    let entered = city.office.sign_in_by_password("hanako", secret(PASSWORD)).await.unwrap();
    let Entered::Half(half) = entered else { panic!("a second factor is asked for") };
    city.clock.set("2026-06-01T01:22:00Z");
    let late = authenticator(&shown, city.office.now());
    assert_eq!(
        code(city.office.sign_in_by_code(&half, &late).await),
        "office-no-session",
        "the password waits no longer"
    );
    second_step(&city.office, "hanako", &late).await.unwrap();
}

#[tokio::test]
async fn what_is_hard_to_take_back_asks_for_both_and_counts_what_is_wrong() {
    let city = City::found().await;
    city.office.add_user(None, account("hanako")).await.unwrap();
    let session = city.office.sign_in("hanako", secret(PASSWORD)).await.unwrap().secret;
    let fresh = async || city.office.standing(&session).await.unwrap();
    assert!(fresh().await.is_fresh && !fresh().await.asks_code, "who has just signed in is not asked again");
    city.clock.set("2026-06-01T01:05:00Z");
    assert!(!fresh().await.is_fresh);
    city.office.prove_again(&session, secret(PASSWORD), "").await.unwrap();
    assert!(fresh().await.is_fresh);
    let (shown, _) = enrol(&city.office, &session).await;
    city.clock.set("2026-06-01T01:11:00Z");
    assert!(!fresh().await.is_fresh && fresh().await.asks_code);
    let now = authenticator(&shown, city.office.now());
    assert_eq!(
        code(city.office.prove_again(&session, secret("wrong wrong wrong"), &now).await),
        "office-sign-in-failed"
    );
    assert_eq!(code(city.office.prove_again(&session, secret(PASSWORD), "").await), "account-wrong-code");
    city.office.prove_again(&session, secret(PASSWORD), &now).await.unwrap();
    assert!(fresh().await.is_fresh);
    city.clock.set("2026-06-01T01:17:00Z");
    for _ in 0..10 {
        assert!(city.office.prove_again(&session, secret("wrong wrong wrong"), "").await.is_err());
    }
    let now = authenticator(&shown, city.office.now());
    assert_eq!(code(city.office.prove_again(&session, secret(PASSWORD), &now).await), "office-account-locked");
    assert!(!fresh().await.is_fresh);
}

#[tokio::test]
async fn a_role_that_must_have_a_second_factor_enrols_one_first_and_keeps_one() {
    let policy = AccountPolicy { second_factor: [Role::RecordsClerk].into(), ..AccountPolicy::default() };
    let city = City::with(|parts| parts.settings.accounts = policy).await;
    city.office.add_user(None, account("hanako")).await.unwrap();
    let session = city.office.sign_in("hanako", secret(PASSWORD)).await.unwrap().secret;
    assert_eq!(code(city.office.session(&session).await), "account-factor-to-enrol");
    let answered: Result<_, OfficeError> =
        city.office.authenticate("hanako", secret(PASSWORD), || Ok(secret(""))).await;
    assert_eq!(code(answered), "account-factor-to-enrol", "nor by a command");
    let (shown, _) = enrol(&city.office, &session).await;
    city.office.session(&session).await.unwrap();
    assert_eq!(code(city.office.remove_totp(&session).await), "account-last-factor");
    city.clock.set("2026-06-01T01:02:00Z");
    let given = authenticator(&shown, city.office.now());
    let answered: Result<_, OfficeError> =
        city.office.authenticate("hanako", secret(PASSWORD), || Ok(secret(&given))).await;
    answered.expect("with the code a command acts");
}

#[tokio::test]
async fn an_administrator_takes_factors_away_and_the_person_is_told() {
    let city = City::found().await;
    city.office.add_user(None, account("hanako")).await.unwrap();
    let session = city.office.sign_in("hanako", secret(PASSWORD)).await.unwrap().secret;
    let (administrator, clerk) = (City::person(9, &[Role::Administrator]), City::person(8, &[Role::Clerk]));
    assert_eq!(code(city.office.reset_factors(Some(&administrator), "hanako").await), "account-no-such-factor");
    enrol(&city.office, &session).await;
    assert_eq!(code(city.office.reset_factors(Some(&clerk), "hanako").await), "office-not-in-role");
    city.office.reset_factors(Some(&administrator), "hanako").await.unwrap();
    assert_eq!(code(city.office.session(&session).await), "office-no-session");
    let signed_in = city.office.sign_in("hanako", secret(PASSWORD)).await.unwrap();
    let own = city.office.own_account(&signed_in.secret).await.unwrap();
    assert_eq!(own.news.iter().map(|note| note.what).collect::<Vec<_>>(), [AccountNews::FactorsReset]);
    assert_eq!((own.totp, own.recovery_codes), (None, 0));
}

#[tokio::test]
async fn where_the_key_of_factors_is_another_recovery_codes_still_let_in() {
    let city = City::found().await;
    city.office.add_user(None, account("hanako")).await.unwrap();
    let session = city.office.sign_in("hanako", secret(PASSWORD)).await.unwrap().secret;
    let (shown, codes) = enrol(&city.office, &session).await;
    let elsewhere = City::found().await;
    let mut parts = city::parts(city.folder.path(), &city.clock).await;
    parts.vault = city::parts(elsewhere.folder.path(), &elsewhere.clock).await.vault;
    let office = Office::new(parts);
    city.clock.set("2026-06-01T01:02:00Z");
    let given = authenticator(&shown, city.clock.now());
    assert_eq!(code(second_step(&office, "hanako", &given).await), "account-factor-sealed");
    second_step(&office, "hanako", &codes[0]).await.unwrap();
    second_step(&city.office, "hanako", &given).await.unwrap();
}

/// Codes that another implementation makes of the address that the QR code holds.
#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "tests learn from the environment which tools must be there")]
async fn an_authenticator_that_we_did_not_write_gives_the_codes() {
    let city = City::found().await;
    city.office.add_user(None, account("hanako")).await.unwrap();
    let session = city.office.sign_in("hanako", secret(PASSWORD)).await.unwrap().secret;
    let begun = city.office.begin_totp(&session).await.unwrap();
    let program = "import pyotp, sys\n\
        otp = pyotp.parse_uri(sys.argv[1])\n\
        print(otp.issuer, otp.name, otp.digits, otp.interval, otp.secret, *[otp.at(int(at)) for at in sys.argv[2:]], sep='|')";
    let now = city.office.now().as_second();
    let python = std::env::var("FUMIKURA_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut command = Command::new(python);
    command.args(["-c", program, &begun.address, &now.to_string(), &(now + 300).to_string()]);
    let said = command.output().ok().filter(|output| output.status.success());
    let Some(said) = said else {
        assert_ne!(std::env::var("FUMIKURA_INTEROP").as_deref(), Ok("1"), "pyotp must be installed");
        return;
    };
    let said = String::from_utf8(said.stdout).unwrap();
    let parts: Vec<&str> = said.trim().split('|').collect();
    assert_eq!(parts[..5], ["見本市 文庫", "hanako", "6", "30", &begun.secret.replace(' ', "")]);
    city.office.confirm_totp(&session, parts[5]).await.unwrap();
    city.clock.set("2026-06-01T01:05:00Z");
    second_step(&city.office, "hanako", parts[6]).await.unwrap();
}
