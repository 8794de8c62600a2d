//! The rows of every port, by statements that both databases take as they are.

mod accounts;
mod batches;
mod bodies;
mod ledger;
mod notices;
mod records;

use super::connection::Connection;
use crate::office::ports::{StoreError, Transaction};
use async_trait::async_trait;

/// A unit of work; rolled back when dropped without commit.
pub(super) struct Work(Connection);

impl Work {
    /// Begins to work on a connection whose transaction has begun.
    pub(super) fn on(connection: Connection) -> Box<dyn Transaction> {
        Box::new(Self(connection))
    }

    fn connection(&mut self) -> &mut Connection {
        &mut self.0
    }
}

#[async_trait]
impl Transaction for Work {
    async fn commit(self: Box<Self>) -> Result<(), StoreError> {
        self.0.commit().await
    }
}
