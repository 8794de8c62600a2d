-- Tokens of other systems, and what they asked for once. A token's secret is nowhere, only its digest.

CREATE TABLE api_tokens (
    id          CHARS PRIMARY KEY,
    user_id     CHARS NOT NULL REFERENCES accounts (id),
    secret      CHARS NOT NULL UNIQUE,        -- SHA-256 of the secret
    row_version BIGINT NOT NULL,
    body        TEXT NOT NULL
);
CREATE INDEX api_tokens_of_user ON api_tokens (user_id);

-- A request with a key is done once: its row is written in the transaction of the deed. What was made is told by the ledger.
CREATE TABLE api_requests (
    key         CHARS PRIMARY KEY,            -- digest of the account and of the key that it chose
    made        CHARS NOT NULL,               -- the day
    request     CHARS NOT NULL,               -- digest of what was asked
    entry       BIGINT,                       -- the ledger's entry of the deed; NULL: named in subject before it was done
    subject     CHARS,
    CHECK ((entry IS NULL) <> (subject IS NULL))
);
CREATE INDEX api_requests_by_day ON api_requests (made);
