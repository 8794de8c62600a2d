-- Sealing: levels still to be reached, and every hash a notice's file has had.

ALTER TABLE notices ADD COLUMN upgrade_due TEXT;      -- NULL: nothing is waited for
UPDATE notices SET upgrade_due = json_extract(body, '$.upgrade.due');
CREATE INDEX notices_by_upgrade ON notices (upgrade_due) WHERE upgrade_due IS NOT NULL;

-- The file as sealed is in notices.sealed_sha256; each row here is a longer file that begins with it.
CREATE TABLE notice_hashes (
    sha256      TEXT NOT NULL,
    notice_id   TEXT NOT NULL REFERENCES notices (id),
    PRIMARY KEY (sha256, notice_id)
);
