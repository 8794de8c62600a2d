//! Claims a file: the one transaction that tests every gate from the database and passes the point of no return (R5, R6).

use super::decide::{disposal, list_hash, wrong_state};
use super::error::FilingError;
use super::holds::take_back;
use super::standing::{Measure, Standing};
use crate::digest::Sha256Hex;
use crate::id::{DisposalId, RecordFileId, RecordId};
use crate::office::ports::{DisposalRow, ItemClaim, ItemRow, Transaction, VaultError};
use crate::office::{Office, OfficeError, Role};
use crate::records::{
    AppraisalOutcome, DisposalFacts, DisposalState, Gate, GraceFacts, ItemState, MemberFacts, OfficerFacts,
    RecordState, gates,
};
use crate::time::japanese_date;
use std::collections::BTreeMap;

impl Office {
    /// Claims a file in one transaction that reads everything the gates ask for and tests them all; with a gate shut, the
    /// file goes back in that same transaction.
    pub(super) async fn claim(
        &self,
        actor: &str,
        id: DisposalId,
        file: RecordFileId,
        sound: &BTreeMap<RecordId, bool>,
    ) -> Result<Result<(DisposalRow, ItemRow), Vec<Gate>>, OfficeError> {
        let mut tx = self.begin().await?;
        // Read when the turn has come: what others wrote while this waited lies before it, and the gates are tested as of it.
        let now = self.now();
        let row = disposal(&mut *tx, id).await?;
        if row.state != DisposalState::Running {
            return Err(wrong_state(id, row.state, "running"));
        }
        let items = tx.items(id).await?;
        let Some(mut item) = items.iter().find(|item| item.item.file == file).cloned() else {
            return Err(FilingError::NotOnList(file).into());
        };
        if item.state != ItemState::SealedOff {
            return Err(FilingError::NotOnList(file).into());
        }
        self.trust_clock(&mut *tx, id, now).await?;
        let measure = Measure::read(&mut *tx, japanese_date(now)).await?;
        let standing = measure.stand_by_id(&mut *tx, file).await?;
        let officers = officers(&mut *tx, &row).await?;
        let mut facts = facts(&measure, &standing, &item, sound);
        facts.list_hash = (approved_hash(&row), Some(list_hash(&row, &items)));
        facts.officers = officers;
        facts.grace = GraceFacts { ends_at: row.grace_ends_at, now: Some(now) };
        let shut = gates(&facts);
        if !shut.is_empty() {
            let codes: Vec<String> = shut.iter().map(|gate| gate.code().to_owned()).collect();
            let entry = self.entry_by(actor, "disposal.withdrawn", file)?.with("disposal", id)?;
            take_back(&mut *tx, item, standing, codes.clone()).await?;
            tx.append(entry.with_words("because", codes)?).await?;
            tx.commit().await?;
            return Ok(Err(shut));
        }
        for mut record in standing.records {
            record.record.state = record.record.state.step(RecordState::Claimed)?;
            tx.put_record(&record).await?;
        }
        let entry = self.entry_by(actor, "disposal.claimed", file)?.with("disposal", id)?;
        let entry = tx.append(entry.with("list", &row.plan.list_hash)?).await?;
        item.state = ItemState::Claimed;
        item.claim = Some(ItemClaim { at: now, ledger_hash: entry.hash });
        tx.put_item(&item).await?;
        tx.commit().await?;
        Ok(Ok((row, item)))
    }

    /// Looks at every package of a file before it is claimed: what is missing or damaged is not sound.
    ///
    /// # Errors
    /// [`OfficeError::Vault`] where one cannot be looked at now: that says nothing about it, and the file waits.
    pub(super) async fn soundness(&self, item: &ItemRow) -> Result<BTreeMap<RecordId, bool>, OfficeError> {
        let records = self.read().await?.records_in(item.item.file).await?;
        let mut sound = BTreeMap::new();
        for row in records {
            let (package, sha256) = (row.receipt.package, row.receipt.sealed_sha256);
            let health = self.with_vault(move |vault| vault.check(package, &sha256)).await?;
            if let Some(place) = health.unread() {
                return Err(VaultError::Unread { package, place }.into());
            }
            sound.insert(row.record.id, health.is_sound());
        }
        Ok(sound)
    }
}

/// Returns the hash that both approvers approved.
fn approved_hash(row: &DisposalRow) -> Option<Sha256Hex> {
    let (first, second) = (row.approval_1.as_ref()?, row.approval_2.as_ref()?);
    (first.list_hash == second.list_hash).then(|| second.list_hash.clone())
}

fn facts(measure: &Measure, standing: &Standing, item: &ItemRow, sound: &BTreeMap<RecordId, bool>) -> DisposalFacts {
    let file = &standing.row.file;
    let members = standing.records.iter().map(|row| {
        let listed = item.item.members.iter().find(|member| member.record == row.record.id);
        let same_package = listed.is_some_and(|member| member.package_sha256 == row.receipt.sealed_sha256);
        MemberFacts {
            record: row.record.id,
            listed: listed.is_some(),
            state: Some(row.record.state),
            row_version: (listed.map(|member| member.row_version), Some(row.record.row_version)),
            package_sound: sound.get(&row.record.id).map(|sound| *sound && same_package),
        }
    });
    DisposalFacts {
        file: file.id,
        trusted_today: Some(measure.today),
        due: Some(standing.due.clone()),
        held: Some(standing.held),
        disposition: Some(file.disposition),
        rule_current: measure.rule_is_current(file),
        appraised_for_destruction: file.appraisal.as_ref().map(|found| found.outcome == AppraisalOutcome::Destroy),
        board_required: Some(file.board_required),
        board_consented: Some(file.board_consent.is_some_and(|day| day <= measure.today)),
        item_state: Some(item.state),
        row_version: (Some(item.item.row_version), Some(file.row_version)),
        list_hash: (None, None),
        officers: OfficerFacts::default(),
        grace: GraceFacts::default(),
        members: Some(members.collect()),
        listed_members: Some(item.item.members.len()),
    }
}

/// Asks again whether proposer and approvers are active and in role.
async fn officers(tx: &mut dyn Transaction, row: &DisposalRow) -> Result<OfficerFacts, OfficeError> {
    let approver_1 = row.approval_1.as_ref().map(|approval| approval.by);
    let approver_2 = row.approval_2.as_ref().map(|approval| approval.by);
    let mut in_role = true;
    for user in [Some(row.proposer), approver_1, approver_2] {
        in_role &= match user {
            Some(user) => {
                tx.account(user).await?.is_some_and(|row| row.enabled && row.roles.contains(&Role::RecordsManager))
            }
            None => false,
        };
    }
    Ok(OfficerFacts { proposer: Some(row.proposer), approver_1, approver_2, in_role: Some(in_role) })
}
