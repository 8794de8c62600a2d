//! The templates of a city's notices, and the fonts that they are set in.

use super::Failure;
use super::city::unusable;
use super::files;
use crate::office::ports::Typesetter;
use crate::office::templates::{Template, Templates};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Reads the templates of a folder, each a form (`NAME.toml`) and a source (`NAME.typ`); a folder that is not there has none.
pub fn read(folder: &Path) -> Result<Templates, Failure> {
    let mut templates = Vec::new();
    for form in files::with_ending(folder, "toml")? {
        let name = form.file_stem().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let text =
            |path: &Path| String::from_utf8(files::read(path)?).map_err(|_| unusable(path, "it is not UTF-8 text"));
        let template = Template::read(&name, &text(&form)?, &text(&form.with_extension("typ"))?);
        templates.push(template.map_err(|error| Failure::at(form.display().to_string(), &error))?);
    }
    Ok(Templates::new(templates))
}

/// Makes the typesetter of some font files; none where there is no template to set, no font, or the program has no typesetter.
#[cfg(feature = "templates")]
pub fn typesetter(templates: &Templates, fonts: &[PathBuf]) -> Result<Option<Arc<dyn Typesetter>>, Failure> {
    if templates.all().is_empty() || fonts.is_empty() {
        return Ok(None);
    }
    let fonts = fonts.iter().map(|path| files::read(path)).collect::<Result<Vec<_>, _>>()?;
    Ok(Some(Arc::new(crate::typeset::Typst::new(fonts)?)))
}

/// The same of a program that was built without one.
#[cfg(not(feature = "templates"))]
pub fn typesetter(_: &Templates, _: &[PathBuf]) -> Result<Option<Arc<dyn Typesetter>>, Failure> {
    Ok(None)
}
