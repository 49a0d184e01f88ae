package detect

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"

	"github.com/nightjar-sec/nightjar"
)

// mailBags are the lists of names and values that Exchange writes of what was
// asked of it.
type mailBags struct {
	Parameters, OperationProperties map[string]any
}

func readMailBags(e *nightjar.Event) (bags mailBags) {
	if json.Unmarshal([]byte(e.Fields), &bags) != nil {
		return mailBags{} // bags of another shape say nothing of mail
	}
	return bags
}

// outside are the addresses that a change of forwarding sends mail to and that
// are of another domain than those who asked for it, each once and in order,
// and their domains with the @ before them. Domains are compared whole: one
// recipient of the own domain hides no other, and contoso.com.example.net is
// not contoso.com.
func outside(e *nightjar.Event) (addresses, domains []string) {
	var texts []string
	switch e.Operation {
	case "New-InboxRule", "Set-InboxRule":
		p := readMailBags(e).Parameters
		texts = append(append(texted(p["ForwardTo"]), texted(p["ForwardAsAttachmentTo"])...), texted(p["RedirectTo"])...)
	case "UpdateInboxRules":
		for _, actions := range texted(readMailBags(e).OperationProperties["RuleActions"]) {
			texts = append(texts, sending(actions)...)
		}
	case "Set-Mailbox":
		if strings.Contains(e.Fields, `"ForwardingSmtpAddress"`) {
			texts = texted(readMailBags(e).Parameters["ForwardingSmtpAddress"])
		}
	}
	if len(texts) == 0 {
		return nil, nil
	}
	own := ownDomains(e)
	for _, text := range texts {
		for _, address := range addressesIn(text) {
			domain := address[strings.LastIndexByte(address, '@'):]
			if slices.Contains(own, domain[1:]) {
				continue
			}
			addresses, domains = append(addresses, address), append(domains, domain)
		}
	}
	slices.Sort(addresses)
	slices.Sort(domains)
	return slices.Compact(addresses), slices.Compact(domains)
}

// ownDomains are those of the person, of the mailbox's owner and of the
// tenant. The home of a guest is not one of them.
func ownDomains(e *nightjar.Event) []string {
	var r struct{ MailboxOwnerUPN, OrganizationName string }
	_ = json.Unmarshal(e.Raw, &r) // a record of another shape names neither
	own := []string{strings.ToLower(r.OrganizationName)}
	for _, name := range []string{e.UserID, r.MailboxOwnerUPN} {
		if name = strings.ToLower(name); !strings.Contains(name, guestMark) {
			own = append(own, domainOf(name))
		}
	}
	return own
}

// sending are the recipients in the actions of a rule that Outlook made:
// [{"ActionType":"Forward","Recipients":["ben@contoso.com"]}].
func sending(actions string) []string {
	var list []struct {
		ActionType string
		Recipients any
	}
	if json.Unmarshal([]byte(actions), &list) != nil {
		for _, kind := range []string{"Forward", "Redirect"} {
			if strings.Contains(actions, kind) {
				return []string{actions} // of another shape: all addresses in it
			}
		}
		return nil
	}
	var texts []string
	for _, a := range list {
		switch a.ActionType {
		case "Forward", "ForwardAsAttachment", "Redirect":
			texts = append(texts, texted(a.Recipients)...)
		}
	}
	return texts
}

// texted are the texts of a value that is a text or a list of them.
func texted(value any) []string {
	switch v := value.(type) {
	case string:
		return []string{v}
	case []any:
		var texts []string
		for _, one := range v {
			texts = append(texts, texted(one)...)
		}
		return texts
	}
	return nil
}

// addressesIn finds addresses in what Exchange writes of recipients, in small
// letters: "Ben Adler [SMTP:ben@contoso.com];smtp:x@example.net".
func addressesIn(text string) []string {
	var found []string
	for _, word := range strings.FieldsFunc(strings.ToLower(text), betweenAddresses) {
		at := strings.LastIndexByte(word, '@')
		if at < 0 {
			continue
		}
		end := at + 1
		for i, r := range word[end:] {
			if r != '.' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
				break
			}
			end = at + 1 + i + len(string(r))
		}
		if address := strings.Trim(word[:end], "."); strings.Contains(address[min(at, len(address)):], ".") {
			found = append(found, address)
		}
	}
	return found
}

func betweenAddresses(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune(`;,:<>[]()"'\`, r)
}

// givesSelf says whether a right to a mailbox goes to the one who gives it,
// and whether the record speaks of such a right at all. Exchange writes the
// other as it likes: as a name to sign in with, as an alias, or as a canonical
// name such as EURPR04A009.PROD.OUTLOOK.COM/…/contoso.onmicrosoft.com/Anna Meier.
func givesSelf(e *nightjar.Event) (self, known bool) {
	var name string
	switch e.Operation {
	case "Add-MailboxPermission":
		name = "User"
	case "Add-RecipientPermission":
		name = "Trustee"
	default:
		return false, false
	}
	giver := account(e.UserID)
	for _, grantee := range texted(readMailBags(e).Parameters[name]) {
		known = true
		if giver != "" && account(grantee) == giver {
			return true, true
		}
	}
	return false, known
}

// account is the part of a name that tells people of one organisation apart:
// the last one of a canonical name, and what stands before an @, in letters
// and digits alone, so that "Anna Meier" is anna.meier@contoso.com.
func account(name string) string {
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name, _, _ = strings.Cut(name, "@")
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}
