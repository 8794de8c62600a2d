//! Lengths of shelf and of the paper on it.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign};

/// A length in millimetres. A file metre (fm, ファイルメートル) is 1,000 mm of paper on a shelf: some 10,000 sheets of A4 (R10).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millimetres(pub u64);

impl Millimetres {
    /// Returns a share of the length, rounded to the next millimetre.
    pub fn percent(self, percent: u8) -> Self {
        Self(self.0.saturating_mul(percent.into()).saturating_add(50) / 100)
    }

    /// Returns how much of it there is for each of so many people, rounded down; none for nobody.
    pub fn per(self, heads: u32) -> Option<Self> {
        self.0.checked_div(heads.into()).map(Self)
    }

    /// Returns what is left of it when some is taken away; nothing where that is more.
    pub fn without(self, taken: Self) -> Self {
        Self(self.0.saturating_sub(taken.0))
    }

    /// Returns which share of another length it is, in whole per cent; none of nothing.
    pub fn share_of(self, whole: Self) -> Option<u64> {
        self.0.saturating_mul(100).saturating_add(whole.0 / 2).checked_div(whole.0)
    }
}

/// In metres with two decimals, rounded half up: 12,345 mm are `12.35`.
impl fmt::Display for Millimetres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let centimetres = self.0.saturating_add(5) / 10;
        write!(f, "{}.{:02}", centimetres / 100, centimetres % 100)
    }
}

impl Add for Millimetres {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Millimetres {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Millimetres {
    fn sum<I: Iterator<Item = Self>>(lengths: I) -> Self {
        lengths.fold(Self::default(), Add::add)
    }
}
