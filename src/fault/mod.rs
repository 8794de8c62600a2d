//! What every error of this house can say of itself: a stable code, and what kind of trouble it is.

/// An error with a stable machine-readable code and a kind from which exit statuses and HTTP statuses follow.
///
/// `Display` is the English sentence for machines and logs; the Japanese sentence is looked up by [`Fault::code`]
/// in the `wording` catalogue. Neither may hold secrets or personal data.
pub trait Fault: std::error::Error + Send + Sync + 'static {
    /// Returns the stable kebab-case code, for example `pdf-encrypted`.
    fn code(&self) -> &'static str;
    /// Returns the kind of trouble.
    fn kind(&self) -> Kind;
}

/// The kind of trouble; decides the exit status (contracts: 64, 65, 69, 70, 74) and the HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The request itself makes no sense.
    Usage,
    /// The input cannot be read, or is refused as it is.
    Refused,
    /// The actor may not do this.
    Forbidden,
    /// The thing asked for does not exist.
    NotFound,
    /// The thing is in another state, or someone else was quicker.
    Conflict,
    /// A timestamping authority, token, store or database does not answer.
    Unavailable,
    /// A disk failed or is full.
    Disk,
    /// A defect of this program.
    Defect,
}

impl Kind {
    /// Returns the exit status of a command that ended with this kind (`sysexits`).
    pub fn exit_status(self) -> u8 {
        match self {
            Self::Usage => 64,
            Self::Refused | Self::Forbidden | Self::NotFound | Self::Conflict => 65,
            Self::Unavailable => 69,
            Self::Defect => 70,
            Self::Disk => 74,
        }
    }
}
