//! Certificate policies along a path (RFC 5280, 6.1.3 (d) to (f), 6.1.4 (a), (b), (h) to (j), 6.1.5 (a), (b), (g)), with the
//! policy graph of RFC 9618 in place of the tree: what a tree repeats on every branch stands once in a graph, so that no
//! choice of mappings makes it grow beyond the certificates' own size.

use crate::asn1::{Certificate, Oid, oid};
use crate::policy::PathPolicies;
use std::collections::{BTreeMap, BTreeSet};

/// What is wrong with a certificate's policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PolicyFault {
    /// A policy is demanded, and none is valid.
    NoneValid,
    /// A mapping from or to anyPolicy, which is forbidden.
    AnyMapped,
}

/// A policy that is valid at some depth.
struct Node {
    /// What the next certificate may call it.
    expected: BTreeSet<Oid>,
    /// The policies one level up that it comes from.
    parents: Vec<Oid>,
}

type Level = BTreeMap<Oid, Node>;

/// The state of policy processing, from the anchor down.
pub(super) struct PolicyState<'p> {
    settings: &'p PathPolicies,
    levels: Vec<Level>,
    explicit: u64,
    mapping: u64,
    any: u64,
}

impl<'p> PolicyState<'p> {
    /// Starts above a path of so many certificates (6.1.2 (a), (d) to (f)).
    pub(super) fn new(settings: &'p PathPolicies, length: usize) -> Self {
        let counter = |set: bool| if set { 0 } else { length as u64 + 1 };
        let root = Node { expected: BTreeSet::from([oid::ANY_POLICY]), parents: Vec::new() };
        Self {
            settings,
            levels: vec![Level::from([(oid::ANY_POLICY, root)])],
            explicit: counter(settings.require_explicit),
            mapping: counter(settings.inhibit_mapping),
            any: counter(settings.inhibit_any),
        }
    }

    /// Takes in a certificate; `last` is the one that the path is about (6.1.3 (d) to (f)).
    pub(super) fn step(&mut self, certificate: &Certificate, last: bool) -> Result<(), PolicyFault> {
        let any_counts = self.any > 0 || !last && certificate.is_self_issued();
        let level = self.levels.last().map(|above| next_level(above, certificate, any_counts)).unwrap_or_default();
        // (f)
        let none = level.is_empty();
        self.levels.push(level);
        if self.explicit == 0 && none { Err(PolicyFault::NoneValid) } else { Ok(()) }
    }

    /// Prepares for the certificate below this CA (6.1.4 (a), (b), (h) to (j)).
    pub(super) fn prepare(&mut self, issuer: &Certificate) -> Result<(), PolicyFault> {
        let extensions = issuer.extensions();
        let any = |(one, other): &(Oid, Oid)| *one == oid::ANY_POLICY || *other == oid::ANY_POLICY;
        // (a)
        if extensions.policy_mappings.iter().any(any) {
            return Err(PolicyFault::AnyMapped);
        }
        self.map(&extensions.policy_mappings);
        // (h)
        if !issuer.is_self_issued() {
            for counter in [&mut self.explicit, &mut self.mapping, &mut self.any] {
                *counter = counter.saturating_sub(1);
            }
        }
        // (i), (j)
        let lower = |counter: &mut u64, limit: Option<u64>| *counter = limit.map_or(*counter, |l| l.min(*counter));
        let constraints = extensions.policy_constraints.unwrap_or_default();
        lower(&mut self.explicit, constraints.require_explicit);
        lower(&mut self.mapping, constraints.inhibit_mapping);
        lower(&mut self.any, extensions.inhibit_any_policy);
        Ok(())
    }

    /// 6.1.4 (b).
    fn map(&mut self, mappings: &[(Oid, Oid)]) {
        let Some(level) = self.levels.last_mut() else { return };
        let mut wanted: BTreeMap<Oid, BTreeSet<Oid>> = BTreeMap::new();
        for (issuers, subjects) in mappings {
            wanted.entry(*issuers).or_default().insert(*subjects);
        }
        for (policy, expected) in wanted {
            if self.mapping == 0 {
                level.remove(&policy);
            } else if let Some(node) = level.get_mut(&policy) {
                node.expected = expected;
            } else if level.contains_key(&oid::ANY_POLICY) {
                level.insert(policy, Node { expected, parents: vec![oid::ANY_POLICY] });
            }
        }
    }

    /// Ends below the last certificate and returns the policies that are valid for the path, anyPolicy as itself
    /// (6.1.5 (a), (b), (g)).
    pub(super) fn finish(mut self, last: &Certificate) -> Result<Vec<Oid>, PolicyFault> {
        // (a), (b)
        self.explicit = self.explicit.saturating_sub(1);
        if last.extensions().policy_constraints.is_some_and(|found| found.require_explicit == Some(0)) {
            self.explicit = 0;
        }
        // (g)
        let of_authorities = self.authorities();
        let valid: BTreeSet<Oid> = match &self.settings.acceptable {
            Some(wanted) if !wanted.contains(&oid::ANY_POLICY) => {
                let all = of_authorities.contains(&oid::ANY_POLICY);
                wanted.iter().filter(|policy| all || of_authorities.contains(policy)).copied().collect()
            }
            _ => of_authorities,
        };
        if self.explicit == 0 && valid.is_empty() {
            return Err(PolicyFault::NoneValid);
        }
        Ok(valid.into_iter().collect())
    }

    /// Gathers, among the nodes that reach down to the last certificate, the policies as the authorities at the top call
    /// them: those right below anyPolicy, and anyPolicy where it is valid to the end.
    fn authorities(&self) -> BTreeSet<Oid> {
        let mut found = BTreeSet::new();
        let Some(last) = self.levels.last() else { return found };
        let mut alive: BTreeSet<Oid> = last.keys().copied().collect();
        if alive.contains(&oid::ANY_POLICY) {
            found.insert(oid::ANY_POLICY);
        }
        for level in self.levels.iter().skip(1).rev() {
            let mut above = BTreeSet::new();
            for (policy, node) in alive.iter().filter_map(|policy| level.get_key_value(policy)) {
                if *policy != oid::ANY_POLICY && node.parents.contains(&oid::ANY_POLICY) {
                    found.insert(*policy);
                }
                above.extend(node.parents.iter().copied());
            }
            alive = above;
        }
        found
    }
}

/// 6.1.3 (d) and (e): a certificate without policies ends the graph.
fn next_level(above: &Level, certificate: &Certificate, any_counts: bool) -> Level {
    let mut level = Level::new();
    let Some(stated) = &certificate.extensions().policies else { return level };
    let mut expecting: BTreeMap<Oid, Vec<Oid>> = BTreeMap::new();
    for (policy, node) in above {
        for expected in &node.expected {
            expecting.entry(*expected).or_default().push(*policy);
        }
    }
    let node = |policy: Oid, parents: Vec<Oid>| (policy, Node { expected: BTreeSet::from([policy]), parents });
    // (d)(1)
    for policy in stated.policies.iter().filter(|policy| **policy != oid::ANY_POLICY) {
        if let Some(parents) = expecting.get(policy) {
            level.extend([node(*policy, parents.clone())]);
        } else if above.contains_key(&oid::ANY_POLICY) {
            level.extend([node(*policy, vec![oid::ANY_POLICY])]);
        }
    }
    // (d)(2)
    if any_counts && stated.policies.contains(&oid::ANY_POLICY) {
        for (policy, parents) in expecting {
            if !level.contains_key(&policy) {
                level.extend([node(policy, parents)]);
            }
        }
    }
    level
}
