//! The way of old records: filed, due, one held, the rest destroyed by three people's decision, with a certificate.

use super::people::People;
use super::{gone, leave, say};
use crate::cli::Failure;
use crate::id::RecordFileId;
use crate::office::records::{NewHold, NewRecord, NewRecordFile};
use crate::office::{Actor, Office};
use crate::records::{AppraisalOutcome, ClassCode, HoldKind, HoldScope, Medium};
use crate::time::Date;
use jiff::civil::date;
use std::path::Path;

/// The title of the file that certificates are kept in.
const CERTIFICATES: &str = "移管・廃棄の記録";
/// Where files without paper are.
const ELECTRONIC: (&str, Medium) = ("文庫", Medium::Electronic);

/// Takes the sample records through, once: a city that has disposals is left as it is.
pub async fn walk(office: &Office, people: &People, folder: &Path) -> Result<(), Failure> {
    let manager = people.get("manager1")?;
    if !office.disposals(manager).await?.is_empty() {
        let register = office.disposal_register(manager).await?;
        say(&format!(
            "\n廃棄済み {}件。この実行では何も廃棄しません / nothing is destroyed by this run",
            register.len()
        ));
        return Ok(());
    }
    say("\n■ 文書 / Records");
    let old = [
        ("平成30年度 文書の収受・発送（1）", date(2018, 4, 2), date(2019, 3, 29)),
        ("令和元年度 文書の収受・発送（2）", date(2019, 4, 1), date(2020, 3, 31)),
    ];
    let mut files = Vec::new();
    for (title, opened, completed) in old {
        files.push(file(office, people, title, opened, completed).await?);
    }
    hold(office, people, files[1]).await?;
    dispose(office, people, folder, files[0]).await
}

async fn file(
    office: &Office,
    people: &People,
    title: &str,
    opened: Date,
    completed: Date,
) -> Result<RecordFileId, Failure> {
    let records = people.get("records")?;
    let id = open(office, records, (title, "A-01-01"), opened, ELECTRONIC).await?;
    for number in 1..=3 {
        let new = NewRecord {
            file: id,
            title: format!("収受文書 {number}"),
            number: None,
            created: opened,
            original_name: format!("received-{number}.txt"),
            media_type: "text/plain".to_owned(),
            bytes: format!("{title} の見本文書 {number}\n").into_bytes(),
            derivatives: Vec::new(),
            validation_report: None,
            notice: None,
            digitisation: None,
            access: None,
        };
        office.file_record(records, new).await?;
    }
    let row = office.close_file(records, id, completed).await?;
    let expires = row.dates.expires_on.map_or_else(|| "未定".to_owned(), |day| day.to_string());
    say(&format!("  保存・完結 filed {title}  満了 expires {expires}"));
    Ok(id)
}

/// Opens a record file of the records clerk's section.
pub(super) async fn open(
    office: &Office,
    records: &Actor,
    (title, class): (&str, &str),
    opened: Date,
    (place, medium): (&str, Medium),
) -> Result<RecordFileId, Failure> {
    let new = NewRecordFile {
        title: title.to_owned(),
        class: ClassCode::parse(class).ok_or_else(|| gone("such class"))?,
        opened,
        year: None,
        creator: records.section().to_owned(),
        custodian: records.section().to_owned(),
        place: place.to_owned(),
        medium,
        access: None,
    };
    Ok(office.open_file(records, new).await?)
}

async fn hold(office: &Office, people: &People, file: RecordFileId) -> Result<(), Failure> {
    let new = NewHold { kind: HoldKind::Audit, scope: HoldScope::File(file), reason: "定期監査".to_owned() };
    office.place_hold(people.get("records")?, new).await?;
    say("  廃棄保留 held    監査が終わるまで（2）は廃棄しません / (2) is kept until the audit ends");
    Ok(())
}

async fn dispose(office: &Office, people: &People, folder: &Path, file: RecordFileId) -> Result<(), Failure> {
    let (one, two, three) = (people.get("manager1")?, people.get("manager2")?, people.get("manager3")?);
    let preview = office.preview_disposal(one, office.today(), None).await?;
    say(&format!("  廃棄の下見 preview: 対象 {}件、対象外 {}件", preview.listed.len(), preview.kept.len()));
    office.appraise(one, file, AppraisalOutcome::Destroy).await?;
    let plan = office.plan_disposal(one, Some(vec![file])).await?;
    let id = plan.plan.id;
    say(&format!("  廃棄案 plan      {}件  SHA-256 {}…", plan.files, &plan.plan.list_hash.as_str()[..16]));
    office.approve_disposal(two, id, &plan.plan.list_hash).await?;
    office.approve_disposal(three, id, &plan.plan.list_hash).await?;
    say("  承認 approved    別々の二人 / two different people");
    let run = office.run_disposal(one, id, usize::MAX).await?;
    say(&format!("  廃棄 destroyed   簿冊 {}件（鍵・全複製の消去と不存在の確認）", run.destroyed.len()));
    let certificates =
        open(office, people.get("records")?, (CERTIFICATES, "A-01-03"), office.today(), ELECTRONIC).await?;
    let record = office.certify_disposal(one, id, certificates).await?;
    let contents = office.read_record(one, record).await?;
    let original = contents.originals.first().ok_or_else(|| gone("certificate"))?;
    let path = leave(folder, "disposal-certificate.pdf", &original.bytes)?;
    say(&format!("  証明 certified   {}（公印付き / sealed）", path.display()));
    Ok(())
}
