-- Records: rule sets, record files, records, holds, disposals and what is left after them.
-- Dates are civil dates in Japan (YYYY-MM-DD), instants are UTC (RFC 3339). "body" is the whole thing as JSON; the columns
-- beside it are what is looked up or constrained. "rowid" is the order of making, which SQLite keeps by itself.

CREATE TABLE rule_sets (
    seq         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- the highest is in force
    set_id      CHARS NOT NULL,
    version     CHARS NOT NULL,
    body        TEXT NOT NULL,                -- the file as loaded, its digest, who and when
    UNIQUE (set_id, version)
);

CREATE TABLE record_files (
    id          CHARS PRIMARY KEY,
    title       CHARS NOT NULL,
    class       CHARS NOT NULL,
    closed      BIGINT NOT NULL,
    row_version BIGINT NOT NULL,
    starts_on   CHARS,
    expires_on  CHARS,                        -- NULL: not known or never; never read as expired
    because     TEXT NOT NULL,                -- the reasons of the dates, JSON
    destroyed_on CHARS,                       -- set when its records are gone
    body        TEXT NOT NULL
);
CREATE INDEX record_files_by_class ON record_files (class);
CREATE INDEX record_files_by_expiry ON record_files (expires_on);

-- The intent to file: written before the package, taken away with the record's row (bytes before row).
CREATE TABLE ingest_intents (
    record_id   CHARS PRIMARY KEY,
    bag_sha256  CHARS NOT NULL,
    body        TEXT NOT NULL                 -- the row that will be
);

CREATE TABLE records (
    rowid       BIGINT GENERATED ALWAYS AS IDENTITY,
    id          CHARS PRIMARY KEY,
    file_id     CHARS NOT NULL REFERENCES record_files (id),
    title       CHARS NOT NULL,
    number      CHARS,
    created     CHARS NOT NULL,
    sha256      CHARS NOT NULL,
    state       CHARS NOT NULL,
    row_version BIGINT NOT NULL,
    notice_id   CHARS,
    package_sha256 CHARS NOT NULL,
    body        TEXT NOT NULL
);
CREATE INDEX records_by_file ON records (file_id);
CREATE INDEX records_by_sha256 ON records (sha256);
CREATE INDEX records_by_notice ON records (notice_id);

CREATE TABLE holds (
    rowid       BIGINT GENERATED ALWAYS AS IDENTITY,
    id          CHARS PRIMARY KEY,
    released    BIGINT NOT NULL,              -- 1: decided, kept for the year that follows where the law says so
    body        TEXT NOT NULL
);

CREATE TABLE disposals (
    rowid       BIGINT GENERATED ALWAYS AS IDENTITY,
    id          CHARS PRIMARY KEY,
    state       CHARS NOT NULL,
    list_hash   CHARS NOT NULL,
    planned_at  CHARS NOT NULL,
    body        TEXT NOT NULL,
    -- one person, one part in the decision
    proposer    CHARS NOT NULL,
    approver_1  CHARS,
    approver_2  CHARS,
    CHECK (approver_1 IS NULL OR approver_1 <> proposer),
    CHECK (approver_2 IS NULL OR (approver_1 IS NOT NULL AND approver_2 <> proposer AND approver_2 <> approver_1))
);

-- The item ledger: a run goes on from here after a crash, never from a count.
CREATE TABLE disposal_items (
    disposal_id CHARS NOT NULL REFERENCES disposals (id),
    file_id     CHARS NOT NULL REFERENCES record_files (id),
    state       CHARS NOT NULL,
    claim_hash  CHARS,                        -- the ledger entry of the claim
    body        TEXT NOT NULL,
    PRIMARY KEY (disposal_id, file_id)
);
-- A file is on one living list at most.
CREATE UNIQUE INDEX disposal_items_living ON disposal_items (file_id) WHERE state <> 'withdrawn';

CREATE TABLE tombstones (
    record_id   CHARS PRIMARY KEY,
    file_id     CHARS NOT NULL,
    disposal_id CHARS NOT NULL,
    destroyed_at CHARS NOT NULL,
    confirmed_at CHARS,                       -- backups aged out
    body        TEXT NOT NULL                 -- evidence of absence; no title, no names
);
CREATE INDEX tombstones_by_disposal ON tombstones (disposal_id);

-- 移管・廃棄簿
CREATE TABLE disposal_register (
    seq         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    file_id     CHARS NOT NULL UNIQUE,
    disposal_id CHARS NOT NULL,
    disposed_on CHARS NOT NULL,
    body        TEXT NOT NULL
);

-- No samples of titles in the statistics, where a destroyed one would linger.
ALTER TABLE records ALTER COLUMN title SET STATISTICS 0, ALTER COLUMN number SET STATISTICS 0,
    ALTER COLUMN body SET STATISTICS 0;
ALTER TABLE ingest_intents ALTER COLUMN body SET STATISTICS 0;

-- How often something was destroyed, and how often of that when the tables were last written anew without it.
CREATE TABLE destructions (
    made        BIGINT NOT NULL,
    forgotten   BIGINT NOT NULL
);
INSERT INTO destructions VALUES (0, 0);
CREATE FUNCTION count_destruction() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    UPDATE destructions SET made = made + 1;
    RETURN NULL;
END
$$;
CREATE TRIGGER record_destroyed AFTER DELETE ON records FOR EACH STATEMENT EXECUTE FUNCTION count_destruction();
CREATE TRIGGER notice_destroyed AFTER DELETE ON notice_files FOR EACH STATEMENT EXECUTE FUNCTION count_destruction();
