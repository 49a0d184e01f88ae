package alert

const (
	alertColumns = `number, id, tenant, rule, pack, title, severity, rule_severity, severity_by, reason, status, disposition, assignee, assignee_name,
	findings, count, first, last, began, opened, changed, acknowledged, closed, fingerprint, incident, previous, silence, inhibitor, notified, entities, tags, latest, version, revision`

	// alertRead gives a row the ids of its incident and of the alert before.
	alertRead = `SELECT a.*, COALESCE((SELECT i.id FROM alert_incidents i WHERE i.number = a.incident), '') AS incident_id,
	COALESCE((SELECT p.id FROM alert_alerts p WHERE p.number = a.previous), '') AS previous_id FROM alert_alerts a`

	sqlAlertByID     = alertRead + ` WHERE a.id = ?`
	sqlAlertByNumber = alertRead + ` WHERE a.number = ?`

	// sqlAlertsOfFingerprint is bounded: of a fingerprint whose alerts are all
	// open, the newest are the ones that a finding can belong to.
	sqlAlertsOfFingerprint = alertRead + ` WHERE a.fingerprint = ? ORDER BY a.number DESC LIMIT 20`

	sqlInsertAlert = `INSERT INTO alert_alerts (` + alertColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

	sqlUpdateAlert = `UPDATE alert_alerts SET title = ?, severity = ?, rule_severity = ?, severity_by = ?, reason = ?, status = ?, disposition = ?, assignee = ?, assignee_name = ?,
	findings = ?, count = ?, first = ?, last = ?, changed = ?, acknowledged = ?, closed = ?, incident = ?, silence = ?, inhibitor = ?, notified = ?,
	entities = ?, tags = ?, latest = ?, version = ?, revision = ? WHERE number = ?`

	sqlAlertIDTaken = `SELECT count(*) FROM alert_alerts WHERE id = ?`

	sqlInsertEntity = `INSERT INTO alert_entities (tenant, value, kind, alert) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`

	sqlCounters    = `SELECT finding, alert, incident, revision, copied_finding, copied_revision FROM alert_counters WHERE id = 1`
	sqlSetCounters = `UPDATE alert_counters SET finding = ?, alert = ?, incident = ?, revision = ? WHERE id = 1`

	findingColumns = `seq, id, alert, tenant, rule, version, title, severity, reason, fingerprint, tags, entities, events, field_values, time, first, last, count, dry_run, journal_seq, recorded`

	sqlKnownFindings  = `SELECT id FROM alert_findings WHERE id IN (?)`
	sqlInsertFindings = `INSERT INTO alert_findings (` + findingColumns + `) VALUES ?`
)
