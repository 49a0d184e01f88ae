package access

const (
	sqlAdmins = `SELECT COUNT(DISTINCT p.id) FROM access_people AS p JOIN access_grants AS g ON g.holder = p.id
		WHERE p.disabled = 0 AND g.role = 'admin' AND g.tenant = ''
		AND NOT EXISTS (SELECT 1 FROM access_identities AS i WHERE i.person = p.id AND i.mapped = 1)`

	sqlPerson       = `SELECT id, name, created, disabled, last_login FROM access_people WHERE id = ?`
	sqlPersonByName = `SELECT id, name, created, disabled, last_login FROM access_people WHERE name_key = ?`
	sqlPeople       = `SELECT id, name, created, disabled, last_login FROM access_people ORDER BY name_key`
	sqlAddPerson    = `INSERT INTO access_people (id, name, name_key, created, disabled, last_login) VALUES (?, ?, ?, ?, 0, 0)`
	sqlDisable      = `UPDATE access_people SET disabled = ? WHERE id = ?`
	sqlDropPerson   = `DELETE FROM access_people WHERE id = ?`
	sqlSawPerson    = `UPDATE access_people SET last_login = ? WHERE id = ?`

	sqlGrants     = `SELECT role, tenant FROM access_grants WHERE holder = ? ORDER BY tenant, role`
	sqlAllGrants  = `SELECT holder, role, tenant FROM access_grants ORDER BY holder, tenant, role`
	sqlAddGrant   = `INSERT INTO access_grants (holder, role, tenant) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`
	sqlDropGrants = `DELETE FROM access_grants WHERE holder = ?`

	sqlCredentials     = `SELECT id, person, kind, data, counter, used FROM access_credentials WHERE person = ? AND kind = ?`
	sqlAddCredential   = `INSERT INTO access_credentials (id, person, kind, data, counter, created, used) VALUES (?, ?, ?, ?, ?, ?, 0)`
	sqlUseCredential   = `UPDATE access_credentials SET counter = ?, used = ? WHERE id = ?`
	sqlSetCredential   = `UPDATE access_credentials SET data = ? WHERE id = ?`
	sqlDropCredential  = `DELETE FROM access_credentials WHERE id = ?`
	sqlDropCredentials = `DELETE FROM access_credentials WHERE person = ? AND kind = ?`

	sqlInvite       = `SELECT hash, id, kind, name, person, by_name, giver, created, expires FROM access_invites WHERE hash = ? AND expires > ?`
	sqlInviteByID   = `SELECT hash, id, kind, name, person, by_name, giver, created, expires FROM access_invites WHERE id = ?`
	sqlInvites      = `SELECT hash, id, kind, name, person, by_name, giver, created, expires FROM access_invites WHERE kind IN ('invite', 'reset') AND expires > ? ORDER BY created`
	sqlInvitesFor   = `SELECT hash, id, kind, name, person, by_name, giver, created, expires FROM access_invites WHERE kind = ? AND name = ?`
	sqlInvitesOf    = `SELECT hash, id, kind, name, person, by_name, giver, created, expires FROM access_invites WHERE person = ?`
	sqlSetupInvites = `SELECT hash, id, kind, name, person, by_name, giver, created, expires FROM access_invites WHERE kind = 'setup'`
	sqlOldInvites   = `SELECT hash, id, kind, name, person, by_name, giver, created, expires FROM access_invites WHERE expires <= ?`
	sqlAddInvite    = `INSERT INTO access_invites (hash, id, kind, name, person, by_name, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
	sqlInvitesBy    = `SELECT hash, id, kind, name, person, by_name, giver, created, expires FROM access_invites WHERE giver = ?`
	sqlSetGiver     = `UPDATE access_invites SET giver = ? WHERE hash = ?`
	sqlDropInvite   = `DELETE FROM access_invites WHERE hash = ?`

	sqlEnrolment      = `SELECT hash, id, invite, name, password, recovery, failures, expires, handle FROM access_enrolments WHERE hash = ? AND expires > ?`
	sqlEnrolmentsOf   = `SELECT hash, id, invite, name, password, recovery, failures, expires, handle FROM access_enrolments WHERE invite = ?`
	sqlOldEnrolments  = `SELECT hash, id, invite, name, password, recovery, failures, expires, handle FROM access_enrolments WHERE expires <= ?`
	sqlAddEnrolment   = `INSERT INTO access_enrolments (hash, id, invite, name, password, recovery, failures, expires, handle) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)`
	sqlFailEnrolment  = `UPDATE access_enrolments SET failures = failures + 1 WHERE hash = ?`
	sqlDropEnrolment  = `DELETE FROM access_enrolments WHERE hash = ?`
	sqlChallenge      = `SELECT hash, person, failures FROM access_challenges WHERE hash = ? AND expires > ?`
	sqlAddChallenge   = `INSERT INTO access_challenges (hash, person, failures, expires) VALUES (?, ?, 0, ?)`
	sqlFailChallenge  = `UPDATE access_challenges SET failures = failures + 1 WHERE hash = ?`
	sqlDropChallenge  = `DELETE FROM access_challenges WHERE hash = ?`
	sqlDropChallenges = `DELETE FROM access_challenges WHERE expires <= ? OR person = ?`

	sqlSession = `SELECT s.hash, s.id, s.person, s.address, s.created, s.seen, s.authenticated, p.name FROM access_sessions AS s
		JOIN access_people AS p ON p.id = s.person WHERE s.hash = ? AND s.seen > ? AND s.created > ? AND p.disabled = 0`
	sqlSessions = `SELECT s.hash, s.id, s.person, s.address, s.created, s.seen, s.authenticated, p.name FROM access_sessions AS s
		JOIN access_people AS p ON p.id = s.person WHERE s.person = ? AND s.seen > ? AND s.created > ? ORDER BY s.created DESC`
	sqlAddSession   = `INSERT INTO access_sessions (hash, id, person, address, created, seen, authenticated) VALUES (?, ?, ?, ?, ?, ?, ?)`
	sqlSeeSession   = `UPDATE access_sessions SET seen = ? WHERE hash = ? AND seen < ?`
	sqlStepUp       = `UPDATE access_sessions SET authenticated = ? WHERE id = ? AND person = ?`
	sqlDropSession  = `DELETE FROM access_sessions WHERE id = ?`
	sqlDropSessions = `DELETE FROM access_sessions WHERE person = ? AND id <> ?`
	sqlOldSessions  = `DELETE FROM access_sessions WHERE seen <= ? OR created <= ?`

	tokenColumns = `t.id, t.hash, t.person, t.name, t.scopes, t.created, t.expires, t.last_used, t.revoked, p.name AS person_name, p.disabled`
	sqlToken     = `SELECT ` + tokenColumns + ` FROM access_tokens AS t JOIN access_people AS p ON p.id = t.person WHERE t.hash = ?`
	sqlTokenByID = `SELECT ` + tokenColumns + ` FROM access_tokens AS t JOIN access_people AS p ON p.id = t.person WHERE t.id = ?`
	sqlTokens    = `SELECT ` + tokenColumns + ` FROM access_tokens AS t JOIN access_people AS p ON p.id = t.person ORDER BY t.created DESC, t.id`
	sqlTokensOf  = `SELECT ` + tokenColumns + ` FROM access_tokens AS t JOIN access_people AS p ON p.id = t.person WHERE t.person = ? ORDER BY t.created DESC, t.id`
	sqlAddToken  = `INSERT INTO access_tokens (id, hash, person, name, scopes, created, expires, last_used, revoked) VALUES (?, ?, ?, ?, ?, ?, ?, 0, 0)`
	sqlUseToken  = `UPDATE access_tokens SET last_used = ? WHERE id = ? AND last_used < ?`
	sqlRevoke    = `UPDATE access_tokens SET revoked = ? WHERE id = ? AND revoked = 0`
	sqlRevokeAll = `UPDATE access_tokens SET revoked = ? WHERE person = ? AND revoked = 0`
)
