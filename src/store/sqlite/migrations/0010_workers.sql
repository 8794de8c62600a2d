-- Several processes on one database: each has a row while it works, whose beat it counts on, and leases on what only one
-- may be at. A row that is taken away never comes back: what its process still does is not committed.

CREATE TABLE workers (
    id          TEXT PRIMARY KEY,
    place       TEXT NOT NULL,                -- the folder of its city
    beat        INTEGER NOT NULL
);

CREATE TABLE leases (
    what        TEXT PRIMARY KEY,
    worker_id   TEXT NOT NULL REFERENCES workers (id) ON DELETE CASCADE
);

CREATE INDEX leases_of_worker ON leases (worker_id);
