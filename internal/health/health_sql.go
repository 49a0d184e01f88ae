package health

const (
	sqlState = `SELECT value, updated FROM health_state WHERE name = ?`

	sqlPutState = `INSERT INTO health_state (name, value, updated) VALUES (?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated = excluded.updated`
)
