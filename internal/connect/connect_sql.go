package connect

const (
	columns = `id, name, cloud, client_id, tag, start, feeds, paused, declared, credential, secret_file, certificate_file,
		private_key_file, federated_token_file, certificate, expires, thumbprint, created, updated, removed`

	sqlAll = `SELECT ` + columns + ` FROM connect_tenants ORDER BY name, id`

	sqlByID = `SELECT ` + columns + ` FROM connect_tenants WHERE id = ?`

	sqlPut = `INSERT INTO connect_tenants (` + columns + `) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET name = excluded.name, cloud = excluded.cloud, client_id = excluded.client_id, tag = excluded.tag,
		start = excluded.start, feeds = excluded.feeds, paused = excluded.paused, declared = excluded.declared,
		credential = excluded.credential, secret_file = excluded.secret_file, certificate_file = excluded.certificate_file,
		private_key_file = excluded.private_key_file, federated_token_file = excluded.federated_token_file,
		certificate = excluded.certificate, expires = excluded.expires, thumbprint = excluded.thumbprint,
		updated = excluded.updated, removed = excluded.removed`
)
