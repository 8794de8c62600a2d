//! Documents that another system hands in: each once for its request, whatever stops, and what became of it.

use super::arrive::NewArrival;
use super::error::TrayError;
use super::{FILERS, allow};
use crate::id::RecordId;
use crate::office::ports::{TrayItem, TrayState, TrayTrouble};
use crate::office::tokens::{Request, TokenError};
use crate::office::{Actor, Office, OfficeError};

/// How far a document is that was handed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandedIn {
    /// It, in the tray.
    pub id: RecordId,
    /// Its state; none where it has left the tray.
    pub state: Option<TrayState>,
    /// The pages that were seen.
    pub pages: usize,
    /// Why the program could not go on, and a person has to.
    pub troubles: Vec<TrayTrouble>,
    /// The record that it became.
    pub record: Option<RecordId>,
    /// The documents in the tray that it came apart into, which can be asked for in the same way.
    pub parts: Vec<RecordId>,
}

impl Office {
    /// Takes a document into the tray as [`Office::take_in`] does, once: a second attempt, also after a crash, finds the
    /// document of the first.
    ///
    /// # Errors
    /// [`TokenError::UnderWay`] while another attempt goes on; [`TokenError::DoneBefore`] where it is there.
    pub async fn take_in_once(
        &self,
        actor: &Actor,
        request: &Request,
        new: NewArrival,
    ) -> Result<TrayItem, OfficeError> {
        allow(actor, FILERS)?;
        let lease = self.lease(&request.lease()).await?.ok_or(TokenError::UnderWay)?;
        let taken = self.take_in_claimed(actor, request, new).await;
        self.release(lease).await;
        taken
    }

    async fn take_in_claimed(
        &self,
        actor: &Actor,
        request: &Request,
        new: NewArrival,
    ) -> Result<TrayItem, OfficeError> {
        if self.made(request).await?.is_some() {
            return Err(TokenError::DoneBefore.into());
        }
        let id = request.record();
        self.claim_ahead(request, id).await?;
        let taken = self.take_in_as(actor, id, new).await;
        if taken.is_err() {
            let mut tx = self.begin().await?;
            if tx.tray_item(id).await?.is_none() {
                tx.remove_request(request.key()).await?;
                tx.commit().await?;
            }
        }
        taken
    }

    /// Tells how far a document is that the actor's own account brought, also when it has left the tray.
    pub async fn handed_in(&self, actor: &Actor, id: RecordId) -> Result<HandedIn, OfficeError> {
        allow(actor, FILERS)?;
        let mut tx = self.read().await?;
        let (entries, user) = (tx.entries_about(&id.to_string()).await?, actor.user().to_string());
        let is_theirs = |verb: &str, by: &str| verb == "tray.arrived" && by == user;
        if !entries.iter().any(|entry| is_theirs(entry.verb.as_str(), entry.actor.as_str())) {
            return Err(TrayError::NoSuchItem(id).into());
        }
        let filed = entries.iter().rev().find(|entry| entry.verb.as_str() == "tray.filed");
        let record = filed.and_then(|entry| entry.word("record")).and_then(|record| record.parse().ok());
        let divided = entries.iter().filter(|entry| entry.verb.as_str() == "tray.divided");
        let parts = divided.flat_map(|entry| entry.words("into")).filter_map(|id| id.as_str().parse().ok()).collect();
        let (state, pages, troubles) = match tx.tray_item(id).await? {
            Some(item) => (Some(item.state), item.pages.len(), item.troubles),
            None => (None, 0, Vec::new()),
        };
        Ok(HandedIn { id, state, pages, troubles, record, parts })
    }
}
