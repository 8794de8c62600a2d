-- Transfer to the archives: how far a file is on its way, and a line of the 移管・廃棄簿 before our copy is destroyed.

ALTER TABLE record_files ADD COLUMN transfer TEXT CHECK (transfer IN ('sent', 'received'));
CREATE INDEX record_files_by_transfer ON record_files (id) WHERE destroyed_on IS NULL AND transfer IS NOT NULL;

CREATE TABLE register_anew (
    seq         INTEGER PRIMARY KEY,
    file_id     TEXT NOT NULL UNIQUE,
    disposal_id TEXT,                         -- none while our copy of what the archives have is not destroyed
    disposed_on TEXT NOT NULL,
    body        TEXT NOT NULL
);
INSERT INTO register_anew SELECT seq, file_id, disposal_id, disposed_on, body FROM disposal_register;
DROP TABLE disposal_register;
ALTER TABLE register_anew RENAME TO disposal_register;
