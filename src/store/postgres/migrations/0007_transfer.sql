-- Transfer to the archives: how far a file is on its way, and a line of the 移管・廃棄簿 before our copy is destroyed.

ALTER TABLE record_files ADD COLUMN transfer CHARS CHECK (transfer IN ('sent', 'received'));
CREATE INDEX record_files_by_transfer ON record_files (id) WHERE destroyed_on IS NULL AND transfer IS NOT NULL;

-- None while our copy of what the archives have is not destroyed.
ALTER TABLE disposal_register ALTER COLUMN disposal_id DROP NOT NULL;
