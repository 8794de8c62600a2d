//! What happens to a list, from its proposal to its last run.

use super::model::List;
use super::template::MANAGERS;
use super::world::{Act, World};
use fumikura::records::DisposalItem;

impl World<'_> {
    pub(super) async fn propose(&mut self, who: usize, only: Option<usize>) {
        let Some(manager) = self.manager(who) else { return };
        let only = only.map(|folder| vec![self.template.files[folder]]);
        let Ok(row) = self.office.plan_disposal(manager, only).await else { return };
        let number = |item: &DisposalItem| {
            self.template.files.iter().position(|file| *file == item.file).expect("a file of the template")
        };
        self.line.facts.lists.push(List {
            hash: row.plan.list_hash.to_string(),
            folders: row.plan.items.iter().map(number).collect(),
            proposer: who % MANAGERS,
            approvers: Vec::new(),
            approved_at: None,
            rejected: false,
        });
        self.line.lists.push((row.plan.id, row.plan.list_hash));
    }

    pub(super) async fn approve(&mut self, list: usize, who: usize) {
        let Some((place, manager)) = Self::nth(self.line.lists.len(), list).zip(self.manager(who)) else { return };
        let (id, hash) = &self.line.lists[place];
        if self.office.approve_disposal(manager, *id, hash).await.is_ok() {
            let now = self.line.facts.now;
            let list = &mut self.line.facts.lists[place];
            list.approvers.push(who % MANAGERS);
            list.approved_at = (list.approvers.len() == 2).then_some(now);
        }
    }

    pub(super) async fn list_act(&mut self, act: &Act) {
        let (Act::Undo(list, _) | Act::Reject(list) | Act::Run(list, _) | Act::Pause(list) | Act::KilledRun(list, _)) =
            act
        else {
            return;
        };
        let Some(place) = Self::nth(self.line.lists.len(), *list) else { return };
        let (boss, id) = (&self.template.managers[self.boss()], self.line.lists[place].0);
        match *act {
            Act::Undo(_, folder) => {
                let undone = self.office.undo_disposal_of(boss, id, self.template.files[folder]).await;
                if undone.is_ok() {
                    self.line.facts.take_off(folder);
                }
            }
            Act::Reject(_) => {
                let rejected = self.office.reject_disposal(boss, id).await;
                if rejected.is_ok() {
                    for folder in self.line.facts.lists[place].folders.clone() {
                        self.line.facts.folders[folder].consented = false;
                    }
                    self.line.facts.lists[place].rejected = true;
                }
            }
            Act::Pause(_) => drop(self.office.pause_disposal(boss, id).await),
            Act::Run(_, most) => drop(self.office.run_disposal(boss, id, most).await),
            Act::KilledRun(_, steps) => {
                *self.fuse.0.lock().unwrap() = Some(steps);
                drop(self.office.run_disposal(boss, id, usize::MAX).await);
            }
            _ => {}
        }
    }
}
