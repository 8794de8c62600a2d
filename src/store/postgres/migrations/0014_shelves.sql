-- Furniture, head counts and volumes of paper (R10). A volume belongs to its record file, and is remembered with it.

CREATE TABLE furniture (
    id            CHARS PRIMARY KEY,
    label         CHARS NOT NULL UNIQUE,
    section       CHARS NOT NULL,
    body          TEXT NOT NULL
);

CREATE TABLE section_heads (
    section       CHARS PRIMARY KEY,
    body          TEXT NOT NULL
);

CREATE TABLE paper_volumes (
    id            CHARS PRIMARY KEY,
    label         CHARS NOT NULL UNIQUE,
    file_id       CHARS NOT NULL REFERENCES record_files (id),
    furniture_id  CHARS REFERENCES furniture (id),
    due_back      CHARS,                        -- where it is lent
    body          TEXT NOT NULL
);

CREATE INDEX paper_volumes_of_file ON paper_volumes (file_id, id);
CREATE INDEX paper_volumes_in_furniture ON paper_volumes (furniture_id) WHERE furniture_id IS NOT NULL;
CREATE INDEX paper_volumes_lent ON paper_volumes (due_back) WHERE due_back IS NOT NULL;

CREATE FUNCTION shelves_changed() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    PERFORM note_change('shelves');
    RETURN NULL;
END
$$;

CREATE TRIGGER furniture_changed AFTER INSERT OR UPDATE OR DELETE ON furniture FOR EACH ROW EXECUTE FUNCTION shelves_changed();
CREATE TRIGGER section_heads_changed AFTER INSERT OR UPDATE OR DELETE ON section_heads FOR EACH ROW EXECUTE FUNCTION shelves_changed();
CREATE TRIGGER paper_volumes_changed AFTER INSERT OR UPDATE OR DELETE ON paper_volumes FOR EACH ROW EXECUTE FUNCTION row_of_file_changed();
