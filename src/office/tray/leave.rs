//! What leaves the tray: filed, come apart, or given up and not taken back. Its bytes are destroyed, keys first, with proof.

use super::error::TrayError;
use super::{FILERS, SYSTEM, allow};
use crate::id::RecordId;
use crate::office::ports::{DestructionClaim, TrayItem, TrayState};
use crate::office::{Actor, Office, OfficeError};
use crate::time::days_after;

impl Office {
    /// Gives a document up that is not to be filed. Until some days have passed it can be taken back.
    pub async fn give_up_scan(&self, actor: &Actor, id: RecordId, row_version: u64) -> Result<TrayItem, OfficeError> {
        allow(actor, FILERS)?;
        let (mut tx, mut item) = self.in_hand(actor, id, row_version).await?;
        let states = [TrayState::Waiting, TrayState::Doubtful, TrayState::ToCheck, TrayState::Rejected];
        if !states.contains(&item.state) {
            return Err(TrayError::NotNow(item.state).into());
        }
        item.state = TrayState::GivenUp;
        item.kept_until = Some(days_after(self.today(), self.settings.scans.given_up_days));
        tx.put_tray_item(&item).await?;
        tx.append(self.entry(actor, "tray.given-up", id)?).await?;
        tx.commit().await?;
        Ok(item)
    }

    /// Takes back what was given up.
    pub async fn take_back_scan(&self, actor: &Actor, id: RecordId, row_version: u64) -> Result<TrayItem, OfficeError> {
        allow(actor, FILERS)?;
        let (mut tx, mut item) = self.in_hand(actor, id, row_version).await?;
        if item.state != TrayState::GivenUp {
            return Err(TrayError::NotNow(item.state).into());
        }
        // From the beginning: what was made of it is made again.
        (item.state, item.kept_until, item.check, item.attempts) = (TrayState::Waiting, None, None, 0);
        tx.put_tray_item(&item).await?;
        tx.append(self.entry(actor, "tray.taken-back", id)?).await?;
        tx.commit().await?;
        Ok(item)
    }

    /// Lets go what was given up and whose day has passed, and carries through what is leaving. Returns how many are gone.
    pub(super) async fn clear_tray(&self) -> Result<usize, OfficeError> {
        let today = self.today();
        let given_up = self.read().await?.tray_in(TrayState::GivenUp, None, u32::MAX).await?;
        for item in given_up.into_iter().filter(|item| item.kept_until.is_some_and(|last| last < today)) {
            let mut tx = self.begin().await?;
            // As it stands now: somebody may have taken it back.
            let Some(mut item) = tx.tray_item(item.id).await?.filter(|now| *now == item) else { continue };
            item.state = TrayState::Leaving;
            tx.put_tray_item(&item.changed()).await?;
            tx.commit().await?;
        }
        let leaving = self.read().await?.tray_in(TrayState::Leaving, None, u32::MAX).await?;
        let mut gone = 0;
        for item in leaving {
            self.let_go(item).await?;
            gone += 1;
        }
        if gone > 0 {
            // What is left in a log goes with the next time that this is done.
            self.settle_database().await.unwrap_or_default();
        }
        Ok(gone)
    }

    /// Destroys the bytes of what is leaving, and takes its row away. May be repeated after a crash.
    async fn let_go(&self, item: TrayItem) -> Result<(), OfficeError> {
        let mut tx = self.begin().await?;
        let entry = tx.append(self.entry_by(SYSTEM, "tray.leaves", item.id)?).await?;
        tx.commit().await?;
        let claim =
            DestructionClaim { record: item.id, list_hash: None, ledger_hash: entry.hash, claimed_at: entry.at };
        self.with_vault(move |vault| vault.destroy(&claim)).await?;
        let mut tx = self.begin().await?;
        if tx.remove_tray_item(item.id).await? {
            tx.append(self.entry_by(SYSTEM, "tray.left", item.id)?.with("sha256", &item.sha256)?).await?;
        }
        Ok(tx.commit().await?)
    }
}
