//! `token make|list|revoke`: by what other systems use the API.

use crate::cli::desk::{Desk, Format};
use crate::cli::{Failure, output};
use crate::id::TokenId;
use crate::office::tokens::{NewToken, Scope, TokenError, TokenView};
use crate::time::Date;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::process::ExitCode;

/// APIトークン / Tokens by which other systems use the API
#[derive(Subcommand)]
#[command(after_help = "例 Examples:
  fumikura user add tax-system --system --name 税務システム --section 総務文書課 --role clerk --dir my-city
  fumikura token make 税務の通知 --system tax-system --scope notices:draft --scope notices:read --until 2027-03-31 --dir my-city --as admin
  fumikura token list --dir my-city --as admin
  fumikura token revoke TOKEN --dir my-city --as admin")]
pub enum Tokens {
    /// トークンを作る / Makes a token; its secret is printed once, and is nowhere else
    Make(Box<Make>),
    /// トークンの一覧 / Lists the tokens of an account; to an administrator those of all
    List {
        #[command(flatten)]
        desk: Desk,
    },
    /// トークンを失効させる / Revokes a token: it is taken no more from this moment
    Revoke {
        /// The token's identifier.
        id: TokenId,
        #[command(flatten)]
        desk: Desk,
    },
}

/// The arguments of `token make`.
#[derive(Args)]
pub struct Make {
    /// 名前 / What it is called, for people
    name: String,
    /// 利用範囲 / A scope; give it once for each: notices:draft, notices:read, records:file, records:read, holds:read,
    /// disposals:read, verify
    #[arg(long = "scope", required = true, value_parser = scope)]
    scopes: Vec<Scope>,
    /// 期限 / The last day on which it is taken
    #[arg(long, value_name = "DATE")]
    until: Date,
    /// システム用アカウント / The login of the system it is for, by an administrator; else the account of who makes it
    #[arg(long, value_name = "LOGIN")]
    system: Option<String>,
    #[command(flatten)]
    desk: Desk,
}

impl Tokens {
    /// Runs the command.
    pub fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::Make(make) => make.run(),
            Self::List { desk } => desk.run(async |session| {
                let tokens = session.city.office.tokens(&session.actor).await?;
                session.answer(&json!({ "tokens": tokens.iter().map(show).collect::<Vec<_>>() }))
            }),
            Self::Revoke { id, desk } => desk.run(async |session| {
                session.city.office.revoke_token(&session.actor, id).await?;
                output::print(&format!("{id} を失効させました / revoked\n"))
            }),
        }?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Make {
    fn run(self) -> Result<(), Failure> {
        let Self { name, scopes, until, system, desk } = self;
        desk.run(async |session| {
            let new = NewToken { name, scopes: scopes.into_iter().collect(), ends_on: until, system };
            let issued = session.city.office.make_token(&session.actor, new).await?;
            match session.format {
                Format::Json => session.answer(&json!({ "id": issued.id, "token": *issued.secret })),
                Format::Text => output::print(&format!("{}\n", *issued.secret)),
            }
        })
    }
}

fn scope(text: &str) -> Result<Scope, TokenError> {
    text.parse()
}

fn show(token: &TokenView) -> Value {
    json!({
        "id": token.id,
        "name": token.name,
        "account": token.login,
        "scopes": token.scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>(),
        "made_at": token.made_at,
        "ends_on": token.ends_on,
        "revoked_at": token.revoked_at,
        "last_used": token.last_used,
        "live": token.is_live,
    })
}
