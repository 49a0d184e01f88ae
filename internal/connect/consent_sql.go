package connect

const (
	consentColumns = `id, leg, state, browser, redirect, made, tries, due, attempt`

	sqlConsent = `SELECT ` + consentColumns + ` FROM connect_consents WHERE id = ?`

	sqlConsentsDue = `SELECT ` + consentColumns + ` FROM connect_consents WHERE due > 0 AND due <= ? ORDER BY due`

	sqlConsentsNext = `SELECT COALESCE(MIN(due), 0) FROM connect_consents WHERE due > 0`

	sqlConsentsOpen = `SELECT COUNT(*) FROM connect_consents WHERE status = ? AND expires > ?`

	sqlConsentInsert = `INSERT INTO connect_consents (id, status, leg, state, browser, redirect, made, tries, due, attempt, expires, updated)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

	// What was read is in the condition: whoever was faster counts.
	sqlConsentUpdate = `UPDATE connect_consents SET status = ?, leg = ?, state = ?, made = ?, tries = ?, due = ?, attempt = ?, updated = ?
		WHERE id = ? AND attempt = ?`

	sqlConsentUse = `UPDATE connect_consents SET state = '' WHERE id = ? AND state = ?`

	sqlConsentsPrune = `DELETE FROM connect_consents WHERE due = 0 AND updated < ?`
)
