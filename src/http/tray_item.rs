//! `/tray/{id}`: one document in the tray, its pages side by side, and what becomes of it (R8).

use crate::http::action::Action;
use crate::http::app::App;
use crate::http::choices::{Narrowed, open_files};
use crate::http::download;
use crate::http::faults::Faults;
use crate::http::page::{Page, go_done, show};
use crate::http::parts::{Cell, Fact};
use crate::http::posted::Posted;
use crate::http::problem::{Problem, WebFault};
use crate::http::query::Asked;
use crate::http::show::Tag;
use crate::http::staff::{Staff, id};
use crate::http::tray::tag;
use crate::http::tray_words::{actions, derivatives, facts, parts};
use crate::id::{RecordFileId, RecordId};
use crate::office::OfficeError;
use crate::office::ports::{FilingWish, TrayState};
use crate::office::tray::{Acceptance, TrayError, TrayView};
use crate::scans::{Colour, Flag, ScannedPage};
use crate::wording::{self, Sentence};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

#[derive(Template)]
#[template(path = "tray_item.html")]
struct ItemPage {
    page: Page,
    faults: Faults,
    base: String,
    title: String,
    state: Tag,
    facts: Vec<Fact>,
    troubles: Vec<(u32, Sentence)>,
    /// Pages done, and of how many.
    progress: Option<(u32, u32)>,
    pages: Vec<PageView>,
    /// Whether the pages were made upright, and can be shown beside what came.
    made: bool,
    /// What was made of it, by kind and word.
    derivatives: Vec<(&'static str, &'static str, &'static str)>,
    /// The screens of pages, where they do not fit on one.
    screens: Vec<Screen>,
    /// How many pages the second person has to look at still, on this screen and others.
    unseen: usize,
    files: Narrowed,
    form: Form,
    row_version: u64,
    /// Whether this person may file it, may describe it, may divide it.
    may: May,
    actions: Vec<Action>,
}

struct May {
    check: bool,
    describe: bool,
    divide: bool,
}

/// A stretch of pages: its address, its first and last page, and whether it is the one that is shown.
type Screen = (String, u32, u32, bool);

/// A page with its flags.
struct PageView {
    number: u32,
    said: String,
    flags: Vec<Sentence>,
    must: bool,
    looked: bool,
}

#[derive(Default)]
struct Form {
    record_file: String,
    title: String,
    number: String,
    created: String,
    restricted: bool,
    on_paper: bool,
    place: String,
    query: String,
    looked: Vec<u32>,
    parts: String,
}

/// Pages on one screen.
const SCREEN: usize = 50;
/// The longest side of a picture that is shown, in pixels, where nothing else is asked.
const SHOWN_PX: u32 = 1000;

/// `GET /tray/{id}`
pub async fn item(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    asked: Asked,
) -> Result<Response, Problem> {
    let view = app.office.tray_item(&staff.actor, id(&text)?).await?;
    let form = Form { query: asked.text("q").to_owned(), ..Form::of(&view) };
    page(&app, &staff, view, asked.text("from"), form, Faults::default()).await
}

/// `POST /tray/{id}/{deed}`
pub async fn deed(
    State(app): State<App>,
    staff: Staff,
    Path((text, deed)): Path<(String, String)>,
    posted: Posted,
) -> Result<Response, Problem> {
    let (item, office) = (id::<RecordId>(&text)?, &app.office);
    let version = match posted.parse_some("row_version")? {
        Some(version) => version,
        // The deeds beside the form act on what is there now.
        None => office.tray_item(&staff.actor, item).await?.item.row_version,
    };
    let actor = &staff.actor;
    let form = Form::read(&posted);
    let done = match deed.as_str() {
        "accept" => match form.wish() {
            Ok(wish) => {
                let acceptance = Acceptance { row_version: version, wish, looked_at: form.looked.clone() };
                office.accept_scan(actor, item, acceptance).await.map(|record| Some(format!("/records/{record}")))
            }
            Err(faults) => return again(&app, &staff, item, &posted, form, faults).await,
        },
        "looked" => office.note_looked_at(actor, item, version, &form.looked).await.map(|_| None),
        "describe" => match form.wish() {
            Ok(wish) => office.wish_for_scan(actor, item, version, wish).await.map(|_| None),
            Err(faults) => return again(&app, &staff, item, &posted, form, faults).await,
        },
        "divide" => {
            let before = office.tray_item(actor, item).await?.item.wish;
            match parts(&form.parts, &before) {
                Some(parts) => office.divide_scan(actor, item, version, parts).await.map(|_| Some("/tray".to_owned())),
                None => Err(TrayError::BadParts.into()),
            }
        }
        "reject" => office.reject_scan(actor, item, version, posted.text("reason")).await.map(|_| None),
        "keep" => office.keep_whole(actor, item, version).await.map(|_| None),
        "again" => office.look_again(actor, item, version).await.map(|_| None),
        "give-up" => office.give_up_scan(actor, item, version).await.map(|_| None),
        "take-back" => office.take_back_scan(actor, item, version).await.map(|_| None),
        _ => return Err(WebFault::NoPage.into()),
    };
    match done {
        Ok(Some(path)) => Ok(go_done(&path, done_key(&deed))),
        Ok(None) => Ok(go_done(&format!("/tray/{item}"), done_key(&deed))),
        Err(error) => {
            let field = field_of(&error);
            let problem = Problem::from(error);
            if !problem.is_mendable() {
                return Err(problem);
            }
            again(&app, &staff, item, &posted, form, Faults::of(field, &problem)).await
        }
    }
}

/// `GET /tray/{id}/pages/{page}`: a page as a picture, as it came, or with `made` as it was made upright.
pub async fn picture(
    State(app): State<App>,
    staff: Staff,
    Path((text, page)): Path<(String, String)>,
    asked: Asked,
) -> Result<Response, Problem> {
    let longest = if asked.text("px").is_empty() { SHOWN_PX } else { id(asked.text("px"))? };
    let made = !asked.text("made").is_empty();
    let picture = app.office.scan_page(&staff.actor, id(&text)?, (id(&page)?, longest, made)).await?;
    let kept = [
        (header::CONTENT_TYPE, HeaderValue::from_static(picture.media_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((kept, picture.bytes).into_response())
}

/// `GET /tray/{id}/content`: the document as it came, or what was made of it.
pub async fn content(
    State(app): State<App>,
    staff: Staff,
    Path(text): Path<String>,
    asked: Asked,
) -> Result<Response, Problem> {
    let kind = Some(asked.text("made")).filter(|kind| !kind.is_empty());
    let (name, _, bytes) = app.office.scan_bytes(&staff.actor, id(&text)?, kind).await?;
    let name = if matches!(kind, Some("pdfa" | "pdf")) { format!("{name}.pdf") } else { name };
    Ok(download::attachment("application/octet-stream", &name, bytes))
}

async fn again(
    app: &App,
    staff: &Staff,
    item: RecordId,
    posted: &Posted,
    form: Form,
    faults: Faults,
) -> Result<Response, Problem> {
    let view = app.office.tray_item(&staff.actor, item).await?;
    page(app, staff, view, posted.text("from"), form, faults).await
}

async fn page(
    app: &App,
    staff: &Staff,
    view: TrayView,
    from: &str,
    form: Form,
    faults: Faults,
) -> Result<Response, Problem> {
    let files = open_files(app, staff, &form.query, &form.record_file).await?;
    let base = format!("/tray/{}", view.item.id);
    let (screens, shown) = screens(&base, &view.item.pages, from);
    let item = &view.item;
    let before = item.check.iter().filter(|check| check.by == staff.actor.user()).flat_map(|check| &check.looked_at);
    let looked: Vec<u32> = before.chain(&form.looked).copied().collect();
    let writes = staff.files_records();
    // What was made of it lies beside it in a second version.
    let has_more = item.receipt.as_ref().is_some_and(|receipt| receipt.package.version > 1);
    let is_open = !matches!(item.state, TrayState::Accepted | TrayState::GivenUp | TrayState::Leaving);
    show(&ItemPage {
        page: staff.page(app, "受け付けた文書", "Document in the tray", "/tray"),
        faults,
        title: if item.wish.title.is_empty() { item.original_name.clone() } else { item.wish.title.clone() },
        state: tag(item.state),
        facts: facts(&view),
        troubles: item.troubles.iter().map(|one| (one.page, wording::sentence(&one.code, &[]))).collect(),
        progress: view.progress.filter(|_| item.state == TrayState::Waiting),
        pages: shown.iter().map(|page| page_view(&view, page, &looked)).collect(),
        made: has_more && !item.pages.is_empty(),
        derivatives: derivatives(item, has_more),
        screens,
        unseen: view.to_look_at.iter().filter(|page| !looked.contains(page)).count(),
        files,
        row_version: item.row_version,
        may: May {
            check: writes && view.may_check && item.state == TrayState::ToCheck,
            describe: writes && is_open,
            divide: writes
                && matches!(item.state, TrayState::Doubtful | TrayState::ToCheck)
                && item.pages.len() > 1
                && !item.signed,
        },
        actions: if writes { actions(item) } else { Vec::new() },
        form,
        base,
    })
}

impl Form {
    /// Fills in what is known of a document.
    fn of(view: &TrayView) -> Self {
        let wish = &view.item.wish;
        Self {
            record_file: wish.file.map(|file| file.to_string()).unwrap_or_default(),
            title: wish.title.clone(),
            number: wish.number.clone().unwrap_or_default(),
            created: wish.created.to_string(),
            restricted: wish.restricted,
            on_paper: wish.paper.is_some(),
            place: wish.paper.clone().unwrap_or_default(),
            ..Self::default()
        }
    }

    fn read(posted: &Posted) -> Self {
        let text = |name: &str| posted.text(name).to_owned();
        Self {
            record_file: text("record_file"),
            title: text("title"),
            number: text("number"),
            created: text("created"),
            restricted: !posted.text("restricted").is_empty(),
            on_paper: !posted.text("on_paper").is_empty(),
            place: text("place"),
            query: text("q"),
            looked: posted.all("looked").filter_map(|page| page.parse().ok()).collect(),
            parts: posted.text("parts").to_owned(),
        }
    }

    fn wish(&self) -> Result<FilingWish, Faults> {
        let mut faults = Faults::default();
        let file = match self.record_file.as_str() {
            "" => None,
            text => text.parse::<RecordFileId>().map(Some).unwrap_or_else(|_| {
                faults.add("record_file", "保存先の文書ファイルを選んでください。", "Choose the record file.");
                None
            }),
        };
        faults.require(&self.title, "title", "文書の件名", "title");
        let created = self.created.parse();
        if created.is_err() {
            faults.add("created", "作成・取得した日を入力してください。", "Enter the date.");
        }
        let (Ok(created), true) = (created, faults.is_empty()) else { return Err(faults) };
        Ok(FilingWish {
            file,
            title: self.title.clone(),
            number: Some(self.number.clone()).filter(|number| !number.is_empty()),
            created,
            restricted: self.restricted,
            paper: self.on_paper.then(|| self.place.clone()),
        })
    }
}

/// Names the field that a refusal is about.
fn field_of(error: &OfficeError) -> &'static str {
    match error {
        OfficeError::Tray(TrayError::BadParts) => "parts",
        OfficeError::Tray(TrayError::NotLookedAt(_)) => "pages",
        _ => "record_file",
    }
}

fn done_key(deed: &str) -> &'static str {
    match deed {
        "accept" => "filed",
        "looked" => "pages-noted",
        "describe" => "described",
        "divide" => "divided",
        "reject" => "scan-rejected",
        "give-up" => "scan-given-up",
        "take-back" => "scan-taken-back",
        _ => "scan-goes-on",
    }
}

fn screens(base: &str, pages: &[ScannedPage], from: &str) -> (Vec<Screen>, Vec<ScannedPage>) {
    let from: u32 = from.parse().unwrap_or(1);
    let mut screens = Vec::new();
    let mut shown = Vec::new();
    for some in pages.chunks(SCREEN) {
        let (Some(first), Some(last)) = (some.first(), some.last()) else { continue };
        let here = (first.number..=last.number).contains(&from);
        if here {
            shown = some.to_vec();
        }
        screens.push((format!("{base}?from={}", first.number), first.number, last.number, here));
    }
    if screens.len() < 2 {
        screens.clear();
    }
    (screens, shown)
}

fn page_view(view: &TrayView, page: &ScannedPage, looked: &[u32]) -> PageView {
    let flags = view.flags.iter().find(|flags| flags.page == page.number);
    let sentences = |flags: &Vec<Flag>| flags.iter().map(|flag| wording::sentence(flag.code(), &[])).collect();
    let dpi = page.dpi.map_or_else(|| "解像度不明".to_owned(), |dpi| format!("{dpi} dpi"));
    let colour = match page.colour {
        Colour::Bilevel => "白黒",
        Colour::Grey => "グレー",
        Colour::Colour => "カラー",
    };
    PageView {
        number: page.number,
        said: format!("{dpi}・{colour}"),
        flags: flags.map(|page| sentences(&page.flags)).unwrap_or_default(),
        must: view.to_look_at.contains(&page.number),
        looked: looked.contains(&page.number),
    }
}
