//! The demonstration: a sample city, made once, and the way of a notice and of old records through it.

mod make;
mod notices;
mod people;
mod records;
mod shelves;
mod tray;

pub(super) use make::{RULES, TEMPLATES};

use super::city::{City, FILE_NAME};
use super::commands::serve::{Page, listen, runtime, serve};
use super::{Failure, files};
use crate::office::ports::StoreError;
use crate::store::PostgresAddress;
use clap::Args;
use people::People;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// 見本の市を作り、通知と文書の一巡りを実演する / A sample city: keys, rules, notices, records
#[derive(Args)]
#[command(after_help = "例 Examples:
  fumikura demo --no-serve
  fumikura demo --dir my-demo --port 9000")]
pub struct Demo {
    /// 見本の市を置くフォルダー / The sample city's folder
    #[arg(long, default_value = "fumikura-demo")]
    dir: PathBuf,
    /// 待ち受けるポート / The port to serve on, on this machine only
    #[arg(long, default_value_t = 8480)]
    port: u16,
    /// 新しく作る市のデータベース（PostgreSQL）/ The new city's database, if not SQLite; without a password
    #[arg(long, value_name = "postgres://USER@HOST/DATABASE")]
    database: Option<String>,
    /// 実演の報告だけで終わる / End after the account
    #[arg(long)]
    no_serve: bool,
    #[command(flatten)]
    page: Page,
}

impl Demo {
    /// Runs the command.
    pub fn run(&self) -> Result<ExitCode, Failure> {
        runtime()?.block_on(async {
            let engine = self.page.engine()?;
            let address = format!("127.0.0.1:{}", self.port);
            // Before anything is made: a port that cannot be had is said at once.
            let listener = if self.no_serve { None } else { Some(listen(&address).await?) };
            let city = self.walk(&address).await?;
            match listener {
                Some(listener) => serve(city, listener, engine).await,
                None => Ok(ExitCode::SUCCESS),
            }
        })
    }

    async fn walk(&self, address: &str) -> Result<City, Failure> {
        let file = self.dir.join(FILE_NAME);
        let fresh = !file.exists();
        if fresh {
            // A URL that is refused is not written down first.
            self.database.as_deref().map(|url| PostgresAddress::parse(url, None)).transpose()?;
            make::city(&self.dir, address, self.database.as_deref())?;
        }
        let city = City::open(&file).await?;
        say(&format!(
            "見本市（{}）{}",
            self.dir.display(),
            if fresh { "を作りました / made" } else { "を続けます / goes on" }
        ));
        if city.file.font.is_none() {
            say(
                "  日本語フォントがありません。電子署名は付きますが、印影は表示されません。apt-get install fonts-ipafont-gothic のあと、別の --dir で作り直せます。",
            );
            say(
                "  No Japanese font was found: seals are made, but invisible. Install one (above) and make another city with --dir.",
            );
        }
        let people = People::of(&city.office, &self.dir).await?;
        notices::walk(&city.office, &people, &self.dir, address).await?;
        records::walk(&city.office, &people, &self.dir).await?;
        shelves::walk(&city.office, &people).await?;
        tray::walk(&city.office, &people).await?;
        let ledger = city.office.verify_ledger(Vec::new()).await?;
        say(&format!(
            "\n台帳 {}件のつながりを確かめました / the ledger's {} entries hold together",
            ledger.seq, ledger.seq
        ));
        if let Some(sealed) = city.office.seal_checkpoint_due().await? {
            say(&format!(
                "  {seq}件目までに、サービスの鍵で署名とタイムスタンプを付けました / signed and timestamped up to entry {seq}",
                seq = sealed.checkpoint.seq
            ));
        }
        people.tell(&self.dir);
        Ok(city)
    }
}

/// Says a line of the account. A reader who went away is no reason to stop.
fn say(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Writes a file of the account below the city's folder, and returns its path.
fn leave(folder: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf, Failure> {
    let folder = folder.join("out");
    std::fs::create_dir_all(&folder).map_err(|error| Failure::io(&folder, &error, true))?;
    let path = folder.join(name);
    files::write_whole(&path, bytes)?;
    Ok(path)
}

/// A thing that the account needs and that is not there.
fn gone(what: &str) -> Failure {
    StoreError::Damaged(format!("the sample city has no {what}")).into()
}
