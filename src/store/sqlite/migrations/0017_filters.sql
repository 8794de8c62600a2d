-- Filters beside the words of a search: class, section, days and access class. What is here is derived, and no part of the
-- state.

-- The sections that made a file and that keep it now: the first hundred characters of their names.
ALTER TABLE record_files ADD COLUMN creator TEXT NOT NULL DEFAULT '';
ALTER TABLE record_files ADD COLUMN custodian TEXT NOT NULL DEFAULT '';
CREATE INDEX record_files_by_creator ON record_files (creator);
CREATE INDEX record_files_by_custodian ON record_files (custodian);

-- The access class of a record: its own or its file's, the stricter one. 0: public, 1: internal, 2: restricted.
CREATE VIEW record_access AS
SELECT r.id, CASE WHEN 'restricted' IN (r.access, f.access) THEN 2 WHEN 'internal' IN (r.access, f.access) THEN 1 ELSE 0 END
    AS access FROM records r JOIN record_files f ON f.id = r.file_id;

DROP TRIGGER record_given_place;
DROP TRIGGER records_seen_by_others;
DROP TRIGGER record_files_seen_by_others;
ALTER TABLE record_places RENAME COLUMN restricted TO access;

CREATE TRIGGER record_given_place INSTEAD OF INSERT ON records_to_place BEGIN
    INSERT INTO record_places
    SELECT 1 + max(
        day.first - 1,
        coalesce((SELECT max(place) FROM record_places WHERE place >= day.first AND place < day.first + 4294967296), 0),
        coalesce((SELECT max(place) FROM places_left WHERE place >= day.first AND place < day.first + 4294967296), 0),
        coalesce((SELECT max(place) FROM texts_left WHERE place >= day.first AND place < day.first + 4294967296), 0)),
        new.id, new.file_id, (SELECT access FROM record_access WHERE id = new.id)
    FROM (SELECT 4294967296 * CASE WHEN new.created GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'
        THEN 372 * substr(new.created, 1, 4) + 31 * substr(new.created, 6, 2) + substr(new.created, 9, 2) ELSE 0 END AS first)
        AS day;
    INSERT INTO places_to_index SELECT place FROM record_places WHERE record_id = new.id;
    INSERT INTO texts_to_read SELECT new.id WHERE NOT EXISTS (SELECT 1 FROM texts_to_read WHERE record_id = new.id);
END;
CREATE TRIGGER records_seen_by_others AFTER UPDATE OF file_id, access ON records
    WHEN old.file_id <> new.file_id OR old.access IS NOT new.access
    BEGIN
        UPDATE record_places SET file_id = new.file_id, access = (SELECT access FROM record_access WHERE id = new.id)
        WHERE record_id = new.id;
    END;
CREATE TRIGGER record_files_seen_by_others AFTER UPDATE OF access ON record_files WHEN old.access <> new.access
    BEGIN
        UPDATE record_places SET access = (SELECT access FROM record_access WHERE id = record_id)
        WHERE record_id IN (SELECT id FROM records WHERE file_id = new.id);
    END;

-- The places of some files, and of an access class, are read from here alone.
CREATE INDEX record_places_of_file ON record_places (file_id, place, access);
CREATE INDEX record_places_by_access ON record_places (access, place);

-- What stands here already. The vault has nothing to remember of that.
DROP TRIGGER record_files_changed;
UPDATE record_files SET creator = substr(json_extract(replace(body, '\u0000', '\ufffd'), '$.file.creator'), 1, 100),
    custodian = substr(json_extract(replace(body, '\u0000', '\ufffd'), '$.file.custodian'), 1, 100);
CREATE TRIGGER record_files_changed AFTER UPDATE ON record_files
    BEGIN INSERT INTO changes VALUES ('files-' || substr(new.id, 1, 3)); END;
UPDATE record_places SET access = (SELECT access FROM record_access WHERE id = record_id);
