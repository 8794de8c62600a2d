//! A deed offered as a form, and the steps of a thing on its way.

/// One deed a person may do now.
#[derive(Clone, Debug)]
pub struct Action {
    /// The last part of the form's address.
    pub verb: &'static str,
    /// The Japanese word on the button.
    pub ja: &'static str,
    /// The English word.
    pub en: &'static str,
    /// What it does, in one sentence.
    pub explains: &'static str,
    /// The button's class: `main`, `grave` or empty.
    pub look: &'static str,
    /// What the person must say with it.
    pub asks: Vec<Ask>,
}

/// One field of a deed.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The field's name.
    pub name: &'static str,
    /// The Japanese label.
    pub ja: &'static str,
    /// The English label.
    pub en: &'static str,
    /// Whether it must be filled in.
    pub need: bool,
    /// The type of its input: `text` or `date`.
    pub kind: &'static str,
    /// Values and words to choose from; empty for a text or a date.
    pub options: Vec<(String, String)>,
    /// What stands there already.
    pub value: String,
}

/// One step of the way, before or behind the present state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The Japanese word.
    pub ja: &'static str,
    /// The English word.
    pub en: &'static str,
    /// Whether it lies behind.
    pub done: bool,
    /// Whether it is where the thing stands.
    pub now: bool,
}

impl Action {
    /// Makes a deed that asks nothing.
    pub const fn plain(verb: &'static str, ja: &'static str, en: &'static str, explains: &'static str) -> Self {
        Self { verb, ja, en, explains, look: "main", asks: Vec::new() }
    }

    /// Marks a deed that is hard to take back.
    pub const fn grave(mut self) -> Self {
        self.look = "grave";
        self
    }

    /// Marks a deed that is not the usual next one.
    pub const fn aside(mut self) -> Self {
        self.look = "";
        self
    }

    /// Adds a text the person must give.
    pub fn asking(self, name: &'static str, ja: &'static str, en: &'static str) -> Self {
        self.with(Ask { name, ja, en, need: true, kind: "text", options: Vec::new(), value: String::new() })
    }

    /// Adds a text the person may give.
    pub fn inviting(self, name: &'static str, ja: &'static str, en: &'static str) -> Self {
        self.with(Ask { name, ja, en, need: false, kind: "text", options: Vec::new(), value: String::new() })
    }

    /// Adds a mail address the person may give, which the browser looks at as well.
    pub fn inviting_mail(self, name: &'static str, ja: &'static str, en: &'static str) -> Self {
        self.with(Ask { name, ja, en, need: false, kind: "email", options: Vec::new(), value: String::new() })
    }

    /// Adds a date the person must give.
    pub fn asking_day(self, name: &'static str, ja: &'static str, en: &'static str) -> Self {
        self.with(Ask { name, ja, en, need: true, kind: "date", options: Vec::new(), value: String::new() })
    }

    /// Adds a date the person may give.
    pub fn inviting_day(self, name: &'static str, ja: &'static str, en: &'static str) -> Self {
        self.with(Ask { name, ja, en, need: false, kind: "date", options: Vec::new(), value: String::new() })
    }

    /// Adds a choice the person must make.
    pub fn asking_choice(
        self,
        name: &'static str,
        ja: &'static str,
        en: &'static str,
        options: Vec<(String, String)>,
    ) -> Self {
        self.with(Ask { name, ja, en, need: true, kind: "text", options, value: String::new() })
    }

    /// Fills a field in beforehand.
    pub fn filled(mut self, name: &str, value: impl ToString) -> Self {
        for ask in self.asks.iter_mut().filter(|ask| ask.name == name) {
            ask.value = value.to_string();
        }
        self
    }

    fn with(mut self, ask: Ask) -> Self {
        self.asks.push(ask);
        self
    }
}

/// Lays out a way of named steps around the place where the thing stands.
pub fn way(names: &[(&'static str, &'static str)], place: usize) -> Vec<Step> {
    let step =
        |(at, &(ja, en)): (usize, &(&'static str, &'static str))| Step { ja, en, done: at < place, now: at == place };
    names.iter().enumerate().map(step).collect()
}
