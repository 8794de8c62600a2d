//! Lists page by page: how many, and from where; the cursor is a word that only this service understands.

use crate::http::problem::{Problem, WebFault};
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::str::FromStr;
use utoipa::IntoParams;

/// Things on a page where nobody says how many, and at most.
const USUAL: u32 = 50;
const MOST: u32 = 200;

/// Where a page begins, and how long it is.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// The `next` of the page before.
    pub cursor: Option<String>,
    /// How many at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u32>,
}

impl Page {
    /// Returns how many at most.
    pub fn most(&self) -> Result<u32, Problem> {
        match self.limit.unwrap_or(USUAL) {
            most @ 1..=MOST => Ok(most),
            _ => Err(WebFault::BadField("limit").into()),
        }
    }

    /// Reads the cursor.
    pub fn after<T: FromStr>(&self) -> Result<Option<T>, Problem> {
        let parse = |text: &String| text.parse().map_err(|_| Problem::from(WebFault::BadField("cursor")));
        self.cursor.as_ref().filter(|text| !text.is_empty()).map(parse).transpose()
    }
}

/// The query of an address, refused in words of ours where it cannot be read.
pub struct Asked<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(asked)) => Ok(Self(asked)),
            Err(_) => Err(WebFault::BadField("query").into()),
        }
    }
}
