//! The virus check of a ClamAV daemon beside us: documents are sent to it whole, and what it does not call clean is not taken.

use crate::office::ports::{ScanError, VirusScanner};
use clamav_client::TransportProtocol;
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

/// How long the daemon may be silent; a large document takes it some seconds.
const PATIENCE: Duration = Duration::from_secs(60);
/// Bytes in one piece.
const PIECE_BYTES: usize = 64 << 10;

/// A daemon that the operator named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clamd {
    /// Over TCP: host and port.
    Tcp(String),
    /// Over a socket of this machine.
    Unix(PathBuf),
}

impl Clamd {
    /// Reads where it is: `unix:PATH`, or a host with its port.
    pub fn at(address: &str) -> Option<Self> {
        match address.strip_prefix("unix:") {
            Some(path) => Some(Self::Unix(path.into())).filter(|_| !path.is_empty()),
            None => address
                .rsplit_once(':')
                .filter(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
                .map(|_| Self::Tcp(address.to_owned())),
        }
    }
}

/// A way to the daemon.
pub enum Way {
    /// Over TCP.
    Tcp(TcpStream),
    /// Over a socket.
    Unix(UnixStream),
}

impl TransportProtocol for &Clamd {
    type Stream = Way;

    fn connect(&self) -> io::Result<Way> {
        match self {
            Clamd::Tcp(address) => {
                let found = address.to_socket_addrs()?.next().ok_or(io::ErrorKind::AddrNotAvailable)?;
                let stream = TcpStream::connect_timeout(&found, PATIENCE)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.set_write_timeout(Some(PATIENCE))?;
                Ok(Way::Tcp(stream))
            }
            Clamd::Unix(path) => {
                let stream = UnixStream::connect(path)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.set_write_timeout(Some(PATIENCE))?;
                Ok(Way::Unix(stream))
            }
        }
    }
}

impl Read for Way {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(buffer),
            Self::Unix(stream) => stream.read(buffer),
        }
    }
}

impl Write for Way {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(bytes),
            Self::Unix(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.flush(),
            Self::Unix(stream) => stream.flush(),
        }
    }
}

impl VirusScanner for Clamd {
    fn scan(&self, bytes: &[u8]) -> Result<Option<String>, ScanError> {
        let answer = clamav_client::scan_buffer(bytes, self, Some(PIECE_BYTES));
        let answer = answer.map_err(|error| ScanError(error.to_string()))?;
        let text = String::from_utf8_lossy(&answer);
        let text = text.trim_matches(['\0', '\n', ' ']);
        match text.strip_prefix("stream: ") {
            Some("OK") => Ok(None),
            Some(found) if found.ends_with(" FOUND") => Ok(Some(found.trim_end_matches(" FOUND").to_owned())),
            // Too large for it, or what no version of it said so far: not clean.
            _ => Err(ScanError(text.chars().take(200).collect())),
        }
    }
}
