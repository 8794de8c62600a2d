//! Trusted lists and names: why one is not taken, and why a service in one is not believed.

use super::Entry;

#[rustfmt::skip]
pub(super) const ENTRIES: &[Entry] = &[
    ("trust-list-stale", "信頼する証明書の一覧が更新期限（{until}）を過ぎているため、その一覧の証明書は信頼しませんでした。新しい一覧に替えてください。", "A list of trusted certificates was to be replaced by {until}; its certificates were not believed."),
    ("trust-list-stale-accepted", "信頼する証明書の一覧が更新期限（{until}）を過ぎていますが、指定により使いました。", "A list of trusted certificates was to be replaced by {until}; it was believed all the same, as asked for."),
    ("trust-list-not-writable", "信頼する証明書の一覧を書き出せません。", "The dated list of trusted certificates cannot be written."),
    ("names-not-readable", "名簿（TOML）が読み取れません。[[name]] に sha256 か subject、ja、en を書いてください。", "The file of names cannot be read; write sha256 or subject, ja and en under [[name]]."),
    ("names-bad-entry", "名簿の項目に、証明書（sha256 か subject のどちらか一つ）と名前（ja か en）の指定が必要です。", "An entry of the names needs one of sha256 and subject, and one of ja and en."),
    ("xml-malformed", "XML として正しくありません。", "The document is not well-formed XML."),
    ("xml-too-large", "XML が、扱える大きさや深さを超えています。", "The XML document is larger or deeper than can be handled."),
    ("xml-document-type", "XML に文書型宣言（DTD）があるため、読み取りません。", "The XML document declares a document type and is not read."),
    ("xml-not-signed", "XML に署名がありません。", "The XML document is not signed."),
    ("xml-signature-form", "XML の署名が、文書全体に対する一つの署名という決まった形ではありません。", "The XML signature is not of the one accepted form: one signature over the whole document."),
    ("xml-signature-algorithm", "XML の署名が、認められない方式（SHA-1 など）を使っています。", "The XML signature uses an algorithm that is not accepted, such as SHA-1."),
    ("xml-signature-other-signer", "XML の署名が、指定された署名者のものではありません。", "The XML signature was made by none of the given signers."),
    ("xml-signature-altered", "XML の内容が、署名された時から変わっています。", "The XML document differs from what was signed."),
    ("xml-signature-other-certificate", "XML の署名が、指定とは別の証明書を署名者として挙げています。", "The XML signature names another signing certificate than the given one."),
    ("tsl-signer-needed", "信頼リストの署名者の証明書を --trust-list-signer で指定してください。", "Give the certificate of the trusted list's signer with --trust-list-signer."),
    ("tsl-signer-not-in-force", "信頼リストの発行時に、署名者の証明書が有効期間内ではありませんでした。", "The signer's certificate was not in force when the trusted list was issued."),
    ("tsl-not-readable", "対応している版の信頼リスト（ETSI TS 119 612）ではありません。", "The document is not a trusted list (ETSI TS 119 612) of a known version."),
    ("tsl-critical-extension", "信頼リストに、理解が必須とされる未知の拡張があります。", "The trusted list has a critical extension that is not known."),
    ("tsl-stale", "信頼リストが更新期限を過ぎています。新しいものを入手してください。", "The trusted list's next update is overdue; get the new one."),
    ("tsl-older", "以前に取り込んだ信頼リストより新しくないため、取り込みません。", "The trusted list is not newer than the one imported before."),
    ("tsl-other-scheme", "以前に取り込んだものとは別の制度の信頼リストです。別のフォルダーを指定してください。", "The trusted list is another scheme's than the one imported before; give another folder."),
    ("tsl-unbelieved-type", "署名者やタイムスタンプを保証する種類のサービスではないか、未知の種類です。", "The type is unknown, or none that vouches for signers or timestamps."),
    ("tsl-unbelieved-status", "未知の状態です。", "The status is not known."),
    ("tsl-unbelieved-withdrawn", "認定や監督を受けていません。", "It is not, or no longer, supervised or accredited."),
    ("tsl-unbelieved-websites", "ウェブサイト認証用のサービスです。", "It is for websites."),
    ("tsl-unbelieved-critical-extension", "理解が必須とされる未知の拡張があります。", "It has a critical extension that is not known."),
    ("tsl-unbelieved-no-certificate", "読み取れる証明書がありません。", "It has no certificate that can be read."),
    ("tsl-unbelieved-several-keys", "証明書の鍵が一つに定まりません。", "Its certificates are not of one key."),
    ("tsl-unbelieved-unclear-history", "状態の前後関係がはっきりしません。", "Its statuses are not in a clear order."),
];
