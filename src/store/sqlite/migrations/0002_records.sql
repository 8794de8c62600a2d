-- Records: rule sets, record files, records, holds, disposals and what is left after them.
-- Dates are civil dates in Japan (YYYY-MM-DD), instants are UTC (RFC 3339). "body" is the whole thing as JSON; the columns
-- beside it are what is looked up or constrained.

CREATE TABLE rule_sets (
    seq         INTEGER PRIMARY KEY,          -- the highest is in force
    set_id      TEXT NOT NULL,
    version     TEXT NOT NULL,
    body        TEXT NOT NULL,                -- the file as loaded, its digest, who and when
    UNIQUE (set_id, version)
);

CREATE TABLE record_files (
    id          TEXT PRIMARY KEY,
    title       TEXT NOT NULL,
    class       TEXT NOT NULL,
    closed      INTEGER NOT NULL,
    row_version INTEGER NOT NULL,
    starts_on   TEXT,
    expires_on  TEXT,                         -- NULL: not known or never; never read as expired
    because     TEXT NOT NULL,                -- the reasons of the dates, JSON
    destroyed_on TEXT,                        -- set when its records are gone
    body        TEXT NOT NULL
);
CREATE INDEX record_files_by_class ON record_files (class);
CREATE INDEX record_files_by_expiry ON record_files (expires_on);

-- The intent to file: written before the package, taken away with the record's row (bytes before row).
CREATE TABLE ingest_intents (
    record_id   TEXT PRIMARY KEY,
    bag_sha256  TEXT NOT NULL,
    body        TEXT NOT NULL                 -- the row that will be
);

CREATE TABLE records (
    id          TEXT PRIMARY KEY,
    file_id     TEXT NOT NULL REFERENCES record_files (id),
    title       TEXT NOT NULL,
    number      TEXT,
    created     TEXT NOT NULL,
    sha256      TEXT NOT NULL,
    state       TEXT NOT NULL,
    row_version INTEGER NOT NULL,
    notice_id   TEXT,
    package_sha256 TEXT NOT NULL,
    body        TEXT NOT NULL
);
CREATE INDEX records_by_file ON records (file_id);
CREATE INDEX records_by_sha256 ON records (sha256);
CREATE INDEX records_by_notice ON records (notice_id);

CREATE TABLE holds (
    id          TEXT PRIMARY KEY,
    released    INTEGER NOT NULL,             -- 1: decided, kept for the year that follows where the law says so
    body        TEXT NOT NULL
);

CREATE TABLE disposals (
    id          TEXT PRIMARY KEY,
    state       TEXT NOT NULL,
    list_hash   TEXT NOT NULL,
    planned_at  TEXT NOT NULL,
    body        TEXT NOT NULL,
    -- one person, one part in the decision
    proposer    TEXT NOT NULL,
    approver_1  TEXT,
    approver_2  TEXT,
    CHECK (approver_1 IS NULL OR approver_1 <> proposer),
    CHECK (approver_2 IS NULL OR (approver_1 IS NOT NULL AND approver_2 <> proposer AND approver_2 <> approver_1))
);

-- The item ledger: a run goes on from here after a crash, never from a count.
CREATE TABLE disposal_items (
    disposal_id TEXT NOT NULL REFERENCES disposals (id),
    file_id     TEXT NOT NULL REFERENCES record_files (id),
    state       TEXT NOT NULL,
    claim_hash  TEXT,                         -- the ledger entry of the claim
    body        TEXT NOT NULL,
    PRIMARY KEY (disposal_id, file_id)
);
-- A file is on one living list at most.
CREATE UNIQUE INDEX disposal_items_living ON disposal_items (file_id) WHERE state <> 'withdrawn';

CREATE TABLE tombstones (
    record_id   TEXT PRIMARY KEY,
    file_id     TEXT NOT NULL,
    disposal_id TEXT NOT NULL,
    destroyed_at TEXT NOT NULL,
    confirmed_at TEXT,                        -- backups aged out
    body        TEXT NOT NULL                 -- evidence of absence; no title, no names
);
CREATE INDEX tombstones_by_disposal ON tombstones (disposal_id);

-- 移管・廃棄簿
CREATE TABLE disposal_register (
    seq         INTEGER PRIMARY KEY,
    file_id     TEXT NOT NULL UNIQUE,
    disposal_id TEXT NOT NULL,
    disposed_on TEXT NOT NULL,
    body        TEXT NOT NULL
);
