-- +goose Up
-- What waits for a second person, and what became of it.
CREATE TABLE approval_requests (
    id           TEXT    NOT NULL PRIMARY KEY,
    operation    TEXT    NOT NULL, -- of the API
    permission   TEXT    NOT NULL, -- that both people need
    tenant       TEXT    NOT NULL, -- for which they need it; '' for all tenants
    target       TEXT    NOT NULL, -- name of what it is done to
    summary      TEXT    NOT NULL, -- what exactly, in a sentence
    parameters   TEXT    NOT NULL, -- canonical JSON, without secrets
    hash         TEXT    NOT NULL, -- hex SHA-256 of operation, tenant and parameters
    repeats      BIGINT  NOT NULL, -- 1: who asked does it again after the grant, because secrets go in or come out
    state        TEXT    NOT NULL, -- waiting, granted, done, refused, withdrawn or expired
    asked_by     TEXT    NOT NULL, -- the person's id
    asked_kind   TEXT    NOT NULL, -- person, or token of that person
    asked_id     TEXT    NOT NULL, -- id of the person or token
    asked_name   TEXT    NOT NULL,
    address      TEXT    NOT NULL, -- from where it was asked; '' when not known
    asked        BIGINT  NOT NULL, -- microseconds since 1970, UTC
    expires      BIGINT  NOT NULL,
    decided_by   TEXT    NOT NULL, -- id of the second person; '' while nobody decided
    decided_name TEXT    NOT NULL,
    decided      BIGINT  NOT NULL,
    reason       TEXT    NOT NULL, -- of a refusal, or why what was granted is not done yet
    ended        BIGINT  NOT NULL  -- when it was done, refused, withdrawn or expired; 0 while open
);

CREATE INDEX approval_requests_state ON approval_requests (state, expires);

-- +goose Down
DROP TABLE approval_requests;
