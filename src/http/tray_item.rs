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
use crate::http::show::{Tag, date, size, time};
use crate::http::staff::{Staff, id};
use crate::http::tray::{kind, tag};
use crate::id::{RecordFileId, RecordId};
use crate::office::OfficeError;
use crate::office::ports::{FilingWish, TrayItem, TraySource, TrayState};
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

/// Reads parts, a line each: pages, and after an equals sign the record file.
fn parts(said: &str, before: &FilingWish) -> Option<Vec<(Vec<u32>, FilingWish)>> {
    let lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
    let parts = lines.map(|line| {
        let (pages, file) = line.split_once(['=', '＝']).unwrap_or((line, ""));
        let file = match file.trim() {
            "" => before.file,
            text => Some(text.parse().ok()?),
        };
        Some((numbers(pages)?, FilingWish { file, ..before.clone() }))
    });
    parts.collect()
}

/// Reads page numbers: single ones and stretches, with commas between them, in the characters that people type.
fn numbers(said: &str) -> Option<Vec<u32>> {
    let plain = |c: char| match c {
        '０'..='９' => char::from_u32(u32::from(c) - u32::from('０') + u32::from('0')).unwrap_or(c),
        '、' | '，' => ',',
        'ー' | '－' | '～' | '〜' | '―' => '-',
        _ => c,
    };
    let (said, mut pages): (String, Vec<u32>) = (said.chars().map(plain).collect(), Vec::new());
    for stretch in said.split(',') {
        let (first, last) = stretch.split_once('-').unwrap_or((stretch, stretch));
        let (first, last) = (first.trim().parse::<u32>().ok()?, last.trim().parse::<u32>().ok()?);
        if first == 0 || last < first || last - first > 100_000 {
            return None;
        }
        pages.extend(first..=last);
    }
    Some(pages)
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

fn facts(view: &TrayView) -> Vec<Fact> {
    let item = &view.item;
    let mut facts = vec![
        ("元の名前", "Name", Cell::text(item.original_name.clone())),
        ("種類", "Kind", Cell::text(format!("{}（{}）", kind(&item.media_type), size(item.size_bytes)))),
        ("受付", "Came", Cell::unbroken(time(item.arrived_at))),
        ("受け付けた課", "Section", Cell::text(item.section.clone())),
        ("経路", "From", Cell::text(source(&item.source))),
        ("SHA-256", "SHA-256", Cell::mono(&item.sha256)),
    ];
    if !item.device.is_empty() {
        facts.push(("機器", "Device", Cell::text(item.device.clone())));
    }
    if !item.pages.is_empty() {
        let expected = item.expected_pages.map(|pages| format!("（表紙では{pages}頁）")).unwrap_or_default();
        facts.push(("頁数", "Pages", Cell::text(format!("{}頁{expected}", item.pages.len()))));
    }
    if item.signed {
        let signed = "署名があるため、書き換えません。検証の結果を添えて保存します。";
        facts.push(("電子署名", "Signature", Cell::text(signed)));
    }
    if let Some(record) = view.duplicate_of {
        facts.push((
            "同じ内容の文書",
            "Same bytes",
            Cell::link(format!("/records/{record}"), "すでに保存されています"),
        ));
    }
    if view.doubles > 0 {
        facts.push(("同じ内容の受付", "Doubles", Cell::text(format!("ほかに{}件あります", view.doubles))));
    }
    if let Some(check) = item.check.as_ref().filter(|check| !check.reason.is_empty()) {
        facts.push(("差戻しの理由", "Sent back because", Cell::text(check.reason.clone())));
    }
    if let Some(day) = item.kept_until {
        facts.push(("取り戻せる期限", "Can be taken back until", Cell::unbroken(date(day))));
    }
    facts
}

fn derivatives(item: &TrayItem, has_more: bool) -> Vec<(&'static str, &'static str, &'static str)> {
    match (has_more, item.pages.is_empty(), item.reader.is_some()) {
        (false, _, _) => Vec::new(),
        (true, true, _) => vec![("pdf", "閲覧用の PDF", "PDF")],
        (true, false, false) => vec![("pdfa", "整えた PDF/A", "PDF/A")],
        (true, false, true) => vec![("pdfa", "整えた PDF/A", "PDF/A"), ("text", "読み取った文字", "Text")],
    }
}

fn source(source: &TraySource) -> String {
    match source {
        TraySource::Upload => "画面・コマンドからの受付".to_owned(),
        TraySource::Folder => "取り込みフォルダ".to_owned(),
        TraySource::Part { pages, .. } if pages.is_empty() => "電子メールの添付".to_owned(),
        TraySource::Part { pages, .. } => {
            let (first, last) = (pages.first().copied().unwrap_or(0), pages.last().copied().unwrap_or(0));
            format!("束の{first}～{last}頁")
        }
    }
}

fn actions(item: &TrayItem) -> Vec<Action> {
    let reject = Action::plain("reject", "差し戻す", "Send back", "読み取り直すよう、理由を付けて差し戻します。")
        .asking("reason", "理由", "Why")
        .aside();
    let keep =
        Action::plain("keep", "このまま一つの文書として扱う", "Keep whole", "分けずに、来たままの形で点検に回します。")
            .aside();
    let again = Action::plain("again", "処理し直す", "Look again", "頁の読み取りと変換を、もう一度行います。").aside();
    let give_up = Action::plain(
        "give-up",
        "保存を取りやめる",
        "Give up",
        "保存しないことにします。期限までは取り戻せ、その後は消去されます。",
    )
    .grave();
    let take_back = Action::plain("take-back", "取り戻す", "Take back", "取りやめを取り消して、もう一度処理します。");
    match item.state {
        TrayState::ToCheck => vec![reject, again, give_up],
        TrayState::Doubtful => vec![keep, again, reject, give_up],
        TrayState::Rejected => vec![again, give_up],
        TrayState::Waiting => vec![give_up],
        TrayState::GivenUp => vec![take_back],
        TrayState::Arriving | TrayState::Accepted | TrayState::Leaving => Vec::new(),
    }
}
