//! Japanese fonts of this machine that may be embedded.

use std::path::PathBuf;

/// Where Debian and others put them.
const PLACES: [&str; 6] = [
    "/usr/share/fonts/opentype/ipafont-mincho/ipam.ttf",
    "/usr/share/fonts/opentype/ipaexfont-mincho/ipaexm.ttf",
    "/usr/share/fonts/opentype/ipafont-gothic/ipag.ttf",
    "/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf",
    "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
];

/// A font of many more characters than most.
const WIDE: &str = "/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc";

/// Returns a font for characters that others lack, where it is installed.
pub fn wide() -> Option<PathBuf> {
    Some(PathBuf::from(WIDE)).filter(|path| path.is_file())
}

/// Returns the first Japanese font that is installed.
pub fn japanese() -> Option<PathBuf> {
    PLACES.iter().map(PathBuf::from).find(|path| path.is_file())
}
