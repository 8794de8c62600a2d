-- Furniture, head counts and volumes of paper (R10). A volume belongs to its record file, and is remembered with it.

CREATE TABLE furniture (
    id            TEXT PRIMARY KEY,
    label         TEXT NOT NULL UNIQUE,
    section       TEXT NOT NULL,
    body          TEXT NOT NULL
);

CREATE TABLE section_heads (
    section       TEXT PRIMARY KEY,
    body          TEXT NOT NULL
);

CREATE TABLE paper_volumes (
    id            TEXT PRIMARY KEY,
    label         TEXT NOT NULL UNIQUE,
    file_id       TEXT NOT NULL REFERENCES record_files (id),
    furniture_id  TEXT REFERENCES furniture (id),
    due_back      TEXT,                         -- where it is lent
    body          TEXT NOT NULL
);

CREATE INDEX paper_volumes_of_file ON paper_volumes (file_id, id);
CREATE INDEX paper_volumes_in_furniture ON paper_volumes (furniture_id) WHERE furniture_id IS NOT NULL;
CREATE INDEX paper_volumes_lent ON paper_volumes (due_back) WHERE due_back IS NOT NULL;

CREATE TRIGGER furniture_made AFTER INSERT ON furniture BEGIN INSERT INTO changes VALUES ('shelves'); END;
CREATE TRIGGER furniture_changed AFTER UPDATE ON furniture BEGIN INSERT INTO changes VALUES ('shelves'); END;
CREATE TRIGGER furniture_removed AFTER DELETE ON furniture BEGIN INSERT INTO changes VALUES ('shelves'); END;
CREATE TRIGGER section_heads_made AFTER INSERT ON section_heads BEGIN INSERT INTO changes VALUES ('shelves'); END;
CREATE TRIGGER section_heads_changed AFTER UPDATE ON section_heads BEGIN INSERT INTO changes VALUES ('shelves'); END;
CREATE TRIGGER section_heads_removed AFTER DELETE ON section_heads BEGIN INSERT INTO changes VALUES ('shelves'); END;
CREATE TRIGGER paper_volumes_made AFTER INSERT ON paper_volumes
    BEGIN INSERT INTO changes VALUES ('files-' || substr(new.file_id, 1, 3)); END;
CREATE TRIGGER paper_volumes_changed AFTER UPDATE ON paper_volumes
    BEGIN INSERT INTO changes VALUES ('files-' || substr(new.file_id, 1, 3)); END;
CREATE TRIGGER paper_volumes_removed AFTER DELETE ON paper_volumes
    BEGIN INSERT INTO changes VALUES ('files-' || substr(old.file_id, 1, 3)); END;
CREATE TRIGGER paper_volumes_moved AFTER UPDATE OF file_id ON paper_volumes WHEN old.file_id <> new.file_id
    BEGIN INSERT INTO changes VALUES ('files-' || substr(old.file_id, 1, 3)); END;
