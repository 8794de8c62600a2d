//! The office's port for writing PDFs.

use super::letter::letter_sheet;
use super::{
    DecidedBy, DestroyedItem, DisposalCertificate, FontFile, PaperFacts, RenderError, disposal_certificate, sheet,
    validation_report,
};
use crate::office::SealPlace;
use crate::office::notices::Effect;
use crate::office::ports::{self, RenderedPdf, Renderer};
use crate::time::{Instant, era_date, japanese_date};
use crate::wording::sentence;
use std::sync::Arc;

/// Writes PDFs in a font, or without one in the reader's own.
#[derive(Clone, Debug, Default)]
pub struct PdfWriter {
    font: Option<Arc<[u8]>>,
}

impl PdfWriter {
    /// Makes a writer; the font is a file's bytes, of a collection the first face.
    pub fn new(font: Option<Arc<[u8]>>) -> Self {
        Self { font }
    }
}

impl Renderer for PdfWriter {
    fn disposal_certificate(
        &self,
        certificate: &ports::DisposalCertificate,
    ) -> Result<RenderedPdf, ports::RenderError> {
        let font = self.font.as_deref().map(|bytes| FontFile { bytes, face: 0 });
        let rendered = disposal_certificate(&model(certificate), font).map_err(of_port)?;
        let seal = rendered.seal.map(|place| SealPlace { page: place.page, at: place.at });
        Ok(RenderedPdf { pdf: rendered.pdf, seal })
    }

    fn cover_letter(&self, letter: &ports::CoverLetter) -> Result<RenderedPdf, ports::RenderError> {
        // The print room's machine need not have the reader's font.
        let bytes = self.font.as_deref().ok_or_else(|| ports::RenderError::Font("none is set up".to_owned()))?;
        let font = Some(FontFile { bytes, face: 0 });
        let rendered = sheet(&letter_sheet(letter, era_date(letter.dated)), font).map_err(of_port)?;
        Ok(RenderedPdf { pdf: rendered.pdf, seal: None })
    }

    fn validation_report(&self, paper: &ports::ReportPaper) -> Result<RenderedPdf, ports::RenderError> {
        let font = self.font.as_deref().map(|bytes| FontFile { bytes, face: 0 });
        let reports = [(paper.name.as_str(), &paper.report)];
        let (code, parameters) = paper.effect.as_ref().map_or(("effect-unknown", Vec::new()), Effect::said);
        let about = PaperFacts {
            effect: Some(sentence(code, &parameters)),
            sealed_by: paper.sealed_by.as_deref(),
            written_at: paper.report.at,
        };
        let rendered = validation_report(&reports, &about, font).map_err(of_port)?;
        Ok(RenderedPdf { pdf: rendered.pdf, seal: None })
    }
}

fn model(from: &ports::DisposalCertificate) -> DisposalCertificate {
    let decided =
        from.people.iter().map(|(part, who)| DecidedBy { part: part.clone(), who: who.clone(), when: String::new() });
    let items = from.files.iter().map(|file| DestroyedItem {
        file: file.title.clone(),
        class: file.class.clone(),
        records: usize::try_from(file.records).unwrap_or(usize::MAX),
        expired_on: era_date(file.expired_on),
        destroyed_at: era_date(japanese_date(from.destroyed.1)),
    });
    DisposalCertificate {
        number: String::new(),
        dated: era_date(from.issued_on),
        office: from.office.clone(),
        disposal: from.disposal.clone(),
        list_hash: from.list_hash.clone(),
        rules: from.rules.clone(),
        decided: decided.collect(),
        method: "暗号化した保存パッケージの鍵と全複製の消去、及び不存在の確認".to_owned(),
        carried_out: format!("{}から{}まで", minute(from.destroyed.0), minute(from.destroyed.1)),
        ledger_hash: from.ledger_hash.clone(),
        items: items.collect(),
        written_at: from.written_at,
    }
}

fn minute(at: Instant) -> String {
    let local = at.to_zoned(jiff::tz::offset(9).to_time_zone());
    format!("{}{:02}時{:02}分", era_date(local.date()), local.hour(), local.minute())
}

fn of_port(error: RenderError) -> ports::RenderError {
    match error {
        RenderError::MissingGlyph { character, place, .. } => ports::RenderError::MissingGlyph { character, place },
        RenderError::DoesNotFit(what) => ports::RenderError::DoesNotFit(what),
        RenderError::Font(what) => ports::RenderError::Font(what),
        other => ports::RenderError::Writing(other.to_string()),
    }
}
