//! Pictures of the pages of what waits, and the bytes themselves: what the second person looks at.

use super::error::TrayError;
use super::wish::seen_item;
use super::{READERS, allow};
use crate::id::RecordId;
use crate::office::ports::{PagePicture, ScannedDocument, TrayItem};
use crate::office::{Actor, Office, OfficeError};

/// The longest side of a picture, in pixels.
const LONGEST_PX: u32 = 4000;

impl Office {
    /// Returns a page of a document as a picture: as it came, or as it was made upright where that was done.
    pub async fn scan_page(
        &self,
        actor: &Actor,
        id: RecordId,
        (page, longest_px, made): (u32, u32, bool),
    ) -> Result<PagePicture, OfficeError> {
        allow(actor, READERS)?;
        let item = seen_item(&mut *self.read().await?, &self.reader(actor), id).await?;
        if !has_pages(&item) && !item.pages.is_empty() {
            return Err(TrayError::NoPages.into());
        }
        let digitiser = self.digitiser.clone().ok_or(TrayError::NoPages)?;
        let contents = self.waiting(&item).await?;
        let picture = self.busy(move || {
            let pdfa = contents.derivatives.iter().find(|one| made && one.kind == "pdfa");
            let document = match pdfa {
                Some(pdfa) => ScannedDocument { bytes: &pdfa.bytes, media_type: &pdfa.media_type },
                None => ScannedDocument { bytes: &contents.original.bytes, media_type: &contents.original.media_type },
            };
            digitiser.page_picture(&document, page, longest_px.clamp(1, LONGEST_PX))
        });
        Ok(picture.await?.map_err(TrayError::from)?)
    }

    /// Returns the bytes of a document as it came, with its name and media type; or what was made of it, by its kind. That those
    /// of a restricted one were handed out is in the ledger before they are.
    pub async fn scan_bytes(
        &self,
        actor: &Actor,
        id: RecordId,
        kind: Option<&str>,
    ) -> Result<(String, String, Vec<u8>), OfficeError> {
        let item = self.tray_item(actor, id).await?.item;
        let contents = self.waiting(&item).await?;
        let Some(kind) = kind else {
            let original = contents.original;
            return Ok((original.name, original.media_type, original.bytes));
        };
        let made = contents.derivatives.into_iter().find(|one| one.kind == kind).ok_or(TrayError::NoPages)?;
        Ok((format!("{}.{kind}", item.original_name), made.media_type, made.bytes))
    }
}

/// Tells whether a document is of pages that can be looked at and made upright. What is signed is never rewritten.
pub(super) fn has_pages(item: &TrayItem) -> bool {
    let kinds = ["application/pdf", "image/tiff", "image/jpeg", "image/png"];
    !item.signed && kinds.contains(&item.media_type.as_str())
}
