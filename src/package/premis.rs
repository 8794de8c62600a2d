//! PREMIS 3.0 (data dictionary for preservation metadata) as XML: each file, each event, each agent.

use super::PackageContents;
use super::contents::PayloadEntry;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Writes the document: objects, then events, then agents, as the schema orders them.
pub(super) fn premis_xml(contents: &PackageContents, payload: &[PayloadEntry]) -> String {
    let mut xml = String::from(concat!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n",
        "<premis xmlns=\"http://www.loc.gov/premis/v3\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"",
        " version=\"3.0\">\n",
    ));
    payload.iter().for_each(|entry| object(&mut xml, entry));
    let package = format!("{}.{}", contents.metadata.record, contents.metadata.version);
    for (index, event) in contents.events.iter().enumerate() {
        let at = event.at;
        let (kind, agent) = (escape(&event.kind), escape(&event.agent));
        let (detail, outcome) = (escape(&event.detail), escape(&event.outcome));
        let number = index + 1;
        let _ = write!(
            xml,
            concat!(
                "  <event>\n",
                "    <eventIdentifier><eventIdentifierType>fumikura</eventIdentifierType>",
                "<eventIdentifierValue>{}/{}</eventIdentifierValue></eventIdentifier>\n",
                "    <eventType>{}</eventType>\n",
                "    <eventDateTime>{}</eventDateTime>\n",
                "    <eventDetailInformation><eventDetail>{}</eventDetail></eventDetailInformation>\n",
                "    <eventOutcomeInformation><eventOutcome>{}</eventOutcome></eventOutcomeInformation>\n",
                "    <linkingAgentIdentifier><linkingAgentIdentifierType>fumikura</linkingAgentIdentifierType>",
                "<linkingAgentIdentifierValue>{}</linkingAgentIdentifierValue></linkingAgentIdentifier>\n",
                "  </event>\n",
            ),
            package, number, kind, at, detail, outcome, agent
        );
    }
    let agents: BTreeSet<&str> = contents.events.iter().map(|event| event.agent.as_str()).collect();
    for agent in agents {
        let _ = write!(
            xml,
            concat!(
                "  <agent>\n",
                "    <agentIdentifier><agentIdentifierType>fumikura</agentIdentifierType>",
                "<agentIdentifierValue>{}</agentIdentifierValue></agentIdentifier>\n",
                "  </agent>\n",
            ),
            escape(agent)
        );
    }
    xml.push_str("</premis>\n");
    xml
}

fn object(xml: &mut String, entry: &PayloadEntry) {
    let PayloadEntry { path, name, media_type, size_bytes, sha256, .. } = entry;
    let _ = write!(
        xml,
        concat!(
            "  <object xsi:type=\"file\">\n",
            "    <objectIdentifier><objectIdentifierType>path</objectIdentifierType>",
            "<objectIdentifierValue>{}</objectIdentifierValue></objectIdentifier>\n",
            "    <objectCharacteristics>\n",
            "      <fixity><messageDigestAlgorithm>SHA-256</messageDigestAlgorithm>",
            "<messageDigest>{}</messageDigest></fixity>\n",
            "      <size>{}</size>\n",
            "      <format><formatDesignation><formatName>{}</formatName></formatDesignation></format>\n",
            "    </objectCharacteristics>\n",
            "    <originalName>{}</originalName>\n",
            "  </object>\n",
        ),
        escape(path),
        sha256,
        size_bytes,
        escape(media_type),
        escape(name)
    );
}

/// Escapes markup; characters that XML 1.0 (2.2) does not allow become U+FFFD.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' => escaped.push(character),
            '\r' => escaped.push_str("&#13;"),
            '\u{FFFE}' | '\u{FFFF}' => escaped.push('\u{FFFD}'),
            character if character < ' ' => escaped.push('\u{FFFD}'),
            character => escaped.push(character),
        }
    }
    escaped
}
