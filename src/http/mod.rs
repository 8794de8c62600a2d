//! The web service: server-rendered pages, Japanese first with English beside it, complete without JavaScript. Scripts are
//! on the page that verifies by itself, where a browser is asked for a passkey, and where a notice is filled in.
//!
//! What is hard to take back asks again who somebody is; which routes those are stands in `again`.
//!
//! Every handler extracts, calls one verb of the office, and shows a view; no rule of the trade stands here.

mod access;
mod account;
mod account_factors;
mod accounts;
mod action;
mod again;
mod alarms;
mod api;
mod app;
mod assets;
mod audit;
mod awaiting;
mod backups;
mod batches;
mod choices;
mod consents;
mod covers;
mod deadlines;
mod desk;
mod disposal;
mod disposal_register;
mod disposals;
mod download;
mod drafted;
mod engine;
mod falling_due;
mod faults;
mod forecast;
mod furniture;
mod guard;
mod guides;
mod health;
mod held;
mod help;
mod holds;
mod home;
mod ingest;
mod kept;
mod labels;
mod left;
mod limiter;
mod merge;
mod metrics;
mod notice_deeds;
mod notice_new;
mod notice_offers;
mod notice_words;
mod notices;
mod outbox;
mod page;
mod papers;
mod parts;
mod passkeys;
mod places;
mod posted;
mod print_room;
mod problem;
mod proofs;
mod provider;
mod public_register;
mod query;
mod record;
mod record_file;
mod records;
mod reorganisations;
mod resident;
mod rules;
mod search;
mod search_form;
mod searches;
mod server;
mod session;
mod setup;
mod shelves;
mod show;
mod sign_in;
mod staff;
mod template_words;
mod tls;
mod tokens;
mod told;
mod transfer;
mod transfers;
mod tray;
mod tray_item;
mod tray_words;
mod trust;
mod tsa;
mod typeset;
mod upgrades;
mod verify;
mod verify_paper;
mod visitor;
mod volumes;
mod watch;
mod words;

pub use app::{App, Settings};
pub use engine::{Engine, EngineFault};
pub use metrics::metrics_router;
pub use problem::Problem;
pub use provider::Provider;
pub use server::{Door, serve, serve_over};
pub use setup::SetupCode;
pub use tls::{Tls, TlsFault};
pub use tsa::{TSA_HEALTH, TsaState, tsa_router};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use limiter::Deed;

/// The largest form without a file, in bytes.
const FORM_LIMIT_BYTES: usize = 256 * 1024;

/// Makes the router of the whole service.
pub fn router(app: App) -> Router {
    let upload_limit_bytes = app.settings.upload_limit_bytes.saturating_add(FORM_LIMIT_BYTES);
    let pages = uploads(&app)
        .layer(DefaultBodyLimit::max(upload_limit_bytes))
        .merge(
            public(&app)
                .merge(notices())
                .merge(records())
                .merge(shelf())
                .merge(arrivals())
                .merge(own())
                .layer(DefaultBodyLimit::max(FORM_LIMIT_BYTES)),
        )
        .fallback(guard::no_page)
        .layer(from_fn_with_state(app.clone(), again::ask))
        .layer(from_fn_with_state(app.clone(), visitor::recognise));
    Router::new()
        .merge(pages)
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/assets/style.css", get(assets::style))
        .route("/assets/mark.svg", get(assets::mark))
        .route("/assets/passkey.js", get(assets::passkey))
        .route("/assets/page.js", get(assets::page))
        .route("/assets/typeset.js", get(assets::typeset))
        .route("/assets/engine/{name}", get(engine::part))
        .route("/verify/trust", get(trust::trust))
        .merge(api::router(&app))
        .layer(from_fn_with_state(app.clone(), guard::patience))
        .layer(from_fn(api::speak_json))
        .layer(from_fn_with_state(app.clone(), guard::headers))
        .layer(from_fn_with_state(app.clone(), watch::note))
        .with_state(app)
}

fn uploads(app: &App) -> Router<App> {
    let seldom = from_fn_with_state((app.clone(), Deed::Verify), guard::seldom);
    let of_everybody = Router::new()
        .route("/verify", get(verify::form).post(verify::check))
        .route("/verify/report", post(verify::report))
        .layer(from_fn_with_state(app.clone(), guard::few_of_each))
        .layer(seldom);
    Router::new()
        .route("/notices/new", get(notice_new::form).post(notice_new::draft))
        .route("/notices/{id}/edit", get(notice_new::again).post(notice_new::redraft))
        .route("/notices/typeset", get(typeset::form).post(typeset::draft))
        .route("/notices/{id}/typeset", get(typeset::again).post(typeset::redraft))
        .route("/notices/merge", get(merge::form).post(merge::merge))
        .route("/records/ingest", get(ingest::form).post(ingest::ingest))
        .route("/tray/new", get(tray::form).post(tray::take_in))
        .route("/rules/what-if", post(rules::what_if))
        .route("/rules/load", post(rules::load))
        .route("/transfers/{file}/package", post(transfer::package))
        .route("/transfers/{file}/send", post(transfer::send))
        .route("/transfers/{file}/receive", post(transfer::receive))
        .route("/shelves/import", get(furniture::import_form).post(furniture::import))
        .layer(from_fn_with_state(app.clone(), guard::few))
        .merge(of_everybody)
}

fn public(app: &App) -> Router<App> {
    let seldom = |deed| from_fn_with_state((app.clone(), deed), guard::seldom);
    Router::new()
        .route("/", get(home::home))
        .route("/sign-in", get(sign_in::form).post(sign_in::enter).layer(seldom(Deed::SignIn)))
        .route("/help", get(help::index))
        .route("/help/{guide}", get(help::guide))
        .route("/setup", get(setup::form).post(setup::enter).layer(seldom(Deed::SignIn)))
        .route("/sign-in/code", get(sign_in::code_form).post(sign_in::enter_code).layer(seldom(Deed::SignIn)))
        .route("/sign-in/provider", get(provider::leave))
        .route("/sign-in/provider/back", get(provider::back))
        .route("/sign-in/passkey", post(passkeys::sign_in).layer(seldom(Deed::SignIn)))
        .route("/sign-in/code/passkey", post(passkeys::second_step).layer(seldom(Deed::SignIn)))
        .route("/sign-out", post(sign_in::leave))
        .route("/verify/effect", post(verify::present_effect).layer(seldom(Deed::Verify)))
        .route("/verify/paper", get(verify_paper::by_code).post(verify_paper::by_hand))
        .route("/register", get(public_register::page))
        .route("/register.csv", get(public_register::csv))
        .route("/r/{link}", get(resident::notice))
        .route("/r/{link}/code", post(resident::enter).layer(seldom(Deed::Code)))
        .route("/r/{link}/consent", post(resident::consent))
        .route("/r/{link}/download", post(resident::collect))
        .route("/r/{link}/received", post(resident::received))
        .route("/r/{link}/withdraw", post(resident::withdraw))
}

fn own() -> Router<App> {
    Router::new()
        .route("/account", get(account::account))
        .route("/account/password", get(account::password_form).post(account::change_password))
        .route("/account/news", post(account::read_news))
        .route("/account/sessions/end", post(account::end_session))
        .route("/account/sessions/end-others", post(account::end_other_sessions))
        .route("/account/totp", get(account_factors::totp).post(account_factors::begin_totp))
        .route("/account/totp/confirm", post(account_factors::confirm_totp))
        .route("/account/totp/remove", post(account_factors::remove_totp))
        .route("/account/passkeys", post(passkeys::add))
        .route("/account/passkeys/remove", post(passkeys::remove))
        .route("/account/recovery-codes", get(account_factors::codes).post(account_factors::recovery_codes))
}

fn notices() -> Router<App> {
    Router::new()
        .route("/desk", get(desk::desk))
        .route("/desk/submit", post(desk::submit))
        .route("/desk/approve", post(desk::approve))
        .route("/desk/seal", post(desk::seal))
        .route("/desk/outcome", get(left::outcome))
        .route("/desk/upgrades", get(upgrades::list))
        .route("/desk/consents", get(consents::register).post(consents::of_recipient))
        .route("/desk/deadlines", get(deadlines::list))
        .route("/desk/deadlines/remind", post(deadlines::remind))
        .route("/desk/deadlines/to-paper", post(deadlines::to_paper))
        .route("/desk/print", get(print_room::list).post(print_room::make))
        .route("/desk/print/{id}", get(print_room::package))
        .route("/desk/print/{id}/take", post(print_room::take))
        .route("/desk/print/{id}/printed", post(print_room::printed))
        .route("/desk/print/{id}/posted", post(print_room::posted))
        .route("/desk/outbox", get(outbox::list))
        .route("/desk/batches", get(batches::list).post(batches::freeze))
        .route("/desk/batches/{id}", get(batches::batch))
        .route("/desk/batches/{id}/release", post(batches::release))
        .route("/desk/batches/{id}/resume", post(batches::resume))
        .route("/notices/{id}", get(notices::notice))
        .route("/notices/merge.csv", get(merge::head))
        .route("/notices/{id}/pdf", get(notices::pdf))
        .route("/notices/{id}/pages/{page}", get(typeset::picture))
        .route("/notices/{id}/number", post(notice_deeds::reserve_number))
        .route("/notices/{id}/submit", post(notice_deeds::submit))
        .route("/notices/{id}/take-back", post(notice_deeds::take_back))
        .route("/notices/{id}/discard", post(notice_deeds::discard))
        .route("/notices/{id}/approve", post(notice_deeds::approve))
        .route("/notices/{id}/return", post(notice_deeds::send_back))
        .route("/notices/{id}/consent", post(notice_deeds::consent))
        .route("/notices/{id}/withdrawal", post(notice_deeds::withdrawal))
        .route("/notices/{id}/contact", post(notice_deeds::contact))
        .route("/notices/{id}/retry-mail", post(notice_deeds::retry_mail))
        .route("/notices/{id}/issue", post(notice_deeds::issue))
        .route("/notices/{id}/reissue", post(notice_deeds::reissue))
        .route("/notices/{id}/to-paper", post(notice_deeds::to_paper))
        .route("/notices/{id}/revoke", post(notice_deeds::revoke))
        .route("/notices/{id}/replace", post(notice_deeds::replace))
        .route("/notices/{id}/file", post(notice_deeds::file))
}

fn arrivals() -> Router<App> {
    Router::new()
        .route("/tray", get(tray::list))
        .route("/tray/{id}", get(tray_item::item))
        .route("/tray/{id}/pages/{page}", get(tray_item::picture))
        .route("/tray/{id}/content", get(tray_item::content))
        .route("/tray/{id}/{deed}", post(tray_item::deed))
        .route("/covers", get(covers::covers))
        .route("/papers", get(papers::list).post(papers::propose))
        .route("/papers/{record}", get(papers::paper))
        .route("/papers/{record}/{deed}", post(papers::deed))
        .route("/papers/lists/{id}", get(papers::shredding))
        .route("/papers/lists/{id}/list.csv", get(papers::csv))
        .route("/papers/lists/{id}/{deed}", post(papers::list_deed))
}

fn shelf() -> Router<App> {
    Router::new()
        .route("/shelves", get(shelves::survey))
        .route("/shelves.csv", get(shelves::csv))
        .route("/shelves.svg", get(shelves::svg))
        .route("/shelves/find", get(shelves::find))
        .route("/shelves/heads", post(shelves::heads))
        .route("/shelves/furniture", get(furniture::list))
        .route("/shelves/furniture.csv", get(furniture::csv))
        .route("/shelves/furniture/new", get(furniture::new).post(furniture::add))
        .route("/shelves/furniture/{id}", get(furniture::furniture))
        .route("/shelves/furniture/{id}/read", post(furniture::read))
        .route("/shelves/furniture/{id}/remove", post(furniture::remove))
        .route("/shelves/files/{file}", get(volumes::of_file).post(volumes::add))
        .route("/shelves/volumes/{id}", get(volumes::volume))
        .route("/shelves/volumes/{id}/{deed}", post(volumes::deed))
        .route("/shelves/labels", get(labels::labels))
        .route("/shelves/lent", get(volumes::lent))
        .route("/shelves/forecast", get(forecast::page))
        .route("/shelves/forecast.csv", get(forecast::csv))
        .route("/shelves/forecast.svg", get(forecast::svg))
}

fn records() -> Router<App> {
    Router::new()
        .route("/records", get(records::register))
        .route("/records.csv", get(records::register_csv))
        .route("/records/due", get(records::due))
        .route("/records/outlook", get(falling_due::page))
        .route("/records/outlook.csv", get(falling_due::csv))
        .route("/records/unknown", get(records::unknown))
        .route("/records/search", get(search::search))
        .route("/records/files/new", get(record_file::form).post(record_file::open))
        .route("/records/files/{id}", get(record_file::file))
        .route("/records/files/{id}/close", post(record_file::close))
        .route("/records/files/{id}/appraise", post(record_file::appraise))
        .route("/records/files/{id}/board", post(record_file::board))
        .route("/records/files/{id}/access", post(access::class_of_file))
        .route("/records/files/{id}/grant", post(access::grant))
        .route("/records/files/{id}/revoke", post(access::revoke))
        .route("/records/{id}", get(record::record))
        .route("/records/{id}/content", get(record::content))
        .route("/records/{id}/proof", get(proofs::of_record))
        .route("/records/{id}/access", post(access::class_of_record))
        .route("/holds", get(holds::list).post(holds::place))
        .route("/holds/release", post(holds::release))
        .route("/rules", get(rules::rules))
        .route("/rules/approve", post(rules::approve))
        .route("/searches", get(searches::list).post(searches::save))
        .route("/searches/{id}", get(searches::search))
        .route("/searches/{id}/files", get(searches::files))
        .route("/searches/{id}/change", post(searches::change))
        .route("/searches/{id}/delete", post(searches::delete))
        .route("/searches/{id}/hold", post(searches::hold))
        .route("/disposals", get(disposals::list).post(disposals::plan))
        .route("/disposals/{id}", get(disposal::disposal))
        .route("/disposals/{id}/approve", post(disposal::approve))
        .route("/disposals/{id}/reject", post(disposal::reject))
        .route("/disposals/{id}/run", post(disposal::run))
        .route("/disposals/{id}/certify", post(disposal::certify))
        .route("/disposals/{id}/certificate", get(disposal::certificate))
        .route("/disposal-register", get(disposal_register::page))
        .route("/disposal-register.csv", get(disposal_register::csv))
        .route("/transfers", get(transfers::list))
        .route("/transfers/{file}", get(transfer::transfer))
        .route("/transfers/{file}/cancel", post(transfer::cancel))
        .route("/audit", get(audit::audit))
        .route("/backups", get(backups::page))
        .route("/proofs", get(proofs::page))
        .route("/proofs/run", post(proofs::run))
        .route("/proofs/rehearse", post(proofs::rehearse))
        .route("/accounts", get(accounts::list).post(accounts::add))
        .route("/accounts/{login}", get(accounts::account))
        .route("/accounts/{login}/change", post(accounts::change))
        .route("/accounts/{login}/password", post(accounts::password))
        .route("/accounts/{login}/factors", post(accounts::factors))
        .route("/reorganisations", get(reorganisations::list).post(reorganisations::propose))
        .route("/reorganisations/table.csv", get(reorganisations::table))
        .route("/reorganisations/look", post(reorganisations::look))
        .route("/reorganisations/{id}", get(reorganisations::one))
        .route("/reorganisations/{id}/approve", post(reorganisations::approve))
        .route("/reorganisations/{id}/withdraw", post(reorganisations::withdraw))
        .route("/tokens", get(tokens::list).post(tokens::make))
        .route("/tokens/revoke", post(tokens::revoke))
}
