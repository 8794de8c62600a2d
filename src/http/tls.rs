//! TLS by the service itself, for offices without a proxy: a certificate and its key, which may be replaced while it runs.

use crate::fault::{Fault, Kind};
use std::io;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto};
use tokio_rustls::server::TlsStream;

/// How long a browser may take over the handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// What connections are taken with: TLS 1.2 and 1.3, HTTP/1.1.
#[derive(Clone)]
pub struct Tls(Arc<RwLock<TlsAcceptor>>);

impl Tls {
    /// Makes it of a certificate with its chain, and the key, both PEM.
    pub fn new(chain: &[u8], key: &[u8]) -> Result<Self, TlsFault> {
        Ok(Self(Arc::new(RwLock::new(acceptor(chain, key)?))))
    }

    /// Takes connections with another certificate from now on. One that cannot be used leaves it as it was.
    pub fn renew(&self, chain: &[u8], key: &[u8]) -> Result<(), TlsFault> {
        let acceptor = acceptor(chain, key)?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = acceptor;
        Ok(())
    }

    /// Takes a connection.
    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let acceptor = self.0.read().unwrap_or_else(PoisonError::into_inner).clone();
        tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await?
    }
}

fn acceptor(chain: &[u8], key: &[u8]) -> Result<TlsAcceptor, TlsFault> {
    let chain = CertificateDer::pem_slice_iter(chain).collect::<Result<Vec<_>, _>>();
    let chain = chain.map_err(|error| TlsFault(format!("certificate: {error}")))?;
    if chain.is_empty() {
        return Err(TlsFault("the file of the certificate holds none".to_owned()));
    }
    // What a file of a key holds is never repeated.
    let key =
        PrivateKeyDer::from_pem_slice(key).map_err(|_| TlsFault("the key is no PEM of a private key".to_owned()))?;
    let provider = Arc::new(crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.and_then(|config| config.with_no_client_auth().with_single_cert(chain, key));
    let mut config = config.map_err(|error| TlsFault(error.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// A certificate or key that TLS cannot be done with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("TLS cannot be done with this certificate and key: {0}")]
pub struct TlsFault(String);

impl Fault for TlsFault {
    fn code(&self) -> &'static str {
        "http-tls"
    }

    fn kind(&self) -> Kind {
        Kind::Refused
    }
}
