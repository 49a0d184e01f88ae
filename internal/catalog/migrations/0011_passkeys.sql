-- +goose Up

-- How a person proves who it is without a password: a key pair, of which the
-- private half never leaves the person's device.
CREATE TABLE access_passkeys (
    id         TEXT   NOT NULL PRIMARY KEY, -- may be shown
    person     TEXT   NOT NULL REFERENCES access_people (id) ON DELETE CASCADE,
    name       TEXT   NOT NULL, -- what the person calls it
    credential TEXT   NOT NULL UNIQUE, -- the device's id of it, base64url
    public_key TEXT   NOT NULL, -- COSE, base64url
    site       TEXT   NOT NULL, -- the relying party that it is bound to
    flags      BIGINT NOT NULL, -- of the authenticator data
    transports TEXT   NOT NULL, -- separated by spaces
    counter    BIGINT NOT NULL, -- signatures made, as the device counts; 0 when it does not
    created    BIGINT NOT NULL,
    used       BIGINT NOT NULL
);

CREATE INDEX access_passkeys_person ON access_passkeys (person);

-- A browser was asked for a passkey; its answer is awaited, once.
CREATE TABLE access_ceremonies (
    hash    TEXT   NOT NULL PRIMARY KEY, -- of the challenge
    kind    TEXT   NOT NULL, -- add, enrol, login or step_up
    binding TEXT   NOT NULL, -- the session, enrolment or browser that it was begun for
    expires BIGINT NOT NULL
);

CREATE INDEX access_ceremonies_expires ON access_ceremonies (expires);

-- The id that the person has or will have, of an enrolment with a passkey; ''
-- of one with a password.
ALTER TABLE access_enrolments ADD COLUMN handle TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE access_enrolments DROP COLUMN handle;
DROP TABLE access_ceremonies;
DROP TABLE access_passkeys;
