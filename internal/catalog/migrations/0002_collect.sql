-- The ledger of the collector. internal/collect is the only writer.
-- Times are microseconds since the epoch, UTC; 0 means never.

-- +goose Up
CREATE TABLE collect_feeds (
    tenant                 TEXT NOT NULL,
    feed                   TEXT NOT NULL,
    listed_from            BIGINT NOT NULL DEFAULT 0, -- start of the content time that was ever listed
    listed_to              BIGINT NOT NULL DEFAULT 0, -- the listing cursor: everything before it has been listed
    reconciled             BIGINT NOT NULL DEFAULT 0, -- when all 7 days were last listed again
    polled                 BIGINT NOT NULL DEFAULT 0, -- when a poll last ended well
    subscribed             BIGINT NOT NULL DEFAULT 0, -- when the subscription was first seen running
    subscription_attempted BIGINT NOT NULL DEFAULT 0, -- when its start was last asked for
    reconcile_found        BIGINT NOT NULL DEFAULT 0, -- blobs that only a reconcile showed
    refetched              BIGINT NOT NULL DEFAULT 0, -- young blobs that were fetched a second time
    refetch_gain           BIGINT NOT NULL DEFAULT 0, -- events that only a second fetch brought
    PRIMARY KEY (tenant, feed)
);

CREATE TABLE collect_blobs (
    tenant       TEXT NOT NULL,
    feed         TEXT NOT NULL,
    content_id   TEXT NOT NULL,
    uri          TEXT NOT NULL,
    created      BIGINT NOT NULL,           -- contentCreated
    expires      BIGINT NOT NULL,           -- contentExpiration
    state        TEXT NOT NULL,             -- listed, fetched, stored, expired, missing, quarantined
    first_listed BIGINT NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0, -- that failed
    unparsed     INTEGER NOT NULL DEFAULT 0, -- of them: the content did not parse
    cut_short    INTEGER NOT NULL DEFAULT 0, -- of them: the content ended early
    next_attempt BIGINT NOT NULL DEFAULT 0,
    reason       TEXT NOT NULL DEFAULT '',   -- of the last failure
    fetched_at   BIGINT NOT NULL DEFAULT 0,  -- first fetch
    settle_at    BIGINT NOT NULL DEFAULT 0,  -- when to fetch a young blob once more; 0 when not
    settled      INTEGER NOT NULL DEFAULT 0, -- 1 after that second fetch
    bytes        BIGINT NOT NULL DEFAULT 0,  -- of its records
    events       BIGINT NOT NULL DEFAULT 0,  -- = stored + duplicates + filtered + refused, once stored
    stored       BIGINT NOT NULL DEFAULT 0,
    duplicates   BIGINT NOT NULL DEFAULT 0,
    filtered     BIGINT NOT NULL DEFAULT 0,
    refused      BIGINT NOT NULL DEFAULT 0,  -- records in quarantine one by one
    reconcile    INTEGER NOT NULL DEFAULT 0, -- 1 when only a reconcile showed it
    PRIMARY KEY (tenant, feed, content_id)
);
CREATE INDEX collect_blobs_pending ON collect_blobs (tenant, feed, expires) WHERE state IN ('listed', 'fetched');
CREATE INDEX collect_blobs_settle ON collect_blobs (tenant, feed, settle_at) WHERE settle_at > 0;
CREATE INDEX collect_blobs_created ON collect_blobs (tenant, feed, created);

CREATE TABLE collect_gaps (
    tenant     TEXT NOT NULL,
    feed       TEXT NOT NULL,
    from_time  BIGINT NOT NULL, -- content time, inclusive
    to_time    BIGINT NOT NULL, -- exclusive
    reason     TEXT NOT NULL,   -- outage, expired, missing, disabled
    content_id TEXT NOT NULL DEFAULT '', -- of a lost blob
    detected   BIGINT NOT NULL,
    PRIMARY KEY (tenant, feed, from_time, to_time, reason, content_id)
);

CREATE TABLE collect_quarantine (
    tenant     TEXT NOT NULL,
    feed       TEXT NOT NULL,
    content_id TEXT NOT NULL,
    path       TEXT NOT NULL,    -- relative to the data folder
    whole      INTEGER NOT NULL, -- 1: the blob as received; 0: single records, one a line
    records    BIGINT NOT NULL,
    bytes      BIGINT NOT NULL,
    reason     TEXT NOT NULL,
    added      BIGINT NOT NULL,
    PRIMARY KEY (tenant, feed, content_id, path)
);

-- +goose Down
DROP TABLE collect_quarantine;
DROP TABLE collect_gaps;
DROP TABLE collect_blobs;
DROP TABLE collect_feeds;
