//! The fonts that values wait for: those that a reader draws them in who draws them anew (ISO 32000-2, 12.7.4.3).

use super::fields::DEPTH;
use super::view::View;
use super::{annotations, shown};
use crate::pdf::{Dictionary, Object, ObjectId};
use std::collections::HashSet;

/// The fonts that readers take where they are told nothing, and to draw the marks of buttons.
const BY_HABIT: [&[u8]; 2] = [b"Helv", b"ZaDb"];

/// Names of fonts that must not come to mean anything.
pub(super) struct Awaited<'a> {
    view: View<'a>,
    fonts: HashSet<Vec<u8>>,
    above: HashSet<ObjectId>,
    below: HashSet<ObjectId>,
    texts: HashSet<ObjectId>,
    /// Whether there is more than can be told.
    is_any: bool,
}

impl<'a> Awaited<'a> {
    /// Gathers what the values of a revision wait for: the default appearances of the form, of every field, and of
    /// whatever a widget stands below. Which of them counts for a value is not asked: readers differ in how far they look.
    pub(super) fn by(view: View<'a>) -> Self {
        let (above, below, texts) = (HashSet::new(), HashSet::new(), HashSet::new());
        let mut all = Self { view, fonts: HashSet::new(), above, below, texts, is_any: false };
        let form = view.catalogue().and_then(|(_, catalogue)| view.dictionary(catalogue, b"AcroForm"));
        let Some(values) = annotations::values(view) else {
            all.is_any = true;
            return all;
        };
        if values.is_empty() {
            return all;
        }
        let asks = form.and_then(|form| view.value(form, b"NeedAppearances"));
        let anew = !matches!(asks, None | Some(Object::Boolean(false)));
        if anew || values.iter().any(|widget| shown::is_bare(view, widget)) {
            all.fonts.extend(BY_HABIT.iter().map(|name| name.to_vec()));
        }
        values.into_iter().for_each(|widget| all.upwards(widget));
        if let Some(form) = form {
            all.appearance(form);
            all.downwards(form, b"Fields", 0);
        }
        all
    }

    /// Tells whether a value may wait for a font of this name.
    pub(super) fn has(&self, name: &[u8]) -> bool {
        self.is_any || self.fonts.contains(name)
    }

    fn upwards(&mut self, widget: &'a Dictionary) {
        let mut node = Some(widget);
        while let Some(here) = node {
            self.appearance(here);
            let parent = here.get(b"Parent").ok().filter(|parent| match parent {
                Object::Reference(id) => self.above.insert(*id),
                _ => true,
            });
            node = parent.and_then(|parent| self.view.resolve(parent).as_dict().ok());
        }
    }

    fn downwards(&mut self, node: &'a Dictionary, key: &[u8], depth: usize) {
        self.is_any |= depth > DEPTH;
        for kid in self.view.array(node, key).unwrap_or_default() {
            let is_known = matches!(kid, Object::Reference(id) if !self.below.insert(*id));
            if let (Object::Dictionary(kid), false, false) = (self.view.resolve(kid), is_known, self.is_any) {
                self.appearance(kid);
                self.downwards(kid, b"Kids", depth + 1);
            }
        }
    }

    fn appearance(&mut self, node: &'a Dictionary) {
        // What many share is read once.
        let is_known = matches!(node.get(b"DA"), Ok(Object::Reference(id)) if !self.texts.insert(*id));
        let text = if is_known { None } else { self.view.value(node, b"DA") };
        let Some(text) = text.and_then(|text| text.as_str().ok()) else { return };
        // A name may be spelled in many ways, and where one is, it is not looked into.
        self.is_any |= text.contains(&b'#');
        let is_end = |byte: &u8| byte.is_ascii_whitespace() || b"\0()<>[]{}/%".contains(byte);
        let names = text.split(|byte| *byte == b'/').skip(1).filter_map(|name| name.split(is_end).next());
        self.fonts.extend(names.map(<[u8]>::to_vec));
    }
}
