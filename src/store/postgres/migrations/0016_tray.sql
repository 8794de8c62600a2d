-- Documents that wait to be filed, and the paper of those that were scanned (R8). A paper original belongs to its record file,
-- and is remembered with it.

CREATE TABLE tray (
    id            CHARS PRIMARY KEY,
    state         CHARS NOT NULL,
    arrived       CHARS NOT NULL,
    sha256        CHARS NOT NULL,
    body          TEXT NOT NULL
);

CREATE INDEX tray_by_state ON tray (state, arrived, id);
CREATE INDEX tray_of_bytes ON tray (sha256);

-- What hot folders gave, by a digest of name and bytes, so that nothing is taken twice whatever stops.
CREATE TABLE tray_taken (
    digest        CHARS PRIMARY KEY,
    taken         CHARS NOT NULL
);

CREATE TABLE paper_originals (
    record_id     CHARS PRIMARY KEY,
    file_id       CHARS NOT NULL REFERENCES record_files (id),
    state         CHARS NOT NULL,
    list_id       CHARS,                         -- the list of the shredding contractor that it is on
    body          TEXT NOT NULL
);

CREATE INDEX paper_originals_of_file ON paper_originals (file_id, record_id);
CREATE INDEX paper_originals_by_state ON paper_originals (state, record_id);
CREATE INDEX paper_originals_on_list ON paper_originals (list_id, record_id) WHERE list_id IS NOT NULL;

CREATE TABLE shredding_lists (
    id            CHARS PRIMARY KEY,
    made          CHARS NOT NULL,
    body          TEXT NOT NULL
);

CREATE FUNCTION tray_changed() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    PERFORM note_change('tray');
    RETURN NULL;
END
$$;

CREATE TRIGGER tray_changed AFTER INSERT OR UPDATE OR DELETE ON tray FOR EACH ROW EXECUTE FUNCTION tray_changed();
CREATE TRIGGER shredding_lists_changed AFTER INSERT OR UPDATE ON shredding_lists FOR EACH ROW EXECUTE FUNCTION tray_changed();
CREATE TRIGGER paper_originals_changed AFTER INSERT OR UPDATE OR DELETE ON paper_originals FOR EACH ROW EXECUTE FUNCTION row_of_file_changed();
