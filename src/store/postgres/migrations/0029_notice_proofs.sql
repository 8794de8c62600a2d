-- The proofs of notices whose sealed files are of level B-LTA: how each stands, when it ends, or since when it does not hold, what
-- it was judged by, and when what its timestamps lack for later is looked for again. The body is the truth. NULL: there is no
-- proof to look after. Rows from before are judged by the service.

ALTER TABLE notices ADD COLUMN proof_state CHARS;
ALTER TABLE notices ADD COLUMN proof_until CHARS;
ALTER TABLE notices ADD COLUMN proof_by CHARS;
ALTER TABLE notices ADD COLUMN proof_settle CHARS;
UPDATE notices SET proof_state = 'unjudged', proof_by = '' WHERE body::json -> 'upgrades' -> -1 ->> 'level' = 'b-lta';
CREATE INDEX notices_by_proof ON notices (proof_until, seq) WHERE proof_until IS NOT NULL;
CREATE INDEX notices_by_proof_state ON notices (proof_state) WHERE proof_state IS NOT NULL;
CREATE INDEX notices_by_beliefs ON notices (proof_by, seq) WHERE proof_by IS NOT NULL;
CREATE INDEX notices_by_settling ON notices (proof_settle, seq) WHERE proof_settle IS NOT NULL;
