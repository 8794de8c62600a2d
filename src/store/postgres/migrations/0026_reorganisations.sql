-- Reorganisations: who takes over what from whom, once two persons have said so.

CREATE TABLE reorganisations (
    id          CHARS PRIMARY KEY,
    row_version BIGINT NOT NULL,
    proposed    BIGINT NOT NULL,                  -- seconds since 1970
    body        TEXT NOT NULL
);
