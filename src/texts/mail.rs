//! Mail (RFC 5322, MIME): the subject, the bodies, and the names of what is attached.

use super::DocumentText;
use super::gather::Gather;
use mail_parser::{MessageParser, MimeHeaders};

/// Bodies and attachments that are looked at.
const MOST_PARTS: usize = 1000;

/// Returns what a mail says.
pub(super) fn text(bytes: &[u8]) -> Option<DocumentText> {
    let message = MessageParser::default().parse(bytes)?;
    let mut gather = Gather::default();
    if let Some(subject) = message.subject() {
        gather.text(subject);
        gather.line();
    }
    for number in 0..message.text_body_count().min(MOST_PARTS) {
        if gather.is_full() {
            break;
        }
        // Of a body in HTML alone this is its text.
        if let Some(body) = message.body_text(number) {
            gather.text(&body);
            gather.line();
        }
    }
    for attachment in message.attachments().take(MOST_PARTS) {
        if let Some(name) = attachment.attachment_name() {
            gather.text(name);
            gather.line();
        }
    }
    Some(gather.finish())
}
