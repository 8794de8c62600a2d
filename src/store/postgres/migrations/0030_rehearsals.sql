-- What the newest rehearsal of coming decades found.

CREATE TABLE rehearsals (
    id   BIGINT PRIMARY KEY CHECK (id = 1),
    body TEXT NOT NULL
);
