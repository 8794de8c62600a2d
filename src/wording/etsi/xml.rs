//! A small tree of XML elements, written by quick-xml. Whatever text comes from a file stays text.

use crate::wording::show::marked;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

/// An element with either text or children.
#[derive(Clone, Debug)]
pub(super) struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    text: Option<String>,
    children: Vec<Element>,
}

impl Element {
    /// Makes an empty element.
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, attributes: Vec::new(), text: None, children: Vec::new() }
    }

    /// Makes an element that holds text. Characters that XML 1.0 has no place for, and those that turn the direction of
    /// writing, are shown by their number.
    pub(super) fn text(name: &'static str, text: impl AsRef<str>) -> Self {
        Self { text: Some(marked(text.as_ref())), ..Self::new(name) }
    }

    /// Makes an element that holds bytes as base64.
    pub(super) fn base64(name: &'static str, bytes: &[u8]) -> Self {
        Self { text: Some(base64(bytes)), ..Self::new(name) }
    }

    /// Adds an attribute.
    pub(super) fn attribute(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        self.attributes.push((name, marked(value.as_ref())));
        self
    }

    /// Adds an attribute, where there is a value.
    pub(super) fn attribute_some(self, name: &'static str, value: Option<impl AsRef<str>>) -> Self {
        match value {
            Some(value) => self.attribute(name, value),
            None => self,
        }
    }

    /// Adds children, in their order.
    pub(super) fn with(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        self.children.extend(children);
        self
    }

    /// Returns the document that this is the root of.
    pub(super) fn to_document(&self) -> String {
        let mut writer = Writer::new_with_indent(Vec::new(), b' ', 1);
        // Writing into memory cannot fail.
        let _ = writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        let _ = self.write(&mut writer);
        let mut document = String::from_utf8(writer.into_inner()).unwrap_or_default();
        document.push('\n');
        document
    }

    fn write(&self, writer: &mut Writer<Vec<u8>>) -> std::io::Result<()> {
        let attributes = self.attributes.iter().map(|(name, value)| (*name, value.as_str()));
        let start = BytesStart::new(self.name).with_attributes(attributes);
        if self.text.is_none() && self.children.is_empty() {
            return writer.write_event(Event::Empty(start));
        }
        writer.write_event(Event::Start(start))?;
        if let Some(text) = &self.text {
            writer.write_event(Event::Text(BytesText::new(text)))?;
        }
        self.children.iter().try_for_each(|child| child.write(writer))?;
        writer.write_event(Event::End(BytesEnd::new(self.name)))
    }
}

/// Writes bytes as base64 (RFC 4648, 4).
fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
