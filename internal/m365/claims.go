package m365

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/secret"
)

// Claims are what an access token says of itself. They are read for diagnosis
// without checking the signature: the token is not ours to judge.
type Claims struct {
	TenantID nightjar.TenantID
	AppID    string
	Audience string
	Roles    []string // application permissions, such as ActivityFeed.Read
	Issued   time.Time
	Expires  time.Time
}

var errNoJWT = errors.New("not a JWT")

// DecodeClaims reads the claims of an access token.
func DecodeClaims(token secret.Value) (Claims, error) {
	parts := strings.Split(token.Reveal(), ".")
	if len(parts) != 3 {
		return Claims{}, errNoJWT
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return Claims{}, errNoJWT
	}
	var doc struct {
		Tid   string          `json:"tid"`
		AppID string          `json:"appid"`
		Azp   string          `json:"azp"`
		Aud   json.RawMessage `json:"aud"`
		Roles []string        `json:"roles"`
		Iat   float64         `json:"iat"`
		Exp   float64         `json:"exp"`
	}
	if json.Unmarshal(payload, &doc) != nil {
		return Claims{}, errNoJWT // the cause would quote the token
	}
	c := Claims{AppID: doc.AppID, Roles: doc.Roles, Issued: time.Unix(int64(doc.Iat), 0).UTC(), Expires: time.Unix(int64(doc.Exp), 0).UTC()}
	if c.AppID == "" {
		c.AppID = doc.Azp // version 2 tokens
	}
	var audiences []string
	if json.Unmarshal(doc.Aud, &c.Audience) != nil && json.Unmarshal(doc.Aud, &audiences) == nil && len(audiences) > 0 {
		c.Audience = audiences[0]
	}
	if c.TenantID, err = nightjar.ParseTenantID(doc.Tid); err != nil {
		return Claims{}, fmt.Errorf("read the token's tenant: %w", err)
	}
	return c, nil
}
