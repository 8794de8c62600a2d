//! The form of the search page: words and filters as they were entered, what they mean, and the address that repeats them.

use crate::http::app::App;
use crate::http::choices::Choices;
use crate::http::faults::Faults;
use crate::http::problem::Problem;
use crate::http::query::Asked;
use crate::http::staff::Staff;
use crate::http::words;
use crate::records::{AccessClass, ClassCode, RecordFilter, SearchWords};
use crate::time::{written_date, written_year};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// The fields of a search, as they were entered.
#[derive(Default)]
pub struct SearchForm {
    /// The words.
    pub words: String,
    /// The code of a class.
    pub class: String,
    /// The name of a section.
    pub section: String,
    /// A fiscal year, by either calendar.
    pub year: String,
    /// The first day.
    pub since: String,
    /// The last day.
    pub until: String,
    /// The word of an access class.
    pub access: String,
}

/// What the form offers to choose from.
pub struct SearchOptions {
    /// Classes.
    pub classes: Choices,
    /// Sections.
    pub sections: Choices,
    /// Access classes.
    pub access: Choices,
}

impl SearchForm {
    /// Reads what stands behind the question mark.
    pub fn read(asked: &Asked) -> Self {
        let text = |name| asked.text(name).to_owned();
        Self {
            words: text("q"),
            class: text("class"),
            section: text("section"),
            year: text("year"),
            since: text("since"),
            until: text("until"),
            access: text("access"),
        }
    }

    /// Returns the filter that was entered.
    pub fn filter(&self) -> Result<RecordFilter, Faults> {
        let mut faults = Faults::default();
        let filter = RecordFilter {
            class: read(&self.class, ClassCode::parse, || faults.add("class", CLASS.0, CLASS.1)),
            section: Some(self.section.clone()).filter(|section| !section.is_empty()),
            year: read(&self.year, written_year, || faults.add("year", YEAR.0, YEAR.1)),
            from: read(&self.since, written_date, || faults.add("since", SINCE.0, SINCE.1)),
            until: read(&self.until, written_date, || faults.add("until", UNTIL.0, UNTIL.1)),
            access: read(&self.access, AccessClass::parse, || faults.add("access", ACCESS.0, ACCESS.1)),
        };
        if let (Some(first), Some(last)) = (filter.from, filter.until)
            && last < first
        {
            faults.add("until", REVERSED.0, REVERSED.1);
        }
        if faults.is_empty() { Ok(filter) } else { Err(faults) }
    }

    /// Tells whether words were entered that show something.
    pub fn has_words(&self) -> bool {
        !SearchWords::of(&self.words).is_empty()
    }

    /// Returns the address at which the same is asked again.
    pub fn address(&self) -> String {
        let mut address = format!("/records/search?q={}", utf8_percent_encode(&self.words, NON_ALPHANUMERIC));
        for (name, value) in [
            ("class", &self.class),
            ("section", &self.section),
            ("year", &self.year),
            ("since", &self.since),
            ("until", &self.until),
            ("access", &self.access),
        ] {
            if !value.is_empty() {
                address.push_str(&format!("&{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
            }
        }
        address
    }

    /// Returns the first and the last day as fields for days take them; what is none stays as it was entered.
    pub fn days(&self) -> [String; 2] {
        let day = |text: &String| written_date(text).map_or_else(|| text.clone(), |day| day.to_string());
        [day(&self.since), day(&self.until)]
    }
}

impl SearchOptions {
    /// Returns what there is to choose from, and what was chosen before.
    pub async fn of(app: &App, staff: &Staff, form: &SearchForm) -> Result<Self, Problem> {
        let there = app.office.search_choices(&staff.actor).await?;
        let named = |(code, name): (ClassCode, String)| {
            let shown = if name.is_empty() { code.to_string() } else { format!("{name}（{code}）") };
            (code.to_string(), shown)
        };
        let access = AccessClass::ALL.map(|class| (class.word().to_owned(), words::access_word(class).to_owned()));
        Ok(Self {
            classes: with(there.classes.into_iter().map(named).collect(), &form.class),
            sections: with(there.sections.into_iter().map(|name| (name.clone(), name)).collect(), &form.section),
            access: with(access.into(), &form.access),
        })
    }
}

type Words = (&'static str, &'static str);

const CLASS: Words = ("分類を選び直してください。", "Choose the class again.");
const YEAR: Words = ("年度を2024や令和6のように入力してください。", "Enter the fiscal year, such as 2024.");
const SINCE: Words = ("作成・取得日（この日から）を日付で入力してください。", "Enter the first day as a date.");
const UNTIL: Words = ("作成・取得日（この日まで）を日付で入力してください。", "Enter the last day as a date.");
const ACCESS: Words = ("閲覧の範囲を選び直してください。", "Choose the access class again.");
const REVERSED: Words =
    ("作成・取得日の終わりが、始まりより前になっています。", "The last day is before the first day.");

/// Reads a field that may be empty.
fn read<T>(text: &str, parse: impl Fn(&str) -> Option<T>, wrong: impl FnOnce()) -> Option<T> {
    if text.is_empty() {
        return None;
    }
    let value = parse(text);
    if value.is_none() {
        wrong();
    }
    value
}

/// Adds a choice that is not among the others, so that the form says what was asked.
fn with(mut choices: Choices, chosen: &str) -> Choices {
    if !chosen.is_empty() && !choices.iter().any(|(value, _)| value == chosen) {
        choices.push((chosen.to_owned(), chosen.to_owned()));
    }
    choices
}
