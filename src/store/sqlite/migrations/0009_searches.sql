-- Saved searches: descriptions of record files under a name. A hold that is placed on one keeps the description for itself.

CREATE TABLE saved_searches (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    body        TEXT NOT NULL
);
