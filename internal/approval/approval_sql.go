package approval

const (
	columns = `id, operation, permission, tenant, target, summary, parameters, hash, repeats, state, asked_by, asked_kind, asked_id, asked_name, address, asked, expires, decided_by, decided_name, decided, reason, ended`

	sqlByID    = `SELECT ` + columns + ` FROM approval_requests WHERE id = ?`
	sqlOpen    = `SELECT ` + columns + ` FROM approval_requests WHERE state IN ('waiting', 'granted') AND expires > ? ORDER BY asked DESC, id`
	sqlAll     = `SELECT ` + columns + ` FROM approval_requests ORDER BY asked DESC, id`
	sqlSame    = `SELECT ` + columns + ` FROM approval_requests WHERE asked_by = ? AND hash = ? AND state = ? AND expires > ? ORDER BY asked, id LIMIT 1`
	sqlOverdue = `SELECT ` + columns + ` FROM approval_requests WHERE state IN ('waiting', 'granted') AND expires <= ?`
	sqlCount   = `SELECT COUNT(*) FROM approval_requests WHERE asked_by = ? AND state IN ('waiting', 'granted') AND expires > ?`

	sqlAdd = `INSERT INTO approval_requests (` + columns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?, ?, ?, ?, ?, ?, '', '', 0, '', 0)`
	// These move what has the state that the caller read, or nothing.
	sqlGrant  = `UPDATE approval_requests SET state = 'granted', decided_by = ?, decided_name = ?, decided = ?, expires = ? WHERE id = ? AND state = 'waiting'`
	sqlRefuse = `UPDATE approval_requests SET state = 'refused', decided_by = ?, decided_name = ?, decided = ?, reason = ?, ended = ? WHERE id = ? AND state = ?`
	sqlEnd    = `UPDATE approval_requests SET state = ?, ended = ? WHERE id = ? AND state = ?`
	sqlUse    = `UPDATE approval_requests SET state = 'done', reason = '', ended = ? WHERE id = ? AND state = 'granted'`
	sqlFail   = `UPDATE approval_requests SET reason = ? WHERE id = ? AND state = 'granted'`

	sqlForget = `DELETE FROM approval_requests WHERE ended > 0 AND ended <= ?`
)
