package audit

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/nightjar-sec/nightjar/internal/catalog"
)

// Export writes every entry, the oldest first, as one JSON object a line:
// {"entry":{…},"hash":"…"}, where hash is the SHA-256 of the bytes of entry.
// It writes what is stored, whether or not the chain holds.
func (l *Log) Export(ctx context.Context, w io.Writer) error {
	var last Head
	for {
		var rows []row
		if err := l.db.NewRaw(sqlAfter, last.Seq, page).Scan(ctx, &rows); err != nil {
			return fmt.Errorf("read the audit log after entry %d: %w", last.Seq, catalog.Translate(err))
		}
		for _, r := range rows {
			e, _ := r.entry()
			body, err := canonical(e, last.Hash)
			if err != nil {
				return err
			}
			line, err := encode(struct {
				Entry json.RawMessage `json:"entry"`
				Hash  string          `json:"hash"`
			}{body, r.Hash})
			if err != nil {
				return err
			}
			if _, err := w.Write(append(line, '\n')); err != nil {
				return fmt.Errorf("write the export of the audit log: %w", err)
			}
			last = Head{Seq: r.Seq, Hash: r.Hash}
		}
		if len(rows) < page {
			return nil
		}
	}
}
