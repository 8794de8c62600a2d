//! Findings on what was changed after a signature.

use super::Entry;

#[rustfmt::skip]
pub(super) const ENTRIES: &[Entry] = &[
    ("change-validation-data", "署名の後に、検証用の情報が追加されました。", "Validation data was added after the signature."),
    ("change-document-timestamp", "署名の後に、文書タイムスタンプが追加されました。", "A document timestamp was added after the signature."),
    ("change-housekeeping", "署名の後に、更新日時などの管理情報が改められました。", "Housekeeping entries such as the date of the last change were brought up to date."),
    ("change-unused-object", "署名の後に、文書のどこからも使われないデータが追加されました。", "Data was added after the signature that nothing in the document uses."),
    ("change-signature", "署名の後に、別の署名が追加されました（{field}）。", "Another signature was added afterwards ({field})."),
    ("change-visible-signature", "署名の後に、紙面に表示される別の署名が追加されました（{field}）。",
     "Another signature that shows on a page was added afterwards ({field})."),
    ("change-signature-field", "署名の後に、空の署名欄が追加されました（{field}）。", "An empty signature field was added afterwards ({field})."),
    ("change-large-appearance", "後から追加された署名の表示が、ページの広い部分を覆っています。",
     "The appearance of a signature that was added later covers a large part of its page."),
    ("change-form-settings", "署名の後に、フォームの設定が変更されました。", "Settings of the form were changed after the signature."),
    ("change-field-value", "署名の後に、フォームの記入欄の値が変更されました（{field}）。", "The value of a form field was changed after the signature ({field})."),
    ("change-annotation", "署名の後に、注釈が追加・変更・削除されました。", "An annotation was added, changed or removed after the signature."),
    ("change-catalogue", "署名の後に、文書の根元（カタログ）が差し替えられました。", "The document's catalogue was exchanged after the signature."),
    ("change-trailer", "署名の後に、ファイルの末尾の情報（トレーラ）が変更されました。", "The file's trailer was changed after the signature."),
    ("change-object", "署名された内容が、署名の後に変更されました。", "Signed content was changed after the signature."),
    ("change-object-removed", "署名された内容の一部が、署名の後に取り除かれました。", "Signed content was removed after the signature."),
    ("change-object-added", "署名の後に、署名された内容に新しいものが加えられました。", "Something new was put into the signed content after the signature."),
    ("change-hidden-bytes", "署名の後に、どの管理表にもないデータがファイルに加えられました。", "Bytes were added after the signature that no cross-reference accounts for."),
    ("change-unreadable", "署名の後に加えられた部分を正しく読めないため、何が変わったか分かりません。",
     "What was added after the signature cannot be read as it is written, so its effect is unknown."),
    ("changes-unknown", "署名の後に何が変わったかを確かめられません。", "What was changed after the signature cannot be told."),
    ("change-not-permitted", "この変更は、検証の方針では認められません。", "The validation policy does not permit this change."),
    ("change-beyond-certification", "この変更は、文書を認証した署名が許していません。", "The signature that certifies the document does not allow this change."),
    ("change-of-locked-field", "この記入欄は、署名によって変更が禁じられています。", "The signature has locked this field."),
    ("later-signature-broken", "後から追加された署名が、正しい署名ではありません。", "The signature that was added later is not a sound one."),
];
