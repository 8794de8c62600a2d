//! Where a recipient is reached: mail address and postal address. They are sealed under a key of the vault's, shown to the
//! section's clerks alone, and go when they are no longer needed.

use super::{NoticeError, NoticeState, clerk_of};
use crate::id::NoticeId;
use crate::office::ports::{StoreError, Transaction};
use crate::office::records::sight::restricted_record;
use crate::office::{Actor, Office, OfficeError};
use crate::texts::{SealError, Sealer};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Where a recipient is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The mail address.
    pub email: Option<MailAddress>,
    /// The postal address.
    pub postal: Option<PostalAddress>,
    /// The secret of the recipient's link, while mails may have to say it.
    #[serde(default)]
    pub(super) link: Option<Secret>,
}

/// A mail address (RFC 5321, 4.1.2) of ASCII. Never printed by `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct MailAddress(String);

/// A postal address in Japan. Never printed by `Debug`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostalAddress {
    /// The postcode: seven digits with a hyphen, `123-4567`.
    pub postcode: String,
    /// One to three lines.
    pub lines: Vec<String>,
}

/// A text that is never printed by `Debug`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Secret(pub(super) String);

/// The longest mail address, in bytes (RFC 5321, 4.5.3.1.3).
const LONGEST_ADDRESS: usize = 254;
/// The longest part before `@`, in bytes (RFC 5321, 4.5.3.1.1).
const LONGEST_LOCAL_PART: usize = 64;
/// The longest line of a postal address, in characters; a window envelope takes no more.
const LONGEST_LINE: usize = 40;
/// The most lines of a postal address.
const MOST_LINES: usize = 3;
/// What the key is for.
const PURPOSE: &[u8] = b"where recipients of notices are reached";

impl MailAddress {
    /// Returns the address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the part before `@` and the domain.
    pub fn parts(&self) -> (&str, &str) {
        self.0.rsplit_once('@').unwrap_or((&self.0, ""))
    }
}

impl FromStr for MailAddress {
    type Err = NoticeError;

    /// Reads an address. Dots that stand where RFC 5321 has none, as old addresses of Japanese mobile carriers have them, are put
    /// between quotation marks, which means the same.
    fn from_str(text: &str) -> Result<Self, NoticeError> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(NoticeError::BadMailAddress)?;
        let bare = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(local);
        let is_plain = |c: u8| c.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&c);
        if bare.is_empty() || !bare.bytes().all(is_plain) || !is_domain(domain) {
            return Err(NoticeError::BadMailAddress);
        }
        let odd = bare.starts_with('.') || bare.ends_with('.') || bare.contains("..");
        let local = if odd { format!("\"{bare}\"") } else { bare.to_owned() };
        let address = format!("{local}@{}", domain.to_ascii_lowercase());
        if local.len() > LONGEST_LOCAL_PART || address.len() > LONGEST_ADDRESS {
            return Err(NoticeError::BadMailAddress);
        }
        Ok(Self(address))
    }
}

impl PostalAddress {
    /// Reads a postcode, with or without its hyphen and in digits of either width, and the lines of an address; empty lines
    /// are left out.
    pub fn new(postcode: &str, lines: &[&str]) -> Result<Self, NoticeError> {
        let digits: String = postcode.chars().filter_map(digit).collect();
        let odd = |c: char| digit(c).is_none() && !c.is_whitespace() && !matches!(c, '-' | '－' | '‐' | '−' | '〒');
        let lines: Vec<String> =
            lines.iter().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect();
        let fits = |line: &String| line.chars().count() <= LONGEST_LINE && !line.chars().any(char::is_control);
        if digits.len() != 7 || postcode.chars().any(odd) || !lines.iter().all(fits) {
            return Err(NoticeError::BadPostalAddress);
        }
        if lines.is_empty() || lines.len() > MOST_LINES {
            return Err(NoticeError::BadPostalAddress);
        }
        let (area, town) = digits.split_at(3);
        Ok(Self { postcode: format!("{area}-{town}"), lines })
    }
}

impl Office {
    /// Writes down where the recipient of a notice is reached, in the place of what was there. Nothing of it is in ledger or
    /// history.
    ///
    /// # Errors
    /// [`NoticeError::State`] once the notice was posted or given up: then nothing is needed any more. Of one that goes on paper no mail
    /// address is kept.
    pub async fn set_contact(
        &self,
        actor: &Actor,
        id: NoticeId,
        email: Option<MailAddress>,
        postal: Option<PostalAddress>,
    ) -> Result<(), OfficeError> {
        let mut tx = self.begin().await?;
        let notice = tx.notice(id).await?.ok_or(NoticeError::NoSuchNotice(id))?;
        clerk_of(actor, &notice)?;
        restricted_record(&mut *tx, &self.reader(actor), id).await?;
        let is_posted = notice.paper.as_ref().is_some_and(|paper| paper.posted_on.is_some());
        if is_posted || notice.state == NoticeState::Discarded {
            return Err(NoticeError::State(notice.state).into());
        }
        let email = email.filter(|_| notice.state != NoticeState::ToPaper);
        let known = self.contact(&mut *tx, id).await?.unwrap_or_default();
        let link = known.link.filter(|_| email.is_some());
        self.put_contact(&mut *tx, id, &Contact { email, postal, link }).await?;
        self.change_notice(tx, actor, notice, "notice.contact-recorded", "").await?;
        Ok(())
    }

    /// Returns where the recipient of a notice is reached, where that is known.
    pub(super) async fn contact(&self, tx: &mut dyn Transaction, id: NoticeId) -> Result<Option<Contact>, OfficeError> {
        let Some(sealed) = tx.contact(id).await? else { return Ok(None) };
        let opened = self.contact_sealer()?.open(id.to_string().as_bytes(), &sealed).map_err(unsealed)?;
        serde_json::from_slice(&opened).map(Some).map_err(|_| unsealed(SealError))
    }

    /// Seals where the recipient is reached, and writes it down; nothing that is left empty.
    pub(super) async fn put_contact(
        &self,
        tx: &mut dyn Transaction,
        id: NoticeId,
        contact: &Contact,
    ) -> Result<(), OfficeError> {
        if contact.email.is_none() && contact.postal.is_none() {
            tx.remove_contact(id).await?;
            return Ok(());
        }
        let bytes = serde_json::to_vec(contact).map_err(|_| OfficeError::Task)?;
        let sealed = self.contact_sealer()?.seal(id.to_string().as_bytes(), &bytes).map_err(unsealed)?;
        Ok(tx.put_contact(id, &sealed).await?)
    }

    /// Forgets mail address and link: the notice goes on paper.
    pub(super) async fn forget_mail_address(&self, tx: &mut dyn Transaction, id: NoticeId) -> Result<(), OfficeError> {
        let Some(contact) = self.contact(tx, id).await? else { return Ok(()) };
        self.put_contact(tx, id, &Contact { email: None, link: None, ..contact }).await
    }

    /// Returns what seals whatever tells of recipients.
    pub(super) fn contact_sealer(&self) -> Result<Sealer, OfficeError> {
        Sealer::new(&self.vault.index_secret()?.derive(PURPOSE)).map_err(unsealed)
    }
}

/// Says that something sealed cannot be opened, without saying what.
pub(super) fn unsealed(_: SealError) -> OfficeError {
    StoreError::Damaged("what is known of a recipient was sealed under another key".to_owned()).into()
}

fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        let ends = !label.starts_with('-') && !label.ends_with('-');
        (1..=63).contains(&label.len()) && ends && label.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-')
    };
    domain.contains('.') && domain.split('.').all(is_label)
}

/// Reads a digit of either width.
fn digit(c: char) -> Option<char> {
    match c {
        '0'..='9' => Some(c),
        '０'..='９' => char::from_digit(u32::from(c) - u32::from('０'), 10),
        _ => None,
    }
}

impl fmt::Debug for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MailAddress(…)")
    }
}

impl fmt::Debug for PostalAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostalAddress(…)")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl From<MailAddress> for String {
    fn from(address: MailAddress) -> String {
        address.0
    }
}

impl TryFrom<String> for MailAddress {
    type Error = NoticeError;

    fn try_from(text: String) -> Result<Self, NoticeError> {
        text.parse()
    }
}
