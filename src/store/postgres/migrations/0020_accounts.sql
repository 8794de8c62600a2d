-- Sessions by account, for those who look at their own; and a count of tries with logins that are nobody's, kept so that such a
-- try costs what one with a wrong password costs.

ALTER TABLE sessions ADD COLUMN user_id CHARS NOT NULL DEFAULT '';
UPDATE sessions SET user_id = body::json ->> 'user';
CREATE INDEX sessions_of_user ON sessions (user_id);

CREATE TABLE strangers (
    only_one    BIGINT PRIMARY KEY CHECK (only_one = 1),
    tries       BIGINT NOT NULL
);
INSERT INTO strangers (only_one, tries) VALUES (1, 0);
