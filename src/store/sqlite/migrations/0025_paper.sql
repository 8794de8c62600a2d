-- The digest of what an issued notice says on paper, its number and its confirmation number, by which whoever has the paper asks for its
-- effect. A row from before has none until it changes, and until then no paper shows a confirmation number of it.

ALTER TABLE notices ADD COLUMN paper_key TEXT;
CREATE UNIQUE INDEX notices_by_paper ON notices (paper_key);
