//! Newtype identifiers: 128 random bits, written as 32 lower-case hexadecimal digits.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Defines a newtype over 128 random bits with hexadecimal text form.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name([u8; 16]);

        impl $name {
            /// Makes an identifier from 16 random bytes.
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// Returns the 16 bytes.
            pub fn to_bytes(self) -> [u8; 16] {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = BadId;
            fn from_str(text: &str) -> Result<Self, BadId> {
                parse(text).map(Self)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadId;
            fn try_from(text: String) -> Result<Self, BadId> {
                text.parse()
            }
        }
    )*};
}

ids! {
    /// A disposition notice (処分通知).
    NoticeId;
    /// A mail to a recipient.
    MailId;
    /// Notices that went to the print room together.
    PrintPackageId;
    /// A batch of notices whose seal is released at once.
    BatchId;
    /// A record (文書).
    RecordId;
    /// A record file (簿冊, 文書ファイル).
    RecordFileId;
    /// A hold on disposal (廃棄保留).
    HoldId;
    /// A saved search.
    SearchId;
    /// A disposal: one frozen list and its decision.
    DisposalId;
    /// A piece of furniture that paper stands in (什器).
    FurnitureId;
    /// A volume of a record file's paper (分冊).
    VolumeId;
    /// A list for the shredding contractor.
    ShreddingListId;
    /// A member of staff.
    UserId;
    /// A reorganisation of the sections (機構改革).
    ReorganisationId;
    /// A token by which another system acts as an account.
    TokenId;
    /// A process that works on a city, from its start to its end; never given to another.
    WorkerId;
}

/// A text that is not 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an identifier is 32 lower-case hexadecimal digits")]
pub struct BadId;

fn parse(text: &str) -> Result<[u8; 16], BadId> {
    let digits = text.as_bytes();
    if digits.len() != 32 || !digits.iter().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(BadId);
    }
    let mut bytes = [0; 16];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let pair = std::str::from_utf8(pair).map_err(|_| BadId)?;
        *byte = u8::from_str_radix(pair, 16).map_err(|_| BadId)?;
    }
    Ok(bytes)
}
