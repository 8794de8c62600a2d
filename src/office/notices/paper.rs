//! Delivery on paper (N4): what goes to the print room together, each notice once, and that it was printed and posted.
//!
//! A package is a ZIP of the notices as sealed, a letter with the address for each, and a list with hashes. It can be taken
//! again until it was posted, and is the same bytes each time; then the addresses are forgotten.

use super::{Effect, Notice, NoticeError, NoticeState, PostalAddress, VIEWERS, clerk_of};
use crate::digest::Sha256Hex;
use crate::id::{NoticeId, PrintPackageId, UserId};
use crate::office::ports::{CoverLetter, NoticeFile, RenderError, Transaction};
use crate::office::records::sight::{restricted_notices, restricted_record};
use crate::office::{Actor, Office, OfficeError, Role};
use crate::package::write_zip;
use crate::time::{Date, Instant, japanese_date};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// How far the delivery of a notice on paper is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperDelivery {
    /// When paper became the one official channel.
    pub decided_at: Option<Instant>,
    /// What it went to the print room with.
    pub package: Option<PrintPackageId>,
    /// The day it was printed.
    pub printed_on: Option<Date>,
    /// The day it was posted.
    pub posted_on: Option<Date>,
}

/// Notices that go to the print room together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrintPackage {
    /// The package.
    pub id: PrintPackageId,
    /// Counts every change.
    pub row_version: u64,
    /// The section whose notices they are.
    pub section: String,
    /// When it was put together.
    pub made_at: Instant,
    /// By whom.
    pub made_by: UserId,
    /// What is in it, in the order of numbers.
    pub items: Vec<PrintItem>,
    /// Whether its letters show the confirmation numbers; those from before do not.
    #[serde(default)]
    pub confirms: bool,
    /// The day it was printed, and who says so.
    pub printed: Option<(Date, UserId)>,
    /// The day it was posted, and who says so.
    pub posted: Option<(Date, UserId)>,
}

/// A notice in a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrintItem {
    /// The notice.
    pub notice: NoticeId,
    /// Its number.
    pub number: String,
    /// The length of the notice's PDF; it may grow later, when its seal is extended.
    pub notice_bytes: usize,
    /// SHA-256 of the notice's PDF.
    pub notice_sha256: Sha256Hex,
    /// SHA-256 of the letter's PDF.
    pub letter_sha256: Sha256Hex,
}

/// A notice that is to go on paper and is in no package yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToPrint {
    /// The notice.
    pub id: NoticeId,
    /// Its number.
    pub number: String,
    /// Its subject.
    pub subject: String,
    /// Whether its postal address is known; without it, it is in no package.
    pub has_address: bool,
}

impl Office {
    /// Lists what of the clerk's section is to go on paper and is in no package yet.
    pub async fn to_print(&self, actor: &Actor) -> Result<Vec<ToPrint>, OfficeError> {
        let mut tx = self.read().await?;
        let mut list = Vec::new();
        for notice in self.printable(&mut *tx, actor).await? {
            let contact = self.contact(&mut *tx, notice.id).await?;
            list.push(ToPrint {
                id: notice.id,
                number: notice.number.unwrap_or_default(),
                subject: notice.subject,
                has_address: contact.is_some_and(|contact| contact.postal.is_some()),
            });
        }
        Ok(list)
    }

    /// Puts a package together: of the notices that are named, or of all of the clerk's section that have an address.
    ///
    /// # Errors
    /// [`NoticeError::NothingToPrint`]; [`NoticeError::NoPostalAddress`] and [`NoticeError::State`] for one that is named;
    /// the renderer's, which names the notice, the character and its place. Then nothing is done.
    pub async fn make_print_package(
        &self,
        actor: &Actor,
        named: &BTreeSet<NoticeId>,
    ) -> Result<PrintPackage, OfficeError> {
        let mut tx = self.begin().await?;
        let mut chosen = Vec::new();
        let printable = self.printable(&mut *tx, actor).await?;
        if let Some(other) = named.iter().find(|id| !printable.iter().any(|notice| notice.id == **id)) {
            return Err(NoticeError::NotToPrint(*other).into());
        }
        for notice in printable {
            let address = self.contact(&mut *tx, notice.id).await?.and_then(|contact| contact.postal);
            match address {
                Some(address) if named.is_empty() || named.contains(&notice.id) => chosen.push((notice, address)),
                None if named.contains(&notice.id) => return Err(NoticeError::NoPostalAddress(notice.id).into()),
                _ => {}
            }
        }
        if chosen.is_empty() {
            return Err(NoticeError::NothingToPrint.into());
        }
        let (id, now) = (PrintPackageId::from_bytes(self.random()?), self.now());
        let mut items = Vec::new();
        for (notice, address) in &chosen {
            let letter = self.letter(notice, address, now, true).await?;
            let pdf = sealed(&mut *tx, notice).await?;
            items.push(PrintItem {
                notice: notice.id,
                number: notice.number.clone().unwrap_or_default(),
                notice_bytes: pdf.len(),
                notice_sha256: Sha256Hex::of(&pdf),
                letter_sha256: Sha256Hex::of(&letter),
            });
        }
        for (mut notice, _) in chosen {
            notice.paper.get_or_insert_default().package = Some(id);
            self.write_paper_step(&mut *tx, actor, notice, "notice.to-print-room").await?;
        }
        let (section, made_by) = (actor.section().to_owned(), actor.user());
        let package = PrintPackage {
            id,
            row_version: 0,
            section,
            made_at: now,
            made_by,
            items,
            confirms: true,
            printed: None,
            posted: None,
        };
        tx.put_print_package(&package).await?;
        let entry = self.entry(actor, "print-package.made", id)?;
        tx.append(entry.with_number("notices", package.items.len() as u64)?).await?;
        tx.commit().await?;
        Ok(package)
    }

    /// Returns a package as a ZIP for the print room. Each time it is taken is in the ledger.
    ///
    /// # Errors
    /// [`NoticeError::PrintPackageState`] once it was posted.
    pub async fn print_package_zip(&self, actor: &Actor, id: PrintPackageId) -> Result<Vec<u8>, OfficeError> {
        let mut tx = self.begin().await?;
        let package = self.own_package(&mut *tx, actor, id).await?;
        if package.posted.is_some() {
            return Err(NoticeError::PrintPackageState.into());
        }
        let mut files: Vec<(String, Cow<'_, [u8]>)> = Vec::new();
        let mut list = String::from("\u{feff}番号,文書番号,送付状,送付状のSHA-256,通知書,通知書のSHA-256\r\n");
        for (item, place) in package.items.iter().zip(1_u32..) {
            let notice = tx.notice(item.notice).await?.ok_or(NoticeError::NoSuchNotice(item.notice))?;
            let address = self.contact(&mut *tx, item.notice).await?.and_then(|contact| contact.postal);
            let address = address.ok_or(NoticeError::NoPostalAddress(item.notice))?;
            let letter = self.letter(&notice, &address, package.made_at, package.confirms).await?;
            let mut pdf = sealed(&mut *tx, &notice).await?;
            pdf.truncate(item.notice_bytes);
            // What was to be printed is printed, and nothing that came to be later.
            if Sha256Hex::of(&letter) != item.letter_sha256 || Sha256Hex::of(&pdf) != item.notice_sha256 {
                return Err(NoticeError::HashDiffers.into());
            }
            let names = [format!("{place:04}-letter.pdf"), format!("{place:04}-notice.pdf")];
            list.push_str(&format!(
                "{place},\"{}\",{},{},{},{}\r\n",
                item.number.replace('"', "\"\""),
                names[0],
                item.letter_sha256,
                names[1],
                item.notice_sha256
            ));
            let [letter_name, notice_name] = names;
            files.extend([(letter_name, Cow::Owned(letter)), (notice_name, Cow::Owned(pdf))]);
        }
        files.push(("list.csv".to_owned(), Cow::Owned(list.into_bytes())));
        let size_bytes = files.iter().map(|(_, bytes)| bytes.len() as u64).sum();
        let zip = write_zip(&format!("print-{id}"), files.into_iter(), size_bytes).map_err(|_| OfficeError::Task)?;
        tx.append(self.entry(actor, "print-package.taken", id)?.with("sha256", Sha256Hex::of(&zip))?).await?;
        tx.commit().await?;
        Ok(zip)
    }

    /// Records that a package was printed, on a day.
    pub async fn record_printed(
        &self,
        actor: &Actor,
        id: PrintPackageId,
        on: Date,
    ) -> Result<PrintPackage, OfficeError> {
        let mut tx = self.begin().await?;
        let mut package = self.own_package(&mut *tx, actor, id).await?;
        self.paper_day(&package, on)?;
        if package.printed.is_some() {
            return Err(NoticeError::PrintPackageState.into());
        }
        package.printed = Some((on, actor.user()));
        let change = |paper: &mut PaperDelivery| paper.printed_on = Some(on);
        self.step(tx, actor, package, "notice.printed", change).await
    }

    /// Records that a printed package was posted, on a day. The addresses are forgotten with it.
    pub async fn record_posted(
        &self,
        actor: &Actor,
        id: PrintPackageId,
        on: Date,
    ) -> Result<PrintPackage, OfficeError> {
        let mut tx = self.begin().await?;
        let mut package = self.own_package(&mut *tx, actor, id).await?;
        self.paper_day(&package, on)?;
        if package.posted.is_some() || package.printed.is_none_or(|(printed, _)| on < printed) {
            return Err(NoticeError::PrintPackageState.into());
        }
        package.posted = Some((on, actor.user()));
        for item in &package.items {
            tx.remove_contact(item.notice).await?;
        }
        let change = |paper: &mut PaperDelivery| paper.posted_on = Some(on);
        self.step(tx, actor, package, "notice.posted", change).await
    }

    /// Lists the packages of an actor's section, the newest first; all of them for auditors.
    pub async fn print_packages(&self, actor: &Actor) -> Result<Vec<PrintPackage>, OfficeError> {
        actor.require_any(VIEWERS)?;
        let all = self.read().await?.print_packages().await?;
        let seen = |package: &PrintPackage| actor.has(Role::Auditor) || package.section == actor.section();
        Ok(all.into_iter().filter(seen).collect())
    }

    /// Returns what may go into a package by a clerk: on paper, in no package, in force, of the section, open to the clerk.
    async fn printable(&self, tx: &mut dyn Transaction, actor: &Actor) -> Result<Vec<Notice>, OfficeError> {
        actor.require_any(&[Role::Clerk])?;
        let restricted = restricted_notices(tx, &self.reader(actor)).await?;
        let mut found = Vec::new();
        let mut before = None;
        loop {
            let some = tx.notices_in(Some(NoticeState::ToPaper), before, 500).await?;
            let Some((place, _)) = some.last() else { break };
            before = Some(*place);
            found.extend(some.into_iter().map(|(_, notice)| notice).filter(|notice| {
                let is_free = notice.paper.as_ref().is_none_or(|paper| paper.package.is_none());
                let is_theirs = clerk_of(actor, notice).is_ok() && restricted.get(&notice.id) != Some(&false);
                is_free && is_theirs && notice.effect == Effect::InForce
            }));
        }
        found.reverse();
        Ok(found)
    }

    async fn own_package(
        &self,
        tx: &mut dyn Transaction,
        actor: &Actor,
        id: PrintPackageId,
    ) -> Result<PrintPackage, OfficeError> {
        actor.require_any(&[Role::Clerk])?;
        let package = tx.print_package(id).await?.filter(|package| package.section == actor.section());
        let package = package.ok_or(NoticeError::NoSuchPrintPackage(id))?;
        for item in &package.items {
            restricted_record(tx, &self.reader(actor), item.notice).await?;
        }
        Ok(package)
    }

    /// Writes the letter that goes before a notice. The same notice, address and time give the same bytes.
    async fn letter(
        &self,
        notice: &Notice,
        address: &PostalAddress,
        written_at: Instant,
        confirms: bool,
    ) -> Result<Vec<u8>, OfficeError> {
        let letter = CoverLetter {
            postcode: address.postcode.clone(),
            lines: address.lines.clone(),
            recipient: notice.recipient.clone(),
            number: notice.number.clone().unwrap_or_default(),
            city: self.settings.city.clone(),
            section: notice.section.clone(),
            inquiry: self.settings.inquiries.get(&notice.section).cloned(),
            mark: self.paper_mark(notice).filter(|_| confirms),
            was_electronic: notice.delivery.is_some(),
            dated: japanese_date(written_at),
            written_at,
        };
        let renderer = self.renderer.clone();
        let written = self.busy(move || renderer.cover_letter(&letter)).await?;
        let named = |place: String| format!("{} ({place})", notice.number.clone().unwrap_or_default());
        Ok(written
            .map_err(|error| match error {
                RenderError::MissingGlyph { character, place } => {
                    RenderError::MissingGlyph { character, place: named(place) }
                }
                RenderError::DoesNotFit(place) => RenderError::DoesNotFit(named(place)),
                other => other,
            })?
            .pdf)
    }

    fn paper_day(&self, package: &PrintPackage, on: Date) -> Result<(), NoticeError> {
        let days = japanese_date(package.made_at)..=self.today();
        if days.contains(&on) { Ok(()) } else { Err(NoticeError::PaperDay) }
    }

    /// Writes a step of a package over all of its notices.
    async fn step(
        &self,
        mut tx: Box<dyn Transaction>,
        actor: &Actor,
        mut package: PrintPackage,
        verb: &str,
        change: impl Fn(&mut PaperDelivery) + Send,
    ) -> Result<PrintPackage, OfficeError> {
        for item in &package.items {
            let mut notice = tx.notice(item.notice).await?.ok_or(NoticeError::NoSuchNotice(item.notice))?;
            change(notice.paper.get_or_insert_default());
            self.write_paper_step(&mut *tx, actor, notice, verb).await?;
        }
        package.row_version += 1;
        tx.put_print_package(&package).await?;
        tx.commit().await?;
        Ok(package)
    }

    async fn write_paper_step(
        &self,
        tx: &mut dyn Transaction,
        actor: &Actor,
        mut notice: Notice,
        verb: &str,
    ) -> Result<(), OfficeError> {
        notice.record(self.now(), verb, Some(actor.user()), "");
        tx.update_notice(&notice).await?;
        tx.append(self.entry(actor, verb, notice.id)?).await?;
        Ok(())
    }
}

async fn sealed(tx: &mut dyn Transaction, notice: &Notice) -> Result<Vec<u8>, OfficeError> {
    let file = tx.notice_file(notice.id, NoticeFile::Sealed).await?;
    Ok(file.ok_or(NoticeError::State(notice.state))?)
}
