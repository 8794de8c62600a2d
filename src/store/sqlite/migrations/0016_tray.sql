-- Documents that wait to be filed, and the paper of those that were scanned (R8). A paper original belongs to its record file,
-- and is remembered with it.

CREATE TABLE tray (
    id            TEXT PRIMARY KEY,
    state         TEXT NOT NULL,
    arrived       TEXT NOT NULL,
    sha256        TEXT NOT NULL,
    body          TEXT NOT NULL
);

CREATE INDEX tray_by_state ON tray (state, arrived, id);
CREATE INDEX tray_of_bytes ON tray (sha256);

-- What hot folders gave, by a digest of name and bytes, so that nothing is taken twice whatever stops.
CREATE TABLE tray_taken (
    digest        TEXT PRIMARY KEY,
    taken         TEXT NOT NULL
);

CREATE TABLE paper_originals (
    record_id     TEXT PRIMARY KEY,
    file_id       TEXT NOT NULL REFERENCES record_files (id),
    state         TEXT NOT NULL,
    list_id       TEXT,                         -- the list of the shredding contractor that it is on
    body          TEXT NOT NULL
);

CREATE INDEX paper_originals_of_file ON paper_originals (file_id, record_id);
CREATE INDEX paper_originals_by_state ON paper_originals (state, record_id);
CREATE INDEX paper_originals_on_list ON paper_originals (list_id, record_id) WHERE list_id IS NOT NULL;

CREATE TABLE shredding_lists (
    id            TEXT PRIMARY KEY,
    made          TEXT NOT NULL,
    body          TEXT NOT NULL
);

CREATE TRIGGER tray_made AFTER INSERT ON tray BEGIN INSERT INTO changes VALUES ('tray'); END;
CREATE TRIGGER tray_changed AFTER UPDATE ON tray BEGIN INSERT INTO changes VALUES ('tray'); END;
CREATE TRIGGER tray_removed AFTER DELETE ON tray BEGIN INSERT INTO changes VALUES ('tray'); END;
CREATE TRIGGER shredding_lists_made AFTER INSERT ON shredding_lists BEGIN INSERT INTO changes VALUES ('tray'); END;
CREATE TRIGGER shredding_lists_changed AFTER UPDATE ON shredding_lists BEGIN INSERT INTO changes VALUES ('tray'); END;
CREATE TRIGGER paper_originals_made AFTER INSERT ON paper_originals
    BEGIN INSERT INTO changes VALUES ('files-' || substr(new.file_id, 1, 3)); END;
CREATE TRIGGER paper_originals_changed AFTER UPDATE ON paper_originals
    BEGIN INSERT INTO changes VALUES ('files-' || substr(new.file_id, 1, 3)); END;
CREATE TRIGGER paper_originals_removed AFTER DELETE ON paper_originals
    BEGIN INSERT INTO changes VALUES ('files-' || substr(old.file_id, 1, 3)); END;
