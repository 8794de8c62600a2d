-- Notices that went to the print room together, each once.

CREATE TABLE print_packages (
    id          CHARS PRIMARY KEY,
    row_version BIGINT NOT NULL,
    made        BIGINT NOT NULL,                  -- seconds since 1970
    body        TEXT NOT NULL
);

CREATE INDEX print_packages_by_time ON print_packages (made);
