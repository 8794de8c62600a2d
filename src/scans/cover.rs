//! What a cover sheet's code says (R8): for which record file the pages behind it are, how many, and which sheet it is.
//!
//! The text has only characters of the alphanumeric mode of QR codes (ISO/IEC 18004, 7.4.4), which needs 5.5 bits for each: at
//! error correction H it fits version 6, whose modules are large on paper.

use crate::digest::sha256;
use crate::fault::{Fault, Kind};
use crate::id::RecordFileId;

/// What every cover sheet's code begins with.
const PREFIX: &str = "FUMIKURA-COVER:";
/// The version of the text's form.
const VERSION: &str = "1";
/// How many hexadecimal digits of the SHA-256 stand at the end: 48 bits.
const CHECK_DIGITS: usize = 12;
/// The most pages that a sheet can announce.
const MOST_PAGES: u32 = 9_999;

/// Where things are on a cover sheet, in millimetres on A4 upright. Whoever draws one and whoever looks for one go by this.
pub struct SheetLayout;

impl SheetLayout {
    /// The paper's width and height.
    pub const PAPER_MM: (f64, f64) = (210.0, 297.0);
    /// How thick the bars are.
    pub const BAR_THICKNESS_MM: f64 = 6.0;
    /// Where the bars begin at the left, and how long they are.
    pub const BAR_ACROSS_MM: (f64, f64) = (15.0, 180.0);
    /// The upper edges of both bars.
    pub const BARS_MM: [f64; 2] = [13.0, 278.0];
    /// The side of a code, with its quiet zone.
    pub const CODE_MM: f64 = 52.0;
    /// The left upper corners of both codes, with their quiet zones.
    pub const CODES_MM: [(f64, f64); 2] = [(14.0, 26.0), (144.0, 219.0)];
}

/// What a cover sheet says of the pages behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CoverSheet {
    /// The record file they belong to.
    pub file: RecordFileId,
    /// How many pages there are, where somebody counted; from 1 to 9,999.
    pub pages: Option<u32>,
    /// Random bytes that tell this sheet from every other.
    pub sheet: [u8; 8],
}

/// Why a code is not that of a cover sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CoverError {
    /// It does not begin as those of cover sheets do; some other code.
    #[error("this is not the code of a cover sheet")]
    Other,
    /// A form that this program does not know.
    #[error("the code is of a version that is not known")]
    Version,
    /// It begins as those of cover sheets do and goes on otherwise.
    #[error("the code of the cover sheet is malformed")]
    Malformed,
    /// Its check does not fit what comes before it.
    #[error("the code of the cover sheet does not fit its check")]
    Check,
}

impl Fault for CoverError {
    fn code(&self) -> &'static str {
        match self {
            Self::Other => "scan-cover-other",
            Self::Version => "scan-cover-version",
            Self::Malformed => "scan-cover-malformed",
            Self::Check => "scan-cover-check",
        }
    }

    fn kind(&self) -> Kind {
        Kind::Refused
    }
}

impl CoverSheet {
    /// Writes the text of the sheet's code: `FUMIKURA-COVER:1:<file>:<pages or 0>:<sheet>:<check>`, hexadecimal digits in upper
    /// case. More pages than 9,999 are written as not counted.
    pub fn to_code(&self) -> String {
        let pages = self.pages.filter(|pages| *pages <= MOST_PAGES).unwrap_or(0);
        let said = format!("{PREFIX}{VERSION}:{}:{pages}:{}", self.file, hex(&self.sheet)).to_ascii_uppercase();
        let check = check_of(&said);
        format!("{said}:{check}")
    }

    /// Reads the text of a code.
    ///
    /// # Errors
    /// [`CoverError::Other`] where the code is none of a cover sheet; otherwise what is wrong with it. Only what
    /// [`CoverSheet::to_code`] writes is read, in no other spelling.
    pub fn read(code: &str) -> Result<Self, CoverError> {
        let rest = code.strip_prefix(PREFIX).ok_or(CoverError::Other)?;
        let (version, rest) = rest.split_once(':').ok_or(CoverError::Malformed)?;
        if version != VERSION {
            return Err(CoverError::Version);
        }
        let (said, check) = code.rsplit_once(':').ok_or(CoverError::Malformed)?;
        if check_of(said) != check {
            return Err(CoverError::Check);
        }
        let mut fields = rest.split(':');
        let (Some(file), Some(pages), Some(sheet), Some(_), None) =
            (fields.next(), fields.next(), fields.next(), fields.next(), fields.next())
        else {
            return Err(CoverError::Malformed);
        };
        let file = file.to_ascii_lowercase().parse().map_err(|_| CoverError::Malformed)?;
        let pages: u32 = pages.parse().map_err(|_| CoverError::Malformed)?;
        let read = Self { file, pages: (pages > 0).then_some(pages), sheet: sheet_of(sheet)? };
        // Leading zeros, signs and lower case would be second spellings of the same sheet.
        if read.to_code() == code { Ok(read) } else { Err(CoverError::Malformed) }
    }
}

/// Tells whether a code claims to be a cover sheet's, readable or not.
pub(super) fn claims(code: &str) -> bool {
    !matches!(CoverSheet::read(code), Err(CoverError::Other))
}

fn check_of(said: &str) -> String {
    let mut digits = hex(&sha256(said.as_bytes()));
    digits.truncate(CHECK_DIGITS);
    digits
}

fn hex(bytes: &[u8]) -> String {
    const_hex::encode_upper(bytes)
}

fn sheet_of(digits: &str) -> Result<[u8; 8], CoverError> {
    let mut sheet = [0; 8];
    const_hex::decode_to_slice(digits, &mut sheet).map_err(|_| CoverError::Malformed)?;
    Ok(sheet)
}
