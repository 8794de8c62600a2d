-- Accounts, the ledger, notices. "body" is the whole thing as JSON; the columns beside it are what is looked up or constrained.

CREATE TABLE accounts (
    id          TEXT PRIMARY KEY,
    login       TEXT NOT NULL UNIQUE,
    body        TEXT NOT NULL
);

CREATE TABLE sessions (
    secret      TEXT PRIMARY KEY,             -- SHA-256 of the secret, which is nowhere
    ends_at     INTEGER NOT NULL,             -- seconds since 1970
    body        TEXT NOT NULL
);

CREATE TABLE ledger (
    seq         INTEGER PRIMARY KEY,
    subject     TEXT NOT NULL,
    hash        TEXT NOT NULL UNIQUE,
    body        TEXT NOT NULL
);
CREATE INDEX ledger_by_subject ON ledger (subject);

CREATE TABLE notices (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL UNIQUE,
    row_version INTEGER NOT NULL,
    number      TEXT UNIQUE,
    sealed_sha256 TEXT,
    link        TEXT UNIQUE,                  -- digest of the recipient's link
    body        TEXT NOT NULL
);
CREATE INDEX notices_by_sealed ON notices (sealed_sha256);

CREATE TABLE notice_files (
    notice_id   TEXT NOT NULL REFERENCES notices (id),
    which       TEXT NOT NULL CHECK (which IN ('draft', 'sealed')),
    bytes       BLOB NOT NULL,
    PRIMARY KEY (notice_id, which)
);

CREATE TABLE document_numbers (
    fiscal_year INTEGER NOT NULL,
    symbol      TEXT NOT NULL,
    last        INTEGER NOT NULL,
    PRIMARY KEY (fiscal_year, symbol)
);

CREATE TABLE seal_uses (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    body        TEXT NOT NULL
);
