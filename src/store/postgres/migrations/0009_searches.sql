-- Saved searches: descriptions of record files under a name. A hold that is placed on one keeps the description for itself.

CREATE TABLE saved_searches (
    id          CHARS PRIMARY KEY,
    name        CHARS NOT NULL UNIQUE,
    body        TEXT NOT NULL
);
