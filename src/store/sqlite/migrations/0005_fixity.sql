-- When each record's package was last read and hashed in every copy, and what was wrong. Writing reads back, so a record
-- counts as read when it was filed. A row goes with its record.

CREATE TABLE fixity (
    record_id   TEXT PRIMARY KEY REFERENCES records (id) ON DELETE CASCADE,
    read_at     TEXT NOT NULL,                -- when every copy and key was last read to its end
    looked_at   TEXT NOT NULL,                -- when it was last looked at, to its end or not; the lowest is next
    state       TEXT NOT NULL,                -- sound; anything else is an alarm until it is settled
    repaired_at TEXT,                         -- when a copy or key was last put right
    body        TEXT NOT NULL
);

INSERT INTO fixity (record_id, read_at, looked_at, state, body)
SELECT id, filed_at, filed_at, 'sound',
    json_object('record', id, 'read_at', filed_at, 'looked_at', filed_at, 'state', 'sound', 'since', NULL, 'repaired_at', NULL)
FROM (SELECT id, json_extract(body, '$.record.filed_at') AS filed_at FROM records);
