-- Accounts, the ledger, notices. "body" is the whole thing as JSON; the columns beside it are what is looked up or constrained.

-- A text that is compared and ordered by its bytes, whatever the database's own order is.
CREATE DOMAIN chars AS TEXT COLLATE "C";

-- Where a text holds another, from 1; 0: nowhere.
CREATE FUNCTION instr(hay TEXT, needle TEXT) RETURNS BIGINT LANGUAGE SQL IMMUTABLE
    RETURN strpos(hay, needle);

-- The one archive whose packages the rows speak of, by its public key: a server can be reached from anywhere.
CREATE TABLE house (
    only_one    BOOLEAN PRIMARY KEY DEFAULT TRUE CHECK (only_one),
    archive     CHARS NOT NULL
);

CREATE TABLE accounts (
    id          CHARS PRIMARY KEY,
    login       CHARS NOT NULL UNIQUE,
    body        TEXT NOT NULL
);

CREATE TABLE sessions (
    secret      CHARS PRIMARY KEY,            -- SHA-256 of the secret, which is nowhere
    ends_at     BIGINT NOT NULL,              -- seconds since 1970
    body        TEXT NOT NULL
);

CREATE TABLE ledger (
    seq         BIGINT PRIMARY KEY,
    subject     CHARS NOT NULL,
    hash        CHARS NOT NULL UNIQUE,
    body        TEXT NOT NULL
);
CREATE INDEX ledger_by_subject ON ledger (subject);

CREATE TABLE notices (
    seq         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id          CHARS NOT NULL UNIQUE,
    row_version BIGINT NOT NULL,
    number      CHARS UNIQUE,
    sealed_sha256 CHARS,
    link        CHARS UNIQUE,                 -- digest of the recipient's link
    body        TEXT NOT NULL
);
CREATE INDEX notices_by_sealed ON notices (sealed_sha256);

CREATE TABLE notice_files (
    notice_id   CHARS NOT NULL REFERENCES notices (id),
    which       CHARS NOT NULL CHECK (which IN ('draft', 'sealed')),
    bytes       BYTEA NOT NULL,
    PRIMARY KEY (notice_id, which)
);

CREATE TABLE document_numbers (
    fiscal_year BIGINT NOT NULL,
    symbol      CHARS NOT NULL,
    last        BIGINT NOT NULL,
    PRIMARY KEY (fiscal_year, symbol)
);

CREATE TABLE seal_uses (
    seq         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    body        TEXT NOT NULL
);
