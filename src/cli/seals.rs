//! The official seal as a process has it: its key in hand or not, and what it looks like on a page.

use crate::cms::SigningIdentity;
use crate::crypto::CryptoError;
use crate::office::SealPlace;
use crate::office::notices::PaperMark;
use crate::office::ports::Seals;
use crate::pades::Appearance;
use crate::time::Date;
use std::sync::Arc;

/// The smallest type of a seal's own words beside what paper is asked by, in points; the place keeps the words alone where it would be
/// smaller.
const SMALLEST_BESIDE: f32 = 6.0;

/// A seal whose key this process does not hold.
pub struct SealOutOfHand;

impl Seals for SealOutOfHand {
    fn is_set_up(&self) -> bool {
        false
    }

    fn identity(&self) -> Result<SigningIdentity, CryptoError> {
        Err(CryptoError::SigningFailed)
    }

    fn impression(&self, _place: SealPlace, _day: Date, _mark: Option<&PaperMark>) -> Option<Appearance> {
        None
    }
}

/// A seal whose key this process holds, where the city has one.
pub struct SealInHand {
    /// The official seal, where the city has named one.
    pub identity: Option<SigningIdentity>,
    /// The key that seals reports.
    pub reports: Option<SigningIdentity>,
    /// What the seal says, before the day.
    pub office: String,
    /// What it is written with.
    pub font: Option<Arc<[u8]>>,
}

impl Seals for SealInHand {
    fn is_set_up(&self) -> bool {
        self.identity.is_some()
    }

    fn identity(&self) -> Result<SigningIdentity, CryptoError> {
        self.identity.clone().ok_or(CryptoError::SigningFailed)
    }

    fn report_identity(&self) -> Option<SigningIdentity> {
        self.reports.clone()
    }

    /// Without a font there is nothing to draw with: PDF/A takes no text whose font is not embedded.
    fn impression(&self, place: SealPlace, day: Date, mark: Option<&PaperMark>) -> Option<Appearance> {
        let font = self.font.clone()?;
        let [.., width, height] = place.at;
        let date = format!("{}.{}.{}", day.year(), day.month(), day.day());
        // A square place takes more and shorter lines than a long one.
        let lines = match width < 2.0 * height {
            true => vec![self.office.clone(), "電子公印".to_owned(), date],
            false => vec![self.office.clone(), format!("電子公印 {date}")],
        };
        let plain = Appearance { page: place.page, at: place.at, lines, font: Some(font), ..Appearance::default() };
        Some(mark.and_then(|mark| marked(&plain, mark)).unwrap_or(plain))
    }
}

/// Returns the impression with as much of what paper is asked by as its place has room for; none where it has none.
fn marked(plain: &Appearance, mark: &PaperMark) -> Option<Appearance> {
    const LABEL: &str = "確認番号";
    let number = mark.confirmation.to_string();
    let notes = [vec![format!("{LABEL} {number}")], vec![LABEL.to_owned(), number]];
    let looks = [mark.address.clone(), None]
        .into_iter()
        .flat_map(|code| notes.clone().map(|notes| Appearance { notes, code: code.clone(), ..plain.clone() }));
    looks.into_iter().find(|look| look.type_size().is_ok_and(|points| points >= SMALLEST_BESIDE))
}
