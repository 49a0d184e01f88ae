package audit

const (
	columns = `seq, time, actor_kind, actor_id, actor_name, address, action, tenant, target, detail, outcome, hash`

	// What somebody wrote into a column of numbers is read as a number all the
	// same: it is to be found out, not to keep the others from being read.
	columnsRead = `CAST(seq AS INTEGER) AS seq, CAST(time AS INTEGER) AS time, actor_kind, actor_id, actor_name, address, action, tenant, target, detail, outcome, hash`

	sqlHead = `SELECT seq, hash FROM audit_head WHERE id = 1`

	sqlSetHead = `UPDATE audit_head SET seq = ?, hash = ? WHERE id = 1`

	sqlInsert = `INSERT INTO audit_entries (` + columns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

	sqlAfter = `SELECT ` + columnsRead + ` FROM audit_entries WHERE seq > ? ORDER BY audit_entries.seq LIMIT ?`

	sqlCopied = `SELECT seq FROM audit_copied WHERE id = 1`

	sqlSetCopied = `UPDATE audit_copied SET seq = ? WHERE id = 1`

	sqlHashOf = `SELECT hash FROM audit_entries WHERE seq = ?`
)
