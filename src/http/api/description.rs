//! The description of the API (OpenAPI 3.1): the frame; the rest comes from the handlers.

use super::problem::ProblemDocument;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Info, OpenApi, OpenApiBuilder, tag::TagBuilder};
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

/// Adds what all handlers share.
pub fn finished(mut description: OpenApi) -> OpenApi {
    let components = description.components.get_or_insert_default();
    let token = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    components.add_security_scheme("token", token);
    components.schemas.insert(ProblemDocument::name().into_owned(), ProblemDocument::schema());
    description
}

/// Answers with the description.
pub fn answer(description: OpenApi) -> Response {
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    ([kind], description.to_json().unwrap_or_default()).into_response()
}
