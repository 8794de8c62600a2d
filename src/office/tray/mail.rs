//! What is attached to a message (RFC 5322, RFC 2045).

use mail_parser::{MessageParser, MimeHeaders};

/// The most attachments that are taken out of a message.
const MOST_ATTACHMENTS: usize = 200;

/// A file that was attached.
pub(super) struct Attachment {
    /// The name it has there, or one of its place.
    pub(super) name: String,
    /// Its bytes, decoded.
    pub(super) bytes: Vec<u8>,
}

/// Returns what is attached to a message; nothing where it cannot be read as one. Empty ones are left out, as is what comes
/// after very many. The message itself is kept as it came, with all that is in it.
pub(super) fn attachments_of(message: &[u8]) -> Vec<Attachment> {
    // The library promises not to panic on input; a defect in it must not stop the queue.
    let read = std::panic::catch_unwind(|| {
        let parsed = MessageParser::default().parse(message)?;
        let attached = parsed.attachments().take(MOST_ATTACHMENTS).zip(1_u32..);
        let attached = attached.map(|(part, number)| {
            let name = part.attachment_name().map(plain).filter(|name| !name.is_empty());
            let ending = if part.is_message() { "eml" } else { "bin" };
            let name = name.unwrap_or_else(|| format!("attachment-{number}.{ending}"));
            Attachment { name, bytes: part.contents().to_vec() }
        });
        Some(attached.filter(|attachment| !attachment.bytes.is_empty()).collect())
    });
    read.ok().flatten().unwrap_or_default()
}

/// Returns the last part of a name, without anything that is no character to read.
fn plain(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    last.chars().filter(|c| !c.is_control()).take(200).collect()
}
