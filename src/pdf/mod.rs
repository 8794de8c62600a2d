//! PDF files: objects, cross-reference sections, revisions, and the incremental update. Knows no signatures.
