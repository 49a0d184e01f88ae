package normalise

import (
	"encoding/json"
	"strconv"

	"github.com/nightjar-sec/nightjar"
)

// key is a top-level member that some column is read from.
type key int

const (
	keyNone key = iota
	keyID
	keyOrganizationID
	keyCreationTime
	keyRecordType
	keyOperation
	keyWorkload
	keyUserID
	keyUserKey
	keyUserType
	keyObjectID
	keyResultStatus
	keyResultStatusDetail
	keyStatus
	keyApplicationID
	keyAppID
	keyClientAppID
	keySessionID
	keyUserAgent
	keyClientInfoString
	keyClientIPAddress
	keyClientIP
	keyActorIPAddress
	keyActorIP
	keys
)

func keyOf(name []byte) key {
	switch string(name) {
	case "Id":
		return keyID
	case "OrganizationId":
		return keyOrganizationID
	case "CreationTime":
		return keyCreationTime
	case "RecordType":
		return keyRecordType
	case "Operation":
		return keyOperation
	case "Workload":
		return keyWorkload
	case "UserId":
		return keyUserID
	case "UserKey":
		return keyUserKey
	case "UserType":
		return keyUserType
	case "ObjectId":
		return keyObjectID
	case "ResultStatus":
		return keyResultStatus
	case "ResultStatusDetail":
		return keyResultStatusDetail
	case "Status":
		return keyStatus
	case "ApplicationId":
		return keyApplicationID
	case "AppId":
		return keyAppID
	case "ClientAppId":
		return keyClientAppID
	case "SessionId":
		return keySessionID
	case "UserAgent":
		return keyUserAgent
	case "ClientInfoString":
		return keyClientInfoString
	case "ClientIPAddress":
		return keyClientIPAddress
	case "ClientIP":
		return keyClientIP
	case "ActorIpAddress":
		return keyActorIPAddress
	case "ActorIP":
		return keyActorIP
	}
	return keyNone
}

// members holds the values of one record's known members, as they stand in it.
type members struct {
	values [keys][]byte
}

func (m *members) read(raw []byte) error {
	i := skipSpace(raw, 0)
	if i >= len(raw) || raw[i] != '{' {
		return corrupt("the record is not a JSON object")
	}
	i = skipSpace(raw, i+1)
	if i < len(raw) && raw[i] == '}' {
		return end(raw, i+1)
	}
	for {
		if i >= len(raw) || raw[i] != '"' {
			return corrupt("the record is not valid JSON")
		}
		from := i
		if i = skipString(raw, i+1); i < 0 {
			return corrupt("the record is not valid JSON")
		}
		k := keyOf(raw[from+1 : i-1])
		if i = skipColon(raw, i); i < 0 {
			return corrupt("the record is not valid JSON")
		}
		from = i
		if i = skipValue(raw, i, 2); i < 0 {
			return corrupt("the record is not valid JSON")
		}
		if m.values[k] == nil {
			m.values[k] = raw[from:i]
		}
		i = skipSpace(raw, i)
		if i < len(raw) && raw[i] == ',' {
			i = skipSpace(raw, i+1)
			continue
		}
		if i < len(raw) && raw[i] == '}' {
			return end(raw, i+1)
		}
		return corrupt("the record is not valid JSON")
	}
}

func end(raw []byte, i int) error {
	if skipSpace(raw, i) != len(raw) {
		return corrupt("there is more behind the record")
	}
	return nil
}

func corrupt(what string) error {
	return &nightjar.Error{Code: nightjar.CodeCorrupt, Message: what}
}

func (m *members) text(k key) string {
	v := m.values[k]
	if len(v) == 0 || v[0] == '{' || v[0] == '[' || string(v) == "null" {
		return ""
	}
	if v[0] != '"' {
		return string(v)
	}
	var s string
	_ = json.Unmarshal(v, &s)
	return s
}

func (m *members) number(k key) int32 {
	n, _ := strconv.ParseInt(m.text(k), 10, 32)
	return int32(n)
}

func (m *members) first(ks ...key) string {
	for _, k := range ks {
		if s := m.text(k); s != "" {
			return s
		}
	}
	return ""
}
