package api

const (
	maxFields     = 12
	defaultValues = 10
	maxValues     = 100
)

type valuesRequest struct {
	searchBase
	Fields []string `json:"fields"`
	Limit  int      `json:"limit"`
}

type valueCount struct {
	Value string `json:"value"`
	Count int64  `json:"count"`
}

type fieldValues struct {
	Field  string       `json:"field"`
	Values []valueCount `json:"values"`
}

type valuesAnswer struct {
	SQL   string        `json:"sql"`
	Items []fieldValues `json:"items"`
	Stats stats         `json:"stats"`
}

func (s *Server) topValues(c *call) error {
	var q valuesRequest
	if err := c.decode(&q); err != nil {
		return err
	}
	if q.Limit == 0 {
		q.Limit = defaultValues
	}
	if q.Limit < 1 || q.Limit > maxValues || len(q.Fields) == 0 || len(q.Fields) > maxFields {
		return invalid("name 1 to 12 fields, and a limit between 1 and 100", "e.g. {\"fields\": [\"operation\", \"user_id\"]}")
	}
	sql, err := q.search().Values(q.Fields, q.Limit)
	if err != nil {
		return err
	}
	t, took, err := c.ask(sql)
	if err != nil {
		return err
	}
	out := valuesAnswer{SQL: sql, Stats: statsOf(took)}
	for _, f := range q.Fields {
		out.Items = append(out.Items, fieldValues{Field: f, Values: []valueCount{}})
	}
	for _, r := range t.rows {
		if i := integer(r[0]); i >= 0 && int(i) < len(out.Items) {
			out.Items[i].Values = append(out.Items[i].Values, valueCount{text(r[1]), integer(r[2])})
		}
	}
	return c.ok(out)
}
