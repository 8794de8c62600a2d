//! `user add|list|disable|password|reset-factor`: the accounts of staff, kept by the machine's operator.

use crate::cli::city::{City, FILE_NAME};
use crate::cli::commands::serve::runtime;
use crate::cli::desk::{Format, answer, password};
use crate::cli::{Failure, output};
use crate::office::{Account, NewAccount, NewSystem, Office, OfficeError, Role};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

/// 職員のアカウント / Accounts of staff
#[derive(Subcommand)]
#[command(after_help = "例 Examples:
  fumikura user add hanako --name '見本 花子' --section 総務文書課 --role clerk --password-file pw.txt
  fumikura user add tax-system --system --name 税務システム --section 総務文書課 --role clerk
  fumikura user list --dir my-city
  fumikura user disable hanako
  fumikura user password hanako --password-file pw.txt
  fumikura user reset-factor hanako")]
pub enum Users {
    /// アカウントを作る / Makes an account; the password comes from a file or a prompt
    Add(Box<Add>),
    /// アカウントの一覧 / Lists every account
    List {
        #[command(flatten)]
        place: Place,
        /// 表示の形式 / How to answer
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// アカウントを止める / Lets an account sign in no more; it stays, as the ledger names it
    Disable {
        /// The login.
        login: String,
        #[command(flatten)]
        place: Place,
    },
    /// パスワードを設定し直す / Sets a password, which the person changes at the next sign-in; its sessions end
    Password {
        /// The login.
        login: String,
        /// パスワードのファイル / A file whose first line is the password; without it, a prompt
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
        #[command(flatten)]
        place: Place,
    },
    /// 二つ目の要素を外す / Takes the second factors off an account; its person is told at the next sign-in
    ResetFactor {
        /// The login.
        login: String,
        #[command(flatten)]
        place: Place,
    },
}

/// Where the city is.
#[derive(Args)]
pub struct Place {
    /// 市のフォルダ / The city's folder, with its city.toml
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
}

/// The arguments of `user add`.
#[derive(Args)]
pub struct Add {
    /// The login: 2 to 64 letters, digits, '.', '-' and '_'.
    login: String,
    /// 氏名 / The name that pages show
    #[arg(long)]
    name: String,
    /// 課 / The section
    #[arg(long)]
    section: String,
    /// 役割 / A role; give it once for each: clerk, approver, seal-keeper, records-clerk, records-manager, auditor,
    /// administrator
    #[arg(long = "role", required = true, value_parser = role)]
    roles: Vec<Role>,
    /// パスワードのファイル / A file whose first line is the password; without it, a prompt
    #[arg(long, value_name = "FILE", conflicts_with = "system")]
    password_file: Option<PathBuf>,
    /// 本人が決めたパスワード / The person chose the password; else it is changed at the first sign-in
    #[arg(long, conflicts_with = "system")]
    own_password: bool,
    /// システム用 / The account of another system: it has no password, and acts by tokens alone
    #[arg(long)]
    system: bool,
    #[command(flatten)]
    place: Place,
}

impl Users {
    /// Runs the command.
    pub fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::Add(add) => add.run(),
            Self::List { place, format } => place.office(async |office| {
                let users = office.users().await?;
                answer(format, &json!({ "users": users.iter().map(show).collect::<Vec<_>>() }))
            }),
            Self::Disable { login, place } => place.office(async |office| {
                office.disable_user(None, &login).await?;
                output::print(&format!("{login} を止めました / may sign in no more\n"))
            }),
            Self::Password { login, password_file, place } => place.office(async |office| {
                let password = password(password_file.as_deref())?;
                office.set_password(None, &login, password).await?;
                output::print(&format!(
                    "{login} のパスワードを設定しました。次のサインインで本人が変えます / set; it is changed at the next sign-in\n"
                ))
            }),
            Self::ResetFactor { login, place } => place.office(async |office| {
                office.reset_factors(None, &login).await?;
                output::print(&format!("{login} の二つ目の要素を外しました / has no second factor any more\n"))
            }),
        }?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Add {
    fn run(self) -> Result<(), Failure> {
        let Self { login, name, section, roles, password_file, own_password, system, place } = self;
        place.office(async |office| {
            let (shown, roles) = (login.clone(), roles.into_iter().collect());
            let id = if system {
                office.add_system(None, NewSystem { login, name, section, roles }).await?
            } else {
                let password = password(password_file.as_deref())?;
                let new = NewAccount { login, name, section, roles, password, own_password };
                office.add_user(None, new).await?
            };
            let login = shown;
            output::print(&format!("{login} を作りました / made: {id}\n"))
        })
    }
}

impl Place {
    fn office<T>(&self, work: impl AsyncFnOnce(Office) -> Result<T, Failure>) -> Result<T, Failure> {
        let path = self.dir.join(FILE_NAME);
        runtime()?.block_on(async move { work(City::open_without_keys(&path).await?).await })
    }
}

fn role(text: &str) -> Result<Role, OfficeError> {
    text.parse()
}

fn show(account: &Account) -> Value {
    let roles: Vec<&str> = account.roles.iter().map(|role| role.name()).collect();
    json!({
        "login": account.login,
        "name": account.name,
        "section": account.section,
        "roles": roles,
        "enabled": account.enabled,
        "system": account.system,
        "second_factor": account.has_factor,
        "id": account.id,
    })
}
