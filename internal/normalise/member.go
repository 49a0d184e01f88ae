package normalise

import (
	"bytes"

	"github.com/nightjar-sec/nightjar"
)

// member is a value that some column is read from: a top-level member of a
// record, or one of a bag.
type member int

const (
	other member = iota // no column is read from it

	memID
	memOrganizationID
	memCreationTime
	memRecordType
	memOperation
	memWorkload
	memUserID
	memUserKey
	memUserType
	memObjectID
	memResultStatus
	memResultStatusDetail
	memStatus
	memApplicationID
	memAppID
	memClientAppID
	memAadAppID
	memAppAccessContext
	memCommon
	memSessionID
	memUserAgent
	memClientInfoString
	memActorInfoString
	memClientIPAddress
	memClientIP
	memActorIPAddress
	memActorIP
	memMailboxOwnerUPN
	memTeamGUID
	memChatThreadID
	memLocation

	// Those above are at the top level; these are in bags (see keepProperties).
	memBagUserAgent
	memBagSessionID
	memBagResultStatusDetail
	memBagAdditionalDetails

	members
)

// memberOf tells which member a name at the top level of a record is. bag is
// true for the names under which Microsoft documents Name/Value bags.
func memberOf(name []byte) (m member, bag bool) {
	switch string(name) {
	case "Id":
		return memID, false
	case "OrganizationId":
		return memOrganizationID, false
	case "CreationTime":
		return memCreationTime, false
	case "RecordType":
		return memRecordType, false
	case "Operation":
		return memOperation, false
	case "Workload":
		return memWorkload, false
	case "UserId":
		return memUserID, false
	case "UserKey":
		return memUserKey, false
	case "UserType":
		return memUserType, false
	case "ObjectId":
		return memObjectID, false
	case "ResultStatus":
		return memResultStatus, false
	case "ResultStatusDetail":
		return memResultStatusDetail, false
	case "Status":
		return memStatus, false
	case "ApplicationId":
		return memApplicationID, false
	case "AppId":
		return memAppID, false
	case "ClientAppId":
		return memClientAppID, false
	case "AadAppId":
		return memAadAppID, false
	case "AppAccessContext":
		return memAppAccessContext, false
	case "Common":
		return memCommon, false
	case "SessionId":
		return memSessionID, false
	case "UserAgent":
		return memUserAgent, false
	case "ClientInfoString":
		return memClientInfoString, false
	case "ActorInfoString":
		return memActorInfoString, false
	case "ClientIPAddress":
		return memClientIPAddress, false
	case "ClientIP", "ClientIp":
		return memClientIP, false
	case "ActorIpAddress", "ActorIPAddress":
		return memActorIPAddress, false
	case "ActorIP", "ActorIp":
		return memActorIP, false
	case "MailboxOwnerUPN":
		return memMailboxOwnerUPN, false
	case "TeamGuid":
		return memTeamGUID, false
	case "ChatThreadId":
		return memChatThreadID, false
	case "location":
		return memLocation, false
	case "Parameters", "ExtendedProperties", "ModifiedProperties", "OperationProperties",
		"DeviceProperties", "ExtraProperties", "PropertyCollection", "AdditionalInfo", "AdditionalDetails":
		return other, true
	default:
		return other, false
	}
}

// fields is one record taken apart: the members that columns are read from and
// the bags, each as it stands in the record.
type fields struct {
	values [members][]byte
	bags   [maxBags]bag
	bagged int // how many of bags are set
}

// maxBags is how many bags of a record are folded; the records known have up
// to four. It bounds the work for a hostile one. What is beyond stays in raw.
const maxBags = 16

// bag is a top-level member that is, or by its name should be, a list of names
// and values.
type bag struct {
	name  []byte // a JSON string
	value []byte
}

// read takes raw apart in one pass, validating all of it. A name that occurs
// twice counts the first time.
func (f *fields) read(raw []byte) error {
	i := skipSpace(raw, 0)
	if i >= len(raw) || raw[i] != '{' {
		return corrupt("the record is not a JSON object")
	}
	i = skipSpace(raw, i+1)
	if i < len(raw) && raw[i] == '}' {
		return readEnd(raw, i+1)
	}
	for i < len(raw) && raw[i] == '"' {
		nameStart := i
		if i = skipString(raw, i+1); i < 0 {
			break
		}
		name := raw[nameStart:i]
		if i = skipColon(raw, i); i < 0 {
			break
		}
		valueStart := i
		if i = skipValue(raw, i, 2); i < 0 {
			break
		}
		f.keep(name, raw[valueStart:i])
		if i = skipSpace(raw, i); i >= len(raw) {
			break
		}
		switch raw[i] {
		case ',':
			i = skipSpace(raw, i+1)
		case '}':
			return readEnd(raw, i+1)
		default:
			i = bad
		}
		if i < 0 {
			break
		}
	}
	if i == tooDeep {
		return corrupt("the record nests too deep")
	}
	return corrupt("the record is not valid JSON")
}

// keep remembers a value when some column or bag needs it.
func (f *fields) keep(name, value []byte) {
	m, isBag := memberOf(content(name))
	if m == other && !isBag && bytes.IndexByte(name, '\\') >= 0 {
		m, isBag = memberOf(text(name))
	}
	if m != other {
		if f.values[m] == nil {
			f.values[m] = value
		}
		return
	}
	if !isBag && !looksLikeBag(value) {
		return
	}
	for _, b := range f.bags[:f.bagged] {
		if string(b.name) == string(name) {
			return
		}
	}
	if f.bagged < len(f.bags) {
		f.bags[f.bagged] = bag{name, value}
		f.bagged++
	}
}

func readEnd(raw []byte, i int) error {
	if skipSpace(raw, i) != len(raw) {
		return corrupt("there is more behind the record")
	}
	return nil
}

func corrupt(what string) error {
	return &nightjar.Error{Code: nightjar.CodeCorrupt, Message: what}
}
