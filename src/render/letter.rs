//! The letter that goes before a notice on paper (送付状).

use super::{Block, Fact, Sheet};
use crate::office::ports::CoverLetter;

/// Lays a letter out; `dated` is its day as written.
pub(super) fn letter_sheet(letter: &CoverLetter, dated: String) -> Sheet {
    const TITLE: &str = "通知書の送付について";
    let mut lines = vec![format!("〒{}", letter.postcode)];
    lines.extend(letter.lines.iter().cloned());
    let sender = format!("{}　{}", letter.city, letter.section);
    let mut blocks = vec![
        Block::Window { lines, name: titled(&letter.recipient) },
        Block::Right(dated),
        Block::Right(sender.clone()),
        Block::Space(1.5),
        Block::Title(TITLE.to_owned()),
        Block::Space(1.0),
        Block::Paragraph("同封の通知書をお送りします。内容をご確認のうえ、大切に保管してください。".to_owned()),
    ];
    if letter.was_electronic {
        blocks.push(Block::Paragraph(
            "この通知は、先に電子ファイルでのお受け取りをご案内したものですが、紙でお渡しすることになりました。同封の紙の通知書が正式なものです。先にお知らせした受け取りのページからは、お受け取りいただけません。"
                .to_owned(),
        ));
    }
    let mut facts = vec![Fact::new("文書番号", &letter.number), Fact::new("同封", "通知書　1通")];
    facts.extend(letter.mark.iter().map(|mark| Fact::new("確認番号", mark.confirmation.to_string())));
    facts.extend(letter.inquiry.iter().map(|inquiry| Fact::new("問合せ先", inquiry)));
    blocks.extend([Block::Space(1.0), Block::Facts(facts)]);
    if let Some(address) = letter.mark.as_ref().and_then(|mark| mark.address.as_ref()) {
        let page = address.split('?').next().unwrap_or_default();
        let lines = [
            "この通知がいまも有効かどうかは、左のQRコードか、次のページで、文書番号と確認番号を入れて確かめられます。",
            page,
        ];
        let lines = lines.map(str::to_owned).to_vec();
        blocks.extend([Block::Space(1.0), Block::Code { text: address.clone(), lines }]);
    }
    // The number tells whoever folds it what belongs together; no name stands in the metadata.
    Sheet { title: format!("{TITLE}　{}", letter.number), author: sender, written_at: letter.written_at, blocks }
}

/// Adds a title to a name that has none.
fn titled(name: &str) -> String {
    let name = name.trim();
    let has_title = ["様", "御中", "殿", "さま"].iter().any(|title| name.ends_with(title));
    let is_body = ["会社", "法人", "組合", "協会", "団体"].iter().any(|word| name.contains(word));
    match (has_title, is_body) {
        (true, _) => name.to_owned(),
        (false, true) => format!("{name}　御中"),
        (false, false) => format!("{name}　様"),
    }
}
