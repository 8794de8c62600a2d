//! Reading pages by the program `tesseract`, a process a page.

mod process;
mod words;

pub(super) use words::{Line, text_of};

use super::grey::Grey;
use super::look::Lines;
use crate::office::ports::DigitiserError;
use crate::scans::Turn;
use std::path::PathBuf;
use std::time::Duration;

/// How long a page may take.
const MOST_TIME: Duration = Duration::from_secs(120);
/// The resolution above which nothing is read better, in dots per inch.
const FINEST_DPI: f64 = 300.0;
/// The pixels above which a page is made smaller to be read: A3 at 300 dpi has 17 million.
const MOST_PIXELS: f64 = 36e6;
/// The mean confidence below which another way of reading is tried.
const POOR: u32 = 70;
/// The confidence of the orientation above which a part of the page, and the whole page, are believed. On clean pages it
/// grows with the characters: 5 for some hundred, 35 for a full page.
const CLEAR_TURN: (f64, f64) = (4.0, 6.0);

/// The program `tesseract`, as it is installed.
#[derive(Clone, Debug)]
pub struct Tesseract {
    program: PathBuf,
    version: String,
    languages: Vec<String>,
}

/// What was read on a page.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// The lines with their words, in the pixels of the picture that was read.
    pub lines: Vec<Line>,
    /// How many characters there are, without spaces.
    pub characters: u32,
    /// The mean confidence over the characters, from 0 to 100; none where there is none.
    pub confidence: Option<u32>,
}

impl Tesseract {
    /// Asks the program at a path for its version and languages.
    ///
    /// # Errors
    /// [`DigitiserError::Reader`] where it does not answer, or has neither Japanese nor English.
    pub fn at(program: PathBuf) -> Result<Self, DigitiserError> {
        let run = |argument: &str| process::run(&program, &[argument], &[], Duration::from_secs(20));
        let failed = |reason: String| DigitiserError::Reader { page: 0, reason };
        let version = run("--version").map_err(failed)?;
        let version = version.lines().next().unwrap_or_default().trim().to_owned();
        let listed = run("--list-langs").map_err(failed)?;
        let languages: Vec<String> = listed.lines().skip(1).map(|line| line.trim().to_owned()).collect();
        let known = Self { program, version, languages };
        if known.level_languages().is_none() {
            return Err(failed("neither Japanese nor English is installed".to_owned()));
        }
        Ok(known)
    }

    /// Returns the program's name and version, with the languages that it reads in.
    pub fn name(&self) -> String {
        let upright = if self.has("jpn_vert") { ", jpn_vert" } else { "" };
        format!("{} ({}{upright})", self.version, self.level_languages().unwrap_or_default())
    }

    /// Tells by what a page has to be turned. Only clear evidence turns a page: a part of it and the whole page must agree.
    pub(super) fn turn(&self, page: &Grey, part: &Grey, dpi: f64) -> Turn {
        if !self.has("osd") {
            return Turn::None;
        }
        match self.orientation(part, dpi) {
            Some((Turn::None, confidence)) if confidence >= CLEAR_TURN.0 => Turn::None,
            Some((turn, confidence)) if confidence >= CLEAR_TURN.0 => match self.orientation(page, dpi) {
                Some((whole, confidence)) if whole == turn && confidence >= CLEAR_TURN.1 => turn,
                _ => Turn::None,
            },
            _ => match self.orientation(page, dpi) {
                // There is no second opinion on so little text: it has to be twice as clear.
                Some((whole, confidence)) if confidence >= 2.0 * CLEAR_TURN.1 => whole,
                _ => Turn::None,
            },
        }
    }

    /// Asks for the orientation of a picture, and how sure it is. A page without enough text has none, which is no error.
    fn orientation(&self, page: &Grey, dpi: f64) -> Option<(Turn, f64)> {
        let said = self.run(page, dpi, &["--psm", "0", "-l", "osd"]).ok()?;
        let value = |name: &str| {
            let line = said.lines().find_map(|line| line.strip_prefix(name))?;
            line.trim().parse::<f64>().ok()
        };
        let turn = match value("Rotate:")? as i64 {
            0 => Turn::None,
            90 => Turn::Quarter,
            180 => Turn::Half,
            270 => Turn::ThreeQuarters,
            _ => return None,
        };
        Some((turn, value("Orientation confidence:")?))
    }

    /// Reads an upright page; `lines` tells which way its lines run, where that was seen.
    ///
    /// # Errors
    /// [`DigitiserError::Reader`] with the page's number.
    pub(super) fn read(
        &self,
        number: u32,
        page: &Grey,
        dpi: f64,
        lines: Option<Lines>,
    ) -> Result<Reading, DigitiserError> {
        let failed = |reason: String| DigitiserError::Reader { page: number, reason };
        let to = FINEST_DPI.min(dpi * (MOST_PIXELS / (page.width * page.height).max(1) as f64).sqrt());
        let (small, small_dpi) = page.reduced(dpi, to);
        let scale = page.width as f64 / small.width.max(1) as f64;
        let level = self.level_languages().map(|languages| (languages, "3"));
        let upright = self.has("jpn_vert").then_some(("jpn_vert", "5"));
        let ways = match lines {
            Some(Lines::Upright) => [upright, level],
            _ => [level, upright],
        };
        let mut best: Option<Reading> = None;
        for (languages, segmentation) in ways.into_iter().flatten() {
            let arguments = ["--psm", segmentation, "-l", languages, "-c", "tessedit_create_tsv=1"];
            let said = self.run(&small, small_dpi, &arguments).map_err(failed)?;
            let reading = words::read(&said, scale);
            let poor = reading.confidence.is_none_or(|confidence| confidence < POOR);
            let better = best.as_ref().is_none_or(|best| reading.weight() > best.weight());
            if better {
                best = Some(reading);
            }
            if !poor {
                break;
            }
        }
        Ok(best.unwrap_or_default())
    }

    /// The languages for lines from left to right.
    fn level_languages(&self) -> Option<&'static str> {
        match (self.has("jpn"), self.has("eng")) {
            // Japanese has been trained with Latin letters, too; English beside it takes half as long again for nothing.
            (true, _) => Some("jpn"),
            (false, true) => Some("eng"),
            (false, false) => None,
        }
    }

    fn has(&self, language: &str) -> bool {
        self.languages.iter().any(|known| known == language)
    }

    /// Gives the program a picture, and returns what it says.
    fn run(&self, page: &Grey, dpi: f64, arguments: &[&str]) -> Result<String, String> {
        let dpi = format!("{}", dpi.round().clamp(70.0, 2400.0));
        let mut all = vec!["stdin", "stdout", "--dpi", dpi.as_str()];
        all.extend_from_slice(arguments);
        process::run(&self.program, &all, &portable_grey_map(page), MOST_TIME)
    }
}

impl Reading {
    /// What a reading is worth beside another one of the same page: the characters that are probably right.
    fn weight(&self) -> u64 {
        let confidence = u64::from(self.confidence.unwrap_or(0));
        u64::from(self.characters) * confidence * confidence
    }
}

/// Writes a picture in the form that is written quickest (Netpbm, P5).
fn portable_grey_map(page: &Grey) -> Vec<u8> {
    let mut bytes = format!("P5\n{} {}\n255\n", page.width, page.height).into_bytes();
    bytes.extend_from_slice(&page.pixels);
    bytes
}
