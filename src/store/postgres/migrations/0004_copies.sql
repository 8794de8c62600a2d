-- A copy of the database (a backup, and what is restored from one) says of itself that it is one. Until somebody has held it
-- to vault and ledger, it only reads and takes holds.

CREATE TABLE copies (
    seq         BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    ledger_seq  BIGINT NOT NULL,              -- the last entry of the ledger when it was copied
    confirmed   BIGINT NOT NULL DEFAULT 0 CHECK (confirmed IN (0, 1))
);
