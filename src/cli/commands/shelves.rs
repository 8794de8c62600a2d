//! `shelves …`: furniture and its surveys, volumes and who has them, and what comes free (R10).

use crate::cli::commands::records_register::Encoding;
use crate::cli::desk::{Desk, Session};
use crate::cli::{Failure, files};
use crate::digest::Sha256Hex;
use crate::fault::Kind;
use crate::id::RecordFileId;
use crate::office::shelves::{NewVolume, VolumePlace, VolumeView};
use crate::render::{self, LineProblem, Spreadsheet};
use crate::shelves::{Forecast, HeadCount, Millimetres, PaperVolume, SectionSpace, Survey};
use crate::time::Date;
use crate::wording;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// 書架と紙文書 / Shelves and paper: surveys in file metres (fm), volumes, loans, what comes free
#[derive(Subcommand)]
pub enum Shelves {
    /// 執務環境現況調査の集計 / Sums up metres of shelf and paper by section and per head
    Survey(SurveyArguments),
    /// 調査表の取り込み / Takes over a survey from CSV: all of its lines, or none
    Import(Import),
    /// 調査表の書き出し / Writes the furniture as a CSV that can be taken over again
    Export {
        /// この日までの調査 / As read until this day; today without it
        #[arg(long, value_name = "DATE")]
        on: Option<Date>,
        #[command(flatten)]
        out: Out,
        #[command(flatten)]
        desk: Desk,
    },
    /// 課の人数 / Writes down how many people a section has from a day on
    Heads {
        /// 課 / The section.
        section: String,
        /// 人数 / How many.
        heads: u32,
        /// この日から / From this day on; today without it
        #[arg(long, value_name = "DATE")]
        on: Option<Date>,
        #[command(flatten)]
        desk: Desk,
    },
    /// 分冊 / Volumes of paper
    #[command(subcommand)]
    Volume(Volume),
    /// 貸出中の分冊 / Lists the volumes that are lent, those that are to come back first first
    Lent {
        #[command(flatten)]
        desk: Desk,
    },
    /// 空く書架の見込み / Tells how many metres the retention schedule frees, year by year
    Forecast(ForecastArguments),
}

/// Where a table goes.
#[derive(Args)]
pub struct Out {
    /// 書き出し先 / The file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// 文字コード / How its characters are written
    #[arg(long, value_enum, default_value_t)]
    encoding: Encoding,
}

/// The arguments of `shelves survey`.
#[derive(Args)]
pub struct SurveyArguments {
    /// この日までの調査 / As read until this day; today without it
    #[arg(long, value_name = "DATE")]
    on: Option<Date>,
    /// 比べる日 / An earlier day to compare with
    #[arg(long, value_name = "DATE")]
    before: Option<Date>,
    /// 集計表 / Writes the sums as CSV
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// 図 / Writes a chart
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    #[command(flatten)]
    desk: Desk,
}

/// The arguments of `shelves import`.
#[derive(Args)]
pub struct Import {
    /// 調査表の CSV / The survey: UTF-8 or Shift_JIS. Its head names the columns, in any order: 管理番号, 課, 種類,
    /// 棚の内寸幅（mm）, 段数, 充填率（％）, 調査日, and where they are known 場所, 用途（共用・個人）
    survey: PathBuf,
    /// 試すだけで何も登録しない / Only tries, and does nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    desk: Desk,
}

/// The arguments of `shelves forecast`.
#[derive(Args)]
pub struct ForecastArguments {
    /// 年数 / How many fiscal years, from this one
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=100))]
    years: u16,
    /// 見込みの表 / Writes the years as CSV
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// 図 / Writes a chart
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    #[command(flatten)]
    desk: Desk,
}

/// 分冊 / Volumes of paper: a binder or folder of one record file
#[derive(Subcommand)]
pub enum Volume {
    /// 登録 / Writes a volume of a record file down
    Add {
        /// 文書ファイル / The record file.
        file: RecordFileId,
        /// 背表紙の管理番号 / What is on its spine; no title, as whoever passes reads it
        label: String,
        /// 厚さ / How thick it is, in millimetres
        #[arg(long, value_name = "MM")]
        thickness: u32,
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        desk: Desk,
    },
    /// 移動 / Writes down where a volume stands now
    Move {
        /// 管理番号 / Its label.
        label: String,
        #[command(flatten)]
        place: Place,
        #[command(flatten)]
        desk: Desk,
    },
    /// 電子化の予定 / Writes down by which day all of a volume is scanned; without a day, that it is not
    Scan {
        /// 管理番号 / Its label.
        label: String,
        /// この日までに / By this day
        #[arg(long, value_name = "DATE")]
        by: Option<Date>,
        #[command(flatten)]
        desk: Desk,
    },
    /// 厚さの変更 / Writes down how thick a volume is now
    Measure {
        /// 管理番号 / Its label.
        label: String,
        /// 厚さ / How thick it is, in millimetres.
        thickness: u32,
        #[command(flatten)]
        desk: Desk,
    },
    /// 照会 / Shows a volume: whose paper it is, where it stands, who has it
    Show {
        /// 管理番号 / Its label.
        label: String,
        #[command(flatten)]
        desk: Desk,
    },
    /// 貸出 / Lends a volume
    Lend {
        /// 管理番号 / Its label.
        label: String,
        /// 借りる人 / Who takes it along
        #[arg(long)]
        to: String,
        /// 返却期限 / The last day on which it is to come back
        #[arg(long, value_name = "DATE")]
        until: Date,
        #[command(flatten)]
        desk: Desk,
    },
    /// 返却 / Writes down that a volume came back
    Return {
        /// 管理番号 / Its label.
        label: String,
        #[command(flatten)]
        desk: Desk,
    },
    /// 登録の取消し / Takes a volume off the list; destroys nothing, and is no leave to destroy paper
    Remove {
        /// 管理番号 / Its label.
        label: String,
        #[command(flatten)]
        desk: Desk,
    },
}

/// Where a volume stands.
#[derive(Args)]
pub struct Place {
    /// 什器の管理番号 / The label of the furniture; without it, it is kept elsewhere
    #[arg(long, default_value = "")]
    furniture: String,
    /// 上から何段目 / On which shelf, counted from the top
    #[arg(long)]
    shelf: Option<u32>,
    /// 箱 / The box that it lies in
    #[arg(long = "box", default_value = "")]
    boxed: String,
}

impl Shelves {
    /// Runs the command.
    pub fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::Survey(survey) => survey.run(),
            Self::Import(import) => return import.run(),
            Self::Export { on, out, desk } => desk.run(async |at: Session| {
                let furniture = at.city.office.all_furniture(&at.actor).await?;
                let sheet = render::furniture_sheet(&furniture, on.unwrap_or_else(|| at.city.office.today()));
                files::write_whole(&out.out, &sheet.encode(out.encoding.into())?)?;
                at.answer(&json!({ "written": out.out.display().to_string() }))
            }),
            Self::Heads { section, heads, on, desk } => desk.run(async |at: Session| {
                let on = on.unwrap_or_else(|| at.city.office.today());
                let counted = at.city.office.count_heads(&at.actor, &section, HeadCount { on, heads }).await?;
                at.answer(&json!({ "section": counted.section, "counts": counted.counts }))
            }),
            Self::Volume(volume) => volume.run(),
            Self::Lent { desk } => desk.run(async |at: Session| {
                let lent = at.city.office.lent_volumes(&at.actor).await?;
                at.answer(&json!({ "lent": lent.iter().map(shown).collect::<Vec<_>>() }))
            }),
            Self::Forecast(forecast) => forecast.run(),
        }?;
        Ok(ExitCode::SUCCESS)
    }
}

impl SurveyArguments {
    fn run(self) -> Result<(), Failure> {
        let Self { on, before, csv, svg, desk } = self;
        desk.run(async |at: Session| {
            let office = &at.city.office;
            let now = office.survey(&at.actor, on.unwrap_or_else(|| office.today())).await?;
            let before = match before {
                Some(day) => Some(office.survey(&at.actor, day).await?),
                None => None,
            };
            write(csv.as_deref(), || Ok(render::survey_sheet(&now).encode(render::Encoding::Utf8)?))?;
            write(svg.as_deref(), || Ok(render::survey_chart(&now, before.as_ref()).into_bytes()))?;
            at.answer(&json!({ "now": survey(&now), "before": before.as_ref().map(survey) }))
        })
    }
}

impl Import {
    /// Where anything is wrong, every line that is wrong is told, nothing is done, and the status is 65.
    fn run(self) -> Result<ExitCode, Failure> {
        let bytes = files::read(&self.survey)?;
        let read = render::read_survey(&bytes).map_err(|(code, wrong)| Failure::new(code, Kind::Refused, wrong))?;
        let mut problems: Vec<LineProblem> = read.problems;
        let (source, try_only) = (Sha256Hex::of(&bytes), self.dry_run || !problems.is_empty());
        self.desk.run(async |at: Session| {
            let import = at.city.office.import_survey(&at.actor, read.lines, &source, try_only).await?;
            problems.extend(import.problems.iter().map(|(line, fault)| render::problem(*line, fault)));
            problems.sort();
            let told: Vec<Value> = problems.iter().map(problem).collect();
            at.answer(&json!({
                "imported": import.is_done, "dry_run": self.dry_run, "added": import.added, "read": import.read,
                "problems": told,
            }))
        })?;
        Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(65) })
    }
}

impl ForecastArguments {
    fn run(self) -> Result<(), Failure> {
        let Self { years, csv, svg, desk } = self;
        desk.run(async |at: Session| {
            let found = at.city.office.forecast_paper(&at.actor, years).await?;
            write(csv.as_deref(), || Ok(sheet(&found.all).encode(render::Encoding::Utf8)?))?;
            write(svg.as_deref(), || Ok(render::forecast_chart(&found.all).into_bytes()))?;
            let sections: serde_json::Map<String, Value> =
                found.sections.iter().map(|(name, forecast)| (name.clone(), outlook(forecast))).collect();
            at.answer(&json!({ "all": outlook(&found.all), "sections": sections }))
        })
    }
}

impl Volume {
    fn run(self) -> Result<(), Failure> {
        match self {
            Self::Add { file, label, thickness, place, desk } => desk.run(async |at: Session| {
                let new = NewVolume { label, file, thickness_mm: thickness, place: place.into() };
                written(&at, &at.city.office.add_volume(&at.actor, new).await?)
            }),
            Self::Move { label, place, desk } => desk.run(async |at: Session| {
                let id = labelled(&at, &label).await?.volume.id;
                written(&at, &at.city.office.move_volume(&at.actor, id, place.into()).await?)
            }),
            Self::Measure { label, thickness, desk } => desk.run(async |at: Session| {
                let id = labelled(&at, &label).await?.volume.id;
                written(&at, &at.city.office.measure_volume(&at.actor, id, thickness).await?)
            }),
            Self::Scan { label, by, desk } => desk.run(async |at: Session| {
                let id = labelled(&at, &label).await?.volume.id;
                written(&at, &at.city.office.plan_scanning(&at.actor, id, by).await?)
            }),
            Self::Show { label, desk } => {
                desk.run(async |at: Session| at.answer(&shown(&labelled(&at, &label).await?)))
            }
            Self::Lend { label, to, until, desk } => desk.run(async |at: Session| {
                let id = labelled(&at, &label).await?.volume.id;
                written(&at, &at.city.office.lend_volume(&at.actor, id, &to, until).await?)
            }),
            Self::Return { label, desk } => desk.run(async |at: Session| {
                let id = labelled(&at, &label).await?.volume.id;
                written(&at, &at.city.office.return_volume(&at.actor, id).await?)
            }),
            Self::Remove { label, desk } => desk.run(async |at: Session| {
                let id = labelled(&at, &label).await?.volume.id;
                at.city.office.remove_volume(&at.actor, id).await?;
                at.answer(&json!({ "volume": id, "removed": true }))
            }),
        }
    }
}

impl From<Place> for VolumePlace {
    fn from(place: Place) -> Self {
        let Place { furniture, shelf, boxed } = place;
        Self { boxed, furniture, shelf }
    }
}

/// Writes a file where one is asked for.
fn write(path: Option<&Path>, bytes: impl FnOnce() -> Result<Vec<u8>, Failure>) -> Result<(), Failure> {
    match path {
        Some(path) => files::write_whole(path, &bytes()?),
        None => Ok(()),
    }
}

fn sheet(forecast: &Forecast) -> Spreadsheet {
    render::forecast_sheet(forecast)
}

async fn labelled(at: &Session, label: &str) -> Result<VolumeView, Failure> {
    Ok(at.city.office.volume_labelled(&at.actor, label).await?)
}

fn problem((line, code, english): &LineProblem) -> Value {
    json!({ "line": line, "code": code, "ja": wording::sentence(code, &[]).ja, "en": english })
}

fn survey(survey: &Survey) -> Value {
    json!({
        "on": survey.on,
        "sections": survey.sections.iter().map(space).collect::<Vec<_>>(),
        "all": space(&survey.all),
    })
}

fn space(space: &SectionSpace) -> Value {
    json!({
        "section": space.section,
        "furniture": space.furniture,
        "room_fm": fm(space.room),
        "paper_fm": fm(space.paper()),
        "shared_fm": fm(space.shared),
        "personal_fm": fm(space.personal),
        "heads": space.heads,
        "paper_per_head_fm": space.paper_per_head().map(fm),
    })
}

fn outlook(forecast: &Forecast) -> Value {
    let year = |one: &crate::shelves::ForecastYear| json!({ "year": one.year.0, "volumes": one.volumes, "freed_fm": fm(one.freed), "scanned_fm": fm(one.scanned), "left_fm": fm(one.left) });
    let stays: Vec<Value> =
        forecast.stays.iter().map(|(why, length)| json!({ "why": why, "paper_fm": fm(*length) })).collect();
    json!({
        "on": forecast.on,
        "today_fm": fm(forecast.today),
        "years": forecast.years.iter().map(year).collect::<Vec<_>>(),
        "later_fm": fm(forecast.later),
        "stays": stays,
    })
}

/// Says a length in file metres.
fn fm(length: Millimetres) -> String {
    length.to_string()
}

fn written(at: &Session, volume: &PaperVolume) -> Result<(), Failure> {
    at.answer(&volume_json(volume))
}

fn volume_json(volume: &PaperVolume) -> Value {
    json!({
        "volume": volume.id,
        "label": volume.label,
        "file": volume.file,
        "thickness_mm": volume.thickness_mm,
        "box": volume.boxed,
        "shelf": volume.shelf,
        "scanned_by": volume.scanned_by,
        "loan": volume.loan,
    })
}

fn shown(view: &VolumeView) -> Value {
    let mut value = volume_json(&view.volume);
    value["title"] = json!(view.file.title);
    value["furniture"] = json!(view.furniture);
    value["overdue"] = json!(view.overdue);
    value
}
