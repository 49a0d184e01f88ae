CREATE TABLE access_ceremonies (
    hash    TEXT   NOT NULL PRIMARY KEY, -- of the challenge
    kind    TEXT   NOT NULL, -- add, enrol, login or step_up
    binding TEXT   NOT NULL, -- the session, enrolment or browser that it was begun for
    expires BIGINT NOT NULL
);

CREATE INDEX access_ceremonies_expires ON access_ceremonies (expires);

CREATE TABLE access_challenges (
    hash     TEXT   NOT NULL PRIMARY KEY,
    person   TEXT   NOT NULL REFERENCES access_people (id) ON DELETE CASCADE,
    failures BIGINT NOT NULL,
    expires  BIGINT NOT NULL
);

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

CREATE TABLE access_enrolments (
    hash     TEXT   NOT NULL PRIMARY KEY,
    id       TEXT   NOT NULL UNIQUE, -- of the credential to be; names the sealed seed
    invite   TEXT   NOT NULL REFERENCES access_invites (hash) ON DELETE CASCADE,
    name     TEXT   NOT NULL,
    password TEXT   NOT NULL,
    recovery TEXT   NOT NULL, -- SHA-256 of each code, separated by spaces
    failures BIGINT NOT NULL,
    expires  BIGINT NOT NULL
, handle TEXT NOT NULL DEFAULT '');

CREATE TABLE access_grants (
    holder TEXT NOT NULL,
    role   TEXT NOT NULL,
    tenant TEXT NOT NULL, -- '' for all tenants, also future ones
    PRIMARY KEY (holder, role, tenant)
);

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

CREATE TABLE access_invites (
    hash    TEXT   NOT NULL PRIMARY KEY,
    id      TEXT   NOT NULL UNIQUE, -- the holder of its grants
    kind    TEXT   NOT NULL,
    name    TEXT   NOT NULL, -- of the person; '' for setup
    person  TEXT   NOT NULL, -- reset: whose credentials are replaced
    by_name TEXT   NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL
, giver TEXT NOT NULL DEFAULT '');

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

CREATE TABLE access_people (
    id         TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    name_key   TEXT   NOT NULL UNIQUE, -- normalised and folded: what a sign-in looks up
    created    BIGINT NOT NULL, -- microseconds since 1970, UTC, as all times here
    disabled   BIGINT NOT NULL, -- 0 while the person may sign in
    last_login BIGINT NOT NULL
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

CREATE TABLE alert_alerts (
    number        BIGINT  NOT NULL PRIMARY KEY, -- 1, 2, 3 … in the order of opening
    id            TEXT    NOT NULL UNIQUE,      -- "A-…", from its first finding
    tenant        TEXT    NOT NULL,
    rule          TEXT    NOT NULL,
    pack          TEXT    NOT NULL,
    title         TEXT    NOT NULL,
    severity      INTEGER NOT NULL, -- in force
    rule_severity INTEGER NOT NULL, -- the highest of its findings
    severity_by   TEXT    NOT NULL, -- name of the person who set it; '' when the rule did
    reason        TEXT    NOT NULL, -- of the latest finding
    status        TEXT    NOT NULL, -- new, acknowledged, closed
    disposition   TEXT    NOT NULL, -- true, benign, false; '' until it is closed
    assignee      TEXT    NOT NULL, -- id of a person; '' for nobody
    assignee_name TEXT    NOT NULL,
    findings      BIGINT  NOT NULL,
    count         BIGINT  NOT NULL, -- events of all findings
    first         BIGINT  NOT NULL,
    last          BIGINT  NOT NULL,
    began         BIGINT  NOT NULL, -- first of the finding that opened it: unlike first it never changes
    opened        BIGINT  NOT NULL,
    changed       BIGINT  NOT NULL,
    acknowledged  BIGINT  NOT NULL, -- 0 when it was not
    closed        BIGINT  NOT NULL, -- 0 when it is not
    fingerprint   TEXT    NOT NULL,
    incident      BIGINT  NOT NULL,
    previous      BIGINT  NOT NULL, -- number of the alert of the same fingerprint before; 0 when there was none
    silence       TEXT    NOT NULL, -- id of what keeps it from being notified; '' for nothing
    inhibitor     TEXT    NOT NULL, -- id of the alert that hides it; '' for none
    notified      BOOLEAN NOT NULL, -- whether anybody was told of it
    entities      TEXT    NOT NULL, -- JSON
    tags          TEXT    NOT NULL, -- JSON
    latest        TEXT    NOT NULL, -- id of the latest finding
    version       BIGINT  NOT NULL, -- of what people decide on
    revision      BIGINT  NOT NULL UNIQUE -- grows with each change of any alert
);

CREATE INDEX alert_alerts_assignee ON alert_alerts (assignee, number);

CREATE INDEX alert_alerts_closed ON alert_alerts (closed);

CREATE INDEX alert_alerts_fingerprint ON alert_alerts (fingerprint, number);

CREATE INDEX alert_alerts_incident ON alert_alerts (incident, number);

CREATE INDEX alert_alerts_last ON alert_alerts (last);

CREATE INDEX alert_alerts_pack ON alert_alerts (pack, number);

CREATE INDEX alert_alerts_rule ON alert_alerts (rule, number);

CREATE INDEX alert_alerts_severity ON alert_alerts (severity, number);

CREATE INDEX alert_alerts_silence ON alert_alerts (silence, number);

CREATE INDEX alert_alerts_status ON alert_alerts (status, number);

CREATE INDEX alert_alerts_tenant ON alert_alerts (tenant, number);

CREATE INDEX alert_alerts_tenant_rule ON alert_alerts (tenant, rule, number);

CREATE TABLE alert_counters (
    id              INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    finding         BIGINT  NOT NULL,
    alert           BIGINT  NOT NULL,
    incident        BIGINT  NOT NULL,
    revision        BIGINT  NOT NULL,
    copied_finding  BIGINT  NOT NULL,
    copied_revision BIGINT  NOT NULL
);

CREATE TABLE alert_entities (
    tenant TEXT   NOT NULL,
    value  TEXT   NOT NULL,
    kind   TEXT   NOT NULL,
    alert  BIGINT NOT NULL,
    PRIMARY KEY (tenant, value, kind, alert)
);

CREATE INDEX alert_entities_alert ON alert_entities (alert);

CREATE INDEX alert_entities_value ON alert_entities (value, kind, alert);

CREATE TABLE alert_findings (
    seq         BIGINT  NOT NULL PRIMARY KEY, -- 1, 2, 3 … in the order of recording
    id          TEXT    NOT NULL UNIQUE,
    alert       BIGINT  NOT NULL, -- its number; 0 for what alerts nobody
    tenant      TEXT    NOT NULL,
    rule        TEXT    NOT NULL,
    version     TEXT    NOT NULL, -- of the rule
    title       TEXT    NOT NULL,
    severity    INTEGER NOT NULL, -- 0 informational … 4 critical
    reason      TEXT    NOT NULL,
    fingerprint TEXT    NOT NULL,
    tags        TEXT    NOT NULL, -- JSON array of texts
    entities    TEXT    NOT NULL, -- JSON array of {kind, value}
    events      TEXT    NOT NULL, -- JSON array of {id, table, time, operation}
    field_values TEXT   NOT NULL, -- JSON object of texts
    time        BIGINT  NOT NULL, -- microseconds since 1970, UTC, as all times here
    first       BIGINT  NOT NULL,
    last        BIGINT  NOT NULL,
    count       BIGINT  NOT NULL,
    dry_run     BOOLEAN NOT NULL,
    journal_seq BIGINT  NOT NULL,
    recorded    BIGINT  NOT NULL
);

CREATE INDEX alert_findings_alert ON alert_findings (alert, seq);

CREATE INDEX alert_findings_rule ON alert_findings (rule, tenant, time);

CREATE TABLE alert_history (
    alert      BIGINT  NOT NULL,
    seq        INTEGER NOT NULL, -- 1, 2, 3 … of this alert
    time       BIGINT  NOT NULL,
    actor_kind TEXT    NOT NULL,
    actor_id   TEXT    NOT NULL,
    actor_name TEXT    NOT NULL,
    action     TEXT    NOT NULL,
    was        TEXT    NOT NULL,
    became     TEXT    NOT NULL,
    comment    TEXT    NOT NULL,
    PRIMARY KEY (alert, seq)
);

CREATE TABLE alert_incidents (
    number BIGINT NOT NULL PRIMARY KEY,
    id     TEXT   NOT NULL UNIQUE, -- "I-…", from the id of its first alert
    tenant TEXT   NOT NULL,
    opened BIGINT NOT NULL,
    merged BIGINT NOT NULL -- the incident that it became part of; 0 when it stands
);

CREATE INDEX alert_incidents_tenant ON alert_incidents (tenant, number);

CREATE TABLE alert_silences (
    id       TEXT   NOT NULL PRIMARY KEY, -- "S-…"
    kind     TEXT   NOT NULL, -- silence, inhibition
    owner    TEXT   NOT NULL, -- id of a person; '' for the command line
    owner_name TEXT NOT NULL,
    reason   TEXT   NOT NULL,
    tenants  TEXT   NOT NULL, -- JSON array of ids; [] for all
    matchers TEXT   NOT NULL, -- JSON: which alerts are kept quiet
    sources  TEXT   NOT NULL, -- JSON: which open alerts keep them so; [] of a silence
    shared   TEXT   NOT NULL, -- JSON array of kinds of entities that both must share; [] for any
    created  BIGINT NOT NULL,
    starts   BIGINT NOT NULL,
    expires  BIGINT NOT NULL,
    ended    BIGINT NOT NULL, -- when somebody ended it; 0 when nobody did
    ended_by TEXT   NOT NULL
);

CREATE INDEX alert_silences_expires ON alert_silences (expires);

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

CREATE TABLE audit_copied (
    id  INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    seq BIGINT  NOT NULL
);

CREATE TABLE audit_entries (
    seq        BIGINT NOT NULL PRIMARY KEY, -- 1, 2, 3 … without a hole
    time       BIGINT NOT NULL, -- microseconds since 1970, UTC
    actor_kind TEXT   NOT NULL,
    actor_id   TEXT   NOT NULL,
    actor_name TEXT   NOT NULL,
    address    TEXT   NOT NULL, -- '' when there is none
    action     TEXT   NOT NULL,
    tenant     TEXT   NOT NULL, -- '' for the whole installation
    target     TEXT   NOT NULL,
    detail     TEXT   NOT NULL, -- JSON object of strings, keys sorted
    outcome    TEXT   NOT NULL,
    hash       TEXT   NOT NULL  -- hex
);

CREATE INDEX audit_entries_tenant ON audit_entries (tenant, seq);

CREATE INDEX audit_entries_time ON audit_entries (time);

CREATE TABLE audit_head (
    id   INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    seq  BIGINT  NOT NULL,
    hash TEXT    NOT NULL
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

CREATE INDEX collect_blobs_created ON collect_blobs (tenant, feed, created);

CREATE INDEX collect_blobs_pending ON collect_blobs (tenant, feed, expires) WHERE state IN ('listed', 'fetched');

CREATE INDEX collect_blobs_settle ON collect_blobs (tenant, feed, settle_at) WHERE settle_at > 0;

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

CREATE UNIQUE INDEX connect_tenants_name ON connect_tenants (name) WHERE removed = 0;

CREATE TABLE detect_machines (
    machine TEXT   NOT NULL PRIMARY KEY,
    version TEXT   NOT NULL,
    seq     BIGINT NOT NULL, -- the state has seen all commits up to it
    since   BIGINT NOT NULL, -- what commits up to it lead to is not found: they were there before the rule
    state   BLOB
);

CREATE TABLE detect_progress (
    id    BIGINT NOT NULL PRIMARY KEY,
    begun BIGINT NOT NULL, -- microseconds since 1970, UTC
    rules TEXT   NOT NULL
);

CREATE TABLE health_state (
    name    TEXT   NOT NULL PRIMARY KEY,
    value   TEXT   NOT NULL,
    updated BIGINT NOT NULL -- microseconds since 1970, UTC
);

CREATE TABLE journal_counters (
    name  TEXT   NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);

CREATE TABLE journal_readers (
    name    TEXT   NOT NULL PRIMARY KEY,
    seq     BIGINT NOT NULL,
    updated BIGINT NOT NULL
);

CREATE TABLE journal_retired (
    path    TEXT   NOT NULL PRIMARY KEY,
    retired BIGINT NOT NULL
);

CREATE TABLE journal_segments (
    id           BIGINT NOT NULL PRIMARY KEY,
    tenant       TEXT   NOT NULL,
    table_name   TEXT   NOT NULL, -- '' for a fresh segment: all tables of one commit
    day          BIGINT NOT NULL, -- start of the UTC event day, microseconds; 0 for a fresh segment
    path         TEXT   NOT NULL UNIQUE,
    row_count    BIGINT NOT NULL,
    raw_bytes    BIGINT NOT NULL,
    bytes        BIGINT NOT NULL,
    sha256       TEXT   NOT NULL,
    token_path   TEXT   NOT NULL,
    token_sha256 TEXT   NOT NULL,
    min_time     BIGINT NOT NULL,
    max_time     BIGINT NOT NULL,
    min_seq      BIGINT NOT NULL,
    max_seq      BIGINT NOT NULL,
    tables       TEXT   NOT NULL, -- JSON object: rows by table
    created      BIGINT NOT NULL,
    packed       BIGINT NOT NULL  -- how often its rows were merged with others of their table and day
, format BIGINT NOT NULL DEFAULT 1);

CREATE INDEX journal_segments_day ON journal_segments (tenant, table_name, day);

CREATE INDEX journal_segments_seq ON journal_segments (max_seq);

CREATE INDEX journal_segments_time ON journal_segments (tenant, max_time, min_time);

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

CREATE INDEX notify_notices_alert ON notify_notices (alert, channel, message);

CREATE INDEX notify_notices_group ON notify_notices (channel, grp, due);

CREATE INDEX notify_notices_message ON notify_notices (message);

CREATE INDEX notify_notices_waiting ON notify_notices (channel, message, due);

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

CREATE TABLE notify_state (
    id             INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    revision       BIGINT  NOT NULL, -- grows with each change of channels and routes
    routes_version BIGINT  NOT NULL, -- 0 until routes are saved
    routes         TEXT    NOT NULL, -- JSON array, in order
    routes_updated BIGINT  NOT NULL,
    notices        BIGINT  NOT NULL, -- the last numbers given
    messages       BIGINT  NOT NULL
);

CREATE TABLE ruleset_changes (
    what    TEXT   NOT NULL, -- mode, severity or parameter
    rule    TEXT   NOT NULL, -- label of a rule; '' when a pack is changed
    pack    TEXT   NOT NULL, -- '' when a rule is changed
    name    TEXT   NOT NULL, -- of the parameter, else ''
    tenant  TEXT   NOT NULL, -- '' is all of which nothing else is said
    value   TEXT   NOT NULL, -- JSON
    title   TEXT   NOT NULL, -- of the rule when it was changed
    reason  TEXT   NOT NULL,
    by_name TEXT   NOT NULL,
    time    BIGINT NOT NULL, -- microseconds since 1970, UTC
    PRIMARY KEY (what, rule, pack, name, tenant)
);

CREATE TABLE ruleset_exceptions (
    id      TEXT   NOT NULL PRIMARY KEY,
    rule    TEXT   NOT NULL,
    title   TEXT   NOT NULL,
    fields  TEXT   NOT NULL, -- JSON object: a selection of Sigma's
    tenants TEXT   NOT NULL, -- JSON list of ids; empty is all
    owner   TEXT   NOT NULL,
    reason  TEXT   NOT NULL,
    created BIGINT NOT NULL,
    until   BIGINT NOT NULL  -- 0: it does not end
);

CREATE INDEX ruleset_exceptions_rule ON ruleset_exceptions (rule);

CREATE TABLE ruleset_state (
    id      INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    version BIGINT  NOT NULL
);

CREATE TABLE saved_searches (
    id         TEXT    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    owner      TEXT    NOT NULL, -- id of a person; '' when the command line saved it
    owner_name TEXT    NOT NULL,
    shared     INTEGER NOT NULL, -- 1: everybody who may read events sees it
    definition TEXT    NOT NULL,
    created    BIGINT  NOT NULL, -- microseconds since 1970, UTC
    updated    BIGINT  NOT NULL
);

CREATE UNIQUE INDEX saved_searches_name ON saved_searches (owner, name);

CREATE TABLE schedule_found (
    rule   TEXT   NOT NULL,
    tenant TEXT   NOT NULL,
    key    TEXT   NOT NULL, -- digest of what tells findings apart
    until  BIGINT NOT NULL, -- end of the span; of a warning when it was last seen
    PRIMARY KEY (rule, tenant, key)
);

CREATE TABLE schedule_rules (
    rule    TEXT   NOT NULL PRIMARY KEY, -- label
    until   BIGINT NOT NULL, -- end of the last span that was asked about, microseconds since 1970, UTC
    asked   BIGINT NOT NULL, -- when
    since   BIGINT NOT NULL, -- 0, or since when it fails
    problem TEXT   NOT NULL  -- why
);

CREATE TABLE secret_keys (
    tenant  TEXT   NOT NULL PRIMARY KEY,
    key_id  TEXT   NOT NULL,
    kek_id  TEXT   NOT NULL,
    wrapped TEXT   NOT NULL, -- base64 of nonce and AES-256-GCM ciphertext
    created BIGINT NOT NULL  -- microseconds since 1970, UTC
);

CREATE TABLE secret_values (
    tenant  TEXT   NOT NULL REFERENCES secret_keys (tenant) ON DELETE CASCADE,
    name    TEXT   NOT NULL,
    version BIGINT NOT NULL,
    key_id  TEXT   NOT NULL,
    sealed  TEXT   NOT NULL, -- base64 of nonce and AES-256-GCM ciphertext
    created BIGINT NOT NULL, -- microseconds since 1970, UTC
    PRIMARY KEY (tenant, name)
);
