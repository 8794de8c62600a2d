//! The description of the API (OpenAPI 3.1): the frame; the rest comes from the handlers.

use super::problem::ProblemDocument;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Header, Info, OpenApi, OpenApiBuilder, PathItem, RefOr, tag::TagBuilder};
use utoipa::{PartialSchema, ToSchema};

const ABOUT: &str = "Other systems of the city hand in notices, file documents, and ask what became of them. \
\n\nA token (`Authorization: Bearer …`) acts as an account, cut down to its scopes; every deed is in the ledger under account and token. \
What needs a person is not here: to approve, to seal, to issue, to release a batch, to place or release a hold, to decide on a disposal. It is \
done on the pages. \
\n\nA POST that makes or changes something takes an `Idempotency-Key`. The same request again under the same key is not done again and gets \
the same answer, with `Idempotency-Replayed: true`, for fourteen days; another request under the key is refused \
(`request-key-reused`). A request that was refused uses no key up. \
\n\nProblems are `application/problem+json` (RFC 9457) with a stable `code`, and sentences in English (`title`) and Japanese (`title_ja`); \
`/api/problems/{code}` explains a code. Lists come page by page: `next` of one page is the `cursor` of the following.";

/// Returns what stands around the handlers' own descriptions.
pub fn frame() -> OpenApi {
    let mut info = Info::new("Fumikura", "1");
    info.description = Some(ABOUT.to_owned());
    let tag = |name: &str, words: &str| TagBuilder::new().name(name).description(Some(words)).build();
    let tags = vec![
        tag("notices", "Notices (処分通知): drafted, submitted, and what became of them"),
        tag("records", "Record files (文書ファイル) and records (文書): registered, filed, searched, read"),
        tag("retention", "Holds (廃棄保留) and disposals (廃棄): shown"),
        tag("verification", "Sealed PDFs are judged; the present effect of a notice"),
    ];
    OpenApiBuilder::new().info(info).tags(Some(tags)).build()
}

/// What a way may refuse with: the status, what it says, and whether that is of every way, of those that are told something, or
/// of those that take a body.
const REFUSALS: &[(&str, &str, Of)] = &[
    ("400", "What was sent cannot be read, or a value is not of its kind", Of::Told),
    ("401", "No token, or none that is taken", Of::Every),
    ("403", "Not within the token's scopes, or not for this account", Of::Every),
    ("404", "What was named is not there, or not for this account", Of::Told),
    ("408", "It took too long", Of::Every),
    ("409", "It does not go with the present state", Of::Told),
    ("413", "The body is too large", Of::Bodies),
    ("415", "The body is of a media type that is not taken", Of::Bodies),
    ("422", "It was understood, and a rule refuses it", Of::Told),
    ("429", "Too many requests; `Retry-After` says how long to wait", Of::Every),
    ("500", "A defect; the cause is in the log of the service", Of::Every),
    ("503", "Not now; try again later", Of::Every),
];

/// Of which ways something is said.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Every,
    Told,
    Bodies,
}

/// Adds what all handlers share.
pub fn finished(mut description: OpenApi) -> OpenApi {
    description.paths.paths.values_mut().flat_map(ways).for_each(add_refusals);
    let components = description.components.get_or_insert_default();
    let token = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    components.add_security_scheme("token", token);
    components.schemas.insert(ProblemDocument::name().into_owned(), ProblemDocument::schema());
    description
}

fn ways(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.put].into_iter().flatten()
}

/// Says each refusal by its status; `default` stays for whatever comes later.
fn add_refusals(way: &mut Operation) {
    let Some(RefOr::T(problem)) = way.responses.responses.get("default").cloned() else { return };
    let takes_body = way.request_body.is_some();
    let is_told = takes_body || way.parameters.as_ref().is_some_and(|all| !all.is_empty());
    for (status, words, of) in REFUSALS {
        if (*of == Of::Told && !is_told) || (*of == Of::Bodies && !takes_body) {
            continue;
        }
        let mut problem = problem.clone();
        (*words).clone_into(&mut problem.description);
        let header = match *status {
            "401" => Some("WWW-Authenticate"),
            "429" => Some("Retry-After"),
            _ => None,
        };
        problem.headers.extend(header.map(|name| (name.to_owned(), RefOr::T(Header::default()))));
        way.responses.responses.insert((*status).to_owned(), RefOr::T(problem));
    }
}

/// Answers with the description.
pub fn answer(description: OpenApi) -> Response {
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    ([kind], description.to_json().unwrap_or_default()).into_response()
}
