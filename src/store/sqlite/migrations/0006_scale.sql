-- A city's size: what lists are long walks by an index, and a row that is read for each batch does not carry its whole list.

-- The items of a list lie in the item ledger, and nowhere twice.
UPDATE disposals SET body = json_set(body, '$.files', json_array_length(body, '$.plan.items'), '$.plan.items', json('[]'));

-- A run asks for the next items in a state.
CREATE INDEX disposal_items_by_state ON disposal_items (disposal_id, state, file_id);

-- How many records a file has, in which states and of which days, is read from here alone.
CREATE INDEX records_of_file ON records (file_id, state, created);
DROP INDEX records_by_file;

-- What may be due on a day, and what has no day, among the files that still have their records.
CREATE INDEX record_files_by_living_expiry ON record_files (expires_on, id) WHERE destroyed_on IS NULL;
DROP INDEX record_files_by_expiry;

-- The register's order, page after page; a title may be longer than what an index takes.
CREATE INDEX record_files_in_order ON record_files (class, substr(title, 1, 100), id);
DROP INDEX record_files_by_class;
