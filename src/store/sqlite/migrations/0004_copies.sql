-- A copy of the database (a backup, and what is restored from one) says of itself that it is one. Until somebody has held it
-- to vault and ledger, it only reads and takes holds.

CREATE TABLE copies (
    seq         INTEGER PRIMARY KEY,
    ledger_seq  INTEGER NOT NULL,             -- the last entry of the ledger when it was copied
    confirmed   INTEGER NOT NULL DEFAULT 0 CHECK (confirmed IN (0, 1))
);
