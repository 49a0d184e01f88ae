-- +goose Up
-- What rules found. Findings never change; id makes recording them again harmless.
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

-- What people decide about: findings of one fingerprint that belong together.
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

CREATE INDEX alert_alerts_fingerprint ON alert_alerts (fingerprint, number);
CREATE INDEX alert_alerts_status ON alert_alerts (status, number);
CREATE INDEX alert_alerts_severity ON alert_alerts (severity, number);
CREATE INDEX alert_alerts_tenant ON alert_alerts (tenant, number);
CREATE INDEX alert_alerts_rule ON alert_alerts (rule, number);
CREATE INDEX alert_alerts_assignee ON alert_alerts (assignee, number);
CREATE INDEX alert_alerts_incident ON alert_alerts (incident, number);
CREATE INDEX alert_alerts_silence ON alert_alerts (silence, number);
CREATE INDEX alert_alerts_last ON alert_alerts (last);
CREATE INDEX alert_alerts_closed ON alert_alerts (closed);

-- Whom and what alerts are about.
CREATE TABLE alert_entities (
    tenant TEXT   NOT NULL,
    value  TEXT   NOT NULL,
    kind   TEXT   NOT NULL,
    alert  BIGINT NOT NULL,
    PRIMARY KEY (tenant, value, kind, alert)
);

CREATE INDEX alert_entities_alert ON alert_entities (alert);
CREATE INDEX alert_entities_value ON alert_entities (value, kind, alert);

-- Alerts that share somebody or something and lie close together in time.
CREATE TABLE alert_incidents (
    number BIGINT NOT NULL PRIMARY KEY,
    id     TEXT   NOT NULL UNIQUE, -- "I-…", from the id of its first alert
    tenant TEXT   NOT NULL,
    opened BIGINT NOT NULL,
    merged BIGINT NOT NULL -- the incident that it became part of; 0 when it stands
);

CREATE INDEX alert_incidents_tenant ON alert_incidents (tenant, number);

-- What happened to an alert, and what people said.
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

-- What keeps alerts from being notified.
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

-- The last numbers that were given out, and how far the tables of the journal are.
CREATE TABLE alert_counters (
    id              INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    finding         BIGINT  NOT NULL,
    alert           BIGINT  NOT NULL,
    incident        BIGINT  NOT NULL,
    revision        BIGINT  NOT NULL,
    copied_finding  BIGINT  NOT NULL,
    copied_revision BIGINT  NOT NULL
);
INSERT INTO alert_counters (id, finding, alert, incident, revision, copied_finding, copied_revision) VALUES (1, 0, 0, 0, 0, 0, 0);

-- +goose Down
DROP TABLE alert_counters;
DROP TABLE alert_silences;
DROP TABLE alert_history;
DROP TABLE alert_incidents;
DROP TABLE alert_entities;
DROP TABLE alert_alerts;
DROP TABLE alert_findings;
