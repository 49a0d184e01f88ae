package approval

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// canonical is the one form of a value as JSON: keys sorted, no space, numbers
// as they were written.
func canonical(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var plain any
	if err := d.Decode(&plain); err != nil {
		return nil, err
	}
	return json.Marshal(plain)
}

// digest is what a second person agrees to: the operation, the tenant and the
// parameters, and nothing that could be read in two ways.
func digest(operation, tenant string, parameters json.RawMessage) (string, error) {
	text, err := canonical(map[string]any{"operation": operation, "tenant": tenant, "parameters": parameters})
	if err != nil {
		return "", fmt.Errorf("encode what is asked for: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// fixed brings a request's parameters to the form that is kept, with its hash.
func (r Request) fixed() (parameters json.RawMessage, hash string, err error) {
	if parameters, err = canonical(r.Parameters); err != nil {
		return nil, "", fmt.Errorf("encode what is asked for: %w", err)
	}
	hash, err = digest(r.Operation, string(r.Tenant), parameters)
	return parameters, hash, err
}

// intact reports whether the parameters are those that the hash was made of.
func (a Approval) intact() bool {
	hash, err := digest(a.Operation, string(a.Tenant), a.Parameters)
	return err == nil && hash == a.Hash
}
