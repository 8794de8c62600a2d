//! `[mail]` in `city.toml`: the server that mails to recipients go through.

use super::{Failure, files};
use crate::fault::Kind;
use crate::fetch::smtp::{Smtp, SmtpOptions, SmtpTls};
use crate::office::notices::Post;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// The mail server, and what mails say of where they come from. Paths are relative to the city's folder.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailFile {
    /// The server's name.
    pub server: String,
    /// Its port; else 465 for `implicit`, 587 for `starttls`, 25 for `none`.
    pub port: Option<u16>,
    /// How the connection is encrypted; `none` is for a relay on this machine alone.
    #[serde(default)]
    pub tls: MailTls,
    /// Who signs in; without it nobody does.
    pub user: Option<String>,
    /// A file whose first line is the password.
    pub password_file: Option<PathBuf>,
    /// Certificates (PEM or DER) of the authorities that the server's own must come from; else those that browsers believe.
    #[serde(default)]
    pub authorities: Vec<PathBuf>,
    /// The sender, `NAME <ADDRESS>`.
    pub from: String,
    /// Where answers go.
    pub reply_to: Option<String>,
    /// The address of the service as recipients reach it, `https://…`, where that is another than the city's `public_url`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// How the collection code reaches the recipient.
    #[serde(default)]
    pub code: CodeWay,
    /// How many seconds the server may take over one mail.
    #[serde(default = "a_minute")]
    pub timeout_seconds: u16,
}

/// How the connection is encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailTls {
    /// From the first byte on.
    #[default]
    Implicit,
    /// By STARTTLS, without which nothing is sent.
    Starttls,
    /// Not at all.
    None,
}

/// How the collection code reaches the recipient.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CodeWay {
    /// By another way than mail: a letter, the counter, the telephone.
    #[default]
    OtherWay,
    /// In a mail of its own.
    SecondMail,
}

impl MailFile {
    /// Makes the way to the server; connects to nothing yet.
    pub fn open(&self, folder: &Path, public_url: Option<&str>) -> Result<Post, Failure> {
        let url = self.public_url.as_deref().or(public_url).ok_or_else(|| unusable("it needs a public_url"))?;
        let url = url.trim_end_matches('/');
        let plain = url.bytes().all(|c| c.is_ascii_graphic());
        if !(url.starts_with("https://") || url.starts_with("http://")) || !plain {
            return Err(unusable("public_url is neither https://… nor http://…"));
        }
        let paths: Vec<PathBuf> = self.authorities.iter().map(|path| folder.join(path)).collect();
        let authorities = files::certificates(&paths)?.iter().map(|one| one.der().to_vec()).collect();
        let (tls, usual) = match self.tls {
            MailTls::Implicit => (SmtpTls::Implicit, 465),
            MailTls::Starttls => (SmtpTls::StartTls, 587),
            MailTls::None => (SmtpTls::None, 25),
        };
        let smtp = Smtp::new(SmtpOptions {
            host: self.server.clone(),
            port: self.port.unwrap_or(usual),
            tls,
            user: self.sign_in(folder)?,
            authorities,
            from: self.from.clone(),
            reply_to: self.reply_to.clone(),
            patience: Duration::from_secs(self.timeout_seconds.max(1).into()),
        });
        let smtp = smtp.map_err(|error| unusable(&error.to_string()))?;
        let domain = smtp.domain().to_owned();
        let code_by_mail = self.code == CodeWay::SecondMail;
        Ok(Post { mailer: Arc::new(smtp), public_url: url.to_owned(), domain, code_by_mail })
    }

    fn sign_in(&self, folder: &Path) -> Result<Option<(String, Zeroizing<String>)>, Failure> {
        let (user, path) = match (&self.user, &self.password_file) {
            (None, None) => return Ok(None),
            (Some(user), Some(path)) => (user.clone(), folder.join(path)),
            _ => return Err(unusable("user and password_file go together")),
        };
        let bytes = Zeroizing::new(files::read(&path)?);
        let text = std::str::from_utf8(&bytes).map_err(|_| unusable("the password is not UTF-8 text"))?;
        let password = Zeroizing::new(text.lines().next().unwrap_or_default().to_owned());
        Ok(Some((user, password)))
    }
}

fn unusable(what: &str) -> Failure {
    Failure::new("mail-settings", Kind::Refused, format!("[mail]: {what}"))
}

fn a_minute() -> u16 {
    60
}
