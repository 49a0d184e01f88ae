package access

const (
	passkeyColumns  = `id, person, name, credential, public_key, site, flags, transports, counter, created, used`
	sqlPasskeys     = `SELECT ` + passkeyColumns + ` FROM access_passkeys WHERE person = ? ORDER BY created, id`
	sqlPasskey      = `SELECT ` + passkeyColumns + ` FROM access_passkeys WHERE credential = ?`
	sqlAddPasskey   = `INSERT INTO access_passkeys (` + passkeyColumns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`
	sqlUsePasskey   = `UPDATE access_passkeys SET counter = ?, used = ? WHERE id = ?`
	sqlDropPasskey  = `DELETE FROM access_passkeys WHERE id = ?`
	sqlDropPasskeys = `DELETE FROM access_passkeys WHERE person = ?`

	sqlCeremony      = `SELECT hash, kind, binding, expires FROM access_ceremonies WHERE hash = ? AND expires > ?`
	sqlAddCeremony   = `INSERT INTO access_ceremonies (hash, kind, binding, expires) VALUES (?, ?, ?, ?)`
	sqlDropCeremony  = `DELETE FROM access_ceremonies WHERE hash = ?`
	sqlOldCeremonies = `DELETE FROM access_ceremonies WHERE expires <= ?`

	// How people can sign in: a password counts with its authenticator.
	sqlWays = `SELECT person, 'passkey' AS way FROM access_passkeys
		UNION SELECT person, 'provider' AS way FROM access_identities
		UNION SELECT person, 'password' AS way FROM access_credentials WHERE kind = 'password' ORDER BY person, way`
	sqlWaysOf = `SELECT person, 'passkey' AS way FROM access_passkeys WHERE person = ?
		UNION SELECT person, 'provider' AS way FROM access_identities WHERE person = ?
		UNION SELECT person, 'password' AS way FROM access_credentials WHERE person = ? AND kind = 'password' ORDER BY way`
)
