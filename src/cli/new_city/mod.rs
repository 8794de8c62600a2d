//! `fumikura new`: the folder of a city to begin with: every setting explained, sample rules and templates, and what runs it as a
//! service.

use super::city::FILE_NAME;
use super::demo::{RULES, TEMPLATES};
use super::output::tell;
use super::{Failure, files, fonts};
use crate::fault::Kind;
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Every setting with its explanation; it is a whole `city.toml` itself.
pub const CITY: &str = include_str!("city.toml");
const UNIT: &str = include_str!("fumikura.service");
const CONTAINER: &str = include_str!("Containerfile");

/// 市のフォルダを新しく作る / Makes the folder of a new city
#[derive(Args)]
#[command(after_help = "例 Examples:
  fumikura new my-city --city 見本市 --office 見本市長 --section 総務文書課 --symbol 見総
  fumikura serve --config my-city/city.toml")]
pub struct New {
    /// 作るフォルダ / The folder
    dir: PathBuf,
    /// 市の名前 / The city's name
    #[arg(long)]
    city: String,
    /// 公印の名義 / The office that seals
    #[arg(long)]
    office: String,
    /// 最初の課 / The first section
    #[arg(long)]
    section: String,
    /// その課の文書番号の記号 / Its symbol in document numbers
    #[arg(long)]
    symbol: String,
}

impl New {
    /// Runs the command. A city that is there is left as it is.
    pub fn run(&self) -> Result<ExitCode, Failure> {
        let city = self.dir.join(FILE_NAME);
        if city.exists() {
            let told = format!("{}: a city is there already; nothing was changed", city.display());
            return Err(Failure::new("folder-exists", Kind::Refused, told));
        }
        let templates = self.dir.join("templates");
        std::fs::create_dir_all(&templates).map_err(|error| Failure::io(&templates, &error, true))?;
        let keys = self.dir.join("keys");
        if !keys.exists() {
            files::make_own_folder(&keys)?;
        }
        files::write_whole(&self.dir.join("rules.toml"), RULES.as_bytes())?;
        for (name, text) in TEMPLATES {
            files::write_whole(&templates.join(name), text.as_bytes())?;
        }
        let place = std::path::absolute(&self.dir).unwrap_or_else(|_| self.dir.clone());
        files::write_whole(&self.dir.join("fumikura.service"), placed(UNIT, &place).as_bytes())?;
        files::write_whole(&self.dir.join("Containerfile"), placed(CONTAINER, &place).as_bytes())?;
        // Last of all: with it, the city is there.
        files::write_whole(&city, self.settings().as_bytes())?;
        tell!("市のフォルダを作りました / the city's folder is made: {}", self.dir.display());
        tell!("  1. 設定を見直す / go through the settings: {}", city.display());
        tell!(
            "  2. 起動して、表示された番号で最初の管理者を登録する / start it, and make the first administrator with the code it shows:"
        );
        tell!("     fumikura serve --config {}", city.display());
        tell!("  3. 起動したままにする / run it as a service: {}", self.dir.join("fumikura.service").display());
        Ok(ExitCode::SUCCESS)
    }

    /// Puts the names into the settings.
    fn settings(&self) -> String {
        let font = fonts::japanese().map(|path| path.display().to_string());
        let mut text = CITY.to_owned();
        let names = [
            ("city = \"見本市\"", format!("city = {}", quoted(&self.city))),
            ("office = \"見本市長\"", format!("office = {}", quoted(&self.office))),
            ("\"総務文書課\" = \"見総\"", format!("{} = {}", quoted(&self.section), quoted(&self.symbol))),
            (
                "font = \"/usr/share/fonts/opentype/ipafont-mincho/ipam.ttf\"",
                font.map_or("# font = \"fonts/ipam.ttf\"".to_owned(), |font| format!("font = {}", quoted(&font))),
            ),
        ];
        for (sample, own) in names {
            text = text.replacen(sample, &own, 1);
        }
        text
    }
}

/// Writes a string of TOML.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn placed(text: &str, folder: &Path) -> String {
    text.replace("CITY", &folder.display().to_string())
}
