//! Secrets: from a file, the environment or a prompt; never from an argument.

use super::{Failure, files};
use crate::fault::Kind;
use std::io::IsTerminal;
use std::path::Path;
use zeroize::Zeroizing;

/// Returns the key's passphrase: the first line of the file, else `FUMIKURA_KEY_PASSPHRASE`, else what is typed at a
/// terminal.
///
/// # Errors
/// Where none of the three is there.
#[expect(clippy::disallowed_methods, reason = "the one place that reads a secret from the environment")]
pub fn passphrase(file: Option<&Path>, what: &str) -> Result<Zeroizing<String>, Failure> {
    if let Some(path) = file {
        return first_line(path);
    }
    if let Ok(text) = std::env::var("FUMIKURA_KEY_PASSPHRASE") {
        return Ok(Zeroizing::new(text));
    }
    if !std::io::stdin().is_terminal() {
        return Err(missing("give --passphrase-file or FUMIKURA_KEY_PASSPHRASE"));
    }
    rpassword::prompt_password(format!("{what}: ")).map(Zeroizing::new).map_err(|_| missing("nothing could be typed"))
}

/// Returns one of several secrets: its line of the file, else its line of `FUMIKURA_KEY_PASSPHRASE`, else what is typed at
/// a terminal.
#[expect(clippy::disallowed_methods, reason = "a secret from the environment, as above")]
pub fn one_of_several(file: Option<&Path>, number: usize, what: &str) -> Result<Zeroizing<String>, Failure> {
    let given = match file {
        Some(path) => Some(read(path)?),
        None => std::env::var("FUMIKURA_KEY_PASSPHRASE").ok().map(Zeroizing::new),
    };
    if let Some(line) = given.as_deref().and_then(|text| text.lines().nth(number)) {
        return Ok(Zeroizing::new(line.to_owned()));
    }
    if !std::io::stdin().is_terminal() {
        return Err(missing(&format!(
            "give it as line {} of --passphrase-file or FUMIKURA_KEY_PASSPHRASE",
            number + 1
        )));
    }
    rpassword::prompt_password(format!("{what}: ")).map(Zeroizing::new).map_err(|_| missing("nothing could be typed"))
}

/// Returns a token: the first line of the file, else the variable; none where neither is there.
#[expect(clippy::disallowed_methods, reason = "a secret from the environment, as above")]
pub fn token(file: Option<&Path>, variable: &str) -> Result<Option<Zeroizing<String>>, Failure> {
    match file {
        Some(path) => first_line(path).map(Some),
        None => Ok(std::env::var(variable).ok().map(Zeroizing::new)),
    }
}

/// Returns the first line of a file that holds a secret.
pub fn first_line(path: &Path) -> Result<Zeroizing<String>, Failure> {
    Ok(Zeroizing::new(read(path)?.lines().next().unwrap_or_default().to_owned()))
}

fn read(path: &Path) -> Result<Zeroizing<String>, Failure> {
    let bytes = Zeroizing::new(files::read(path)?);
    let text = std::str::from_utf8(&bytes).map_err(|_| missing("the passphrase file is not UTF-8 text"))?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// Returns a passphrase for a new file where one is given by file or environment; nothing is asked for.
#[expect(clippy::disallowed_methods, reason = "a secret from the environment, as above")]
pub fn passphrase_if_given(file: Option<&Path>) -> Result<Option<Zeroizing<String>>, Failure> {
    if file.is_some() || std::env::var_os("FUMIKURA_KEY_PASSPHRASE").is_some() {
        return passphrase(file, "").map(Some);
    }
    Ok(None)
}

fn missing(english: &str) -> Failure {
    Failure::new("passphrase-missing", Kind::Refused, english)
}
