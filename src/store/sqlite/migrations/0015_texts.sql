-- Search in contents. As with titles, what the index holds is derived, and no part of the state. Everything here that was made
-- of a document is encrypted: the text under a key of its package's, which goes with that; the index under a key that is
-- made of the vault's master identity and a salt for each block of places. When something is taken out of a block, the block
-- gets another salt, and this table of salts, which is small, is written anew, so that nothing which SQLite left anywhere of
-- the old block can be read by anybody.

-- The text of a record: packed, under the key of its package. A record without one has no row.
CREATE TABLE record_texts (
    place       INTEGER PRIMARY KEY REFERENCES record_places (place) ON DELETE CASCADE,
    sealed      BLOB NOT NULL
);

-- Records whose packages are still to be read for their text: what came by a database that was made anew, by a recovery, or
-- from before there was this index, and what is called otherwise now.
CREATE TABLE texts_to_read (
    record_id   TEXT PRIMARY KEY REFERENCES records (id) ON DELETE CASCADE
);

-- What is not in the index yet: the pieces of a text, under the key of its block.
CREATE TABLE texts_to_index (
    place       INTEGER PRIMARY KEY,
    terms       BLOB NOT NULL
);

-- What is to be taken out of the index: the records are gone, or have another place.
CREATE TABLE texts_left (
    place       INTEGER PRIMARY KEY
);

-- The salts of the blocks.
CREATE TABLE text_blocks (
    block       INTEGER PRIMARY KEY,
    salt        TEXT NOT NULL                 -- 64 hexadecimal digits
);

-- The index: which pieces stand at which places, under the keys of the blocks.
CREATE TABLE text_shards (
    shard       INTEGER PRIMARY KEY,          -- a bucket of pieces in the upper part, a block of places in the lower
    postings    BLOB NOT NULL
);

-- Of which normal form and under which key the index is; 0 before there is one.
CREATE TABLE text_form (
    form        INTEGER NOT NULL,
    key_check   BLOB NOT NULL
);
INSERT INTO text_form VALUES (0, x'');

DROP TRIGGER record_given_place;
CREATE TRIGGER record_given_place INSTEAD OF INSERT ON records_to_place BEGIN
    INSERT INTO record_places
    SELECT 1 + max(
        day.first - 1,
        coalesce((SELECT max(place) FROM record_places WHERE place >= day.first AND place < day.first + 4294967296), 0),
        coalesce((SELECT max(place) FROM places_left WHERE place >= day.first AND place < day.first + 4294967296), 0),
        coalesce((SELECT max(place) FROM texts_left WHERE place >= day.first AND place < day.first + 4294967296), 0)),
        new.id, new.file_id, new.access IS 'restricted'
            OR EXISTS (SELECT 1 FROM record_files WHERE id = new.file_id AND access = 'restricted')
    FROM (SELECT 4294967296 * CASE WHEN new.created GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'
        THEN 372 * substr(new.created, 1, 4) + 31 * substr(new.created, 6, 2) + substr(new.created, 9, 2) ELSE 0 END AS first)
        AS day;
    INSERT INTO places_to_index SELECT place FROM record_places WHERE record_id = new.id;
    INSERT INTO texts_to_read SELECT new.id WHERE NOT EXISTS (SELECT 1 FROM texts_to_read WHERE record_id = new.id);
END;

-- Also by way of a place, and so of a record, that is removed.
CREATE TRIGGER record_text_left AFTER DELETE ON record_texts
    BEGIN
        INSERT INTO texts_left VALUES (old.place);
        DELETE FROM texts_to_index WHERE place = old.place;
    END;

INSERT INTO texts_to_read SELECT id FROM records;
