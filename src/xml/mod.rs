//! XML that somebody signed: read within limits, written in its canonical form, and believed only as far as a signature reaches.

mod canonical;
mod guard;
mod signature;

pub use canonical::{Form, canonical};
pub use signature::{Signed, verify_enveloped};

use crate::fault::{Fault, Kind};

/// Bounds on a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The longest document, in bytes. The largest trusted list of a European state is below 10 MB.
    pub bytes: usize,
    /// The deepest nesting of elements.
    pub depth: usize,
    /// The most elements.
    pub elements: usize,
    /// The most attributes of one element, namespace declarations among them.
    pub attributes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 32 << 20, depth: 64, elements: 1_000_000, attributes: 64 }
    }
}

/// Why a document is not believed, or not read at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// The document is not well-formed XML in UTF-8.
    #[error("the document is not well-formed XML: {0}")]
    Malformed(String),
    /// A limit is passed.
    #[error("the document has too many or too large {0}")]
    TooLarge(&'static str),
    /// The document declares a document type, and perhaps entities.
    #[error("the document declares a document type")]
    DocumentType,
    /// There is no signature.
    #[error("the document is not signed")]
    NotSigned,
    /// The signature is not in the one form that is accepted: one, enveloped, over the whole document.
    #[error("the signature is not of the accepted form: {0}")]
    Form(&'static str),
    /// An algorithm is unknown or too weak.
    #[error("the signature uses an algorithm that is not accepted: {0}")]
    Algorithm(String),
    /// No given certificate's key made the signature.
    #[error("the signature was made by none of the given signers")]
    OtherSigner,
    /// The content differs from what was signed.
    #[error("the document differs from what was signed")]
    Altered,
    /// The signature names another signing certificate than the given one.
    #[error("the signature names another signing certificate")]
    OtherCertificate,
}

impl Fault for XmlError {
    fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "xml-malformed",
            Self::TooLarge(_) => "xml-too-large",
            Self::DocumentType => "xml-document-type",
            Self::NotSigned => "xml-not-signed",
            Self::Form(_) => "xml-signature-form",
            Self::Algorithm(_) => "xml-signature-algorithm",
            Self::OtherSigner => "xml-signature-other-signer",
            Self::Altered => "xml-signature-altered",
            Self::OtherCertificate => "xml-signature-other-certificate",
        }
    }

    fn kind(&self) -> Kind {
        Kind::Refused
    }
}

/// Parses a document within limits, without document type and entities of its own.
///
/// # Errors
/// [`XmlError::Malformed`], [`XmlError::TooLarge`], [`XmlError::DocumentType`].
pub fn parse<'a>(bytes: &'a [u8], limits: &Limits) -> Result<roxmltree::Document<'a>, XmlError> {
    if bytes.len() > limits.bytes {
        return Err(XmlError::TooLarge("bytes"));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| XmlError::Malformed("it is not UTF-8".to_owned()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    guard::check(text, limits)?;
    let options = roxmltree::ParsingOptions { allow_dtd: false, ..Default::default() };
    roxmltree::Document::parse_with_options(text, options).map_err(|error| match error {
        roxmltree::Error::DtdDetected => XmlError::DocumentType,
        other => XmlError::Malformed(other.to_string()),
    })
}

/// Returns the elements below one that have a namespace and a name.
pub fn children<'a, 'i: 'a>(
    of: roxmltree::Node<'a, 'i>,
    namespace: &'a str,
    name: &'a str,
) -> impl Iterator<Item = roxmltree::Node<'a, 'i>> {
    of.children().filter(move |node| node.is_element() && node.has_tag_name((namespace, name)))
}

/// Returns the text of an element that holds text alone, without the space around it.
pub fn text(of: roxmltree::Node<'_, '_>) -> Option<String> {
    if of.children().any(|child| child.is_element()) {
        return None;
    }
    let all: String = of.children().filter(roxmltree::Node::is_text).filter_map(|node| node.text()).collect();
    Some(all.trim().to_owned())
}

/// Reads base64 with space in it.
pub fn base64(text: &str) -> Option<Vec<u8>> {
    use base64::Engine;
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    base64::engine::general_purpose::STANDARD.decode(digits).ok()
}
