//! Mail by SMTP (RFC 5321): a connection for each mail, encrypted unless the relay is on this machine, within a time limit.

use crate::office::ports::{MailError, MailTrouble, Mailer, OutgoingMail};
use crate::time::Instant;
use async_trait::async_trait;
use lettre::address::{Address, Envelope};
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Severity;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};
use zeroize::Zeroizing;

/// The mail server, as the operator named it.
pub struct SmtpOptions {
    /// Its name, by which its certificate is judged.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub tls: SmtpTls,
    /// Who signs in, and with what; none where the server asks for nothing.
    pub user: Option<(String, Zeroizing<String>)>,
    /// Certificates (DER) of the authorities that the server's own must come from; without any, those that browsers believe.
    pub authorities: Vec<Vec<u8>>,
    /// The sender: a mail address, or `NAME <ADDRESS>`.
    pub from: String,
    /// Where answers go.
    pub reply_to: Option<String>,
    /// How long all of the handing over of one mail may take.
    pub patience: Duration,
}

/// How the connection to a mail server is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpTls {
    /// From the first byte on (RFC 8314).
    Implicit,
    /// By STARTTLS (RFC 3207); without it nothing is sent.
    StartTls,
    /// Not at all.
    None,
}

/// Settings by which no mail can be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SmtpSettingsError {
    /// An address that is none.
    #[error("{0} is no mail address")]
    Address(&'static str),
    /// Without encryption only a server of this machine is spoken to.
    #[error("without TLS only a server on this machine is spoken to")]
    InTheClear,
    /// A certificate that cannot be used.
    #[error("the authorities cannot be used")]
    Authorities,
}

/// The way to a mail server.
pub struct Smtp {
    host: String,
    port: u16,
    mode: SmtpTls,
    tls: TlsParameters,
    user: Option<Credentials>,
    from: Mailbox,
    reply_to: Option<Mailbox>,
    patience: Duration,
}

/// The ways to sign in that are offered to a server.
const MECHANISMS: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];

/// How long a server may take over the end of a connection.
const GOODBYE: Duration = Duration::from_secs(5);

impl Smtp {
    /// Makes the way to a server; connects to nothing yet.
    ///
    /// # Errors
    /// [`SmtpSettingsError`]; a server elsewhere is never spoken to in the clear.
    pub fn new(options: SmtpOptions) -> Result<Self, SmtpSettingsError> {
        if options.tls == SmtpTls::None && !is_here(&options.host) {
            return Err(SmtpSettingsError::InTheClear);
        }
        let from = options.from.parse().map_err(|_| SmtpSettingsError::Address("from"))?;
        let reply_to = options.reply_to.as_deref().map(str::parse).transpose();
        let mut tls = TlsParameters::builder(options.host.clone());
        if !options.authorities.is_empty() {
            tls = tls.certificate_store(CertificateStore::None);
        }
        for authority in options.authorities {
            let certificate = Certificate::from_der(authority).map_err(|_| SmtpSettingsError::Authorities)?;
            tls = tls.add_root_certificate(certificate);
        }
        Ok(Self {
            host: options.host,
            port: options.port,
            mode: options.tls,
            tls: tls.build_rustls().map_err(|_| SmtpSettingsError::Authorities)?,
            user: options.user.map(|(user, password)| Credentials::new(user, password.to_string())),
            from,
            reply_to: reply_to.map_err(|_| SmtpSettingsError::Address("reply_to"))?,
            patience: options.patience,
        })
    }

    /// Returns the domain of the sender's address.
    pub fn domain(&self) -> &str {
        self.from.email.domain()
    }

    /// Connects, encrypts and signs in. Whatever fails here would fail for every mail.
    async fn connect(&self, me: &ClientId) -> Result<AsyncSmtpConnection, MailError> {
        let implicit = (self.mode == SmtpTls::Implicit).then(|| self.tls.clone());
        let address = (self.host.as_str(), self.port);
        let connected = AsyncSmtpConnection::connect_tokio1(address, Some(self.patience), me, implicit, None).await;
        let mut connection = connected.map_err(|error| of_server(&error))?;
        if self.mode == SmtpTls::StartTls {
            // What does not offer it is not spoken to any further.
            let started = connection.starttls(self.tls.clone(), me).await;
            started.map_err(|error| MailError { trouble: MailTrouble::Tls, ..of_server(&error) })?;
        }
        if let Some(user) = &self.user {
            connection.auth(&MECHANISMS, user).await.map_err(|error| {
                let trouble =
                    if error.is_permanent() || error.is_client() { MailTrouble::SignIn } else { trouble(&error) };
                MailError { trouble, ..of_server(&error) }
            })?;
        }
        Ok(connection)
    }

    /// Hands a message over; `said` tells from when on the server may have taken it. Returns the connection, to be ended.
    async fn transact(
        &self,
        envelope: &Envelope,
        message: &[u8],
        said: &AtomicBool,
    ) -> Result<AsyncSmtpConnection, MailError> {
        let me = ClientId::Domain(self.domain().to_owned());
        let mut connection = self.connect(&me).await?;
        let from = Mail::new(envelope.from().cloned(), Vec::new());
        connection.command(from).await.map_err(|error| of_server(&error))?;
        for to in envelope.to() {
            connection.command(Rcpt::new(to.clone(), Vec::new())).await.map_err(|error| of_mail(&error))?;
        }
        connection.command(Data).await.map_err(|error| of_mail(&error))?;
        said.store(true, Ordering::SeqCst);
        match connection.message(message).await.map_err(|error| of_mail(&error)) {
            Ok(answer) if answer.code().severity == Severity::PositiveCompletion => Ok(connection),
            // Neither yes nor no came back.
            Ok(_) | Err(MailError { reply: None, .. }) => {
                Err(MailError { trouble: MailTrouble::Unanswered, reply: None, of_server: false })
            }
            Err(error) => Err(error),
        }
    }

    fn message(&self, mail: &OutgoingMail) -> Option<(Envelope, Vec<u8>)> {
        let (local, domain) = mail.to.parts();
        // What our own reading of addresses lets through is narrower than what this one asks for, but for quoted parts.
        let to = Address::new_dangerous(local, domain);
        // Else it would be read out of the headers again, by its rules.
        let envelope = Envelope::new(Some(self.from.email.clone()), vec![to.clone()]).ok()?;
        let written = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds(mail.written_at));
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .date(written)
            .message_id(Some(format!("<{}>", mail.message_id)))
            .subject(mail.subject.clone())
            // RFC 3834: nobody's machine answers it.
            .raw_header(header("Auto-Submitted", "auto-generated"))
            .raw_header(header("X-Auto-Response-Suppress", "All"))
            .header(ContentType::TEXT_PLAIN);
        if let Some(reply_to) = &self.reply_to {
            message = message.reply_to(reply_to.clone());
        }
        let message = message.envelope(envelope.clone()).body(mail.text.clone()).ok()?;
        Some((envelope, message.formatted()))
    }
}

#[async_trait]
impl Mailer for Smtp {
    async fn hand_over(&self, mail: &OutgoingMail) -> Result<(), MailError> {
        let unwritable = MailError { trouble: MailTrouble::Unwritable, reply: None, of_server: false };
        let (envelope, message) = self.message(mail).ok_or(unwritable)?;
        let said = AtomicBool::new(false);
        let handed = tokio::time::timeout(self.patience, self.transact(&envelope, &message, &said)).await;
        match handed {
            Ok(taken) => {
                // It is taken, whatever becomes of the goodbye.
                drop(tokio::time::timeout(GOODBYE, taken?.quit()).await);
                Ok(())
            }
            Err(_) => {
                let unanswered = said.load(Ordering::SeqCst);
                let trouble = if unanswered { MailTrouble::Unanswered } else { MailTrouble::Unreachable };
                Err(MailError { trouble, reply: None, of_server: true })
            }
        }
    }
}

/// Says what was wrong before it came to the mail.
fn of_server(error: &lettre::transport::smtp::Error) -> MailError {
    MailError { of_server: true, ..of_mail(error) }
}

fn of_mail(error: &lettre::transport::smtp::Error) -> MailError {
    let reply = error.status().map(u16::from);
    let trouble = trouble(error);
    // A connection that broke would break for every mail.
    MailError { trouble, reply, of_server: matches!(trouble, MailTrouble::Unreachable | MailTrouble::Tls) }
}

fn trouble(error: &lettre::transport::smtp::Error) -> MailTrouble {
    match error {
        error if error.is_permanent() => MailTrouble::Refused,
        error if error.is_transient() => MailTrouble::Later,
        error if error.is_tls() => MailTrouble::Tls,
        _ => MailTrouble::Unreachable,
    }
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

fn seconds(at: Instant) -> u64 {
    u64::try_from(at.as_second()).unwrap_or_default()
}

/// Tells whether a server is on this machine.
fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Smtp").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}
