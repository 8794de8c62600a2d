//! Where recipients of notices are reached, and the mails that wait for them.

use super::Work;
use super::bodies::{Bind, Row, all, one, rows, run};
use crate::id::{MailId, NoticeId, PrintPackageId};
use crate::office::notices::PrintPackage;
use crate::office::ports::{DeliveryRows, OutboxRow, StoreError};
use crate::time::Instant;
use async_trait::async_trait;

const OUTBOX: &str = "SELECT id, notice_id, due, sealed FROM outbox ORDER BY due, id";
const NEXT: &str = "SELECT id, notice_id, due, sealed FROM outbox WHERE due > 0 AND due <= $1 ORDER BY due, id LIMIT 1";

#[async_trait]
impl DeliveryRows for Work {
    async fn put_contact(&mut self, id: NoticeId, sealed: &[u8]) -> Result<(), StoreError> {
        let sql = "INSERT INTO recipient_contacts (notice_id, sealed) VALUES ($1, $2)
            ON CONFLICT (notice_id) DO UPDATE SET sealed = $2";
        run(self.connection(), sql, vec![Bind::of(id), Bind::Bytes(sealed.to_vec())]).await?;
        Ok(())
    }

    async fn contact(&mut self, id: NoticeId) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT sealed FROM recipient_contacts WHERE notice_id = $1";
        rows(self.connection(), sql, vec![Bind::of(id)]).await?.first().map(|row| row.get("sealed")).transpose()
    }

    async fn remove_contact(&mut self, id: NoticeId) -> Result<(), StoreError> {
        run(self.connection(), "DELETE FROM recipient_contacts WHERE notice_id = $1", vec![Bind::of(id)]).await?;
        Ok(())
    }

    async fn put_outbox(&mut self, row: &OutboxRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO outbox (id, notice_id, due, sealed) VALUES ($1, $2, $3, $4)
            ON CONFLICT (id) DO UPDATE SET due = $3";
        let sealed = row.sealed.as_ref().map_or_else(Vec::new, Clone::clone);
        let binds = vec![
            Bind::of(row.id),
            Bind::of(row.notice),
            Bind::Number(row.due.map_or(0, |due| due.as_second().max(1))),
            Bind::Bytes(sealed),
        ];
        run(self.connection(), sql, binds).await?;
        Ok(())
    }

    async fn outbox_row(&mut self, id: MailId) -> Result<Option<OutboxRow>, StoreError> {
        let sql = "SELECT id, notice_id, due, sealed FROM outbox WHERE id = $1";
        rows(self.connection(), sql, vec![Bind::of(id)]).await?.first().map(read).transpose()
    }

    async fn next_in_outbox(&mut self, now: Instant) -> Result<Option<OutboxRow>, StoreError> {
        rows(self.connection(), NEXT, vec![Bind::Number(now.as_second())]).await?.first().map(read).transpose()
    }

    async fn outbox(&mut self) -> Result<Vec<OutboxRow>, StoreError> {
        rows(self.connection(), OUTBOX, vec![]).await?.iter().map(read).collect()
    }

    async fn put_print_package(&mut self, package: &PrintPackage) -> Result<(), StoreError> {
        let sql = "INSERT INTO print_packages (id, row_version, made, body) VALUES ($1, $2, $3, $4)
            ON CONFLICT (id) DO UPDATE SET row_version = $2, body = $4 WHERE print_packages.row_version = $2 - 1";
        let binds = vec![
            Bind::of(package.id),
            Bind::count(package.row_version)?,
            Bind::Number(package.made_at.as_second()),
            Bind::json(package)?,
        ];
        if run(self.connection(), sql, binds).await? == 1 { Ok(()) } else { Err(StoreError::Conflict) }
    }

    async fn print_package(&mut self, id: PrintPackageId) -> Result<Option<PrintPackage>, StoreError> {
        one(self.connection(), "SELECT body FROM print_packages WHERE id = $1", vec![Bind::of(id)]).await
    }

    async fn print_packages(&mut self) -> Result<Vec<PrintPackage>, StoreError> {
        all(self.connection(), "SELECT body FROM print_packages ORDER BY made DESC, id", vec![]).await
    }

    async fn remove_outbox(&mut self, id: MailId) -> Result<(), StoreError> {
        run(self.connection(), "DELETE FROM outbox WHERE id = $1", vec![Bind::of(id)]).await?;
        Ok(())
    }
}

fn read(row: &Row) -> Result<OutboxRow, StoreError> {
    let bad = |what: &str| StoreError::Damaged(format!("{what} in the outbox"));
    let due = Some(row.get::<i64>("due")?).filter(|due| *due > 0);
    let sealed = Some(row.get::<Vec<u8>>("sealed")?).filter(|sealed| !sealed.is_empty());
    Ok(OutboxRow {
        id: row.get::<String>("id")?.parse().map_err(|_| bad("a mail"))?,
        notice: row.get::<String>("notice_id")?.parse().map_err(|_| bad("a notice"))?,
        due: due.map(Instant::from_second).transpose().map_err(|_| bad("a time"))?,
        sealed,
    })
}
