-- +goose Up
-- One row per attempt to connect a tenant by admin consent in a browser. No
-- secret is in it: what only the browser may know is here as a SHA-256.
CREATE TABLE connect_consents (
    id       TEXT    NOT NULL PRIMARY KEY,
    status   TEXT    NOT NULL, -- consent, checking, connected, failed, cancelled
    leg      TEXT    NOT NULL, -- what the browser is to bring back: sign_in, consent, or empty
    state    TEXT    NOT NULL, -- SHA-256 of the single-use state of that leg; empty once used
    browser  TEXT    NOT NULL, -- SHA-256 of the value that binds the attempt to one browser
    redirect TEXT    NOT NULL, -- where Microsoft sends the browser back to
    made     INTEGER NOT NULL, -- 1 once the attempt has made the connection
    tries    INTEGER NOT NULL, -- rounds of checking so far
    due      BIGINT  NOT NULL, -- next round, microseconds since 1970, UTC; 0 when none
    attempt  TEXT    NOT NULL, -- JSON: what people see of it
    expires  BIGINT  NOT NULL, -- until when the browser may come back
    updated  BIGINT  NOT NULL
);

CREATE INDEX connect_consents_due ON connect_consents (due) WHERE due > 0;

-- +goose Down
DROP TABLE connect_consents;
