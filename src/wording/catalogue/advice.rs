//! What to do about a finding or a verdict, and the clause that it rests on where the finding itself names none.

use super::{Entry, Sentence, sentence};

/// What is advised. A sentence serves many codes.
#[rustfmt::skip]
pub(super) const ENTRIES: &[Entry] = &[
    ("do-nothing", "対応は不要です。", "Nothing needs to be done."),
    ("do-tell-maker", "判定には影響しません。繰り返されるときは、署名に使われたソフトウェアの提供者にお知らせください。",
     "The verdict does not depend on it. Where it keeps occurring, tell the maker of the signing software."),
    ("do-ask-issuer", "このファイルに頼らず、発行元に正しい文書を求めてください。",
     "Do not rely on this file; ask its issuer for a sound one."),
    ("do-use-original", "受け取ったままのファイルで検証し直してください。それでも同じなら、発行元に送り直しを求めてください。",
     "Check again with the file exactly as it was received. If the result is the same, ask its issuer to send it again."),
    ("do-compare", "指摘の箇所を、署名時の版（--extract で取り出せます）と見比べ、発行元にお確かめください。",
     "Compare the place named with the version that was signed (--extract writes it), and ask its issuer."),
    ("do-find-trust", "発行元の認証局を信頼してよいかを、文書とは別の経路で確かめてください。よければ、その証明書を --trust に加えて検証し直せます。",
     "Find out, by another way than this file, whether its authority may be trusted. If so, add the certificate to --trust and check again."),
    ("do-find-tsa", "時刻の証明が必要なら、タイムスタンプ局を信頼してよいかを確かめ、その証明書を --tsa-trust に加えて検証し直してください。",
     "Where the time must be proven, find out whether the timestamping authority may be trusted, add its certificate to --tsa-trust, and check again."),
    ("do-get-revocation", "認証局の新しい失効リストか OCSP 応答を入手し、--crl か --ocsp に加えて検証し直してください。",
     "Get a current revocation list or OCSP response of the authority, add it to --crl or --ocsp, and check again."),
    ("do-ask-for-proof", "署名の時期を証明するタイムスタンプ付きの文書があるかを、発行元にお尋ねください。",
     "Ask its issuer for a copy whose time of signing is proven by a timestamp."),
    ("do-sign-anew", "現在認められている方式で署名し直した文書を、発行元に求めてください。",
     "Ask its issuer for a document that is signed with an algorithm accepted today."),
    ("do-use-another", "この方式に対応した別の検証手段を用いるか、発行元にお確かめください。",
     "Use another validator that knows this algorithm or form, or ask its issuer."),
    ("do-check-clock", "検証の時刻（この機械の時計、または --at）が正しいかを確かめてください。",
     "See whether the time of validation is right: this machine's clock, or --at."),
    ("do-give-data", "証明の対象のファイルを、記録を作ったときのまま --data で渡して、検証し直してください。",
     "Give the files that the record is over with --data, as they were when it was made, and check again."),
    ("do-other-copy", "証拠記録とデータの別の控えで検証し直してください。", "Check again with another copy of the record and of the data."),
    ("do-see-findings", "個々の指摘に示す対応をご覧ください。", "See what the findings advise."),
];

/// A code, the clause behind it, and what to do.
type Advice = (&'static str, &'static str, &'static str);

const BYTES: &str = "ISO 32000-2 12.8.1";
const FORM: &str = "EN 319 102-1 5.2.2";
const SIGNER: &str = "EN 319 102-1 5.2.3";
const CHAIN: &str = "EN 319 102-1 5.2.6";
const VALUE: &str = "EN 319 102-1 5.2.7";
const RULES: &str = "EN 319 102-1 5.2.8";
const STAMP: &str = "EN 319 102-1 5.4";
const UPDATE: &str = "ISO 32000-2 7.5.6";

#[rustfmt::skip]
const CODES: &[Advice] = &[
    ("no-signature", FORM, "do-ask-issuer"),
    ("file-repaired", "ISO 32000-2 7.5.4", "do-use-original"),
    ("file-cut-short", UPDATE, "do-use-original"),
    ("file-unreadable", "ISO 32000-2 7.5.1", "do-use-original"),
    ("header-displaced", "ISO 32000-2 7.5.2", "do-use-original"),
    ("trust-list-stale", "ETSI TS 119 612 5.3.15", "do-find-trust"),
    ("trust-list-stale-accepted", "ETSI TS 119 612 5.3.15", "do-find-trust"),
    ("usage-rights", "ISO 32000-1 12.8.2.3", "do-nothing"),
    ("signed-attributes-absent", "RFC 5652 5.3", "do-tell-maker"),
    ("signed-attribute-repeated", "EN 319 142-1 6.3", "do-ask-issuer"),
    ("byte-range-missing", BYTES, "do-ask-issuer"),
    ("byte-range-not-from-start", BYTES, "do-ask-issuer"),
    ("byte-range-out-of-file", BYTES, "do-use-original"),
    ("byte-range-gap-not-a-string", BYTES, "do-ask-issuer"),
    ("byte-range-gap-not-contents", BYTES, "do-ask-issuer"),
    ("coverage-partial", BYTES, "do-ask-issuer"),
    ("signature-outside-form", "ISO 32000-2 12.7.5.5", "do-ask-issuer"),
    ("sub-filter-unknown", BYTES, "do-use-another"),
    ("cms-unreadable", FORM, "do-use-original"),
    ("cms-content-present", "EN 319 142-1 4.1", "do-ask-issuer"),
    ("cms-of-other-kind", "EN 319 142-1 4.1", "do-ask-issuer"),
    ("cms-content-type", "EN 319 142-1 6.3", "do-ask-issuer"),
    ("cms-members-unreadable", "RFC 5652 5.1", "do-nothing"),
    ("cms-trailing-bytes", "EN 319 142-1 4.1", "do-tell-maker"),
    ("cms-not-der", "EN 319 142-1 4.1", "do-nothing"),
    ("signing-time-attribute", "EN 319 142-1 6.3", "do-nothing"),
    ("attributes-not-sorted", "RFC 5652 5.4", "do-tell-maker"),
    ("digest-mismatch", VALUE, "do-ask-issuer"),
    ("digest-not-computed", VALUE, "do-use-another"),
    ("signature-value-mismatch", VALUE, "do-ask-issuer"),
    ("signature-algorithm-unsupported", VALUE, "do-use-another"),
    ("signed-attributes-unusable", FORM, "do-ask-issuer"),
    ("algorithm-too-weak", RULES, "do-sign-anew"),
    ("signer-certificate-missing", SIGNER, "do-ask-issuer"),
    ("signing-certificate-not-named", "EN 319 142-1 6.3", "do-ask-issuer"),
    ("claimed-time-after-proven", RULES, "do-tell-maker"),
    ("timestamp-unreadable", STAMP, "do-ask-issuer"),
    ("timestamp-imprint-mismatch", "EN 319 102-1 5.4.4", "do-ask-issuer"),
    ("timestamp-signer-missing", SIGNER, "do-find-tsa"),
    ("timestamp-signature-broken", STAMP, "do-ask-issuer"),
    ("timestamp-in-future", STAMP, "do-check-clock"),
    ("timestamp-not-accredited", STAMP, "do-find-tsa"),
    ("timestamp-not-judged", STAMP, "do-ask-issuer"),
    ("timestamp-order", "EN 319 102-1 5.5.4", "do-ask-issuer"),
    ("signature-timestamp-failed", "EN 319 102-1 5.5.4", "do-ask-issuer"),
    ("signature-timestamp-not-proven", "EN 319 102-1 5.5.4", "do-find-tsa"),
    ("path-no-chain", CHAIN, "do-find-trust"),
    ("path-signature-invalid", CHAIN, "do-ask-issuer"),
    ("path-algorithm-unsupported", CHAIN, "do-use-another"),
    ("path-algorithm-weak", CHAIN, "do-sign-anew"),
    ("path-budget-spent", CHAIN, "do-find-trust"),
    ("path-good-in-the-past", "EN 319 102-1 5.6.2.1", "do-nothing"),
    ("path-no-proof", "EN 319 102-1 5.6.2.2", "do-ask-for-proof"),
    ("path-term-over", CHAIN, "do-ask-for-proof"),
    ("path-expired", CHAIN, "do-ask-for-proof"),
    ("path-not-yet-valid", CHAIN, "do-check-clock"),
    ("path-revoked", CHAIN, "do-ask-issuer"),
    ("path-revoked-later", "EN 319 102-1 5.5.4", "do-nothing"),
    ("path-revocation-unknown", CHAIN, "do-get-revocation"),
    ("path-key-usage", CHAIN, "do-ask-issuer"),
    ("path-extended-key-usage", CHAIN, "do-ask-issuer"),
    ("path-issuer-key-usage", CHAIN, "do-ask-issuer"),
    ("path-issuer-not-ca", CHAIN, "do-ask-issuer"),
    ("path-too-long", CHAIN, "do-ask-issuer"),
    ("path-issuer-extended-key-usage", CHAIN, "do-ask-issuer"),
    ("path-name-not-permitted", CHAIN, "do-ask-issuer"),
    ("path-name-excluded", CHAIN, "do-ask-issuer"),
    ("path-name-unclear", CHAIN, "do-ask-issuer"),
    ("path-policy-missing", CHAIN, "do-ask-issuer"),
    ("path-policy-any-mapped", CHAIN, "do-ask-issuer"),
    ("path-extension-broken", CHAIN, "do-ask-issuer"),
    ("path-unknown-critical-extension", CHAIN, "do-use-another"),
    ("change-validation-data", "EN 319 142-1 5.4", "do-nothing"),
    ("change-document-timestamp", "EN 319 142-1 5.4", "do-nothing"),
    ("change-housekeeping", UPDATE, "do-nothing"),
    ("change-unused-object", UPDATE, "do-nothing"),
    ("change-signature", UPDATE, "do-compare"),
    ("change-visible-signature", UPDATE, "do-compare"),
    ("change-signature-field", UPDATE, "do-compare"),
    ("change-large-appearance", UPDATE, "do-compare"),
    ("change-form-settings", UPDATE, "do-compare"),
    ("change-field-value", UPDATE, "do-compare"),
    ("change-annotation", UPDATE, "do-compare"),
    ("change-catalogue", UPDATE, "do-compare"),
    ("change-trailer", UPDATE, "do-compare"),
    ("change-object", UPDATE, "do-compare"),
    ("change-object-removed", UPDATE, "do-compare"),
    ("change-object-added", UPDATE, "do-compare"),
    ("change-hidden-bytes", UPDATE, "do-compare"),
    ("change-hidden-objects", UPDATE, "do-compare"),
    ("change-unreadable", UPDATE, "do-compare"),
    ("changes-unknown", UPDATE, "do-compare"),
    ("change-not-permitted", RULES, "do-compare"),
    ("change-beyond-certification", "ISO 32000-2 12.8.2.2", "do-compare"),
    ("change-of-locked-field", "ISO 32000-2 12.8.2.4", "do-compare"),
    ("changes-not-listed", UPDATE, "do-compare"),
    ("later-signature-unchecked", FORM, "do-ask-issuer"),
    ("later-signature-broken", FORM, "do-ask-issuer"),
    ("evidence-data-missing", "RFC 4998 5.3", "do-give-data"),
    ("evidence-data-not-covered", "RFC 4998 5.3", "do-give-data"),
    ("evidence-previous-not-covered", "RFC 4998 5.3", "do-other-copy"),
    ("evidence-hash-length", "RFC 4998 4.2", "do-other-copy"),
    ("evidence-algorithm-changes", "RFC 4998 5.3", "do-other-copy"),
    ("evidence-digest-unsupported", "RFC 4998 4.1", "do-use-another"),
    ("evidence-order", "RFC 4998 5.1", "do-other-copy"),
    ("evidence-not-der", "RFC 4998 5.2", "do-nothing"),
    ("evidence-encrypted", "RFC 4998 6", "do-give-data"),
    ("evidence-digest-not-listed", "RFC 4998 3.1", "do-nothing"),
    ("FORMAT_FAILURE", FORM, "do-ask-issuer"),
    ("HASH_FAILURE", VALUE, "do-ask-issuer"),
    ("SIG_CRYPTO_FAILURE", VALUE, "do-ask-issuer"),
    ("REVOKED", "EN 319 102-1 5.3.4", "do-ask-issuer"),
    ("REVOKED_CA", CHAIN, "do-ask-issuer"),
    ("EXPIRED", "EN 319 102-1 5.3.4", "do-ask-issuer"),
    ("NOT_YET_VALID", "EN 319 102-1 5.3.4", "do-ask-issuer"),
    ("SIG_CONSTRAINTS_FAILURE", RULES, "do-see-findings"),
    ("CHAIN_CONSTRAINTS_FAILURE", CHAIN, "do-ask-issuer"),
    ("CERTIFICATE_CHAIN_GENERAL_FAILURE", CHAIN, "do-see-findings"),
    ("CRYPTO_CONSTRAINTS_FAILURE", RULES, "do-sign-anew"),
    ("POLICY_PROCESSING_ERROR", "EN 319 102-1 5.2.4", "do-ask-issuer"),
    ("SIGNATURE_POLICY_NOT_AVAILABLE", "EN 319 102-1 5.2.4", "do-ask-issuer"),
    ("TIMESTAMP_ORDER_FAILURE", "EN 319 102-1 5.5.4", "do-see-findings"),
    ("NO_SIGNING_CERTIFICATE_FOUND", SIGNER, "do-ask-issuer"),
    ("NO_CERTIFICATE_CHAIN_FOUND", CHAIN, "do-find-trust"),
    ("NO_CERTIFICATE_CHAIN_FOUND_NO_POE", "EN 319 102-1 5.6.2.1", "do-find-trust"),
    ("REVOKED_NO_POE", "EN 319 102-1 5.3.4", "do-ask-for-proof"),
    ("REVOKED_CA_NO_POE", CHAIN, "do-ask-for-proof"),
    ("OUT_OF_BOUNDS_NOT_REVOKED", CHAIN, "do-ask-for-proof"),
    ("OUT_OF_BOUNDS_NO_POE", "EN 319 102-1 5.3.4", "do-ask-for-proof"),
    ("REVOCATION_OUT_OF_BOUNDS_NO_POE", "EN 319 102-1 5.2.5", "do-get-revocation"),
    ("CRYPTO_CONSTRAINTS_FAILURE_NO_POE", "EN 319 102-1 5.3.4", "do-ask-for-proof"),
    ("NO_POE", "EN 319 102-1 5.6.2.4", "do-ask-for-proof"),
    ("TRY_LATER", "EN 319 102-1 5.2.5", "do-get-revocation"),
    ("SIGNED_DATA_NOT_FOUND", VALUE, "do-use-original"),
    ("CUSTOM", "EN 319 102-1 5.1.3", "do-see-findings"),
    ("NO-SIGNATURE", "EN 319 102-1 5.1.3", "do-ask-issuer"),
    ("TOTAL-PASSED", "EN 319 102-1 5.1.3", "do-nothing"),
    ("INDETERMINATE", "EN 319 102-1 5.1.3", "do-see-findings"),
    ("TOTAL-FAILED", "EN 319 102-1 5.1.3", "do-ask-issuer"),
];

/// Returns what to do about a finding's code, a sub-indication or an indication.
pub fn advice(code: &str) -> Option<Sentence> {
    find(code).map(|(_, _, what)| sentence(what, &[]))
}

/// Returns the clause that a code rests on.
pub fn clause(code: &str) -> Option<&'static str> {
    find(code).map(|(_, clause, _)| *clause)
}

/// Lists every code that has an advice.
pub fn advised() -> impl Iterator<Item = &'static str> {
    CODES.iter().map(|(code, ..)| *code)
}

fn find(code: &str) -> Option<&'static Advice> {
    /// What could not be fetched is to be had otherwise.
    const ONLINE: &Advice = &("online", CHAIN, "do-get-revocation");
    CODES.iter().find(|(known, ..)| *known == code).or_else(|| code.starts_with("online-").then_some(ONLINE))
}
