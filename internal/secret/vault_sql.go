package secret

const (
	sqlKEKs = `SELECT DISTINCT kek_id FROM secret_keys ORDER BY kek_id`

	sqlTenants = `SELECT tenant FROM secret_keys ORDER BY tenant`

	sqlKey = `SELECT key_id, kek_id, wrapped FROM secret_keys WHERE tenant = ?`

	sqlPutKey = `INSERT INTO secret_keys (tenant, key_id, kek_id, wrapped, created) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (tenant) DO UPDATE SET key_id = excluded.key_id, kek_id = excluded.kek_id, wrapped = excluded.wrapped, created = excluded.created`

	sqlRewrapKey = `UPDATE secret_keys SET kek_id = ?, wrapped = ? WHERE tenant = ?`

	sqlDropKey = `DELETE FROM secret_keys WHERE tenant = ?`

	sqlOpen = `SELECT v.name, v.version, v.key_id, v.sealed, v.created, k.key_id AS k_key_id, k.kek_id AS k_kek_id, k.wrapped AS k_wrapped
		FROM secret_values AS v JOIN secret_keys AS k ON k.tenant = v.tenant WHERE v.tenant = ? AND v.name = ?`

	sqlValue = `SELECT name, version, key_id, sealed, created FROM secret_values WHERE tenant = ? AND name = ?`

	sqlValues = `SELECT name, version, key_id, sealed, created FROM secret_values WHERE tenant = ? ORDER BY name`

	sqlPutValue = `INSERT INTO secret_values (tenant, name, version, key_id, sealed, created) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (tenant, name) DO UPDATE SET version = excluded.version, key_id = excluded.key_id, sealed = excluded.sealed, created = excluded.created`

	sqlDropValue = `DELETE FROM secret_values WHERE tenant = ? AND name = ?`

	sqlDropValues = `DELETE FROM secret_values WHERE tenant = ?`
)
