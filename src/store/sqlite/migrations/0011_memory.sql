-- What changed since the vault last remembered the rows: only that is written anew there. Noted whoever writes, with the last
-- entry that the ledger had then.

CREATE TABLE memory_changes (
    unit        TEXT PRIMARY KEY,             -- files-0a3: the files whose identifiers begin so; register-0: its first stretch
    ledger_seq  INTEGER NOT NULL
);

-- What is put here is noted.
CREATE VIEW changes AS SELECT unit FROM memory_changes;
CREATE TRIGGER changes_noted INSTEAD OF INSERT ON changes BEGIN
    INSERT INTO memory_changes SELECT new.unit, coalesce(max(seq), 0) FROM ledger WHERE true
    ON CONFLICT (unit) DO UPDATE SET ledger_seq = excluded.ledger_seq WHERE ledger_seq <> excluded.ledger_seq;
END;

CREATE TRIGGER record_files_made AFTER INSERT ON record_files
    BEGIN INSERT INTO changes VALUES ('files-' || substr(new.id, 1, 3)); END;
CREATE TRIGGER record_files_changed AFTER UPDATE ON record_files
    BEGIN INSERT INTO changes VALUES ('files-' || substr(new.id, 1, 3)); END;
CREATE TRIGGER record_files_removed AFTER DELETE ON record_files
    BEGIN INSERT INTO changes VALUES ('files-' || substr(old.id, 1, 3)); END;
CREATE TRIGGER records_made AFTER INSERT ON records
    BEGIN INSERT INTO changes VALUES ('files-' || substr(new.file_id, 1, 3)); END;
CREATE TRIGGER records_changed AFTER UPDATE ON records
    BEGIN INSERT INTO changes VALUES ('files-' || substr(new.file_id, 1, 3)); END;
CREATE TRIGGER records_removed AFTER DELETE ON records
    BEGIN INSERT INTO changes VALUES ('files-' || substr(old.file_id, 1, 3)); END;
CREATE TRIGGER records_moved AFTER UPDATE OF file_id ON records WHEN old.file_id <> new.file_id
    BEGIN INSERT INTO changes VALUES ('files-' || substr(old.file_id, 1, 3)); END;
CREATE TRIGGER disposal_items_made AFTER INSERT ON disposal_items
    BEGIN INSERT INTO changes VALUES ('files-' || substr(new.file_id, 1, 3)); END;
CREATE TRIGGER disposal_items_changed AFTER UPDATE ON disposal_items
    BEGIN INSERT INTO changes VALUES ('files-' || substr(new.file_id, 1, 3)); END;
CREATE TRIGGER disposal_items_removed AFTER DELETE ON disposal_items
    BEGIN INSERT INTO changes VALUES ('files-' || substr(old.file_id, 1, 3)); END;
CREATE TRIGGER disposal_items_moved AFTER UPDATE OF file_id ON disposal_items WHEN old.file_id <> new.file_id
    BEGIN INSERT INTO changes VALUES ('files-' || substr(old.file_id, 1, 3)); END;
CREATE TRIGGER tombstones_made AFTER INSERT ON tombstones
    BEGIN INSERT INTO changes VALUES ('files-' || substr(new.file_id, 1, 3)); END;
CREATE TRIGGER tombstones_changed AFTER UPDATE ON tombstones
    BEGIN INSERT INTO changes VALUES ('files-' || substr(new.file_id, 1, 3)); END;
CREATE TRIGGER tombstones_removed AFTER DELETE ON tombstones
    BEGIN INSERT INTO changes VALUES ('files-' || substr(old.file_id, 1, 3)); END;
CREATE TRIGGER tombstones_moved AFTER UPDATE OF file_id ON tombstones WHEN old.file_id <> new.file_id
    BEGIN INSERT INTO changes VALUES ('files-' || substr(old.file_id, 1, 3)); END;
CREATE TRIGGER disposal_register_made AFTER INSERT ON disposal_register
    BEGIN INSERT INTO changes VALUES ('register-' || (new.seq / 1024)); END;
CREATE TRIGGER disposal_register_changed AFTER UPDATE ON disposal_register
    BEGIN INSERT INTO changes VALUES ('register-' || (new.seq / 1024)); END;
CREATE TRIGGER disposal_register_removed AFTER DELETE ON disposal_register
    BEGIN INSERT INTO changes VALUES ('register-' || (old.seq / 1024)); END;

-- All that belongs to a file is found by the file.
CREATE INDEX disposal_items_of_file ON disposal_items (file_id, disposal_id);
CREATE INDEX tombstones_of_file ON tombstones (file_id, record_id);
