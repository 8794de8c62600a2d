-- What is known of the trees that prove entries of the ledger and packages. Each row can be made anew from its file.

CREATE TABLE proof_trees (
    number     BIGINT PRIMARY KEY,
    last_entry BIGINT NOT NULL,                   -- of a night: the last entry of the ledger that it is over; else 0
    stands     BIGINT NOT NULL,                   -- 1: no other tree has renewed it
    body       TEXT NOT NULL
);
CREATE INDEX proof_trees_nights ON proof_trees (last_entry) WHERE last_entry > 0;
CREATE INDEX proof_trees_standing ON proof_trees (number) WHERE stands = 1;
