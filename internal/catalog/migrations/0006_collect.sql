-- +goose Up

-- What the ledger knew of blobs that it no longer holds one by one, by hour of
-- content time: all of them were stored, without a record in quarantine.
CREATE TABLE collect_hours (
    tenant     TEXT   NOT NULL,
    feed       TEXT   NOT NULL,
    hour       BIGINT NOT NULL, -- hours since 1970, UTC
    blobs      BIGINT NOT NULL,
    events     BIGINT NOT NULL, -- = stored + duplicates + filtered
    stored     BIGINT NOT NULL,
    duplicates BIGINT NOT NULL,
    filtered   BIGINT NOT NULL,
    PRIMARY KEY (tenant, feed, hour)
);

-- +goose Down
DROP TABLE collect_hours;
