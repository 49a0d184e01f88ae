-- +goose Up
-- Who may use the console. No password, code or token is here in the plain:
-- passwords as argon2id, everything random as SHA-256, seeds of codes sealed
-- in secret_values.
CREATE TABLE access_people (
    id         TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    name_key   TEXT   NOT NULL UNIQUE, -- normalised and folded: what a sign-in looks up
    created    BIGINT NOT NULL, -- microseconds since 1970, UTC, as all times here
    disabled   BIGINT NOT NULL, -- 0 while the person may sign in
    last_login BIGINT NOT NULL
);

-- What a person, a token, an invitation or an enrolment (holder) is granted.
CREATE TABLE access_grants (
    holder TEXT NOT NULL,
    role   TEXT NOT NULL,
    tenant TEXT NOT NULL, -- '' for all tenants, also future ones
    PRIMARY KEY (holder, role, tenant)
);

-- How a person proves who it is: one row for each means.
CREATE TABLE access_credentials (
    id      TEXT   NOT NULL PRIMARY KEY,
    person  TEXT   NOT NULL REFERENCES access_people (id) ON DELETE CASCADE,
    kind    TEXT   NOT NULL, -- password, totp or recovery
    data    TEXT   NOT NULL, -- password: argon2id in PHC form; recovery: SHA-256; totp: empty, the seed is sealed
    counter BIGINT NOT NULL, -- totp: the last time step that was accepted
    created BIGINT NOT NULL,
    used    BIGINT NOT NULL
);

CREATE INDEX access_credentials_person ON access_credentials (person, kind);

-- Links and tokens that are good for one use: setup, invite, reset.
CREATE TABLE access_invites (
    hash    TEXT   NOT NULL PRIMARY KEY,
    id      TEXT   NOT NULL UNIQUE, -- the holder of its grants
    kind    TEXT   NOT NULL,
    name    TEXT   NOT NULL, -- of the person; '' for setup
    person  TEXT   NOT NULL, -- reset: whose credentials are replaced
    by_name TEXT   NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL
);

-- A password was chosen and a seed shown; the first code is awaited.
CREATE TABLE access_enrolments (
    hash     TEXT   NOT NULL PRIMARY KEY,
    id       TEXT   NOT NULL UNIQUE, -- of the credential to be; names the sealed seed
    invite   TEXT   NOT NULL REFERENCES access_invites (hash) ON DELETE CASCADE,
    name     TEXT   NOT NULL,
    password TEXT   NOT NULL,
    recovery TEXT   NOT NULL, -- SHA-256 of each code, separated by spaces
    failures BIGINT NOT NULL,
    expires  BIGINT NOT NULL
);

-- The password was right; the code is awaited.
CREATE TABLE access_challenges (
    hash     TEXT   NOT NULL PRIMARY KEY,
    person   TEXT   NOT NULL REFERENCES access_people (id) ON DELETE CASCADE,
    failures BIGINT NOT NULL,
    expires  BIGINT NOT NULL
);

CREATE TABLE access_sessions (
    hash          TEXT   NOT NULL PRIMARY KEY,
    id            TEXT   NOT NULL UNIQUE, -- may be shown
    person        TEXT   NOT NULL REFERENCES access_people (id) ON DELETE CASCADE,
    address       TEXT   NOT NULL,
    created       BIGINT NOT NULL,
    seen          BIGINT NOT NULL,
    authenticated BIGINT NOT NULL -- last time that both factors, or a code again, were given
);

CREATE INDEX access_sessions_person ON access_sessions (person);

CREATE TABLE access_tokens (
    id        TEXT   NOT NULL PRIMARY KEY,
    hash      TEXT   NOT NULL UNIQUE,
    person    TEXT   NOT NULL REFERENCES access_people (id) ON DELETE CASCADE,
    name      TEXT   NOT NULL,
    scopes    TEXT   NOT NULL, -- separated by spaces
    created   BIGINT NOT NULL,
    expires   BIGINT NOT NULL,
    last_used BIGINT NOT NULL,
    revoked   BIGINT NOT NULL
);

CREATE INDEX access_tokens_person ON access_tokens (person);

-- +goose Down
DROP TABLE access_tokens;
DROP TABLE access_sessions;
DROP TABLE access_challenges;
DROP TABLE access_enrolments;
DROP TABLE access_invites;
DROP TABLE access_credentials;
DROP TABLE access_grants;
DROP TABLE access_people;
