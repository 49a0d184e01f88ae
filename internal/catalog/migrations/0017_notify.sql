-- +goose Up
-- Where people are told. What is secret of a channel lies in the vault under
-- the installation's key; here are only the names of what is sealed.
CREATE TABLE notify_channels (
    id            TEXT    NOT NULL PRIMARY KEY, -- "c-…"
    name          TEXT    NOT NULL UNIQUE,
    kind          TEXT    NOT NULL,
    enabled       BOOLEAN NOT NULL,
    settings      TEXT    NOT NULL, -- JSON object of texts
    secrets       TEXT    NOT NULL, -- JSON array of names
    destination   TEXT    NOT NULL, -- without what is secret
    per_minute    BIGINT  NOT NULL,
    on_doubt      TEXT    NOT NULL, -- send, hold
    failing_since BIGINT  NOT NULL, -- microseconds since 1970, UTC, as all times here; 0 when it is not
    problem       TEXT    NOT NULL, -- of the last attempt; '' when it went well
    last_sent     BIGINT  NOT NULL,
    created       BIGINT  NOT NULL,
    updated       BIGINT  NOT NULL,
    version       BIGINT  NOT NULL  -- grows with each change by people
);

CREATE TABLE notify_state (
    id             INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    revision       BIGINT  NOT NULL, -- grows with each change of channels and routes
    routes_version BIGINT  NOT NULL, -- 0 until routes are saved
    routes         TEXT    NOT NULL, -- JSON array, in order
    routes_updated BIGINT  NOT NULL,
    notices        BIGINT  NOT NULL, -- the last numbers given
    messages       BIGINT  NOT NULL
);
INSERT INTO notify_state (id, revision, routes_version, routes, routes_updated, notices, messages) VALUES (1, 1, 0, '[]', 0, 0, 0);

-- The outbox: one row for each state of an alert on each channel, written in
-- the transaction that changed the alert.
CREATE TABLE notify_notices (
    id       BIGINT NOT NULL PRIMARY KEY, -- 1, 2, 3 …
    key      TEXT   NOT NULL UNIQUE,      -- of alert, state and channel
    channel  TEXT   NOT NULL,
    alert    TEXT   NOT NULL,
    grp      TEXT   NOT NULL, -- those of one group may go in one message
    due      BIGINT NOT NULL, -- not sent before
    message  BIGINT NOT NULL, -- that it became part of; 0 while it waits
    created  BIGINT NOT NULL,
    notice   TEXT   NOT NULL  -- JSON
);
CREATE INDEX notify_notices_waiting ON notify_notices (channel, message, due);
CREATE INDEX notify_notices_group ON notify_notices (channel, grp, due);
CREATE INDEX notify_notices_alert ON notify_notices (alert, channel, message);
CREATE INDEX notify_notices_message ON notify_notices (message);

-- What is sent: one or more notices to one channel. What a message is made of
-- never changes, so that its key stays true.
CREATE TABLE notify_messages (
    id       BIGINT  NOT NULL PRIMARY KEY, -- 1, 2, 3 …
    key      TEXT    NOT NULL UNIQUE,
    channel  TEXT    NOT NULL,
    status   TEXT    NOT NULL, -- queued, sending, sent, doubtful, dead
    size     BIGINT  NOT NULL, -- notices
    attempts BIGINT  NOT NULL,
    next     BIGINT  NOT NULL, -- when it is tried next
    deadline BIGINT  NOT NULL, -- when it is given up
    repeated BOOLEAN NOT NULL, -- sent again although it may have arrived
    problem  TEXT    NOT NULL,
    said     TEXT    NOT NULL, -- what the other side answered last
    created  BIGINT  NOT NULL,
    sent     BIGINT  NOT NULL  -- 0 until it is
);
CREATE INDEX notify_messages_channel ON notify_messages (channel, status, next);
CREATE INDEX notify_messages_status ON notify_messages (status, id);

-- Alerts that nobody has acknowledged, of routes that remind.
CREATE TABLE notify_reminders (
    alert   TEXT   NOT NULL,
    channel TEXT   NOT NULL,
    route   TEXT   NOT NULL,
    every   BIGINT NOT NULL, -- microseconds
    next    BIGINT NOT NULL,
    round   BIGINT NOT NULL,
    notice  TEXT   NOT NULL, -- JSON, as the alert is now
    PRIMARY KEY (alert, channel)
);
CREATE INDEX notify_reminders_next ON notify_reminders (next);

-- +goose Down
DROP TABLE notify_reminders;
DROP TABLE notify_messages;
DROP TABLE notify_notices;
DROP TABLE notify_state;
DROP TABLE notify_channels;
