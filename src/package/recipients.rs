//! Streams that several recipients can open (age-encryption.org/v1, X25519), however long they are.

use super::{PackageError, PackageIdentity};
use std::io::{self, BufRead, Read, Write};
use std::str::FromStr;

/// Whoever may open a stream: their public halves.
#[derive(Clone)]
pub struct Recipients(Vec<age::x25519::Recipient>);

impl Recipients {
    /// Reads recipients as `age-keygen` names them, `age1…`; there must be one at least.
    ///
    /// # Errors
    /// [`PackageError::BadRecipient`], which does not repeat what stands there: it may be a private key.
    pub fn parse(texts: &[String]) -> Result<Self, PackageError> {
        let read = |(index, text): (usize, &String)| {
            age::x25519::Recipient::from_str(text.trim()).map_err(|_| PackageError::BadRecipient { number: index + 1 })
        };
        let all = texts.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()?;
        if all.is_empty() { Err(PackageError::BadRecipient { number: 1 }) } else { Ok(Self(all)) }
    }

    /// Adds the public half of an identity.
    #[must_use]
    pub fn and(mut self, identity: &PackageIdentity) -> Self {
        self.0.push(identity.public());
        self
    }

    /// Begins to encrypt into an output. Whatever is not finished cannot be opened.
    pub fn seal_into<W: Write>(&self, output: W) -> Result<SealingWriter<W>, PackageError> {
        let not_made = |error: &dyn std::fmt::Display| PackageError::NotMade(error.to_string());
        let recipients = self.0.iter().map(|one| one as &dyn age::Recipient);
        let encryptor = age::Encryptor::with_recipients(recipients).map_err(|error| not_made(&error))?;
        encryptor.wrap_output(output).map(SealingWriter).map_err(|error| not_made(&error))
    }
}

/// A stream on its way in; to be finished.
pub struct SealingWriter<W: Write>(age::stream::StreamWriter<W>);

impl<W: Write> SealingWriter<W> {
    /// Writes the end, and returns the output.
    ///
    /// # Errors
    /// Those of the output.
    pub fn finish(self) -> io::Result<W> {
        self.0.finish()
    }
}

impl<W: Write> Write for SealingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Private keys of which one may open a stream.
#[derive(Clone, Debug)]
pub struct Identities(Vec<PackageIdentity>);

impl Identities {
    /// Reads the lines `AGE-SECRET-KEY-1…` of a text; blank lines and those that begin with `#` are passed over.
    ///
    /// # Errors
    /// [`PackageError::BadKey`] where a line is none, or there is no line.
    pub fn parse(text: &str) -> Result<Self, PackageError> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let all = lines.map(PackageIdentity::parse).collect::<Result<Vec<_>, _>>()?;
        if all.is_empty() { Err(PackageError::BadKey) } else { Ok(Self(all)) }
    }

    /// Begins to decrypt a stream. A read fails where the stream was changed or cut short.
    ///
    /// # Errors
    /// [`PackageError::WrongKey`] where no identity is among its recipients, [`PackageError::NotDecryptable`].
    pub fn open_from<R: BufRead>(&self, input: R) -> Result<OpeningReader<R>, PackageError> {
        let undecryptable = |error: &dyn std::fmt::Display| PackageError::NotDecryptable(error.to_string());
        let decryptor = age::Decryptor::new_buffered(input).map_err(|error| undecryptable(&error))?;
        let opened = decryptor.decrypt(self.0.iter().map(PackageIdentity::as_identity));
        opened.map(OpeningReader).map_err(|error| match error {
            age::DecryptError::NoMatchingKeys => PackageError::WrongKey,
            other => undecryptable(&other),
        })
    }
}

impl From<PackageIdentity> for Identities {
    fn from(identity: PackageIdentity) -> Self {
        Self(vec![identity])
    }
}

/// A stream on its way out.
pub struct OpeningReader<R>(age::stream::StreamReader<R>);

impl<R: Read> Read for OpeningReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}
