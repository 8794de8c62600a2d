-- What changed since the vault last remembered the rows: only that is written anew there. Noted whoever writes, with the last
-- entry that the ledger had then.

CREATE TABLE memory_changes (
    unit        CHARS PRIMARY KEY,            -- files-0a3: the files whose identifiers begin so; register-0: its first stretch
    ledger_seq  BIGINT NOT NULL
);

CREATE FUNCTION note_change(changed TEXT) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO memory_changes AS noted SELECT changed, coalesce(max(seq), 0) FROM ledger
    ON CONFLICT (unit) DO UPDATE SET ledger_seq = excluded.ledger_seq WHERE noted.ledger_seq <> excluded.ledger_seq;
END
$$;

CREATE FUNCTION file_changed() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'DELETE' THEN PERFORM note_change('files-' || substr(NEW.id, 1, 3)); END IF;
    IF TG_OP <> 'INSERT' THEN PERFORM note_change('files-' || substr(OLD.id, 1, 3)); END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION row_of_file_changed() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'DELETE' THEN PERFORM note_change('files-' || substr(NEW.file_id, 1, 3)); END IF;
    IF TG_OP <> 'INSERT' THEN PERFORM note_change('files-' || substr(OLD.file_id, 1, 3)); END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION register_changed() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'DELETE' THEN PERFORM note_change('register-' || (NEW.seq / 1024)); END IF;
    IF TG_OP <> 'INSERT' THEN PERFORM note_change('register-' || (OLD.seq / 1024)); END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER record_files_changed AFTER INSERT OR UPDATE OR DELETE ON record_files FOR EACH ROW EXECUTE FUNCTION file_changed();
CREATE TRIGGER records_changed AFTER INSERT OR UPDATE OR DELETE ON records FOR EACH ROW EXECUTE FUNCTION row_of_file_changed();
CREATE TRIGGER disposal_items_changed AFTER INSERT OR UPDATE OR DELETE ON disposal_items FOR EACH ROW EXECUTE FUNCTION row_of_file_changed();
CREATE TRIGGER tombstones_changed AFTER INSERT OR UPDATE OR DELETE ON tombstones FOR EACH ROW EXECUTE FUNCTION row_of_file_changed();
CREATE TRIGGER disposal_register_changed AFTER INSERT OR UPDATE OR DELETE ON disposal_register FOR EACH ROW EXECUTE FUNCTION register_changed();

-- All that belongs to a file is found by the file.
CREATE INDEX disposal_items_of_file ON disposal_items (file_id, disposal_id);
CREATE INDEX tombstones_of_file ON tombstones (file_id, record_id);
