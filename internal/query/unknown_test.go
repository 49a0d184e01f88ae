package query

import (
	"testing"

	"github.com/nightjar-sec/nightjar"
)

func TestAnUnknownNameIsAnsweredWithTheNearest(t *testing.T) {
	t.Parallel()
	b := arrange(t, Limits{}, 100)
	for sql, want := range map[string][2]string{
		"SELECT oeration FROM management":                                    {`there is no column "oeration"`, "did you mean operation? If it is text, it takes single quotes: 'oeration'"},
		"SELECT m.oeration FROM management m":                                {`there is no column "oeration"`, "did you mean operation? If it is text, it takes single quotes: 'oeration'"},
		`SELECT user_id FROM exchange WHERE operation = "Send"`:              {`there is no column "Send"`, "text takes single quotes: 'Send'; the columns are in docs/sql.md"},
		"SELECT levl FROM collectors_out":                                    {`there is no column "levl"`, "did you mean level? If it is text, it takes single quotes: 'levl'"},
		"SELECT user_id FROM exchnge":                                        {`there is no table "exchnge"`, "did you mean exchange? The tables are " + tableNames()},
		"WITH a AS (SELECT user_id AS u FROM exchange) SELECT usr_id FROM a": {`there is no column "usr_id"`, "did you mean user_id? If it is text, it takes single quotes: 'usr_id'"},
	} {
		_, err := b.engine.Run(t.Context(), Request{SQL: sql, Tenants: []nightjar.Tenant{contoso}}, &answer{})
		if err == nil || err.Error() != want[0] || nightjar.HintOf(err) != want[1] || nightjar.CodeOf(err) != nightjar.CodeInvalid {
			t.Errorf("%s\n%v\n%s", sql, err, nightjar.HintOf(err))
		}
	}
}

func TestWorkersKilledWhileIdleAreReplaced(t *testing.T) {
	t.Parallel()
	b := arrange(t, Limits{}, 100)
	b.ask(t, "SELECT count(*) FROM management", contoso)
	b.engine.pool.mu.Lock()
	for _, w := range append(b.engine.pool.idle, b.engine.pool.raw) {
		if err := w.cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
	}
	b.engine.pool.mu.Unlock()
	if a, _ := b.ask(t, "SELECT count(*) AS n FROM management", contoso); len(a.rows) != 1 {
		t.Errorf("%d rows", len(a.rows))
	}
}
