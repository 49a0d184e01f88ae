package m365

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

// origin is a scheme, host and port that the bearer token may be sent to.
type origin struct{ host, port string }

// originOf reads an https root such as https://manage.office.com.
func originOf(root string) (origin, error) {
	u, err := url.Parse(root)
	if err != nil {
		return origin{}, fmt.Errorf("parse root: %w", err)
	}
	if u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return origin{}, fmt.Errorf("root %q is not of the form https://host", cleanText(root))
	}
	return originOfURL(u), nil
}

func originOfURL(u *url.URL) origin {
	port := u.Port()
	if port == "" {
		port = "443"
	}
	return origin{host: strings.ToLower(u.Hostname()), port: port}
}

func (o origin) String() string { return "https://" + net.JoinHostPort(o.host, o.port) }

// follow checks an address that Microsoft supplied (NextPageUri, contentUri)
// and returns it ready to be requested, with PublisherIdentifier appended when
// it is absent. Nothing else is changed or encoded anew: the tokens within are
// opaque and hold '$'. An address outside o is refused.
func (o origin) follow(address, publisher string) (*url.URL, error) {
	// One collector's users lost pages to a '\r' at the end of the header
	// (wazuh#34673); a space within would break the request line.
	u, err := url.Parse(string(slices.DeleteFunc([]byte(address), breaksLine)))
	if err != nil {
		return nil, &APIError{Kind: KindForeignHost, Message: "the address cannot be read"}
	}
	if u.Scheme != "https" || u.User != nil || u.Opaque != "" || originOfURL(u) != o {
		return nil, &APIError{Kind: KindForeignHost, Message: fmt.Sprintf("the address leads to %s, not to %s", cleanText(u.Scheme+"://"+u.Host), o)}
	}
	u.Fragment, u.RawFragment = "", ""
	if !hasParameter(u.RawQuery, publisherParameter) {
		if u.RawQuery != "" && !strings.HasSuffix(u.RawQuery, "&") {
			u.RawQuery += "&"
		}
		u.RawQuery += publisherParameter + "=" + url.QueryEscape(publisher)
	}
	return u, nil
}

// breaksLine reports whether a byte cannot be part of a request line.
func breaksLine(b byte) bool { return b <= ' ' || b == 0x7f }

// hasParameter looks for a parameter by name, in any case, without decoding
// the rest of the query.
func hasParameter(rawQuery, name string) bool {
	for pair := range strings.SplitSeq(rawQuery, "&") {
		key, _, _ := strings.Cut(pair, "=")
		if strings.EqualFold(key, name) {
			return true
		}
	}
	return false
}
