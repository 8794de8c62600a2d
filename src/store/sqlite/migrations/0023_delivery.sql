-- Where recipients of notices are reached, sealed under a key of the vault's, and the mails that wait for them. What a mail is and
-- what became of it is with its notice.

CREATE TABLE recipient_contacts (
    notice_id   TEXT PRIMARY KEY REFERENCES notices (id),
    sealed      BLOB NOT NULL
);

CREATE TABLE outbox (
    id          TEXT PRIMARY KEY,
    notice_id   TEXT NOT NULL REFERENCES notices (id),
    due         INTEGER NOT NULL,        -- seconds since 1970; 0: somebody has to see to it
    sealed      BLOB NOT NULL                 -- what it says that is nowhere else; empty where there is nothing
);

CREATE INDEX outbox_by_due ON outbox (due, id) WHERE due > 0;
CREATE INDEX outbox_of_notice ON outbox (notice_id);
