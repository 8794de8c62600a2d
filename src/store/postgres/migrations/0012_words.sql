-- Search by words. What the index holds is derived, and no part of the state. It is written by the program, some hundred
-- records at a time, since only that knows the normal form of words; until then they wait here, and every search looks at
-- those that wait one by one.

-- The place of a record in the order of answers: the day in the upper half (years of 372 days), in the lower half the order
-- of filing on it. A place is never given twice while the index knows it.
CREATE TABLE record_places (
    place       BIGINT PRIMARY KEY,
    record_id   CHARS NOT NULL UNIQUE REFERENCES records (id) ON DELETE CASCADE,
    file_id     CHARS NOT NULL,               -- as in the record's row
    restricted  BIGINT NOT NULL               -- 1: it has that class, or its file
);

-- What is not in the index yet.
CREATE TABLE places_to_index (
    place       BIGINT PRIMARY KEY
);

-- What is to be taken out of the index: the records are gone.
CREATE TABLE places_left (
    place       BIGINT PRIMARY KEY
);

-- The index: which pieces stand in titles and numbers, and at which places. Its form is the program's.
CREATE TABLE word_shards (
    shard       BIGINT PRIMARY KEY,           -- a bucket of pieces in the upper part, a block of places in the lower
    postings    BYTEA NOT NULL
);
-- No samples of it in the statistics, where words of a destroyed record would linger; and it is packed already.
ALTER TABLE word_shards ALTER COLUMN postings SET STATISTICS 0, ALTER COLUMN postings SET STORAGE EXTERNAL;

-- Of which normal form the words in the index are.
CREATE TABLE word_form (
    form        BIGINT NOT NULL
);
INSERT INTO word_form VALUES (1);

CREATE FUNCTION first_place_of(created TEXT) RETURNS BIGINT LANGUAGE SQL IMMUTABLE
    RETURN 4294967296 * CASE WHEN created ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$'
        THEN 372 * substr(created, 1, 4)::BIGINT + 31 * substr(created, 6, 2)::BIGINT + substr(created, 9, 2)::BIGINT
        ELSE 0 END;

CREATE FUNCTION give_place() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    first BIGINT := first_place_of(NEW.created);
    closed BIGINT := CASE WHEN NEW.access = 'restricted'
        OR EXISTS (SELECT 1 FROM record_files WHERE id = NEW.file_id AND access = 'restricted') THEN 1 ELSE 0 END;
    given BIGINT;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.title = NEW.title AND OLD.number IS NOT DISTINCT FROM NEW.number AND OLD.created = NEW.created THEN
            UPDATE record_places SET file_id = NEW.file_id, restricted = closed WHERE record_id = NEW.id;
            RETURN NULL;
        END IF;
        DELETE FROM record_places WHERE record_id = OLD.id;
    END IF;
    given := 1 + greatest(
        first - 1,
        (SELECT max(place) FROM record_places WHERE place >= first AND place < first + 4294967296),
        (SELECT max(place) FROM places_left WHERE place >= first AND place < first + 4294967296));
    INSERT INTO record_places VALUES (given, NEW.id, NEW.file_id, closed);
    INSERT INTO places_to_index VALUES (given);
    RETURN NULL;
END
$$;

CREATE FUNCTION close_places() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    UPDATE record_places p SET restricted = CASE WHEN NEW.access = 'restricted' OR r.access = 'restricted' THEN 1 ELSE 0 END
        FROM records r WHERE r.file_id = NEW.id AND p.record_id = r.id;
    RETURN NULL;
END
$$;

CREATE FUNCTION leave_place() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO places_left VALUES (OLD.place);
    DELETE FROM places_to_index WHERE place = OLD.place;
    RETURN NULL;
END
$$;

CREATE TRIGGER records_made_findable AFTER INSERT ON records FOR EACH ROW EXECUTE FUNCTION give_place();
CREATE TRIGGER records_renamed AFTER UPDATE ON records FOR EACH ROW
    WHEN (ROW(OLD.title, OLD.number, OLD.created, OLD.file_id, OLD.access)
        IS DISTINCT FROM ROW(NEW.title, NEW.number, NEW.created, NEW.file_id, NEW.access))
    EXECUTE FUNCTION give_place();
CREATE TRIGGER record_files_seen_by_others AFTER UPDATE ON record_files FOR EACH ROW WHEN (OLD.access <> NEW.access)
    EXECUTE FUNCTION close_places();
-- Also by way of a record that is removed.
CREATE TRIGGER record_place_left AFTER DELETE ON record_places FOR EACH ROW EXECUTE FUNCTION leave_place();

-- What stands here already waits for the next start.
INSERT INTO record_places
SELECT first_place_of(created) + row_number() OVER (PARTITION BY first_place_of(created) ORDER BY rowid) - 1, id, file_id,
    CASE WHEN access = 'restricted' OR file_id IN (SELECT id FROM record_files WHERE access = 'restricted') THEN 1 ELSE 0 END
FROM records;
INSERT INTO places_to_index SELECT place FROM record_places;
