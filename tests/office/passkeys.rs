//! Passkeys: made and used by an authenticator that is written here, honest and otherwise.

use super::accounts::{account, code, secret};
use super::city::{City, auditor};
use crate::engine::pki::{TestEntropy, pki};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fumikura::crypto::Entropy;
use fumikura::digest::unhex;
use fumikura::office::ports::{AccountNews, ProvenBy};
use fumikura::office::{
    AccountPolicy, Answered, Assertion, Entered, NewCredential, OfficeError, RelyingParty, Role, SignedIn,
};
use minicbor::Encoder;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
    RsaPublicKeyComponents,
};
use serde_json::json;

const CHALLENGE: &[u8] = b"thirty-two bytes to answer over.";
const ORIGIN: &str = "https://bunko.mihon.example";
const PARTY: &str = "bunko.mihon.example";
const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const ATTESTED: u8 = 0x40;

enum Key {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(RsaKeyPair),
}

/// An authenticator with one credential.
struct Device {
    id: Vec<u8>,
    key: Key,
    user: Vec<u8>,
}

/// What browser and authenticator say; whatever is changed of it is a lie.
#[derive(Clone)]
struct Said {
    ceremony: &'static str,
    challenge: &'static [u8],
    origin: &'static str,
    cross: bool,
    party: &'static str,
    flags: u8,
    count: u32,
}

fn making() -> Said {
    Said { ceremony: "webauthn.create", flags: PRESENT | VERIFIED | ATTESTED, ..proving(0) }
}

fn proving(count: u32) -> Said {
    Said {
        ceremony: "webauthn.get",
        challenge: CHALLENGE,
        origin: ORIGIN,
        cross: false,
        party: PARTY,
        flags: PRESENT | VERIFIED,
        count,
    }
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn party() -> RelyingParty {
    RelyingParty::new(ORIGIN).unwrap()
}

impl Said {
    fn client(&self) -> Vec<u8> {
        let challenge = text(self.challenge);
        let said =
            json!({ "type": self.ceremony, "challenge": challenge, "origin": self.origin, "crossOrigin": self.cross });
        said.to_string().into_bytes()
    }

    fn head(&self) -> Vec<u8> {
        let mut head = digest(&SHA256, self.party.as_bytes()).as_ref().to_vec();
        head.push(self.flags);
        head.extend(self.count.to_be_bytes());
        head
    }
}

#[expect(clippy::disallowed_methods, reason = "an authenticator has its own randomness")]
fn random() -> SystemRandom {
    SystemRandom::new()
}

impl Device {
    fn new(key: Key) -> Self {
        let mut id = vec![0; 32];
        TestEntropy.fill(&mut id).unwrap();
        Self { id, key, user: Vec::new() }
    }

    fn p256() -> Self {
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random()).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &random());
        Self::new(Key::P256(key.unwrap()))
    }

    fn ed25519() -> Self {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&random()).unwrap();
        Self::new(Key::Ed25519(Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap()))
    }

    fn rsa() -> Self {
        Self::new(Key::Rsa(RsaKeyPair::from_pkcs8(pki().pkcs8("signer-rsa2048")).unwrap()))
    }

    /// The public key as COSE writes it.
    fn cose(&self) -> Vec<u8> {
        let mut encoder = Encoder::new(Vec::new());
        match &self.key {
            Key::P256(key) => {
                let point = key.public_key().as_ref();
                encoder.map(5).unwrap().i8(1).unwrap().i8(2).unwrap().i8(3).unwrap().i8(-7).unwrap();
                encoder.i8(-1).unwrap().i8(1).unwrap().i8(-2).unwrap().bytes(&point[1..33]).unwrap();
                encoder.i8(-3).unwrap().bytes(&point[33..]).unwrap();
            }
            Key::Ed25519(key) => {
                encoder.map(4).unwrap().i8(1).unwrap().i8(1).unwrap().i8(3).unwrap().i8(-8).unwrap();
                encoder.i8(-1).unwrap().i8(6).unwrap().i8(-2).unwrap().bytes(key.public_key().as_ref()).unwrap();
            }
            Key::Rsa(key) => {
                let RsaPublicKeyComponents { n, e } = RsaPublicKeyComponents::<Vec<u8>>::from(key.public());
                encoder.map(4).unwrap().i8(1).unwrap().i8(3).unwrap().i8(3).unwrap().i16(-257).unwrap();
                encoder.i8(-1).unwrap().bytes(&n).unwrap().i8(-2).unwrap().bytes(&e).unwrap();
            }
        }
        encoder.into_writer()
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.key {
            Key::P256(key) => key.sign(&random(), message).unwrap().as_ref().to_vec(),
            Key::Ed25519(key) => key.sign(message).as_ref().to_vec(),
            Key::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random(), message, &mut signature).unwrap();
                signature
            }
        }
    }

    fn attested(&self, said: &Said, cose: &[u8]) -> Vec<u8> {
        let mut data = said.head();
        data.extend([0; 16]);
        data.extend((self.id.len() as u16).to_be_bytes());
        data.extend(&self.id);
        data.extend(cose);
        data
    }

    fn make(&self, said: &Said) -> NewCredential {
        answer(said, &self.attested(said, &self.cose()))
    }

    fn prove(&self, said: &Said) -> Assertion {
        let (client, data) = (said.client(), said.head());
        let signed = [data.as_slice(), digest(&SHA256, &client).as_ref()].concat();
        self.assertion(&client, &data, &self.sign(&signed))
    }

    fn assertion(&self, client: &[u8], data: &[u8], signature: &[u8]) -> Assertion {
        let (id, user) = (text(&self.id), text(&self.user));
        let (client, data, signature) = (text(client), text(data), text(signature));
        let said =
            json!({ "id": id, "clientData": client, "authenticator": data, "signature": signature, "user": user });
        serde_json::from_value(said).unwrap()
    }
}

fn answer(said: &Said, data: &[u8]) -> NewCredential {
    let mut encoder = Encoder::new(Vec::new());
    encoder.map(3).unwrap().str("fmt").unwrap().str("none").unwrap().str("attStmt").unwrap().map(0).unwrap();
    encoder.str("authData").unwrap().bytes(data).unwrap();
    object(said, &encoder.into_writer())
}

fn object(said: &Said, object: &[u8]) -> NewCredential {
    serde_json::from_value(json!({ "clientData": text(&said.client()), "attestation": text(object) })).unwrap()
}

/// A city with an account; returns a session of it.
async fn city_of_one(policy: AccountPolicy) -> (City, String) {
    let city = City::with(|parts| parts.settings.accounts = policy).await;
    city.office.add_user(None, account("hanako")).await.unwrap();
    let session = city.office.sign_in("hanako", secret(super::accounts::PASSWORD)).await.unwrap().secret;
    (city, session.to_string())
}

async fn add(city: &City, session: &str, device: &mut Device, made: &NewCredential) -> Result<usize, OfficeError> {
    let own = city.office.own_account(session).await.unwrap();
    device.user = unhex(&own.actor.user().to_string()).unwrap();
    Ok(city.office.add_passkey(session, "机の端末", (made, &party(), CHALLENGE)).await?.len())
}

async fn enter(city: &City, assertion: &Assertion) -> Result<SignedIn, OfficeError> {
    city.office.sign_in_by_passkey(Answered { assertion, party: &party(), challenge: CHALLENGE }).await
}

#[tokio::test]
async fn passkeys_of_every_algorithm_are_registered_and_sign_in_alone() {
    for mut device in [Device::p256(), Device::ed25519(), Device::rsa()] {
        let (city, session) = city_of_one(AccountPolicy::default()).await;
        let made = device.make(&making());
        assert_eq!(
            add(&city, &session, &mut device, &made).await.unwrap(),
            10,
            "recovery codes come with the first factor"
        );
        assert_eq!(code(add(&city, &session, &mut device, &made).await), "account-known-passkey");
        assert_eq!(
            code(city.office.sign_in("hanako", secret(super::accounts::PASSWORD)).await),
            "account-factor-needed"
        );
        let signed_in = enter(&city, &device.prove(&proving(0))).await.unwrap();
        let own = city.office.own_account(&signed_in.secret).await.unwrap();
        assert!(own.sessions.iter().any(|one| one.is_this && one.by == ProvenBy::Passkey));
        assert_eq!((own.passkeys.len(), own.passkeys[0].last_used), (1, Some(city.office.now())));
        let ledger = format!("{:?}", city.office.newest_entries(&auditor(), 10).await.unwrap());
        assert!(ledger.contains("user.passkey-added") && !ledger.contains("机の端末"));
        city.office.remove_passkey(&signed_in.secret, &own.passkeys[0].id).await.unwrap();
        assert_eq!(code(enter(&city, &device.prove(&proving(0))).await), "office-sign-in-failed");
        city.office.sign_in("hanako", secret(super::accounts::PASSWORD)).await.unwrap();
    }
}

#[tokio::test]
async fn an_answer_to_another_question_registers_nothing() {
    let (city, session) = city_of_one(AccountPolicy::default()).await;
    let mut device = Device::p256();
    let lies = [
        Said { ceremony: "webauthn.get", ..making() },
        Said { challenge: b"another challenge of that length", ..making() },
        Said { challenge: b"", ..making() },
        Said { origin: "https://bunko.mihon.example.evil.example", ..making() },
        Said { origin: "http://bunko.mihon.example", ..making() },
        Said { origin: "https://bunko.mihon.example:8443", ..making() },
        Said { cross: true, ..making() },
        Said { party: "mihon.example", ..making() },
        Said { flags: ATTESTED | VERIFIED, ..making() },
        Said { flags: PRESENT | VERIFIED, ..making() },
        Said { flags: PRESENT | ATTESTED | 0x80, ..making() },
    ];
    for lie in lies {
        let made = device.make(&lie);
        assert_eq!(code(add(&city, &session, &mut device, &made).await), "account-wrong-passkey", "{:?}", lie.client());
    }
    let (said, cose) = (making(), device.cose());
    let data = device.attested(&said, &cose);
    // Another algorithm, a label twice, a point of another curve, a short key, a key that is no map.
    let none: [&[u8]; 4] =
        [&[0xa2, 1, 2, 3, 0x38, 0x22], &[0xa2, 1, 2, 1, 2], &[0x60], &[0xa3, 1, 2, 3, 0x26, 0x20, 2]];
    for key in none {
        let made = answer(&said, &device.attested(&said, key));
        let refused = code(add(&city, &session, &mut device, &made).await);
        assert!(["account-wrong-passkey", "account-passkey-algorithm"].contains(&refused), "{key:?}: {refused}");
    }
    // Cut anywhere, or with something behind it.
    for end in 0..data.len() {
        assert!(add(&city, &session, &mut device, &answer(&said, &data[..end])).await.is_err(), "{end}");
    }
    assert!(add(&city, &session, &mut device, &answer(&said, &[data.as_slice(), b"\0"].concat())).await.is_err());
    for odd in [
        &b""[..],
        b"\xa0",
        b"\xbf\xff",
        b"\xff",
        &[0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        &[0xa1; 4096],
    ] {
        assert!(add(&city, &session, &mut device, &object(&said, odd)).await.is_err(), "{odd:?}");
    }
    let own = city.office.own_account(&session).await.unwrap();
    assert!(own.passkeys.is_empty() && own.recovery_codes == 0);
    let made = device.make(&making());
    add(&city, &session, &mut device, &made).await.unwrap();
}

#[tokio::test]
async fn an_answer_to_another_question_lets_nobody_in() {
    let (city, session) = city_of_one(AccountPolicy::default()).await;
    let mut device = Device::p256();
    let made = device.make(&making());
    add(&city, &session, &mut device, &made).await.unwrap();
    let lies = [
        Said { ceremony: "webauthn.create", ..proving(0) },
        Said { challenge: b"another challenge of that length", ..proving(0) },
        Said { origin: "https://evil.example", ..proving(0) },
        Said { cross: true, ..proving(0) },
        Said { party: "evil.example", ..proving(0) },
        Said { flags: VERIFIED, ..proving(0) },
        Said { flags: PRESENT, ..proving(0) },
        Said { flags: PRESENT | VERIFIED | ATTESTED, ..proving(0) },
    ];
    for lie in lies {
        assert_eq!(code(enter(&city, &device.prove(&lie)).await), "office-sign-in-failed", "{:?}", lie.client());
    }
    let (said, mut other) = (proving(0), Device::p256());
    let (client, data) = (said.client(), said.head());
    (other.id, other.user) = (device.id.clone(), device.user.clone());
    assert!(enter(&city, &other.prove(&said)).await.is_err(), "by another key");
    let unsigned = device.assertion(&client, &data, b"");
    assert!(enter(&city, &unsigned).await.is_err());
    device.user = vec![7; 16];
    assert_eq!(
        code(enter(&city, &device.prove(&said)).await),
        "office-sign-in-failed",
        "of an account that there is not"
    );
    device.user = Vec::new();
    assert_eq!(code(enter(&city, &device.prove(&said)).await), "office-sign-in-failed", "of nobody");
    assert_eq!(code(city.office.session(&session).await), "was not refused");
    // Ten failures and more: the account is locked for passkeys as well.
    device.user = other.user.clone();
    assert_eq!(code(enter(&city, &device.prove(&said)).await), "office-account-locked");
    city.clock.set("2026-06-01T01:16:00Z");
    enter(&city, &device.prove(&said)).await.unwrap();
}

#[tokio::test]
async fn a_counter_that_does_not_go_on_is_told_and_refused() {
    let (city, session) = city_of_one(AccountPolicy::default()).await;
    let mut device = Device::p256();
    let made = device.make(&Said { count: 5, ..making() });
    add(&city, &session, &mut device, &made).await.unwrap();
    enter(&city, &device.prove(&proving(6))).await.unwrap();
    for back in [6, 5, 0] {
        assert_eq!(code(enter(&city, &device.prove(&proving(back))).await), "account-passkey-copied");
    }
    let signed_in = enter(&city, &device.prove(&proving(9))).await.unwrap();
    assert!(signed_in.has_news);
    let own = city.office.own_account(&signed_in.secret).await.unwrap();
    assert_eq!(own.news.iter().map(|note| note.what).collect::<Vec<_>>(), [AccountNews::PasskeyCopied]);
    let ledger = format!("{:?}", city.office.newest_entries(&auditor(), 10).await.unwrap());
    assert!(ledger.contains("user.passkey-copied"));
}

#[tokio::test]
async fn a_passkey_stands_beside_a_password_and_in_place_of_it_only_with_its_person_verified() {
    let policy = AccountPolicy { second_factor: [Role::Clerk].into(), ..AccountPolicy::default() };
    let (city, session) = city_of_one(policy).await;
    assert_eq!(code(city.office.session(&session).await), "account-factor-to-enrol");
    let mut device = Device::ed25519();
    let made = device.make(&Said { flags: PRESENT | ATTESTED, ..making() });
    add(&city, &session, &mut device, &made).await.unwrap();
    city.office.session(&session).await.unwrap();
    let own = city.office.own_account(&session).await.unwrap();
    assert_eq!(code(city.office.remove_passkey(&session, &own.passkeys[0].id).await), "account-last-factor");

    let present = device.prove(&Said { flags: PRESENT, ..proving(0) });
    assert_eq!(code(enter(&city, &present).await), "office-sign-in-failed");
    let answered = Answered { assertion: &present, party: &party(), challenge: CHALLENGE };
    let entered = city.office.sign_in_by_password("hanako", secret(super::accounts::PASSWORD)).await.unwrap();
    let Entered::Half(half) = entered else { panic!("a second factor is asked for") };
    let steps = city.office.second_steps(&half).await.unwrap();
    assert_eq!((steps.passkeys, steps.codes), (vec![text(&device.id)], false));
    let signed_in = city.office.sign_in_by_second_passkey(&half, answered).await.unwrap();
    city.clock.set("2026-06-01T01:06:00Z");
    let fresh = async || city.office.standing(&signed_in.secret).await.unwrap().is_fresh;
    assert!(!fresh().await);
    assert_eq!(code(city.office.prove_again_by_passkey(&signed_in.secret, answered).await), "account-wrong-passkey");
    let verified = device.prove(&proving(0));
    let answered = Answered { assertion: &verified, party: &party(), challenge: CHALLENGE };
    city.office.prove_again_by_passkey(&signed_in.secret, answered).await.unwrap();
    assert!(fresh().await);
}

#[test]
fn passkeys_are_for_a_name_reached_over_tls() {
    for good in
        ["https://bunko.mihon.example", "https://a-1.example:8443", "http://localhost:8480", "https://x.example/"]
    {
        assert!(RelyingParty::new(good).is_ok(), "{good}");
    }
    for bad in [
        "http://bunko.mihon.example",
        "https://192.0.2.1",
        "https://[::1]",
        "https://bunko.example/path",
        "https://Bunko.example",
        "https://user@bunko.example",
        "https://bunko.example:443",
        "https://bunko.example:0",
        "https://",
        "bunko.example",
        "",
    ] {
        assert!(RelyingParty::new(bad).is_err(), "{bad}");
    }
}
