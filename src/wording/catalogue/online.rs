//! What became of validation data that should have been fetched.

use super::Entry;

#[rustfmt::skip]
pub(super) const ENTRIES: &[Entry] = &[
    // Not fetched.
    ("online-no-address", "証明書（{subject}）には、検証に足りない情報の取得先（http）が書かれていません。",
     "The certificate ({subject}) does not say where the data that is lacking can be fetched."),
    ("online-bad-url", "証明書（{subject}）に書かれた取得先の URL（{host}）は使えません。",
     "The certificate ({subject}) names a URL ({host}) that is not followed."),
    ("online-scheme", "証明書（{subject}）の取得先（{host}）は http でも https でもないため、取得しません。",
     "What the certificate ({subject}) names ({host}) is neither http nor https and is not fetched."),
    ("online-not-listed", "証明書（{subject}）の取得先 {host} は、接続を許された相手ではないため、取得しません。",
     "The host {host} that the certificate ({subject}) names may not be fetched from."),
    ("online-not-public", "証明書（{subject}）の取得先 {host} は、公開されたアドレスではないため、接続しません。",
     "The host {host} that the certificate ({subject}) names has no public address and is not connected to."),
    ("online-unreachable", "証明書（{subject}）の取得先 {host} に接続できません。", "The host {host} that the certificate ({subject}) names cannot be reached."),
    ("online-tls", "証明書（{subject}）の取得先 {host} と、信頼できる TLS 接続ができません。", "There is no trustworthy TLS connection to {host}, which the certificate ({subject}) names."),
    ("online-too-slow", "証明書（{subject}）の取得先 {host} が、時間内に答えませんでした。", "The host {host} that the certificate ({subject}) names did not answer in time."),
    ("online-too-large", "証明書（{subject}）の取得先 {host} の応答が大きすぎます。", "The answer of {host}, which the certificate ({subject}) names, is too large."),
    ("online-status", "証明書（{subject}）の取得先 {host} が、HTTP {status} と答えました。", "The host {host} that the certificate ({subject}) names answered with HTTP status {status}."),
    ("online-redirects", "証明書（{subject}）の取得先 {host} の転送先をたどれません。", "The redirects of {host}, which the certificate ({subject}) names, lead nowhere."),
    ("online-broken-off", "証明書（{subject}）の取得先 {host} との通信が途中で切れました。", "The exchange with {host}, which the certificate ({subject}) names, broke off."),
    ("online-spent", "一度の実行で取得できる量を超えたため、証明書（{subject}）の情報を {host} から取得しません。",
     "This run has fetched as much as it may; {host} was not asked about the certificate ({subject})."),
    ("online-no-entropy", "乱数を得られないため、証明書（{subject}）について {host} に問い合わせません。", "There is no randomness; {host} was not asked about the certificate ({subject})."),
    ("online-not-kept", "取得したものを保存先（--cache）に残せませんでした。", "What was fetched could not be kept in the cache."),
    // Fetched, and of no help.
    ("online-unreadable", "証明書（{subject}）について {host} から届いたデータを読めません。", "What came from {host} about the certificate ({subject}) cannot be read."),
    ("online-responder-refused", "証明書（{subject}）について、OCSP サーバー {host} が回答を断りました。", "The OCSP responder {host} refused to answer about the certificate ({subject})."),
    ("online-other-nonce", "証明書（{subject}）についての {host} の OCSP 応答は、別の問い合わせへの答えです。", "The OCSP answer of {host} about the certificate ({subject}) is to another question."),
    ("online-other-issuer", "証明書（{subject}）について {host} から届いたものは、発行者が異なります。", "What came from {host} about the certificate ({subject}) is from another issuer."),
    ("online-other-scope", "{host} から届いたものは、証明書（{subject}）を対象としていません。", "What came from {host} does not speak of the certificate ({subject})."),
    ("online-expired", "証明書（{subject}）について {host} から届いたものは、有効期間を過ぎています。", "What came from {host} about the certificate ({subject}) is out of date."),
    ("online-not-yet", "証明書（{subject}）について {host} から届いたものは、検証の時点より後の日時です。", "What came from {host} about the certificate ({subject}) is from after the time of validation."),
    ("online-bad-signature", "証明書（{subject}）について {host} から届いたものの署名が正しくありません。", "The signature on what came from {host} about the certificate ({subject}) does not verify."),
    ("online-unknown-there", "OCSP サーバー {host} は、証明書（{subject}）を知りません。", "The OCSP responder {host} does not know the certificate ({subject})."),
    ("online-not-accepted", "証明書（{subject}）について {host} から届いたものは、条件を満たさず、判断に使えません。", "What came from {host} about the certificate ({subject}) does not meet the rules and cannot be used."),
];
