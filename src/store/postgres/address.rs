//! Where a PostgreSQL database is: a URL that holds no secret, and the password apart from it.

use crate::office::ports::StoreError;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use std::fmt;
use std::process::Command;
use std::str::FromStr;
use zeroize::Zeroizing;

/// What such a URL begins with.
const SCHEMES: [&str; 2] = ["postgres://", "postgresql://"];
/// The parameters that are taken, as libpq names them. The driver would log an unknown one with its value.
const PARAMETERS: [&str; 9] =
    ["host", "port", "dbname", "user", "sslmode", "sslrootcert", "sslcert", "sslkey", "options"];

/// `postgres://USER@HOST:PORT/DATABASE`, or `postgres://USER@localhost/DATABASE?host=/FOLDER/OF/THE/SOCKET`.
///
/// What the URL leaves open is as libpq has it: `PGPASSWORD`, `~/.pgpass` and their like count.
#[derive(Clone)]
pub struct PostgresAddress {
    url: String,
    options: PgConnectOptions,
    password: Option<Zeroizing<String>>,
    is_proven: bool,
}

impl PostgresAddress {
    /// Tells whether a text is meant as a URL, be it a good one or not.
    pub fn is_meant(text: &str) -> bool {
        text.contains("://")
    }

    /// Reads a URL, and takes the password that goes with it, where there is one.
    ///
    /// To another machine, a URL that does not say otherwise (`sslmode`) asks for TLS with a certificate that is proven.
    ///
    /// # Errors
    /// [`StoreError::Address`], which never repeats the URL: a password may be in it, and one is refused, as a URL is
    /// shown in messages and lists of processes.
    pub fn parse(url: &str, password: Option<&str>) -> Result<Self, StoreError> {
        let rest = SCHEMES.iter().find_map(|scheme| url.strip_prefix(scheme));
        let rest = rest.ok_or(StoreError::Address("it begins with postgres://"))?;
        let (place, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        if place.rsplit_once('@').is_some_and(|(user, _)| user.contains(':')) {
            return Err(StoreError::Address("the password belongs in a file of its own, not in the URL"));
        }
        let names: Vec<&str> = parameters.split('&').filter_map(|one| one.split('=').next()).collect();
        if names.iter().any(|name| !name.is_empty() && !PARAMETERS.contains(name)) {
            return Err(StoreError::Address("it has a parameter that is not taken here"));
        }
        let unreadable = |_| StoreError::Address("it cannot be read as postgres://USER@HOST:PORT/DATABASE");
        let mut options = PgConnectOptions::from_str(url).map_err(unreadable)?.application_name("fumikura");
        if let Some(password) = password {
            options = options.password(password);
        }
        let is_proven = !names.contains(&"sslmode") && !is_here(&options);
        if is_proven {
            options = options.ssl_mode(PgSslMode::VerifyFull);
        }
        let password = password.map(|password| Zeroizing::new(password.to_owned()));
        Ok(Self { url: url.to_owned(), options, password, is_proven })
    }

    /// Returns how TLS is asked for: `Disable`, `Allow`, `Prefer`, `Require`, `VerifyCa`, `VerifyFull`.
    pub fn tls(&self) -> String {
        format!("{:?}", self.options.get_ssl_mode())
    }

    /// Begins a command of the server's own tools that connects as this program does: the password goes with its environment, as
    /// libpq takes it, and never stands in the list of processes.
    pub(super) fn tool(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        if let Some(password) = &self.password {
            command.env("PGPASSWORD", password.as_str());
        }
        if self.is_proven {
            command.env("PGSSLMODE", "verify-full");
        }
        command
    }

    pub(super) fn options(&self) -> PgConnectOptions {
        self.options.clone()
    }
}

/// Tells whether the server is on this machine, as far as the address says.
fn is_here(options: &PgConnectOptions) -> bool {
    let host = options.get_host();
    let loopback = host.trim_matches(['[', ']']).parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback());
    options.get_socket().is_some() || host.starts_with('/') || host == "localhost" || loopback
}

impl fmt::Display for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

impl fmt::Debug for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}
