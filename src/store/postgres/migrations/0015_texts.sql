-- Search in contents. As with titles, what the index holds is derived, and no part of the state. Everything here that was made
-- of a document is encrypted: the text under a key of its package's, which goes with that; the index under a key that is
-- made of the vault's master identity and a salt for each block of places. When something is taken out of a block, the block
-- gets another salt, and this table of salts, which is small, is written anew, so that nothing which the database left
-- anywhere of the old block can be read by anybody.

-- The text of a record: packed, under the key of its package. A record without one has no row.
CREATE TABLE record_texts (
    place       BIGINT PRIMARY KEY REFERENCES record_places (place) ON DELETE CASCADE,
    sealed      BYTEA NOT NULL
);

-- Records whose packages are still to be read for their text: what came by a database that was made anew, by a recovery, or
-- from before there was this index, and what is called otherwise now.
CREATE TABLE texts_to_read (
    record_id   CHARS PRIMARY KEY REFERENCES records (id) ON DELETE CASCADE
);

-- What is not in the index yet: the pieces of a text, under the key of its block.
CREATE TABLE texts_to_index (
    place       BIGINT PRIMARY KEY,
    terms       BYTEA NOT NULL
);

-- What is to be taken out of the index: the records are gone, or have another place.
CREATE TABLE texts_left (
    place       BIGINT PRIMARY KEY
);

-- The salts of the blocks.
CREATE TABLE text_blocks (
    block       BIGINT PRIMARY KEY,
    salt        CHARS NOT NULL                -- 64 hexadecimal digits
);

-- The index: which pieces stand at which places, under the keys of the blocks.
CREATE TABLE text_shards (
    shard       BIGINT PRIMARY KEY,           -- a bucket of pieces in the upper part, a block of places in the lower
    postings    BYTEA NOT NULL
);
-- What is encrypted is packed already, and has no statistics; of salts none may linger in them.
ALTER TABLE record_texts ALTER COLUMN sealed SET STATISTICS 0, ALTER COLUMN sealed SET STORAGE EXTERNAL;
ALTER TABLE texts_to_index ALTER COLUMN terms SET STATISTICS 0, ALTER COLUMN terms SET STORAGE EXTERNAL;
ALTER TABLE text_shards ALTER COLUMN postings SET STATISTICS 0, ALTER COLUMN postings SET STORAGE EXTERNAL;
ALTER TABLE text_blocks ALTER COLUMN salt SET STATISTICS 0;

-- Of which normal form and under which key the index is; 0 before there is one.
CREATE TABLE text_form (
    form        BIGINT NOT NULL,
    key_check   BYTEA NOT NULL
);
INSERT INTO text_form VALUES (0, ''::BYTEA);

CREATE OR REPLACE FUNCTION give_place() RETURNS TRIGGER LANGUAGE plpgsql AS $$
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
        (SELECT max(place) FROM places_left WHERE place >= first AND place < first + 4294967296),
        (SELECT max(place) FROM texts_left WHERE place >= first AND place < first + 4294967296));
    INSERT INTO record_places VALUES (given, NEW.id, NEW.file_id, closed);
    INSERT INTO places_to_index VALUES (given);
    INSERT INTO texts_to_read VALUES (NEW.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

CREATE FUNCTION leave_text() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO texts_left VALUES (OLD.place);
    DELETE FROM texts_to_index WHERE place = OLD.place;
    RETURN NULL;
END
$$;

-- Also by way of a place, and so of a record, that is removed.
CREATE TRIGGER record_text_left AFTER DELETE ON record_texts FOR EACH ROW EXECUTE FUNCTION leave_text();

INSERT INTO texts_to_read SELECT id FROM records;
