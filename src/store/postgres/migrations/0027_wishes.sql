-- Wishes for a more open access class that wait for a second person, for those who see to them. What is here is derived, and
-- no part of the state.

ALTER TABLE record_files ADD COLUMN wished BIGINT NOT NULL DEFAULT 0;
ALTER TABLE records ADD COLUMN wished BIGINT NOT NULL DEFAULT 0;

-- What stands here already. In JSON a quote within a text has a backslash before it, so that no text is taken for a field's name.
UPDATE record_files SET wished = 1 WHERE strpos(body, '"wish":') > 0;
UPDATE records SET wished = 1 WHERE strpos(body, '"wish":') > 0;
CREATE INDEX record_files_wished ON record_files (id) WHERE wished = 1;
CREATE INDEX records_wished ON records (id) WHERE wished = 1;
