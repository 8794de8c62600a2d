-- Search by words. What the index holds is derived, and no part of the state. It is written by the program, some hundred
-- records at a time, since only that knows the normal form of words; until then they wait here, and every search looks at
-- those that wait one by one.

-- The place of a record in the order of answers: the day in the upper half (years of 372 days), in the lower half the order
-- of filing on it. A place is never given twice while the index knows it.
CREATE TABLE record_places (
    place       INTEGER PRIMARY KEY,
    record_id   TEXT NOT NULL UNIQUE REFERENCES records (id) ON DELETE CASCADE,
    file_id     TEXT NOT NULL,                -- as in the record's row
    restricted  INTEGER NOT NULL              -- 1: it has that class, or its file
);

-- What is not in the index yet.
CREATE TABLE places_to_index (
    place       INTEGER PRIMARY KEY
);

-- What is to be taken out of the index: the records are gone.
CREATE TABLE places_left (
    place       INTEGER PRIMARY KEY
);

-- The index: which pieces stand in titles and numbers, and at which places. Its form is the program's.
CREATE TABLE word_shards (
    shard       INTEGER PRIMARY KEY,          -- a bucket of pieces in the upper part, a block of places in the lower
    postings    BLOB NOT NULL
);

-- Of which normal form the words in the index are.
CREATE TABLE word_form (
    form        INTEGER NOT NULL
);
INSERT INTO word_form VALUES (1);

-- What is put here is given a place.
CREATE VIEW records_to_place AS SELECT id, created, file_id, access FROM records;
CREATE TRIGGER record_given_place INSTEAD OF INSERT ON records_to_place BEGIN
    INSERT INTO record_places
    SELECT 1 + max(
        day.first - 1,
        coalesce((SELECT max(place) FROM record_places WHERE place >= day.first AND place < day.first + 4294967296), 0),
        coalesce((SELECT max(place) FROM places_left WHERE place >= day.first AND place < day.first + 4294967296), 0)),
        new.id, new.file_id, new.access IS 'restricted'
            OR EXISTS (SELECT 1 FROM record_files WHERE id = new.file_id AND access = 'restricted')
    FROM (SELECT 4294967296 * CASE WHEN new.created GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'
        THEN 372 * substr(new.created, 1, 4) + 31 * substr(new.created, 6, 2) + substr(new.created, 9, 2) ELSE 0 END AS first)
        AS day;
    INSERT INTO places_to_index SELECT place FROM record_places WHERE record_id = new.id;
END;

CREATE TRIGGER records_made_findable AFTER INSERT ON records
    BEGIN INSERT INTO records_to_place VALUES (new.id, new.created, new.file_id, new.access); END;
CREATE TRIGGER records_renamed AFTER UPDATE OF title, number, created ON records
    WHEN old.title IS NOT new.title OR old.number IS NOT new.number OR old.created IS NOT new.created
    BEGIN
        DELETE FROM record_places WHERE record_id = old.id;
        INSERT INTO records_to_place VALUES (new.id, new.created, new.file_id, new.access);
    END;
CREATE TRIGGER records_seen_by_others AFTER UPDATE OF file_id, access ON records
    WHEN old.file_id <> new.file_id OR old.access IS NOT new.access
    BEGIN
        UPDATE record_places SET file_id = new.file_id, restricted = new.access IS 'restricted'
            OR EXISTS (SELECT 1 FROM record_files WHERE id = new.file_id AND access = 'restricted') WHERE record_id = new.id;
    END;
CREATE TRIGGER record_files_seen_by_others AFTER UPDATE OF access ON record_files WHEN old.access <> new.access
    BEGIN
        UPDATE record_places SET restricted = new.access = 'restricted'
            OR (SELECT access IS 'restricted' FROM records WHERE id = record_id)
        WHERE record_id IN (SELECT id FROM records WHERE file_id = new.id);
    END;
-- Also by way of a record that is removed.
CREATE TRIGGER record_place_left AFTER DELETE ON record_places
    BEGIN
        INSERT INTO places_left VALUES (old.place);
        DELETE FROM places_to_index WHERE place = old.place;
    END;

-- What stands here already waits for the next start.
INSERT INTO record_places
SELECT 4294967296 * day + row_number() OVER (PARTITION BY day ORDER BY number) - 1, id, file_id, restricted
FROM (SELECT rowid AS number, id, file_id, access IS 'restricted'
    OR file_id IN (SELECT id FROM record_files WHERE access = 'restricted') AS restricted, CASE WHEN created GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'
    THEN 372 * substr(created, 1, 4) + 31 * substr(created, 6, 2) + substr(created, 9, 2) ELSE 0 END AS day FROM records);
INSERT INTO places_to_index SELECT place FROM record_places;
