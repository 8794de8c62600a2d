//! The sample city's tray: a page as a copier gives it, looked at by the program, which waits for a second person.

use super::people::People;
use super::{notices, say};
use crate::cli::Failure;
use crate::imaging::Imaging;
use crate::office::Office;
use crate::office::ports::{Digitiser, FilingWish, ScannedDocument, TraySource, TrayState};
use crate::office::tray::{NewArrival, TrayError};

/// The longest side of the page, in pixels: A4 at 200 dpi.
const LONGEST_PX: u32 = 2339;

/// Takes a scanned page in, once.
pub async fn walk(office: &Office, people: &People) -> Result<(), Failure> {
    let records = people.get("records")?;
    if office.tray_counts(records).await?.values().any(|count| *count > 0) {
        return Ok(());
    }
    say("\n■ 受付トレイ / The tray");
    let document = ScannedDocument { bytes: notices::SAMPLE, media_type: "application/pdf" };
    let page = Imaging::new(None).page_picture(&document, 1, LONGEST_PX);
    let page = page.map_err(|error| Failure::from(crate::office::OfficeError::from(TrayError::from(error))))?;
    let wish = FilingWish {
        file: None,
        title: "窓口で受け付けた許可書の写し".to_owned(),
        number: None,
        created: office.today(),
        restricted: false,
        paper: Some("受付箱 1".to_owned()),
    };
    let new = NewArrival {
        name: "SCAN0001.jpg".to_owned(),
        bytes: page.bytes,
        source: TraySource::Upload,
        device: "複合機 2階".to_owned(),
        wish,
        expected_pages: None,
    };
    let item = office.take_in(records, new).await?;
    office.work_through_tray().await?;
    let view = office.tray_item(records, item.id).await?;
    let read = view
        .item
        .reader
        .as_deref()
        .map_or("文字は読み取っていません（tesseract がありません）", |_| "文字も読み取りました");
    let waits = if view.item.state == TrayState::ToCheck { "点検待ち" } else { "要確認" };
    say(&format!("  受付 taken in    {}頁、{read}。{waits} / it waits for a second person", view.item.pages.len()));
    Ok(())
}
