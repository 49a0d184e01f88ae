package detect

import "strings"

// family is a kind of client software, and what a user agent says of it.
type family struct {
	name  string
	marks []string // in small letters; any of them
}

// families are looked for in this order: what is more particular comes first,
// since Edge says that it is Chrome, and Chrome that it is Safari.
func families() []family {
	return []family{
		{"powershell", []string{"powershell"}},
		{"azurecli", []string{"azure-cli", "azurecli", "python-msal"}},
		{"graph", []string{"graphsdk", "graph-sdk", "msgraph", "microsoft graph", "graph-dotnet"}},
		{"python", []string{"python", "aiohttp", "httpx/"}},
		{"axios", []string{"axios"}},
		{"node", []string{"node-fetch", "undici", "node.js", "node/", "got ("}},
		{"go", []string{"go-http-client", "fasthttp", "go-resty"}},
		{"curl", []string{"curl/", "wget/"}},
		{"postman", []string{"postman"}},
		{"java", []string{"okhttp", "apache-httpclient", "java/"}},
		{"bav2ropc", []string{"bav2ropc", "cbainprod"}}, // a password handed over by a program
		{"imap", []string{"client=imap", "imap4", "imap/"}},
		{"pop", []string{"client=pop", "pop3"}},
		{"smtp", []string{"client=smtp", "smtp"}},
		{"activesync", []string{"activesync", "eas/", "client=activesync"}},
		{"ews", []string{"client=webservices", "exchangeservicesclient", "ews/"}},
		{"rest", []string{"client=rest"}},
		{"owa", []string{"client=owa", "owa/"}},
		{"outlook", []string{"outlook", "client=mapi", "client=msexchangerpc", "microsoft office/", "client=hub transport"}},
		{"onedrive", []string{"onedrive", "skydrivesync", "groove"}},
		{"teams", []string{"teams/", "teamsmobile", "microsoft teams"}},
		{"office", []string{"microsoft office", "msoffice", "microsoft word", "microsoft excel", "officeapp"}},
		{"edge", []string{"edg/", "edge/", "edga/", "edgios/"}},
		{"opera", []string{"opr/", "opera"}},
		{"firefox", []string{"firefox/", "fxios/"}},
		{"chrome", []string{"chrome/", "crios/"}},
		{"ie", []string{"trident/", "msie "}},
		{"safari", []string{"safari/", "mobile/15e148", "applewebkit"}},
		{"dalvik", []string{"dalvik/"}},
	}
}

// maxClients bounds how many user agents are remembered with their family.
const maxClients = 4096

// clients finds the families of user agents. It is for one goroutine.
type clients struct {
	families []family
	known    map[string]string
}

func newClients() *clients { return &clients{families: families(), known: map[string]string{}} }

// family is the family of the software that a user agent, or the
// ClientInfoString of Exchange, names: one word, without a version, so that an
// update is no new client. "other" is one that is not known; "" is none.
func (c *clients) family(userAgent string) string {
	if userAgent == "" {
		return ""
	}
	if name, ok := c.known[userAgent]; ok {
		return name
	}
	if len(c.known) >= maxClients {
		clear(c.known) // it only saves time
	}
	name := c.find(strings.ToLower(userAgent))
	c.known[strings.Clone(userAgent)] = name
	return name
}

func (c *clients) find(lower string) string {
	for _, f := range c.families {
		for _, mark := range f.marks {
			if strings.Contains(lower, mark) {
				return f.name
			}
		}
	}
	return "other"
}
