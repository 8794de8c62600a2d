-- Notices by state, and in the order of their last change, for those who ask again and again what has changed. Every change
-- of a notice takes the next number.

ALTER TABLE notices ADD COLUMN state TEXT NOT NULL DEFAULT '';
ALTER TABLE notices ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
UPDATE notices SET state = json_extract(body, '$.state'), changed = seq;
CREATE INDEX notices_by_state ON notices (state, seq);
CREATE UNIQUE INDEX notices_by_change ON notices (changed);
