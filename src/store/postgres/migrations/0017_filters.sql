-- Filters beside the words of a search: class, section, days and access class. What is here is derived, and no part of the
-- state.

-- The sections that made a file and that keep it now: the first hundred characters of their names. The vault has nothing to
-- remember of what stands here already.
ALTER TABLE record_files ADD COLUMN creator CHARS NOT NULL DEFAULT '', ADD COLUMN custodian CHARS NOT NULL DEFAULT '';
ALTER TABLE record_files DISABLE TRIGGER record_files_changed;
UPDATE record_files SET creator = substr(replace(body, '\u0000', '\ufffd')::json #>> '{file,creator}', 1, 100),
    custodian = substr(replace(body, '\u0000', '\ufffd')::json #>> '{file,custodian}', 1, 100);
ALTER TABLE record_files ENABLE TRIGGER record_files_changed;
CREATE INDEX record_files_by_creator ON record_files (creator);
CREATE INDEX record_files_by_custodian ON record_files (custodian);

-- The access class of a record: its own or its file's, the stricter one. 0: public, 1: internal, 2: restricted.
CREATE VIEW record_access AS
SELECT r.id, CASE WHEN 'restricted' IN (r.access, f.access) THEN 2 WHEN 'internal' IN (r.access, f.access) THEN 1 ELSE 0 END
    AS access FROM records r JOIN record_files f ON f.id = r.file_id;

ALTER TABLE record_places RENAME COLUMN restricted TO access;

CREATE OR REPLACE FUNCTION give_place() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    first BIGINT := first_place_of(NEW.created);
    seen_by BIGINT := (SELECT access FROM record_access WHERE id = NEW.id);
    given BIGINT;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.title = NEW.title AND OLD.number IS NOT DISTINCT FROM NEW.number AND OLD.created = NEW.created THEN
            UPDATE record_places SET file_id = NEW.file_id, access = seen_by WHERE record_id = NEW.id;
            RETURN NULL;
        END IF;
        DELETE FROM record_places WHERE record_id = OLD.id;
    END IF;
    given := 1 + greatest(
        first - 1,
        (SELECT max(place) FROM record_places WHERE place >= first AND place < first + 4294967296),
        (SELECT max(place) FROM places_left WHERE place >= first AND place < first + 4294967296),
        (SELECT max(place) FROM texts_left WHERE place >= first AND place < first + 4294967296));
    INSERT INTO record_places VALUES (given, NEW.id, NEW.file_id, seen_by);
    INSERT INTO places_to_index VALUES (given);
    INSERT INTO texts_to_read VALUES (NEW.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION close_places() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    UPDATE record_places p SET access = a.access FROM records r, record_access a
        WHERE r.file_id = NEW.id AND p.record_id = r.id AND a.id = r.id;
    RETURN NULL;
END
$$;

-- What stands here already.
UPDATE record_places p SET access = a.access FROM record_access a WHERE a.id = p.record_id AND p.access <> a.access;

-- The places of some files, and of an access class, are read from here alone.
CREATE INDEX record_places_of_file ON record_places (file_id, place, access);
CREATE INDEX record_places_by_access ON record_places (access, place);
