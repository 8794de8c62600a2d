//! The sample city's shelves: furniture surveyed twice, binders on it, one of them lent.

use super::people::People;
use super::records::open;
use super::{gone, say};
use crate::cli::Failure;
use crate::office::shelves::{NewFurniture, NewReading, NewVolume, VolumePlace};
use crate::office::{Actor, Office};
use crate::records::Medium;
use crate::shelves::{Furniture, FurnitureUse, HeadCount};
use crate::time::Date;
use jiff::ToSpan;
use jiff::civil::date;

/// Section, heads, and its furniture: kind, use, width in mm, shelves, and per cent full half a year ago and today.
type Section = (&'static str, u32, &'static [(&'static str, FurnitureUse, u32, u32, u8, u8)]);

const SECTIONS: [Section; 3] = [
    (
        "総務文書課",
        14,
        &[
            ("両開き書庫", FurnitureUse::Shared, 850, 5, 95, 60),
            ("両開き書庫", FurnitureUse::Shared, 850, 5, 90, 75),
            ("ワゴン", FurnitureUse::Personal, 330, 3, 80, 30),
        ],
    ),
    (
        "市民税課",
        22,
        &[
            ("移動棚", FurnitureUse::Shared, 900, 42, 88, 88),
            ("引違い書庫", FurnitureUse::Shared, 1700, 3, 70, 65),
            ("ワゴン", FurnitureUse::Personal, 330, 3, 60, 60),
        ],
    ),
    (
        "道路課",
        11,
        &[("図面棚", FurnitureUse::Shared, 1200, 8, 100, 92), ("引違い書庫", FurnitureUse::Shared, 1700, 3, 85, 40)],
    ),
];

/// Paper files: title, class, opened, completed.
const FILES: [(&str, &str, Date, Date); 3] = [
    ("令和2年度 文書の収受・発送（紙）", "A-01-01", date(2020, 4, 1), date(2021, 3, 31)),
    ("令和5年度 道路占用許可", "B-02", date(2023, 4, 3), date(2024, 3, 29)),
    ("令和7年度 道路占用許可", "B-02", date(2025, 4, 1), date(2026, 3, 31)),
];

/// Surveys the sample offices, once.
pub async fn walk(office: &Office, people: &People) -> Result<(), Failure> {
    let records = people.get("records")?;
    if !office.all_furniture(records).await?.is_empty() {
        return Ok(());
    }
    say("\n■ 書架と紙文書 / Shelves and paper");
    let today = office.today();
    let before = today.checked_sub(180.days()).map_err(|_| gone("such day"))?;
    let mut cabinets = Vec::new();
    for (section, heads, pieces) in SECTIONS {
        office.count_heads(records, section, HeadCount { on: before, heads }).await?;
        for piece in pieces {
            let label = format!("{}-{:02}", initial(section), cabinets.len() + 1);
            cabinets.push(surveyed(office, records, (label, section), *piece, (before, today)).await?);
        }
    }
    binders(office, records, &cabinets).await?;
    let (then, now) = (office.survey(records, before).await?.all, office.survey(records, today).await?.all);
    say(&format!(
        "  調査 surveyed    什器 {}件  {} fm → {} fm（一人当たり {} fm）",
        now.furniture,
        then.paper(),
        now.paper(),
        now.paper_per_head().unwrap_or_default()
    ));
    Ok(())
}

async fn surveyed(
    office: &Office,
    records: &Actor,
    (label, section): (String, &str),
    (kind, used, width_mm, shelves, then, now): (&str, FurnitureUse, u32, u32, u8, u8),
    (before, today): (Date, Date),
) -> Result<Furniture, Failure> {
    let reading = |on, fill_percent| NewReading { on, width_mm, shelves, fill_percent };
    let (section, kind, place) = (section.to_owned(), kind.to_owned(), "本庁舎 2階".to_owned());
    let new = NewFurniture { label, section, place, kind, used, reading: reading(before, then) };
    let piece = office.add_furniture(records, new).await?;
    Ok(office.read_furniture(records, piece.id, reading(today, now), piece.row_version).await?)
}

async fn binders(office: &Office, records: &Actor, cabinets: &[Furniture]) -> Result<(), Failure> {
    for (number, (title, class, opened, completed)) in FILES.into_iter().enumerate() {
        let file = open(office, records, (title, class), opened, ("本庁舎 2階", Medium::Paper)).await?;
        office.close_file(records, file, completed).await?;
        for part in 1..=2 {
            let furniture = cabinets.get(number * 3).map(|piece| piece.label.clone()).unwrap_or_default();
            let place = VolumePlace { boxed: String::new(), furniture, shelf: Some(part) };
            let label = format!("文-{:03}-{part}", number + 1);
            let new = NewVolume { label, file, thickness_mm: 60 + 10 * part, place };
            let volume = office.add_volume(records, new).await?;
            if (number, part) == (1, 2) {
                let due = office.today().checked_add(14.days()).map_err(|_| gone("such day"))?;
                office.lend_volume(records, volume.id, "道路課 見本", due).await?;
            }
        }
    }
    say("  分冊 volumes     6冊、うち貸出中 1冊 / six binders, one of them lent");
    Ok(())
}

/// The first character of a section, for labels.
fn initial(section: &str) -> String {
    section.chars().take(1).collect()
}
