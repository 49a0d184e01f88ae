-- +goose Up
-- One row per Microsoft 365 tenant that is, or once was, connected. No secret
-- is in it: sealed ones are in secret_values, declared ones in their files.
CREATE TABLE connect_tenants (
    id                   TEXT    NOT NULL PRIMARY KEY,
    name                 TEXT    NOT NULL,
    cloud                TEXT    NOT NULL,
    client_id            TEXT    NOT NULL,
    tag                  TEXT    NOT NULL,
    start                BIGINT  NOT NULL, -- microseconds since 1970, UTC; 0 when none
    feeds                TEXT    NOT NULL, -- JSON: feed to options
    paused               INTEGER NOT NULL, -- 0 or 1
    declared             INTEGER NOT NULL, -- 1 when the configuration file declares it
    credential           TEXT    NOT NULL, -- secret, certificate or federated
    secret_file          TEXT    NOT NULL, -- declared: read again whenever it changes
    certificate_file     TEXT    NOT NULL,
    private_key_file     TEXT    NOT NULL,
    federated_token_file TEXT    NOT NULL,
    certificate          TEXT    NOT NULL, -- PEM of an added certificate; it is public
    expires              BIGINT  NOT NULL, -- of the credential; 0 when not known
    thumbprint           TEXT    NOT NULL, -- SHA-1 of the certificate, as Entra shows it
    created              BIGINT  NOT NULL,
    updated              BIGINT  NOT NULL,
    removed              BIGINT  NOT NULL  -- 0 while connected
);

-- A removed tenant gives its name free; its events keep its id.
CREATE UNIQUE INDEX connect_tenants_name ON connect_tenants (name) WHERE removed = 0;
