//! File an issued notice as a record: the sealed bytes with what validation says of them (R9).

use super::{Notice, NoticeError, NoticeState};
use crate::id::{NoticeId, RecordFileId};
use crate::office::ports::NoticeFile;
use crate::office::records::{Filed, NewRecord};
use crate::office::{Actor, Office, OfficeError, Role};
use crate::wording::report_json;

impl Office {
    /// Files an issued notice of the actor's section in a record file: the bytes as they were issued, their number, and their validation report.
    ///
    /// # Errors
    /// [`NoticeError::State`] before the issue; a notice is filed once.
    pub async fn file_notice(&self, actor: &Actor, id: NoticeId, file: RecordFileId) -> Result<Filed, OfficeError> {
        actor.require_any(&[Role::Clerk, Role::RecordsClerk])?;
        let (notice, bytes) = {
            let mut tx = self.read().await?;
            let of_section = |notice: &Notice| notice.section == actor.section();
            let notice = tx.notice(id).await?.filter(of_section).ok_or(NoticeError::NoSuchNotice(id))?;
            (notice, tx.notice_file(id, NoticeFile::Sealed).await?.ok_or(NoticeError::State(NoticeState::Approved))?)
        };
        let (Some(number), Some(issued_on)) = (notice.number, notice.issued_on) else {
            return Err(NoticeError::State(notice.state).into());
        };
        let name = format!("{number}.pdf");
        let (judge, now, read) = (self.judge(), self.now(), bytes.clone());
        let report = self.busy(move || judge.validate(&read, now)).await?.ok();
        let new = NewRecord {
            file,
            title: notice.subject,
            number: Some(number),
            created: issued_on,
            derivatives: Vec::new(),
            validation_report: report.map(|report| report_json(&report, &name)),
            original_name: name,
            media_type: "application/pdf".to_owned(),
            bytes,
            notice: Some(id),
            access: None,
            digitisation: None,
        };
        self.file_record(actor, new).await
    }
}
