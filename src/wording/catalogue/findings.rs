//! Findings of a validation.

use super::Entry;

pub(super) const ENTRIES: &[Entry] =
    &[("no-signature", "このファイルには電子署名がありません。", "The file holds no electronic signature.")];
