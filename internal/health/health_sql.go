package health

const (
	sqlState = `SELECT value, updated FROM health_state WHERE name = ?`

	sqlPutState = `INSERT INTO health_state (name, value, updated) VALUES (?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated = excluded.updated`

	// sqlIntegrity is SQLite's own check of its file: "ok", or what is wrong. It
	// leaves out whether indexes agree with tables, which takes many times as long.
	sqlIntegrity = `PRAGMA quick_check(3)`
)
