//! `/shelves/labels`: labels with QR codes for furniture and volumes, to be printed on sheets of 24 (R10).

use crate::http::app::App;
use crate::http::page::{Page, show};
use crate::http::problem::Problem;
use crate::http::query::Asked;
use crate::http::staff::{Staff, id};
use crate::render::qr_svg;
use askama::Template;
use axum::extract::State;
use axum::response::Response;

#[derive(Template)]
#[template(path = "labels.html")]
struct LabelsPage {
    page: Page,
    labels: Vec<Label>,
}

/// One label. No title is on it, as whoever passes reads it.
struct Label {
    text: String,
    under: String,
    code: String,
}

/// `GET /shelves/labels`: of the furniture of a section, of the volumes in a piece of furniture, or of a record file's.
pub async fn labels(State(app): State<App>, staff: Staff, asked: Asked) -> Result<Response, Problem> {
    let (office, actor) = (&app.office, &staff.actor);
    let texts: Vec<(String, String)> = if !asked.text("file").is_empty() {
        let volumes = office.volumes_of(actor, id(asked.text("file"))?).await?;
        volumes.into_iter().map(|view| (view.volume.label, "分冊".to_owned())).collect()
    } else if !asked.text("furniture").is_empty() {
        let view = office.furniture(actor, id(asked.text("furniture"))?).await?;
        view.volumes.into_iter().map(|view| (view.volume.label, "分冊".to_owned())).collect()
    } else {
        let section = asked.text("section");
        let all = office.all_furniture(actor).await?.into_iter();
        let there = all.filter(|piece| piece.removed_on.is_none() && (section.is_empty() || piece.section == section));
        there.map(|piece| (piece.label, piece.section)).collect()
    };
    let label = |(text, under): (String, String)| Some(Label { code: qr_svg(&text)?, text, under });
    show(&LabelsPage {
        page: staff.page(&app, "ラベル", "Labels", "/shelves"),
        labels: texts.into_iter().filter_map(label).collect(),
    })
}
