//! Record files to choose from where there are many: the first of them, or those that hold the words somebody looks for.

use crate::http::app::App;
use crate::http::problem::Problem;
use crate::http::staff::{Staff, id};
use crate::id::RecordFileId;
use crate::records::RecordFile;

/// Values and words to choose from.
pub type Choices = Vec<(String, String)>;

/// A choice that can be narrowed by words.
#[derive(Clone, Debug, Default)]
pub struct Narrowed {
    /// The words.
    pub query: String,
    /// What is left to choose from.
    pub choices: Choices,
    /// Whether there are more than are shown.
    pub is_cut: bool,
}

/// The most to choose from at once; whoever does not find theirs narrows the choice.
const MOST_CHOICES: usize = 200;

impl Narrowed {
    /// Narrows a choice that is known whole to what holds each of the words.
    pub fn by_words(all: Choices, query: &str) -> Self {
        let holds = |choice: &(String, String)| {
            let text = format!("{} {}", choice.0, choice.1);
            query.split_whitespace().all(|word| text.contains(word))
        };
        let mut choices: Choices = all.into_iter().filter(holds).collect();
        let is_cut = choices.len() > MOST_CHOICES;
        choices.truncate(MOST_CHOICES);
        Self { query: query.to_owned(), choices, is_cut }
    }

    /// Tells whether a page is to offer a search: where all there is can be seen, it would only be in the way.
    pub fn is_offered(&self) -> bool {
        self.is_cut || !self.query.is_empty()
    }

    /// Adds a file that was chosen before, where it is not among what is shown.
    async fn with(mut self, app: &App, staff: &Staff, chosen: &str) -> Self {
        if let Ok(file) = id::<RecordFileId>(chosen)
            && !self.choices.iter().any(|(id, _)| id == chosen)
            && let Ok(view) = app.office.file_view(&staff.actor, file).await
        {
            self.choices.push((chosen.to_owned(), format!("{}　{}", view.class_path, view.file.title)));
        }
        self
    }
}

/// Lists the record files that take records and hold each of the words, and the one that was chosen before.
pub async fn open_files(app: &App, staff: &Staff, query: &str, chosen: &str) -> Result<Narrowed, Problem> {
    let mut files = app.office.open_files(&staff.actor, query, MOST_CHOICES + 1).await?;
    let is_cut = files.len() > MOST_CHOICES;
    files.truncate(MOST_CHOICES);
    let choice = |(file, path): (RecordFile, String)| (file.id.to_string(), named(&path, &file.title));
    let choices = files.into_iter().map(choice).collect();
    Ok(Narrowed { query: query.to_owned(), choices, is_cut }.with(app, staff, chosen).await)
}

/// Lists the record files that still have their records and hold each of the words, and the one that was chosen before.
pub async fn living_files(app: &App, staff: &Staff, query: &str, chosen: &str) -> Result<Narrowed, Problem> {
    let found = app.office.register_page(&staff.actor, query, None, MOST_CHOICES).await?;
    let living = found.rows.iter().filter(|row| row.destroyed_on.is_none() && !row.withheld);
    let choices = living.map(|row| (row.file.to_string(), named(&row.class_path, &row.title))).collect();
    Ok(Narrowed { query: query.to_owned(), choices, is_cut: found.next.is_some() }.with(app, staff, chosen).await)
}

fn named(class_path: &str, title: &str) -> String {
    format!("{class_path}　{title}")
}
