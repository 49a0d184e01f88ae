-- +goose Up
-- One data key per tenant, wrapped by the key-encryption key kek_id. Without
-- its row, everything sealed for the tenant is noise.
CREATE TABLE secret_keys (
    tenant  TEXT   NOT NULL PRIMARY KEY,
    key_id  TEXT   NOT NULL,
    kek_id  TEXT   NOT NULL,
    wrapped TEXT   NOT NULL, -- base64 of nonce and AES-256-GCM ciphertext
    created BIGINT NOT NULL  -- microseconds since 1970, UTC
);

-- version counts up with each sealing of the same name and is part of what is
-- authenticated, so that an old or foreign ciphertext cannot be put back.
CREATE TABLE secret_values (
    tenant  TEXT   NOT NULL REFERENCES secret_keys (tenant) ON DELETE CASCADE,
    name    TEXT   NOT NULL,
    version BIGINT NOT NULL,
    key_id  TEXT   NOT NULL,
    sealed  TEXT   NOT NULL, -- base64 of nonce and AES-256-GCM ciphertext
    created BIGINT NOT NULL, -- microseconds since 1970, UTC
    PRIMARY KEY (tenant, name)
);
