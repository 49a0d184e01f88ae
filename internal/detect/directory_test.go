package detect

import (
	"testing"

	"github.com/nightjar-sec/nightjar"
)

func TestAChangeOfTheDirectorySaysWhatItIsAbout(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		recordType     int32
		raw            string
		target, scopes string
	}{
		"an application has a name": {
			8, `{"Target":[{"ID":"ServicePrincipal_1","Type":2},{"ID":"1","Type":2},{"ID":"Mail booster","Type":1},{"ID":"app","Type":4}]}`, "Mail booster", "",
		},
		"a person has a name to sign in with": {8, `{"Target":[{"ID":"User_1","Type":2},{"ID":"ben@contoso.com","Type":5},{"ID":"1003","Type":3}]}`, "ben@contoso.com", ""},
		"a person who was deleted keeps the name": {
			8, `{"Target":[{"ID":"User_2a3b4c5d-6e7f-4081-92a3-b4c5d6e7f809","Type":2},{"ID":"2a3b4c5d-6e7f-4081-92a3-b4c5d6e7f809","Type":2},{"ID":"2a3b4c5d6e7f408192a3b4c5d6e7f809ben@contoso.com","Type":5}]}`, "ben@contoso.com", "",
		},
		"nothing but ids": {8, `{"Target":[{"ID":"User_1","Type":2}]}`, "object", ""},
		"a consent": {
			8, `{"ModifiedProperties":[{"Name":"ConsentContext.OnBehalfOfAll","NewValue":"True"},{"Name":"ConsentAction.Permissions",` +
				`"NewValue":"[[Id: a, ConsentType: AllPrincipals, Scope: Mail.Send]] => [[Id: a, ConsentType: AllPrincipals, Scope: User.Read], [Id: b, Scope:  ActivityFeed.Read User.Read, CreatedDateTime: ]]; "}]}`,
			"object", "User.Read ActivityFeed.Read",
		},
		"a delegated grant":       {8, `{"ModifiedProperties":[{"Name":"DelegatedPermissionGrant.Scope","NewValue":" openid  Mail.Read"}]}`, "object", "openid Mail.Read"},
		"a permission":            {8, `{"ModifiedProperties":[{"Name":"AppRole.Id","NewValue":"x"},{"Name":"AppRole.Value","NewValue":"Mail.Read"}]}`, "object", "Mail.Read"},
		"a record of other shape": {8, `{"Target":{"ID":1}}`, "object", ""},
		"a sign-in":               {15, `{"Target":[{"ID":"Mail booster","Type":1}]}`, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			target, scopes := directoryChange(&nightjar.Event{RecordType: c.recordType, ObjectID: "object", Raw: []byte(c.raw)})
			if target != c.target || scopes != c.scopes {
				t.Errorf("about %q with %q, not %q with %q", target, scopes, c.target, c.scopes)
			}
		})
	}
}
