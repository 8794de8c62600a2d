-- Tokens of other systems, and what they asked for once. A token's secret is nowhere, only its digest.

CREATE TABLE api_tokens (
    id          TEXT PRIMARY KEY,
    user_id     TEXT NOT NULL REFERENCES accounts (id),
    secret      TEXT NOT NULL UNIQUE,         -- SHA-256 of the secret
    row_version INTEGER NOT NULL,
    body        TEXT NOT NULL
);
CREATE INDEX api_tokens_of_user ON api_tokens (user_id);

-- A request with a key is done once: its row is written in the transaction of the deed. What was made is told by the ledger.
CREATE TABLE api_requests (
    key         TEXT PRIMARY KEY,             -- digest of the account and of the key that it chose
    made        TEXT NOT NULL,                -- the day
    request     TEXT NOT NULL,                -- digest of what was asked
    entry       INTEGER,                      -- the ledger's entry of the deed; NULL: named in subject before it was done
    subject     TEXT,
    CHECK ((entry IS NULL) <> (subject IS NULL))
);
CREATE INDEX api_requests_by_day ON api_requests (made);
