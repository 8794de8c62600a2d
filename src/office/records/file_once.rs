//! Files a document once for a request of another system, whatever stops: under a name that the request's key decides.

use super::views::{Filed, NewRecord};
use super::{FILERS, allow};
use crate::id::RecordId;
use crate::office::ports::StoreError;
use crate::office::tokens::{Request, TokenError};
use crate::office::{Actor, Office, OfficeError};

impl Office {
    /// Files a document as [`Office::file_record`] does, once: a second attempt, also after a crash, finds the record of the
    /// first.
    ///
    /// # Errors
    /// [`TokenError::UnderWay`] while another attempt goes on; [`TokenError::DoneBefore`] where it is filed.
    pub async fn file_record_once(
        &self,
        actor: &Actor,
        request: &Request,
        new: NewRecord,
    ) -> Result<Filed, OfficeError> {
        allow(actor, FILERS)?;
        let lease = self.lease(&request.lease()).await?.ok_or(TokenError::UnderWay)?;
        let filed = self.file_claimed(actor, request, new).await;
        self.release(lease).await;
        filed
    }

    async fn file_claimed(&self, actor: &Actor, request: &Request, new: NewRecord) -> Result<Filed, OfficeError> {
        if self.made(request).await?.is_some() {
            return Err(TokenError::DoneBefore.into());
        }
        let id = request.record();
        self.claim_ahead(request, id).await?;
        match self.file_as(actor, id, new).await {
            Ok(filed) => Ok(filed),
            Err(OfficeError::Store(StoreError::Conflict)) if self.made(request).await?.is_some() => {
                Err(TokenError::DoneBefore.into())
            }
            Err(refused) => {
                self.give_key_back(request, id).await?;
                Err(refused)
            }
        }
    }

    /// Frees the key of a request that was refused, unless something of it may still come to be.
    async fn give_key_back(&self, request: &Request, id: RecordId) -> Result<(), OfficeError> {
        let mut tx = self.begin().await?;
        let going = tx.intents().await?.iter().any(|intent| intent.draft.record.id == id);
        if !going && tx.record(id).await?.is_none() {
            tx.remove_request(request.key()).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}
