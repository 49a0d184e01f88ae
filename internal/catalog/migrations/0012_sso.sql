-- +goose Up

-- How a person signs in at a provider (OpenID Connect). Nobody is found by a
-- name or an address here: both can be changed by whoever has them.
CREATE TABLE access_identities (
    id       TEXT   NOT NULL PRIMARY KEY, -- may be shown
    person   TEXT   NOT NULL REFERENCES access_people (id) ON DELETE CASCADE,
    provider TEXT   NOT NULL, -- as the configuration calls it, for the eye
    issuer   TEXT   NOT NULL,
    tenant   TEXT   NOT NULL, -- tid, of Entra; '' of all others
    subject  TEXT   NOT NULL, -- oid of Entra, sub of all others
    account  TEXT   NOT NULL, -- for the eye, as of the last sign-in
    mapped   BIGINT NOT NULL, -- 1: the person is here by a claim, and has the rights that it gives
    created  BIGINT NOT NULL,
    used     BIGINT NOT NULL,
    UNIQUE (issuer, tenant, subject)
);

CREATE INDEX access_identities_person ON access_identities (person);

-- +goose Down
DROP TABLE access_identities;
