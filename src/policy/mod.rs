//! The validation policy as data: algorithms with cut-off dates, key sizes, freshness, allowed changes.
