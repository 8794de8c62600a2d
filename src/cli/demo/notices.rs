//! The way of a notice: drafted, approved, sealed, issued, collected, verified, filed; one is revoked, one waits.

use super::people::People;
use super::{gone, leave, say};
use crate::cli::{Failure, files};
use crate::id::{NoticeId, RecordFileId};
use crate::office::notices::{Issued, NewConsent, NewNotice, PostalAddress, SealItem};
use crate::office::records::{NewRecord, NewRecordFile};
use crate::office::{Office, OfficeError};
use crate::records::{ClassCode, Medium};
use crate::wording;
use std::collections::BTreeSet;
use std::path::Path;

/// What the sample notices say of themselves, beside their PDFs, which LibreOffice wrote.
struct Sample {
    name: &'static str,
    kind: &'static str,
    subject: &'static str,
    recipient: &'static str,
    reasons: &'static str,
    pdf: &'static [u8],
}

const SAMPLES: [Sample; 3] = [
    Sample {
        name: "road-occupancy-permit",
        kind: "road-occupancy",
        subject: "道路の占用の許可（緑町一丁目地先・足場）",
        recipient: "株式会社見本建設",
        reasons: "道路法第33条第1項に規定する許可の基準に適合すると認められるため。",
        pdf: SAMPLE,
    },
    Sample {
        name: "nursery-admission-decision",
        kind: "nursery-admission",
        subject: "保育所等の利用調整の結果（保留）",
        recipient: "髙橋　花子",
        reasons: "利用調整基準に基づく指数が84点であり、受入可能数を超える申込みがあったため。",
        pdf: include_bytes!("nursery-admission-decision.pdf"),
    },
    Sample {
        name: "document-disclosure-decision",
        kind: "document-disclosure",
        subject: "公文書の一部開示（緑町児童公園改修工事　設計書）",
        recipient: "渡邊　一郎",
        reasons: "開示しない部分は、見本市情報公開条例第7条第1号に規定する個人に関する情報に該当するため。",
        pdf: include_bytes!("document-disclosure-decision.pdf"),
    },
];

/// A page that stands for paper.
pub(super) const SAMPLE: &[u8] = include_bytes!("road-occupancy-permit.pdf");

const APPEAL: &str = "この処分に不服がある場合は、この処分があったことを知った日の翌日から起算して3か月以内に、見本市長に対して審査請求をすることができます。この処分の取消しの訴えは、この処分があったことを知った日の翌日から起算して6か月以内に、見本市を被告として提起することができます。";

/// Takes the samples through, once: a city that has notices is left as it is.
pub async fn walk(office: &Office, people: &People, folder: &Path, address: &str) -> Result<(), Failure> {
    let clerk = people.get("clerk")?;
    let there = office.notices(clerk).await?;
    if !there.is_empty() {
        say(&format!("\n通知 {}件があります / {} notices are there", there.len(), there.len()));
        tell_waiting(folder)?;
        return Ok(());
    }
    say("\n■ 通知 / Notices");
    office.load_rules(people.get("manager1")?, super::make::RULES).await?;
    let mut notices = Vec::new();
    for sample in &SAMPLES {
        notices.push((sample, draft_to_approval(office, people, sample).await?));
    }
    seal(office, people, folder, &notices).await?;
    let (permit, nursery, disclosure) = (notices[0].1, notices[1].1, notices[2].1);
    let issued = issue(office, people, permit).await?;
    collect(office, folder, "road-occupancy-permit", &issued).await?;
    file(office, people, permit, SAMPLES[0].subject, &issued.number).await?;
    let issued = issue(office, people, nursery).await?;
    collect(office, folder, "nursery-admission-decision", &issued).await?;
    office.revoke(clerk, nursery, "利用調整のやり直しによる取消し").await?;
    say(&format!(
        "  取消 revoked    {}  署名は有効のまま、効力は「取消」/ its seal stays valid, its effect ends",
        issued.number
    ));
    let issued = issue(office, people, disclosure).await?;
    let text = format!("http://{address}/r/{}\n受取コード code: {}\n", issued.link.as_str(), issued.code.as_str());
    files::write_secret(&folder.join(WAITING), text.as_bytes())?;
    tell_waiting(folder)
}

/// The file with the link and the code of the notice that waits to be collected.
const WAITING: &str = "waiting-notice.txt";

fn tell_waiting(folder: &Path) -> Result<(), Failure> {
    let path = folder.join(WAITING);
    let text = if path.exists() { String::from_utf8(files::read(&path)?).unwrap_or_default() } else { String::new() };
    for line in text.lines() {
        say(&format!("  受取待ち waiting {line}"));
    }
    Ok(())
}

async fn draft_to_approval(office: &Office, people: &People, sample: &Sample) -> Result<NoticeId, Failure> {
    let (clerk, approver) = (people.get("clerk")?, people.get("approver")?);
    let new = NewNotice {
        kind: sample.kind.to_owned(),
        subject: sample.subject.to_owned(),
        recipient: sample.recipient.to_owned(),
        reasons: sample.reasons.to_owned(),
        appeal_instructions: APPEAL.to_owned(),
        flags: BTreeSet::new(),
        pdf: sample.pdf.to_vec(),
    };
    let id = office.draft(clerk, new).await?;
    let submitted = office.submit(clerk, id).await?;
    office.approve(approver, id, &submitted.draft_sha256).await?;
    say(&format!("  起案・決裁 approved {}  SHA-256 {}…", sample.subject, &submitted.draft_sha256.as_str()[..16]));
    Ok(id)
}

async fn seal(office: &Office, people: &People, folder: &Path, notices: &[(&Sample, NoticeId)]) -> Result<(), Failure> {
    let keeper = people.get("keeper")?;
    let mut items = Vec::new();
    for (_, id) in notices {
        let view = office.notice(keeper, *id).await?;
        items.push(SealItem { id: *id, sha256: view.summary.sha256 });
    }
    for (outcome, (sample, id)) in office.seal(keeper, items).await?.into_iter().zip(notices) {
        outcome.result?;
        let path = leave(folder, &format!("{}.sealed.pdf", sample.name), &office.notice_pdf(keeper, *id).await?)?;
        say(&format!("  公印 sealed      {}（PAdES B-T）", path.display()));
        let notice = office.notice(keeper, *id).await?.notice;
        if let Some(upgrade) = notice.upgrade {
            let due = crate::time::japanese_date(upgrade.due);
            say(&format!(
                "                   {} への延長待ち（{due} まで）/ still to be extended to {}",
                upgrade.level, upgrade.level
            ));
        }
    }
    Ok(())
}

async fn issue(office: &Office, people: &People, id: NoticeId) -> Result<Issued, Failure> {
    let clerk = people.get("clerk")?;
    office.record_consent(clerk, id, NewConsent::today("application", "申請書の電子交付希望欄")).await?;
    // No mail is set up in a demonstration; the address is for paper.
    let address = PostalAddress::new("000-0000", &["見本県見本市緑町一丁目1番1号"]).map_err(OfficeError::Notice)?;
    office.set_contact(clerk, id, None, Some(address)).await?;
    let issued = office.issue(clerk, id).await?;
    say(&format!("  施行 issued      {}（取得期限 {}）", issued.number, issued.collect_by));
    Ok(issued)
}

async fn collect(office: &Office, folder: &Path, name: &str, issued: &Issued) -> Result<(), Failure> {
    let session = office.open_link(&issued.link, &issued.code).await?;
    office.confirm_delivery(&session).await?;
    let bytes = office.collect(&session).await?;
    office.downloaded(&session).await?;
    let path = leave(folder, &format!("{name}.collected.pdf"), &bytes)?;
    let verdict = office.public_validate(bytes).await?;
    let word = wording::resident_verdict(&verdict.report);
    say(&format!("  到達 arrived     {}  検証 verified: {}", path.display(), word.label.ja));
    Ok(())
}

/// Files an issued notice with its validation report, in the record file of its class.
async fn file(office: &Office, people: &People, id: NoticeId, title: &str, number: &str) -> Result<(), Failure> {
    let records = people.get("records")?;
    let file = open_file(office, people).await?;
    let bytes = office.notice_pdf(people.get("clerk")?, id).await?;
    let report = office.public_validate(bytes.clone()).await?.report;
    let new = NewRecord {
        file,
        title: title.to_owned(),
        number: Some(number.to_owned()),
        created: office.today(),
        original_name: format!("{number}.pdf"),
        media_type: "application/pdf".to_owned(),
        bytes,
        derivatives: Vec::new(),
        validation_report: Some(wording::report_json(&report, number)),
        notice: Some(id),
        access: None,
        digitisation: None,
    };
    let filed = office.file_record(records, new).await?;
    say(&format!("  保存 filed       {number}  文書 {}", filed.record));
    Ok(())
}

async fn open_file(office: &Office, people: &People) -> Result<RecordFileId, Failure> {
    let records = people.get("records")?;
    let new = NewRecordFile {
        title: format!("{}年度 道路占用許可", crate::time::FiscalYear::of(office.today())),
        class: ClassCode::parse("B-02").ok_or_else(|| gone("class B-02"))?,
        opened: office.today(),
        year: None,
        creator: records.section().to_owned(),
        custodian: records.section().to_owned(),
        place: "文庫".to_owned(),
        medium: Medium::Electronic,
        access: None,
    };
    Ok(office.open_file(records, new).await?)
}
