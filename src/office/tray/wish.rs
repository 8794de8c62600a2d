//! As what a document is to be filed, and whoever may touch it.

use super::error::TrayError;
use super::{FILERS, allow};
use crate::id::RecordId;
use crate::office::ports::{FilingWish, Transaction, TrayItem, TrayState};
use crate::office::records::sight::seen_file;
use crate::office::{Actor, Office, OfficeError};
use crate::records::{AccessClass, Reader};

impl Office {
    /// Writes down as what a document is to be filed, as far as that is known.
    pub async fn wish_for_scan(
        &self,
        actor: &Actor,
        id: RecordId,
        row_version: u64,
        wish: FilingWish,
    ) -> Result<TrayItem, OfficeError> {
        allow(actor, FILERS)?;
        let (mut tx, mut item) = self.in_hand(actor, id, row_version).await?;
        if matches!(item.state, TrayState::Accepted | TrayState::GivenUp | TrayState::Leaving) {
            return Err(TrayError::NotNow(item.state).into());
        }
        if let Some(file) = wish.file {
            seen_file(&mut *tx, &self.reader(actor), file).await?;
        }
        item.wish = wish;
        tx.put_tray_item(&item).await?;
        tx.append(self.entry(actor, "tray.described", id)?).await?;
        tx.commit().await?;
        Ok(item)
    }

    /// Begins to change a document that the actor may see, as it was shown; its version is counted on.
    pub(super) async fn in_hand(
        &self,
        actor: &Actor,
        id: RecordId,
        row_version: u64,
    ) -> Result<(Box<dyn Transaction>, TrayItem), OfficeError> {
        let mut tx = self.begin().await?;
        let item = seen_item(&mut *tx, &self.reader(actor), id).await?;
        if item.row_version != row_version {
            return Err(OfficeError::ChangedMeanwhile);
        }
        Ok((tx, item.changed()))
    }
}

/// Returns a document in the tray that a reader may see.
pub(super) async fn seen_item(
    tx: &mut dyn Transaction,
    reader: &Reader,
    id: RecordId,
) -> Result<TrayItem, OfficeError> {
    let found = tx.tray_item(id).await?.filter(|item| item.state != TrayState::Arriving);
    let item = found.ok_or(TrayError::NoSuchItem(id))?;
    if may_see_item(tx, reader, &item).await? { Ok(item) } else { Err(TrayError::NoSuchItem(id).into()) }
}

/// Tells whether a reader may see a document in the tray: who brought it, who sees all; where it is to be filed, whoever may
/// see it there; else the section that it came to, as nobody has said yet what is in it.
pub(super) async fn may_see_item(
    tx: &mut dyn Transaction,
    reader: &Reader,
    item: &TrayItem,
) -> Result<bool, OfficeError> {
    if reader.sees_all || item.arrived_by == reader.user {
        return Ok(true);
    }
    let file = match item.wish.file {
        Some(file) => tx.file(file).await?,
        None => None,
    };
    let own = if item.wish.restricted { AccessClass::Restricted } else { AccessClass::Public };
    Ok(match file {
        Some(row) => row.file.opens(own.max(row.file.access.class), reader),
        None => item.section == reader.section,
    })
}

/// Tells whether a document in the tray is restricted, or is to be.
pub(super) async fn is_restricted(tx: &mut dyn Transaction, item: &TrayItem) -> Result<bool, OfficeError> {
    let file = match item.wish.file {
        Some(file) => tx.file(file).await?,
        None => None,
    };
    Ok(item.wish.restricted || file.is_some_and(|row| row.file.access.class == AccessClass::Restricted))
}
