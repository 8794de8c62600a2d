//! The report of a validation for people: what the page on the web says, on paper. Names from the judged files may hold
//! any character; one that the font lacks is shown by its number, never as an empty box.

use super::PaperFacts;
use super::model::{Block, Fact, Sheet};
use crate::validate::Report;
use crate::wording::show::{exact, plain};
use crate::wording::{FindingView, ReportView, Sentence, SignatureView};

const TITLE: &str = "電子署名の検証結果";

/// A row of the report: its label in both languages, and its value.
type Row = (&'static str, &'static str, String);

/// Puts the reports of one run on paper: one file after the other, each from a page of its own.
pub(super) fn to_sheet(reports: &[(&str, &Report)], about: &PaperFacts<'_>) -> Sheet {
    let mut blocks = Vec::new();
    for (index, (name, report)) in reports.iter().enumerate() {
        if index > 0 {
            blocks.push(Block::NewPage);
        }
        file(name, report, about.effect.as_ref(), &mut blocks);
    }
    blocks.push(Block::Space(1.0));
    blocks.extend(closing(about.sealed_by).map(Block::Small));
    Sheet { title: TITLE.to_owned(), author: "Fumikura".to_owned(), written_at: about.written_at, blocks }
}

fn file(name: &str, report: &Report, effect: Option<&Sentence>, blocks: &mut Vec<Block>) {
    let view = ReportView::new(report);
    let verdict = &view.verdict;
    blocks.extend([
        Block::Right(exact(report.at)),
        Block::Title(TITLE.to_owned()),
        Block::Right("Validation of electronic signatures".to_owned()),
        Block::Line(format!("ファイル File: {}", plain(name))),
        Block::Small(format!("SHA-256: {}", report.sha256)),
        Block::Space(0.5),
        Block::Framed {
            head: format!("{}  {}", verdict.label.ja, verdict.label.en),
            lines: [&verdict.reason, &verdict.advice].map(|said| [said.ja.clone(), said.en.clone()]).concat(),
        },
        Block::Space(0.5),
    ]);
    if let Some(said) = effect {
        let head = "通知の現在の効力  Present effect of the notice".to_owned();
        blocks.extend([Block::Framed { head, lines: vec![said.ja.clone(), said.en.clone()] }, Block::Space(0.5)]);
    }
    if !view.facts.is_empty() {
        let heading = format!("{}  {}", view.subject.0, view.subject.1);
        blocks.extend([Block::Heading(heading), facts(&view.facts), Block::Space(0.5)]);
    }
    blocks.extend([Block::Heading("ファイルと検証  File and validation".to_owned()), facts(&view.file)]);
    blocks.extend(findings(&view.findings));
    view.signatures.iter().for_each(|one| signature(one, blocks));
}

fn signature(view: &SignatureView, blocks: &mut Vec<Block>) {
    blocks.extend([Block::Space(0.5), Block::Heading(view.heading.clone()), facts(&view.rows)]);
    blocks.extend(findings(&view.findings));
    let advice = view.advice.iter().flat_map(|said| [format!("対応: {}", said.ja), said.en.clone()]);
    blocks.extend(advice.map(Block::Small));
}

fn facts(rows: &[Row]) -> Block {
    let label = |ja: &str, en: &str| if ja == en { ja.to_owned() } else { format!("{ja}\n{en}") };
    Block::Facts(rows.iter().map(|(ja, en, value)| Fact::new(label(ja, en), value.as_str())).collect())
}

fn findings(list: &[FindingView]) -> Option<Block> {
    let row = |one: &FindingView| {
        let ground = [one.place.as_str(), one.clause, one.code];
        let ground: Vec<&str> = ground.into_iter().filter(|part| !part.is_empty()).collect();
        vec![one.severity.to_owned(), format!("{}\n{}", one.text.ja, one.text.en), ground.join("\n")]
    };
    let columns = [("区分", 0.1), ("指摘  Finding", 0.6), ("場所・根拠  Place and clause", 0.3)];
    (!list.is_empty()).then(|| Block::Table {
        columns: columns.map(|(head, share)| (head.to_owned(), share)).to_vec(),
        rows: list.iter().map(row).collect(),
    })
}

/// What the reader must know of the report itself.
fn closing(sealed_by: Option<&str>) -> [String; 4] {
    let [ja, en] = match sealed_by {
        Some(subject) => [
            format!("この報告書には、次の証明書による電子署名が付いています: {}", plain(subject)),
            "This report carries an electronic signature made with the certificate named above.".to_owned(),
        ],
        None => [
            "この報告書には電子署名が付いていません。報告書そのものが書き換えられていないことは、この報告書からは確かめられません。".to_owned(),
            "This report carries no electronic signature; it cannot show by itself that it was not altered.".to_owned(),
        ],
    };
    [
        "この結果は、検証した時刻における電子署名の技術的な判定です。通知の効力は、発行した課へお確かめください。"
            .to_owned(),
        "A technical judgement at the time of checking; ask the issuing office about the effect of a notice."
            .to_owned(),
        ja,
        en,
    ]
}
