//! `/shelves/volumes`: volumes of paper, where each stands and who has it (R10).

use crate::http::action::Action;
use crate::http::app::App;
use crate::http::disposal_register::PagedTable;
use crate::http::faults::Faults;
use crate::http::furniture::wrong;
use crate::http::page::{Page, go_done, show};
use crate::http::parts::{Cell, Fact, Table};
use crate::http::posted::Posted;
use crate::http::problem::Problem;
use crate::http::show::{Tag, date};
use crate::http::staff::{Staff, id};
use crate::id::{RecordFileId, VolumeId};
use crate::office::shelves::{NewVolume, VolumePlace, VolumeView};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

#[derive(Template)]
#[template(path = "volumes.html")]
struct VolumesPage {
    page: Page,
    faults: Faults,
    file: RecordFileId,
    table: Table,
    may_write: bool,
    form: Form,
}

#[derive(Template)]
#[template(path = "volume.html")]
struct VolumePage {
    page: Page,
    label: String,
    base: String,
    state: Tag,
    facts: Vec<Fact>,
    actions: Vec<Action>,
}

/// The fields of a volume, as they were entered.
#[derive(Default)]
struct Form {
    label: String,
    thickness: String,
    furniture: String,
    shelf: String,
    boxed: String,
}

/// `GET /shelves/files/{file}`: the paper of a record file.
pub async fn of_file(State(app): State<App>, staff: Staff, Path(file): Path<String>) -> Result<Response, Problem> {
    file_page(&app, &staff, id(&file)?, Form::default(), Faults::default()).await
}

/// `POST /shelves/files/{file}`: writes a volume of it down.
pub async fn add(
    State(app): State<App>,
    staff: Staff,
    Path(file): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let (file, form) = (id::<RecordFileId>(&file)?, Form::read(&posted));
    let mut faults = Faults::default();
    faults.require(&form.label, "label", "管理番号", "label");
    let thickness_mm = form.thickness.parse();
    if thickness_mm.is_err() {
        faults.add("thickness", "厚さをミリの整数で入力してください。", "Enter whole millimetres.");
    }
    let place = form.place();
    if place.is_none() {
        faults.add("shelf", "段を整数で入力してください。", "Enter a whole number.");
    }
    if let (Ok(thickness_mm), Some(place), true) = (thickness_mm, place, faults.is_empty()) {
        let new = NewVolume { label: form.label.clone(), file, thickness_mm, place };
        match app.office.add_volume(&staff.actor, new).await {
            Ok(_) => return Ok(go_done(&format!("/shelves/files/{file}"), "volume-added")),
            Err(fault) => faults = wrong(fault)?,
        }
    }
    file_page(&app, &staff, file, form, faults).await
}

/// `GET /shelves/lent`
pub async fn lent(State(app): State<App>, staff: Staff) -> Result<Response, Problem> {
    let lent = app.office.lent_volumes(&staff.actor).await?;
    let overdue = lent.iter().filter(|view| view.overdue).count();
    show(&PagedTable {
        page: staff.page(&app, "貸出中の分冊", "Lent volumes", "/shelves"),
        crumb: ("/shelves", "書架"),
        intro: (
            "返却期限の早い順です。返却すると、誰が借りたかは残りません。",
            "Those that are to come back first first. Who had it is not kept once it is back.",
        ),
        links: Vec::new(),
        table: table(&lent, "貸出中の分冊はありません。")
            .captioned(format!("{}冊（うち期限を過ぎたもの{overdue}冊）", lent.len())),
        first: String::new(),
        next: String::new(),
    })
}

/// `GET /shelves/volumes/{id}`
pub async fn volume(State(app): State<App>, staff: Staff, Path(text): Path<String>) -> Result<Response, Problem> {
    let view = app.office.volume(&staff.actor, id(&text)?).await?;
    let volume = &view.volume;
    show(&VolumePage {
        page: staff.page(&app, "分冊", "Volume", "/shelves"),
        label: volume.label.clone(),
        base: format!("/shelves/volumes/{}", volume.id),
        state: state(&view),
        facts: facts(&view),
        actions: if staff.files_records() && !view.file.withheld { actions(&view) } else { Vec::new() },
    })
}

/// `POST /shelves/volumes/{id}/{deed}`
pub async fn deed(
    State(app): State<App>,
    staff: Staff,
    Path((text, deed)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Problem> {
    let (volume, office) = (id::<VolumeId>(&text)?, &app.office);
    let done = match deed.as_str() {
        "lend" => {
            let due = posted.parse("due")?;
            office.lend_volume(&staff.actor, volume, posted.text("borrower"), due).await?;
            "volume-lent"
        }
        "return" => {
            office.return_volume(&staff.actor, volume).await?;
            "volume-returned"
        }
        "move" => {
            let (boxed, furniture) = (posted.text("box").to_owned(), posted.text("furniture").to_owned());
            let place = VolumePlace { boxed, furniture, shelf: posted.parse_some("shelf")? };
            office.move_volume(&staff.actor, volume, place).await?;
            "volume-moved"
        }
        "measure" => {
            office.measure_volume(&staff.actor, volume, posted.parse("thickness")?).await?;
            "volume-measured"
        }
        "scan" => {
            office.plan_scanning(&staff.actor, volume, posted.parse_some("by")?).await?;
            "volume-scanning"
        }
        "remove" => {
            office.remove_volume(&staff.actor, volume).await?;
            return Ok(go_done("/shelves", "volume-removed"));
        }
        _ => return Err(crate::http::problem::WebFault::NoPage.into()),
    };
    Ok(go_done(&format!("/shelves/volumes/{volume}"), done))
}

/// Lists volumes.
pub fn table(volumes: &[VolumeView], empty: &'static str) -> Table {
    const HEAD: &[(&str, &str)] = &[
        ("管理番号", "Label"),
        ("文書ファイル", "Record file"),
        ("厚さ（ミリ）", "Thickness"),
        ("場所", "Place"),
        ("状態", "State"),
        ("借りている人", "Who has it"),
        ("返却期限", "Due"),
    ];
    let row = |view: &VolumeView| {
        let loan = view.volume.loan.as_ref();
        vec![
            Cell::link(format!("/shelves/volumes/{}", view.volume.id), view.volume.label.clone()),
            title(view),
            Cell::number(view.volume.thickness_mm),
            Cell::text(place(view)),
            Cell::Tag(state(view)),
            Cell::text(loan.map_or_else(String::new, |loan| loan.borrower.clone())),
            Cell::unbroken(loan.map_or_else(String::new, |loan| date(loan.due))),
        ]
    };
    Table::new(HEAD, volumes.iter().map(row).collect(), empty)
}

async fn file_page(
    app: &App,
    staff: &Staff,
    file: RecordFileId,
    form: Form,
    faults: Faults,
) -> Result<Response, Problem> {
    let volumes = app.office.volumes_of(&staff.actor, file).await?;
    show(&VolumesPage {
        page: staff.page(app, "紙の分冊", "Volumes of paper", "/records"),
        faults,
        file,
        table: table(&volumes, "分冊はまだ登録されていません。"),
        may_write: staff.files_records(),
        form,
    })
}

fn title(view: &VolumeView) -> Cell {
    if view.file.withheld {
        Cell::text(view.file.title.clone())
    } else {
        Cell::link(format!("/records/files/{}", view.volume.file), view.file.title.clone())
    }
}

fn place(view: &VolumeView) -> String {
    let mut parts = Vec::new();
    if !view.furniture.is_empty() {
        parts.push(view.furniture.clone());
    }
    parts.extend(view.volume.shelf.map(|shelf| format!("{shelf}段目")));
    if !view.volume.boxed.is_empty() {
        parts.push(format!("箱 {}", view.volume.boxed));
    }
    if parts.is_empty() { "什器の外".to_owned() } else { parts.join("・") }
}

fn state(view: &VolumeView) -> Tag {
    match (&view.volume.loan, view.overdue) {
        (Some(_), true) => Tag::new("bad", "！", "返却期限切れ", "Overdue"),
        (Some(_), false) => Tag::new("warn", "→", "貸出中", "Lent"),
        (None, _) => Tag::new("key", "■", "書架にあり", "On the shelf"),
    }
}

fn facts(view: &VolumeView) -> Vec<Fact> {
    let volume = &view.volume;
    let mut facts = vec![
        ("文書ファイル", "Record file", title(view)),
        ("厚さ", "Thickness", Cell::unbroken(format!("{} ミリ", volume.thickness_mm))),
        ("場所", "Place", Cell::text(place(view))),
    ];
    if let Some(day) = volume.scanned_by {
        facts.push(("電子化の予定", "Scanned by", Cell::unbroken(date(day))));
    }
    if let Some(loan) = &volume.loan {
        facts.extend([
            ("借りている人", "Who has it", Cell::text(loan.borrower.clone())),
            ("貸出日", "Lent on", Cell::unbroken(date(loan.since))),
            ("返却期限", "Due", Cell::unbroken(date(loan.due))),
        ]);
    }
    facts
}

fn actions(view: &VolumeView) -> Vec<Action> {
    let mut actions = Vec::new();
    if view.volume.loan.is_some() {
        actions.push(Action::plain("return", "返却を記録する", "Returned", "書架に戻ったことを記録します。"));
    } else {
        let lend = Action::plain(
            "lend",
            "貸し出す",
            "Lend",
            "誰が、いつまで借りるかを記録します。台帳に借りる人の名は残りません。",
        );
        actions.push(lend.asking("borrower", "借りる人", "Who takes it").asking_day("due", "返却期限", "Back by"));
    }
    let place = Action::plain(
        "move",
        "場所を記録する",
        "Move",
        "今ある場所を記録します。什器の外にあるときは、番号を空けておきます。",
    );
    let place = place.aside().inviting("furniture", "什器の管理番号", "Furniture");
    let place = place.inviting("shelf", "上から何段目", "Shelf").inviting("box", "箱", "Box");
    let (volume, shelf) = (&view.volume, view.volume.shelf.map(|shelf| shelf.to_string()).unwrap_or_default());
    let place = place.filled("furniture", &view.furniture).filled("shelf", shelf);
    actions.push(place.filled("box", &volume.boxed));
    let measure = Action::plain("measure", "厚さを記録する", "Measure", "厚さが変わったときに記録します。");
    actions.push(
        measure.aside().asking("thickness", "厚さ（ミリ）", "Thickness, mm").filled("thickness", volume.thickness_mm),
    );
    let explains = "中身をすべてスキャンし終える日です。空く書架の見込みに入ります。空けておくと、予定を取り消します。";
    let scan = Action::plain("scan", "電子化の予定を記録する", "Plan scanning", explains).aside();
    let planned = volume.scanned_by.map(|day| day.to_string()).unwrap_or_default();
    actions.push(scan.inviting_day("by", "この日までに", "By").filled("by", planned));
    if view.volume.loan.is_none() {
        let explains = "登録を取り消します。紙の廃棄を認めるものではありません。";
        actions.push(Action::plain("remove", "登録を取り消す", "Take off the list", explains).grave());
    }
    actions
}

impl Form {
    fn read(posted: &Posted) -> Self {
        let text = |name| posted.text(name).to_owned();
        Self {
            label: text("label"),
            thickness: text("thickness"),
            furniture: text("furniture"),
            shelf: text("shelf"),
            boxed: text("box"),
        }
    }

    /// Returns the place; none where the shelf is no number.
    fn place(&self) -> Option<VolumePlace> {
        let shelf = if self.shelf.is_empty() { None } else { Some(self.shelf.parse().ok()?) };
        Some(VolumePlace { boxed: self.boxed.clone(), furniture: self.furniture.clone(), shelf })
    }
}
