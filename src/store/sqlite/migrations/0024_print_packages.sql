-- Notices that went to the print room together, each once.

CREATE TABLE print_packages (
    id          TEXT PRIMARY KEY,
    row_version INTEGER NOT NULL,
    made        INTEGER NOT NULL,                  -- seconds since 1970
    body        TEXT NOT NULL
);

CREATE INDEX print_packages_by_time ON print_packages (made);
