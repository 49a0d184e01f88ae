package detect

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/nightjar-sec/nightjar"
)

func mailEvent(t *testing.T, operation, bag, name, value string) *nightjar.Event {
	t.Helper()
	fields, err := json.Marshal(map[string]map[string]string{bag: {name: value}})
	if err != nil {
		t.Fatal(err)
	}
	return &nightjar.Event{
		Operation: operation, UserID: "Anna.Meier@Contoso.com", Fields: string(fields),
		Raw: []byte(`{"OrganizationName":"contoso.onmicrosoft.com","MailboxOwnerUPN":"anna@contoso.org"}`),
	}
}

func TestRecipientsOutsideAreFound(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ operation, bag, field, value, want, domains string }{
		"a colleague":          {"New-InboxRule", "Parameters", "ForwardTo", "Ben Adler [SMTP:BEN@contoso.com]", "", ""},
		"a colleague and one":  {"New-InboxRule", "Parameters", "ForwardTo", "ben@contoso.com;Thief@gmail.com", "thief@gmail.com", "@gmail.com"},
		"a domain that begins": {"Set-InboxRule", "Parameters", "RedirectTo", "x@contoso.com.evil.net", "x@contoso.com.evil.net", "@contoso.com.evil.net"},
		"a domain that ends":   {"Set-Mailbox", "Parameters", "ForwardingSmtpAddress", "smtp:x@notcontoso.com", "x@notcontoso.com", "@notcontoso.com"},
		"own domains":          {"Set-Mailbox", "Parameters", "ForwardingSmtpAddress", "smtp:x@contoso.org;y@contoso.onmicrosoft.com", "", ""},
		"a name like a friend": {"New-InboxRule", "Parameters", "ForwardAsAttachmentTo", `"ben@contoso.com" [SMTP:b@x.net];c@x.net`, "b@x.net c@x.net", "@x.net"},
		"no address":           {"New-InboxRule", "Parameters", "ForwardTo", "Ben @ home [EX:/o=Exchange/cn=ben]", "", ""},
		"a rule of Outlook": {
			"UpdateInboxRules", "OperationProperties", "RuleActions",
			`[{"ActionType":"Move","Note":"y@b.net"},{"ActionType":"Redirect","Recipients":["ben@contoso.com","\"x\" <x@a.net>"]}]`, "x@a.net", "@a.net",
		},
		"actions of another shape": {"UpdateInboxRules", "OperationProperties", "RuleActions", `Forward to x@a.net.`, "x@a.net", "@a.net"},
		"another operation":        {"Set-CASMailbox", "Parameters", "ForwardTo", "x@a.net", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addresses, domains := outside(mailEvent(t, c.operation, c.bag, c.field, c.value))
			if got := strings.Join(addresses, " "); got != c.want || strings.Join(domains, " ") != c.domains {
				t.Errorf("%q with %q, want %q with %q", got, domains, c.want, c.domains)
			}
		})
	}
}

func TestAGuestsHomeIsOutside(t *testing.T) {
	t.Parallel()
	e := mailEvent(t, "Set-Mailbox", "Parameters", "ForwardingSmtpAddress", "smtp:x@fabrikam.com")
	e.UserID = "ben_fabrikam.com#EXT#@contoso.onmicrosoft.com"
	if addresses, _ := outside(e); len(addresses) != 1 {
		t.Errorf("outside are %q", addresses)
	}
}

func TestRightsThatPeopleGiveThemselvesAreTold(t *testing.T) {
	t.Parallel()
	const canonical = "EURPR04A009.PROD.OUTLOOK.COM/Microsoft Exchange Hosted Organizations/contoso.onmicrosoft.com/"
	for grantee, want := range map[string]bool{
		"anna.meier@contoso.com": true, "Anna.Meier": true, "anna.meier@contoso.onmicrosoft.com": true, `CONTOSO\anna.meier`: true,
		canonical + "Anna Meier": true, canonical + "ITCornpany": false, "ben@contoso.com": false, "": false,
	} {
		for operation, name := range map[string]string{"Add-MailboxPermission": "User", "Add-RecipientPermission": "Trustee"} {
			if self, known := givesSelf(mailEvent(t, operation, "Parameters", name, grantee)); self != want || !known {
				t.Errorf("%s for %q: %t, %t", operation, grantee, self, known)
			}
		}
	}
	e := mailEvent(t, "Add-MailboxPermission", "Parameters", "User", "")
	e.UserID = ""
	if self, _ := givesSelf(e); self {
		t.Error("nobody gave nobody a right")
	}
	if _, known := givesSelf(mailEvent(t, "Set-Mailbox", "Parameters", "User", "anna")); known {
		t.Error("another operation gives no right")
	}
}
