//! Scanned pages: why they could not be looked at, cover sheets, and why a stack goes to a person.

use super::Entry;

#[rustfmt::skip]
pub(super) const ENTRIES: &[Entry] = &[
    ("scan-no-pages", "ページの画像として扱えない種類のファイルです。PDF、TIFF、JPEG、PNG を使ってください。", "This kind of file has no pages to look at; use PDF, TIFF, JPEG or PNG."),
    ("scan-damaged", "ファイルが壊れているか、扱えない形式です。", "The file is damaged, or of a form that is not taken."),
    ("scan-encrypted", "暗号化された PDF です。暗号化を外してから取り込んでください。", "The PDF is encrypted; take the encryption off first."),
    ("scan-too-many-pages", "ページ数が上限(5,000ページ)を超えています。分けて取り込んでください。", "There are more than 5,000 pages; take them in parts."),
    ("scan-too-many-pixels", "上限(2億画素)を超える大きさの画像があります。", "A picture is larger than 200 million pixels."),
    ("scan-no-such-page", "そのページはありません。", "There is no such page."),
    ("scan-reader", "文字認識のプログラムが失敗したか、時間内に終わりませんでした。", "The program that reads text failed, or did not come to its end in time."),
    ("scan-writing", "閲覧用の PDF を作成できませんでした。", "The PDF for reading could not be written."),
    ("scan-cover-other", "仕分け用表紙のコードではありません。", "This is not the code of a cover sheet."),
    ("scan-cover-version", "仕分け用表紙のコードの版が新しく、読み取れません。", "The cover sheet's code is of a version that is not known."),
    ("scan-cover-malformed", "仕分け用表紙のコードの書き方が正しくありません。", "The cover sheet's code is malformed."),
    ("scan-cover-check", "仕分け用表紙のコードの検査値が合いません。読み誤りのおそれがあります。", "The cover sheet's code does not fit its check; it may have been misread."),
    ("scan-stack-empty", "ページがありません。", "There is no page."),
    ("scan-stack-unread", "仕分け用表紙らしいページですが、コードを読み取れません。", "This page looks like a cover sheet, and its code could not be read."),
    ("scan-stack-contradiction", "一つのページに、内容の違う仕分け用表紙のコードがあります。", "One page bears the codes of different cover sheets."),
    ("scan-stack-before-first", "最初の仕分け用表紙より前にページがあります。", "Pages stand before the first cover sheet."),
    ("scan-stack-no-pages", "仕分け用表紙の後に、文書のページがありません。", "No page of a document follows the cover sheet."),
    ("scan-stack-twice", "同じ仕分け用表紙が二度読み込まれています。", "The same cover sheet came twice."),
    ("scan-stack-count", "仕分け用表紙に書かれたページ数と、実際のページ数が合いません。", "Another number of pages follows than the cover sheet says."),
];
