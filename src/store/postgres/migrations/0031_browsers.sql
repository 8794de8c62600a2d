-- What is kept of browsers between requests: sealed under a key made of each one's cookie, of which only the digest is here. Times
-- are seconds since 1970.

CREATE TABLE browsers (
    key         CHARS PRIMARY KEY,
    touched_at  BIGINT NOT NULL,
    opened_at   BIGINT NOT NULL,
    body        TEXT NOT NULL
);
CREATE INDEX browsers_by_touched ON browsers (touched_at);
