package access

const (
	identityColumns = `id, person, provider, issuer, tenant, subject, account, mapped, created, used`

	sqlIdentity       = `SELECT ` + identityColumns + ` FROM access_identities WHERE issuer = ? AND tenant = ? AND subject = ?`
	sqlIdentitiesOf   = `SELECT ` + identityColumns + ` FROM access_identities WHERE person = ? ORDER BY created, id`
	sqlIdentities     = `SELECT ` + identityColumns + ` FROM access_identities ORDER BY person, created, id`
	sqlMappedOf       = `SELECT ` + identityColumns + ` FROM access_identities WHERE person = ? AND mapped = 1`
	sqlAddIdentity    = `INSERT INTO access_identities (` + identityColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	sqlSawIdentity    = `UPDATE access_identities SET provider = ?, account = ?, used = ? WHERE id = ?`
	sqlDropIdentities = `DELETE FROM access_identities WHERE person = ?`
	sqlDropIdentity   = `DELETE FROM access_identities WHERE id = ? AND person = ?`
)
