//! The delivery of a notice as JSON: its steps, the mails about it, the way on paper. No addresses.

use super::body::some_object;
use crate::office::notices::{Delivery, MailAddress, NoticeError, NoticeMail, PaperDelivery, PostalAddress};
use crate::time::Instant;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a recipient is reached.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactGiven {
    /// The mail address, to which mails about the notice go.
    #[serde(default)]
    pub email: Option<String>,
    /// The postal address, for delivery on paper.
    #[serde(default, deserialize_with = "some_object")]
    pub postal: Option<PostalGiven>,
}

/// A postal address in Japan.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PostalGiven {
    /// Seven digits, with or without a hyphen.
    pub postcode: String,
    /// The lines.
    #[schema(min_items = 1, max_items = 3)]
    pub lines: Vec<String>,
}

/// The steps of the delivery, each with its time.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeliveryView {
    /// The last day to collect it.
    #[schema(format = Date)]
    pub collect_by: String,
    /// When the link was handed over.
    #[schema(format = DateTime)]
    pub sent_at: String,
    /// When it could be collected.
    #[schema(format = DateTime)]
    pub available_at: Option<String>,
    /// When it was first looked at.
    #[schema(format = DateTime)]
    pub first_viewed_at: Option<String>,
    /// When a download was completed.
    #[schema(format = DateTime)]
    pub downloaded_at: Option<String>,
    /// When the recipient said to have it.
    #[schema(format = DateTime)]
    pub receipt_confirmed_at: Option<String>,
    /// When it arrived, by the rule of the city.
    #[schema(format = DateTime)]
    pub arrived_at: Option<String>,
}

/// The delivery on paper, which is the one official channel.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PaperView {
    /// When paper became the one official channel.
    #[schema(format = DateTime)]
    pub decided_at: Option<String>,
    /// Whether it went to the print room.
    pub in_print: bool,
    /// The day it was printed.
    #[schema(format = Date)]
    pub printed_on: Option<String>,
    /// The day it was posted.
    #[schema(format = Date)]
    pub posted_on: Option<String>,
}

/// A mail about a notice, without the address.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MailView {
    /// `issued`, `code`, `confirmed`, `reminder`, `revoked`, `replaced` or `reissued`.
    pub about: &'static str,
    /// `queued`, `sending`, `accepted` (by the server; whether it came is not known), `refused`, `given-up` or `dropped`.
    pub state: &'static str,
    /// When that became of it.
    #[schema(format = DateTime)]
    pub at: String,
    /// How often it was tried.
    pub tries: u32,
    /// Why the last try did not do: a code.
    pub trouble: Option<String>,
    /// The mail server's reply to the last try (SMTP).
    pub reply: Option<u16>,
}

impl ContactGiven {
    /// Reads the addresses.
    pub fn read(self) -> Result<(Option<MailAddress>, Option<PostalAddress>), NoticeError> {
        let email = self.email.map(|text| text.parse()).transpose()?;
        let read = |postal: PostalGiven| {
            PostalAddress::new(&postal.postcode, &postal.lines.iter().map(String::as_str).collect::<Vec<_>>())
        };
        Ok((email, self.postal.map(read).transpose()?))
    }
}

impl From<&Delivery> for DeliveryView {
    fn from(delivery: &Delivery) -> Self {
        let at = |at: Option<Instant>| at.map(|at| at.to_string());
        Self {
            collect_by: delivery.collect_by.to_string(),
            sent_at: delivery.sent_at.to_string(),
            available_at: at(delivery.available_at),
            first_viewed_at: at(delivery.first_viewed_at),
            downloaded_at: at(delivery.downloaded_at),
            receipt_confirmed_at: at(delivery.receipt_confirmed_at),
            arrived_at: at(delivery.arrived_at),
        }
    }
}

impl From<&PaperDelivery> for PaperView {
    fn from(paper: &PaperDelivery) -> Self {
        Self {
            decided_at: paper.decided_at.map(|at| at.to_string()),
            in_print: paper.package.is_some(),
            printed_on: paper.printed_on.map(|day| day.to_string()),
            posted_on: paper.posted_on.map(|day| day.to_string()),
        }
    }
}

impl From<&NoticeMail> for MailView {
    fn from(mail: &NoticeMail) -> Self {
        Self {
            about: mail.kind.word(),
            state: mail.state.word(),
            at: mail.changed_at.to_string(),
            tries: mail.tries,
            trouble: mail.trouble.clone(),
            reply: mail.reply,
        }
    }
}
