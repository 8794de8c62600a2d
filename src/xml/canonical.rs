//! Canonical XML 1.0 and Exclusive XML Canonicalization 1.0 of whole subtrees, without comments.
//!
//! Nothing rests on this being right but that honest signatures verify: what is read is the bytes that it wrote and that the
//! signature was found to be over.

use roxmltree::{Attribute, Node, NodeId};
use std::collections::BTreeMap;

const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// The canonical form that is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// Whether only the namespaces that are used are declared (Exclusive XML Canonicalization).
    pub exclusive: bool,
    /// The prefixes that an exclusive form declares all the same; the empty one is the default namespace.
    pub inclusive_prefixes: Vec<String>,
}

/// Writes a subtree, or with the root node the document, in its canonical form; `without` leaves out one element below it.
///
/// The tree must have been made by [`super::parse`], which bounds its depth.
pub fn canonical(of: Node<'_, '_>, without: Option<NodeId>, form: &Form) -> Vec<u8> {
    let mut writer = Writer { form, without, source: of.document().input_text(), out: Vec::new() };
    if of.is_root() {
        writer.document(of);
    } else {
        writer.element(of, &Scope::new(), true);
    }
    writer.out
}

/// The declarations that stand around an element in the output.
type Scope<'a> = BTreeMap<&'a str, &'a str>;

struct Writer<'w> {
    form: &'w Form,
    without: Option<NodeId>,
    source: &'w str,
    out: Vec<u8>,
}

impl Writer<'_> {
    /// What stands beside the root element is told from it by line ends.
    fn document(&mut self, root: Node<'_, '_>) {
        let mut seen = false;
        for child in root.children() {
            if child.is_element() {
                self.element(child, &Scope::new(), true);
                seen = true;
            } else if child.is_pi() {
                if seen {
                    self.out.push(b'\n');
                }
                self.instruction(child);
                if !seen {
                    self.out.push(b'\n');
                }
            }
        }
    }

    fn element<'a>(&mut self, element: Node<'a, 'a>, around: &Scope<'a>, is_apex: bool) {
        let name = qualified(self.source.get(element.range().start + 1..).unwrap_or_default());
        let mut scope = around.clone();
        self.out.push(b'<');
        self.out.extend_from_slice(name.as_bytes());
        for (prefix, uri) in self.declarations(element, name, around) {
            match prefix {
                "" => self.out.extend_from_slice(b" xmlns=\""),
                _ => self.out.extend_from_slice(format!(" xmlns:{prefix}=\"").as_bytes()),
            }
            self.value(uri);
            scope.insert(prefix, uri);
        }
        for (_, name, value) in self.attributes(element, is_apex) {
            self.out.push(b' ');
            self.out.extend_from_slice(name.as_bytes());
            self.out.extend_from_slice(b"=\"");
            self.value(value);
        }
        self.out.push(b'>');
        for child in element.children() {
            if Some(child.id()) == self.without {
                continue;
            }
            if child.is_element() {
                self.element(child, &scope, false);
            } else if child.is_pi() {
                self.instruction(child);
            } else if child.is_text() {
                self.text(child.text().unwrap_or_default());
            }
        }
        self.out.extend_from_slice(b"</");
        self.out.extend_from_slice(name.as_bytes());
        self.out.push(b'>');
    }

    /// Returns the declarations that an element needs, by prefix; the default namespace is the empty one.
    fn declarations<'a>(&self, element: Node<'a, 'a>, name: &str, around: &Scope<'a>) -> Vec<(&'a str, &'a str)> {
        let mut held: Scope<'a> = BTreeMap::from([("", "")]);
        for namespace in element.namespaces() {
            held.insert(namespace.name().unwrap_or_default(), namespace_uri(element, namespace.name()));
        }
        let uses = |prefix: &str| {
            let by_attribute = || element.attributes().any(|one| prefix_of(self.written(&one)) == prefix);
            prefix_of(name) == prefix || (!prefix.is_empty() && by_attribute())
        };
        let wanted = |prefix: &str| {
            !self.form.exclusive || self.form.inclusive_prefixes.iter().any(|one| one == prefix) || uses(prefix)
        };
        let new = |prefix: &&str, uri: &&str| around.get(*prefix).copied().unwrap_or_default() != *uri;
        held.iter().filter(|(prefix, uri)| new(prefix, uri) && wanted(prefix)).map(|(p, uri)| (*p, *uri)).collect()
    }

    /// Returns the attributes in their order: by namespace, then by name.
    fn attributes<'a>(&self, element: Node<'a, 'a>, is_apex: bool) -> Vec<((&'a str, &'a str), String, &'a str)> {
        let entry = |one: Attribute<'a, 'a>| {
            let key: (&'a str, &'a str) = (one.namespace().unwrap_or_default(), one.name());
            (key, self.written(&one).to_owned(), one.value())
        };
        let mut all: Vec<_> = element.attributes().map(entry).collect();
        // An inclusive form brings what xml:lang and the like say further up (Canonical XML 1.0, 2.4).
        if is_apex && !self.form.exclusive {
            for above in element.ancestors().skip(1) {
                for one in above.attributes().filter(|one| one.namespace() == Some(XML)) {
                    let inherited = entry(one);
                    if !all.iter().any(|(known, _, _)| *known == inherited.0) {
                        all.push(inherited);
                    }
                }
            }
        }
        all.sort();
        all
    }

    /// Returns an attribute's name with its prefix, as the document writes it.
    fn written(&self, attribute: &Attribute<'_, '_>) -> &str {
        self.source.get(attribute.range_qname()).unwrap_or_default()
    }

    fn value(&mut self, value: &str) {
        self.escaped(value, |byte| match byte {
            b'&' => Some("&amp;"),
            b'<' => Some("&lt;"),
            b'"' => Some("&quot;"),
            b'\t' => Some("&#x9;"),
            b'\n' => Some("&#xA;"),
            b'\r' => Some("&#xD;"),
            _ => None,
        });
        self.out.push(b'"');
    }

    fn text(&mut self, text: &str) {
        self.escaped(text, |byte| match byte {
            b'&' => Some("&amp;"),
            b'<' => Some("&lt;"),
            b'>' => Some("&gt;"),
            b'\r' => Some("&#xD;"),
            _ => None,
        });
    }

    fn escaped(&mut self, text: &str, escape: impl Fn(u8) -> Option<&'static str>) {
        for byte in text.bytes() {
            match escape(byte) {
                Some(reference) => self.out.extend_from_slice(reference.as_bytes()),
                None => self.out.push(byte),
            }
        }
    }

    fn instruction(&mut self, node: Node<'_, '_>) {
        let Some(instruction) = node.pi() else { return };
        self.out.extend_from_slice(b"<?");
        self.out.extend_from_slice(instruction.target.as_bytes());
        if let Some(value) = instruction.value.filter(|value| !value.is_empty()) {
            self.out.push(b' ');
            self.out.extend_from_slice(value.replace("\r\n", "\n").replace('\r', "\n").as_bytes());
        }
        self.out.extend_from_slice(b"?>");
    }
}

/// Returns the name at the beginning of what follows a `<`.
fn qualified(text: &str) -> &str {
    text.split(|c: char| c.is_ascii_whitespace() || c == '/' || c == '>').next().unwrap_or_default()
}

fn prefix_of(name: &str) -> &str {
    name.split_once(':').map_or("", |(prefix, _)| prefix)
}

fn namespace_uri<'a>(element: Node<'a, '_>, prefix: Option<&str>) -> &'a str {
    element.lookup_namespace_uri(prefix).unwrap_or_default()
}
