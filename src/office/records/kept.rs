//! Until when what a notice says has to be kept, as the record that it is filed as says (N6).

use super::standing::Measure;
use crate::id::NoticeId;
use crate::office::OfficeError;
use crate::office::ports::Transaction;
use crate::records::KeepUntil;
use crate::time::Date;

/// The rules and holds of the day.
pub(in crate::office) struct Keeping(Measure);

impl Keeping {
    /// Reads rules and holds; where the rules cannot be read, what is bound to the files says enough.
    pub(in crate::office) async fn read(tx: &mut dyn Transaction, today: Date) -> Result<Self, OfficeError> {
        Ok(Self(Measure::read_at_least_holds(tx, today).await?))
    }

    /// Tells whether a notice has to be kept on a day. One that is not filed, or whose last day nobody can tell, has to.
    pub(in crate::office) async fn is_kept_from(
        &self,
        tx: &mut dyn Transaction,
        notice: NoticeId,
        day: Date,
    ) -> Result<bool, OfficeError> {
        let Some(row) = tx.record_of_notice(notice).await? else { return Ok(true) };
        let standing = self.0.stand_by_id(tx, row.record.file).await?;
        Ok(match standing.due.keep_until {
            Some(KeepUntil::Date(last)) => day <= last,
            Some(KeepUntil::Open) | None => true,
        })
    }
}
