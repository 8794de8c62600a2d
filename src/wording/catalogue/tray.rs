//! The tray, the check of scans by a second person, and their paper.

use super::Entry;

#[rustfmt::skip]
pub(super) const ENTRIES: &[Entry] = &[
    ("tray-not-found", "その文書は受付トレイにありません。", "There is no such document in the tray."),
    ("tray-not-now", "文書の状態が変わっています。画面を開き直してください。", "The document has moved on; open the page again."),
    ("tray-no-file", "保存先の文書ファイルを選んでください。", "Choose the record file."),
    ("tray-same-person", "読み取った人・起案した人とは別の人が行ってください。", "Another person has to do this than who scanned or proposed it."),
    ("tray-not-looked-at", "まだ見ていない頁があります。すべて確認してから保存してください。", "Some pages have not been looked at yet; look at them first."),
    ("tray-no-reason", "理由・必要な事項を入力してください。", "Say why, or fill in what is needed."),
    ("tray-bad-parts", "頁の分け方が正しくありません。各頁は一度だけ指定してください。", "The parts do not name the pages rightly; name each page once at most."),
    ("tray-no-pages", "画像として表示できる頁がありません。", "There are no pages that could be shown."),
    ("tray-gave-up", "処理が何度も途中で終わったため、後回しにしました。そのまま保存するか、読み取り直してください。", "The program ended again and again while it worked on this; keep it as it is, or scan it anew."),
    ("tray-not-converted", "閲覧用の PDF を作成できませんでした。文書は来たままの形で保存できます。", "No PDF for reading could be made; the document can be filed as it came."),
    ("intake-no-file", "city.toml の取り込みフォルダに、保存先の文書ファイル（file）がありません。", "In city.toml an intake folder that files straight names no record file."),
    ("scan-page-count", "表紙に書かれた頁数と違います。", "The number of pages is not that of the cover sheet."),
    ("scan-blank", "白紙の頁です。", "The page is blank."),
    ("scan-low-resolution", "解像度が基準より低い頁です。", "The resolution is lower than is asked."),
    ("scan-unknown-resolution", "解像度が分からない頁です。", "The resolution is not known."),
    ("scan-not-in-colour", "カラーで読み取られていない頁です。", "The page is not in colour."),
    ("scan-blurred", "ぼやけている頁です。", "The page is blurred."),
    ("scan-cut-edge", "端が切れている可能性がある頁です。", "What is on the page may run off at an edge."),
    ("scan-code-unread", "読み取れない QR コードがある頁です。", "There is a QR code on the page that cannot be read."),
    ("scan-text-unsure", "文字の読み取りが不確かな頁です。", "The text of the page was read with little confidence."),
    ("paper-not-found", "その文書の紙の原本は登録されていません。", "No paper of this record is on the books."),
    ("paper-not-filed", "電子の文書が書庫にありません。紙を残してください。", "The record is not in the archive; keep the paper."),
    ("paper-not-sound", "電子の文書の保存状態が確かめられていません。", "The record is not known to be sound in every copy."),
    ("paper-held", "廃棄保留がかかっています。", "A hold lies on it."),
    ("paper-waits", "紙を残す期間が終わっていません。", "The time for which the paper is kept is not over."),
    ("paper-excluded", "紙を残すことになっています。", "Somebody said that the paper is to be kept."),
    ("paper-class-kept", "紙を残す分類の文書です。", "Its class keeps its paper."),
    ("paper-not-kept", "すでに廃棄リストにあるか、廃棄されています。", "It is on a list already, or shredded."),
    ("shredding-not-found", "その廃棄リストはありません。", "There is no such list."),
    ("shredding-empty", "廃棄する紙がありません。", "There is nothing on the list."),
    ("shredding-changed", "表示された内容と違います。開き直して確かめてください。", "This is not the list that was shown; open it again."),
    ("shredding-not-now", "廃棄リストの状態では、その操作はできません。日付も確かめてください。", "The list is not in a state for this; check the day, too."),
];
