//! `fumikura user`: the accounts of staff. Whoever can open the city's folder is its operator and may make them.

use crate::cli::city::{City, FILE_NAME};
use crate::cli::commands::serve::runtime;
use crate::cli::{Failure, output, secret};
use crate::office::{NewAccount, Role};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// 職員の利用者登録 / Accounts of staff
#[derive(Subcommand)]
pub enum User {
    /// 登録する / Adds an account; the password is typed or read from a file
    Add(Add),
    /// 一覧を表示する / Lists the accounts
    List(Folder),
    /// 停止する / Lets an account sign in no more
    Disable(Disable),
}

/// Where the city is.
#[derive(Args)]
pub struct Folder {
    /// 市のフォルダ / The city's folder, with its city.toml
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
}

/// An account to add.
#[derive(Args)]
pub struct Add {
    #[command(flatten)]
    folder: Folder,
    /// ログイン名 / The name to sign in with
    login: String,
    /// 氏名 / The name that pages show
    #[arg(long)]
    name: String,
    /// 所属 / The section
    #[arg(long)]
    section: String,
    /// 役割 / Roles: clerk, approver, seal-keeper, records-clerk, records-manager, auditor, administrator
    #[arg(long = "role", value_name = "ROLE", required = true)]
    roles: Vec<Role>,
    /// パスワードのファイル / A file whose first line is the password; without it, a prompt
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

/// An account to disable.
#[derive(Args)]
pub struct Disable {
    #[command(flatten)]
    folder: Folder,
    /// ログイン名 / The name to sign in with
    login: String,
}

impl User {
    /// Runs the command.
    pub fn run(self) -> Result<ExitCode, Failure> {
        runtime()?.block_on(async move {
            match self {
                Self::Add(add) => add.run().await?,
                Self::List(folder) => list(&folder).await?,
                Self::Disable(disable) => {
                    let city = disable.folder.open().await?;
                    city.office.disable_user(None, &disable.login).await?;
                    output::print(&format!("{}: 停止しました / disabled\n", disable.login))?;
                }
            }
            Ok(ExitCode::SUCCESS)
        })
    }
}

impl Folder {
    async fn open(&self) -> Result<City, Failure> {
        City::open(&self.dir.join(FILE_NAME)).await
    }
}

impl Add {
    async fn run(self) -> Result<(), Failure> {
        let city = self.folder.open().await?;
        let password = secret::password(self.password_file.as_deref())?;
        let new = NewAccount {
            login: self.login.clone(),
            name: self.name,
            section: self.section,
            roles: self.roles.into_iter().collect(),
            password,
        };
        let id = city.office.add_user(None, new).await?;
        output::print(&format!("{}: 登録しました / added ({id})\n", self.login))
    }
}

async fn list(folder: &Folder) -> Result<(), Failure> {
    let city = folder.open().await?;
    let mut text = String::new();
    for user in city.office.users().await? {
        let roles: Vec<&str> = user.roles.iter().map(|role| role.name()).collect();
        let state = if user.enabled { "" } else { "\t停止 disabled" };
        text.push_str(&format!("{}\t{}\t{}\t{}{state}\n", user.login, user.name, user.section, roles.join(",")));
    }
    output::print(&text)
}
