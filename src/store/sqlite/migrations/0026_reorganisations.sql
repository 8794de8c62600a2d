-- Reorganisations: who takes over what from whom, once two persons have said so.

CREATE TABLE reorganisations (
    id          TEXT PRIMARY KEY,
    row_version INTEGER NOT NULL,
    proposed    INTEGER NOT NULL,                  -- seconds since 1970
    body        TEXT NOT NULL
);
