-- Access classes: who may see a record file, and a record that is stricter than its file. A record without a class of its own
-- is as its file is. What stands here already is internal.

ALTER TABLE record_files ADD COLUMN access TEXT NOT NULL DEFAULT 'internal'
    CHECK (access IN ('public', 'internal', 'restricted'));
CREATE INDEX record_files_restricted ON record_files (id) WHERE access = 'restricted';

ALTER TABLE records ADD COLUMN access TEXT CHECK (access IN ('public', 'internal', 'restricted'));
-- How many records of a file are restricted is read from here alone.
CREATE INDEX records_restricted ON records (file_id) WHERE access = 'restricted';
