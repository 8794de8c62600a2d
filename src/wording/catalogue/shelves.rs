//! Shelves and paper.

use super::Entry;

#[rustfmt::skip]
pub(super) const ENTRIES: &[Entry] = &[
    ("shelf-label", "管理番号は、1文字から40文字までで書いてください。", "A label has 1 to 40 characters."),
    ("shelf-width", "棚の内寸幅は、1ミリから20,000ミリまでの整数で書いてください。", "The inner width of a shelf is 1 to 20,000 mm."),
    ("shelf-count", "段数は、1から10,000までの整数で書いてください。", "The number of shelves is 1 to 10,000."),
    ("shelf-fill", "充填率は、0から100までの整数で書いてください。", "How full it is, in per cent: 0 to 100."),
    ("volume-thickness", "厚さは、1ミリから2,000ミリまでの整数で書いてください。", "The thickness is 1 to 2,000 mm."),
    ("shelf-unsaid", "必要な項目が書かれていません。", "A field that is needed is empty."),
    ("furniture-not-found", "その什器はありません。", "There is no such furniture."),
    ("volume-not-found", "その分冊はありません。", "There is no such volume."),
    ("label-not-found", "その管理番号のものはありません。", "Nothing has this label."),
    ("label-taken", "その管理番号は、ほかで使われています。", "Another one has this label."),
    ("furniture-gone", "その什器は撤去されています。", "The furniture was taken away."),
    ("furniture-not-empty", "まだ分冊が置かれています。先に移してください。", "Volumes still stand in it; move them first."),
    ("furniture-no-such-shelf", "その什器には、その段がありません。", "The furniture has no such shelf."),
    ("volume-lent", "その分冊は貸出中です。返却してから行ってください。", "The volume is lent; it must come back first."),
    ("volume-not-lent", "その分冊は貸出中ではありません。", "The volume is not lent."),
    ("survey-in-future", "まだ来ていない日付です。", "This day has not come yet."),
    ("loan-ends-in-past", "返却期限が過ぎた日付です。", "The day it is to come back is past."),
    ("survey-line-twice", "同じ管理番号がほかの行にもあります。", "The label stands on another line, too."),
    ("survey-unreadable", "CSV として読めません。UTF-8 または Shift_JIS で保存してください。", "This cannot be read as CSV; save it as UTF-8 or Shift_JIS."),
    ("survey-column-lacking", "必要な列がありません。1 行目に列の名前を書いてください。", "A column that is needed is not there; the first line names the columns."),
    ("survey-field-unreadable", "数または日付として読めません。数は半角の整数、日付は 2026-04-01 や 令和8年4月1日 のように書いてください。", "This is no number or no date; write it as 12 or 2026-04-01."),
    ("survey-use-unknown", "用途は、共用 または 個人 と書いてください。", "The use is shared or personal, in the words of the survey."),
];
