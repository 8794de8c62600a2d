-- Sealing: levels still to be reached, and every hash a notice's file has had.

ALTER TABLE notices ADD COLUMN upgrade_due CHARS;      -- NULL: nothing is waited for
UPDATE notices SET upgrade_due = body::json #>> '{upgrade,due}';
CREATE INDEX notices_by_upgrade ON notices (upgrade_due) WHERE upgrade_due IS NOT NULL;

-- The file as sealed is in notices.sealed_sha256; each row here is a longer file that begins with it.
CREATE TABLE notice_hashes (
    sha256      CHARS NOT NULL,
    notice_id   CHARS NOT NULL REFERENCES notices (id),
    PRIMARY KEY (sha256, notice_id)
);

-- Batches: a frozen list, released once. An item is settled in the transaction that stores its seal.
CREATE TABLE seal_batches (
    seq         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id          CHARS NOT NULL UNIQUE,
    list_hash   CHARS NOT NULL,
    body        TEXT NOT NULL
);

CREATE TABLE seal_batch_items (
    batch_id    CHARS NOT NULL REFERENCES seal_batches (id),
    position    BIGINT NOT NULL,
    notice_id   CHARS NOT NULL REFERENCES notices (id),
    sha256      CHARS NOT NULL,               -- what was approved
    state       CHARS NOT NULL CHECK (state IN ('listed', 'pending', 'sealed', 'refused')),
    settled     TEXT,                         -- how it ended, JSON
    PRIMARY KEY (batch_id, position),
    UNIQUE (batch_id, notice_id)
);
-- A notice waits on one released list at most.
CREATE UNIQUE INDEX seal_batch_items_waiting ON seal_batch_items (notice_id) WHERE state = 'pending';
