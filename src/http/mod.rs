//! The web service: router, extractors, one file per resource, templates.
