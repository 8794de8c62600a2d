//! How every history ends: whatever keeps anything is lifted, and then nothing may be stuck.

use super::model::{CLASSES, Paper};
use super::template::MANAGERS;
use super::world::{Act, Fault, World};
use fumikura::records::DisposalState;
use std::collections::BTreeSet;

impl World<'_> {
    /// Lifts everything, has what is left destroyed, and expects that it went, that every list has ended, and that every
    /// hold is still known.
    pub(super) async fn finish(&mut self) -> Result<(), Fault> {
        for act in [Act::Start(None), Act::Confirm, Act::Start(None), Act::Close(3)] {
            self.play(&act).await?;
        }
        self.lift().await?;
        let go = self.whole();
        let people: Vec<usize> = (0..MANAGERS).filter(|who| !self.line.facts.dismissed.contains(who)).collect();
        let mut acts = vec![Act::Propose(people[0], None), Act::Approve(0, people[1]), Act::Approve(0, people[2])];
        // The brake stops a run once; the third time there is nothing left to do.
        acts.extend([Act::Hours(25), Act::Run(0, 9), Act::Run(0, 9), Act::Run(0, 9)]);
        for act in acts {
            self.play(&act).await?;
        }
        let (left, open): (Vec<Paper>, usize) = (go.difference(&self.gone).copied().collect(), self.open_lists().await);
        let reader = &self.template.managers[people[0]];
        let holds = self.office.holds(reader).await.expect("holds can be read").len();
        if left.is_empty() && open == 0 && holds == self.line.holds.len() {
            return Ok(());
        }
        let told = format!("left: {left:?}, lists not ended: {open}, holds: {holds} of {}", self.line.holds.len());
        Err(Fault { wrongs: Vec::new(), told })
    }

    /// Ends every hold and list, has the first rules act again, and lets two generations pass.
    async fn lift(&mut self) -> Result<(), Fault> {
        let facts = &self.line.facts;
        let open =
            (0..self.line.holds.len()).filter(|hold| facts.stops[facts.stops.len() - 1 - hold].decided.is_none());
        let mut acts: Vec<Act> = open.map(|hold| Act::Release(hold, 0)).collect();
        acts.extend(
            (0..self.line.lists.len()).flat_map(|list| [Act::Reject(list), Act::Run(list, 9), Act::Run(list, 9)]),
        );
        let bound = CLASSES.map(|class| class.years);
        if facts.years != bound || !facts.waiting.is_empty() {
            acts.extend((0..CLASSES.len()).map(|class| Act::Rules(class, bound[class], 2)));
        }
        acts.push(Act::Until(2110));
        let folders = || facts.folders.iter().enumerate();
        acts.extend(folders().filter(|(_, one)| !one.worthless).map(|(folder, _)| Act::Appraise(folder, true)));
        acts.extend(folders().filter(|(_, one)| CLASSES[one.class].board).map(|(folder, _)| Act::Board(folder)));
        for act in acts {
            self.play(&act).await?;
        }
        Ok(())
    }

    /// The records of every file for destruction of which nothing is gone: a file that lost a part with a backup older
    /// than its destruction is kept.
    fn whole(&self) -> BTreeSet<Paper> {
        let there = self.shelved();
        let folders = self.line.facts.folders.iter().enumerate().filter(|(_, folder)| CLASSES[folder.class].destroy);
        let papers =
            folders.map(|(number, folder)| (0..folder.papers).map(|paper| (number, paper)).collect::<Vec<_>>());
        papers.filter(|papers| papers.iter().all(|paper| there.contains(paper))).flatten().collect()
    }

    async fn open_lists(&self) -> usize {
        let lists = self.office.disposals(&self.template.managers[0]).await.expect("lists can be read");
        let ended = |state| matches!(state, DisposalState::Drained | DisposalState::Rejected);
        lists.into_iter().filter(|row| !ended(row.state)).count()
    }
}
