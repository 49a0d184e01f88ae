package cli

import "strings"

// parted splits a value at its commas. One after a backslash belongs to the
// text; a backslash before anything else is Sigma's and stays.
func parted(value string) []string {
	var out []string
	var one strings.Builder
	for i := 0; i < len(value); i++ {
		switch next := value[i:min(i+2, len(value))]; {
		case next == `\,`:
			one.WriteByte(',')
			i++
		case next == `\\`:
			one.WriteString(next)
			i++
		case value[i] == ',':
			out = append(out, one.String())
			one.Reset()
		default:
			one.WriteByte(value[i])
		}
	}
	return append(out, one.String())
}
