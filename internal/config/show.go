package config

// Setting is one option with its value and where that came from.
type Setting struct {
	Key    string     `json:"key"`
	Value  string     `json:"value"`
	Origin OriginKind `json:"origin"`
	Detail string     `json:"detail,omitempty"`
}

// Settings lists every option in the order of the table. Secret values that
// are set read "[redacted]".
func (c *Config) Settings() []Setting {
	var out []Setting
	for _, o := range Options() {
		value := o.get(c)
		if o.Secret && value != "" {
			value = "[redacted]"
		}
		from := c.Origin(o.Key)
		out = append(out, Setting{Key: o.Key, Value: value, Origin: from.Kind, Detail: from.Detail})
	}
	for _, t := range sortedTables(c.Retention.Tables) {
		out = append(out, Setting{
			Key: "retention.tables." + string(t), Value: FormatDuration(c.Retention.Tables[t]),
			Origin: FromFile, Detail: c.File,
		})
	}
	return out
}
