//! Long-term levels with material that is fetched: the timestamps first, for what is fetched must be younger.

use super::commands::extend::LongTermOptions;
use super::online::OnlineOptions;
use super::output::complain;
use super::trust::Trust;
use super::{Failure, SystemClock, SystemEntropy};
use crate::digest::DigestAlgorithm;
use crate::fetch::online::Stock;
use crate::pades::{Extension, Level, LongTerm, PadesError, extend, long_term_needs};
use crate::pdf::{Appended, Pdf};
use crate::time::{Clock, Instant};
use crate::tsp::TimestampSource;
use crate::wording;

/// What an extension is made with.
pub struct Lasting<'a> {
    /// What long-term levels rest on.
    pub options: &'a LongTermOptions,
    /// Whom to believe, and what is known.
    pub trust: &'a Trust,
    /// What may be fetched.
    pub online: &'a OnlineOptions,
    /// Where timestamps come from.
    pub timestamps: Option<&'a dyn TimestampSource>,
    /// The digest of new timestamps.
    pub digest: DigestAlgorithm,
}

impl Lasting<'_> {
    /// Brings a file to a long-term level, with what is lacking fetched on the way. What could not be had is told on
    /// standard error; the level is refused then.
    pub fn extend(&self, pdf: &Pdf, level: Level) -> Result<Appended, Failure> {
        let entropy = SystemEntropy::default();
        let first = self.extension(SystemClock.now());
        let stamped = match extend(pdf, Level::BT, &first, &entropy) {
            Ok(made) => Some(made),
            Err(PadesError::AtLevel(_)) => None,
            Err(error) => return Err(error.into()),
        };
        let read = stamped.as_ref().map(|made| pdf.reread(made.source())).transpose()?;
        let pdf = read.as_ref().unwrap_or(pdf);
        let mut online = self.online.open()?;
        let judge = |stock: &Stock, at: Instant| {
            let trust = self.trust.with(stock);
            let needs = long_term_needs(pdf, &self.long_term(&trust, stock, at))?;
            Ok::<_, PadesError>(((stock.clone(), at), needs))
        };
        let ((stock, at), findings) = online.gatherer().settle(&|| SystemClock.now(), judge)?;
        for finding in findings {
            let words = wording::sentence(finding.code, &finding.parameters);
            complain!("fumikura: {}\n  [{}] {}", words.ja, finding.code, words.en);
        }
        let trust = self.trust.with(&stock);
        let long_term = Some(self.long_term(&trust, &stock, at));
        let further = extend(pdf, level, &Extension { long_term, ..self.extension(at) }, &entropy)?;
        Ok(match stamped {
            Some(stamped) => stamped.and(&further),
            None => further,
        })
    }

    fn long_term<'a>(&self, trust: &'a Trust, stock: &'a Stock, at: Instant) -> LongTerm<'a> {
        LongTerm { intermediates: &stock.certificates, ..self.options.long_term(trust, at) }
    }

    fn extension(&self, at: Instant) -> Extension<'_> {
        Extension { timestamps: self.timestamps, long_term: None, digest: self.digest, at }
    }
}
