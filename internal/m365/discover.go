package m365

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	nightjar "github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/clock"
)

// maxDiscovery bounds an openid configuration, which has about 2 KB.
const maxDiscovery = 64 << 10

// Discovery is what a sign-in service says about a tenant to anybody who asks.
type Discovery struct {
	Exists bool
	// SubScope is "GCC", "DODCON" (GCC High), "DOD" or, for all others, empty.
	// The field tenant_region_sub_scope is observed, not documented.
	SubScope string
	Instance string        // cloud_instance_name, such as microsoftonline.com
	Ahead    time.Duration // how far the service's clock is ahead of ours
	HasClock bool          // false when the answer did not tell the time
}

// Discover asks a cloud's sign-in service about a tenant. It sends no
// credential. A tenant that does not exist is not an error.
func Discover(ctx context.Context, client *http.Client, cloud nightjar.Cloud, tenant nightjar.TenantID, c clock.Clock) (Discovery, error) {
	var d Discovery
	answer, s, err := look(ctx, client, strings.TrimRight(cloud.Login, "/")+"/"+string(tenant)+"/v2.0/.well-known/openid-configuration", c)
	if err != nil {
		return d, err
	}
	defer func() { _ = answer.Body.Close() }()
	d.Ahead, d.HasClock = s.get()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxDiscovery))
	if err != nil {
		return d, unreachable("look up the tenant", networkError(answer.Request.URL.Host, err))
	}
	if answer.StatusCode != http.StatusOK {
		e := parseAuthError(answer.StatusCode, answer.Header, body, c.Now())
		if e.Kind == AuthTenantUnknown {
			return d, nil
		}
		message, hint := e.advice()
		return d, &nightjar.Error{Code: e.kind().code(), Message: "look up the tenant: " + message, Hint: hint, Err: e}
	}
	var doc struct {
		Issuer   string `json:"issuer"`
		SubScope string `json:"tenant_region_sub_scope"`
		Instance string `json:"cloud_instance_name"`
	}
	if json.Unmarshal(body, &doc) != nil || doc.Issuer == "" {
		e := &AuthError{Kind: AuthUnintelligible, Status: answer.StatusCode, Message: cleanText(string(body))}
		message, hint := e.advice()
		return d, &nightjar.Error{Code: nightjar.CodeUnavailable, Message: "look up the tenant: " + message, Hint: hint, Err: e}
	}
	d.Exists, d.SubScope, d.Instance = true, doc.SubScope, doc.Instance
	return d, nil
}

// Reach asks whether a root answers at all; any answer counts. It returns how
// far the host's clock is ahead of ours when the answer tells.
func Reach(ctx context.Context, client *http.Client, root string, c clock.Clock) (ahead time.Duration, hasClock bool, err error) {
	answer, s, err := look(ctx, client, strings.TrimRight(root, "/")+"/", c)
	if err != nil {
		return 0, false, err
	}
	_ = answer.Body.Close() // only that it came is of interest
	ahead, hasClock = s.get()
	return ahead, hasClock, nil
}

func look(ctx context.Context, client *http.Client, address string, c clock.Clock) (*http.Response, *skew, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, nil, &nightjar.Error{Code: nightjar.CodeInvalid, Message: "a root of the cloud is not usable", Hint: "write it as https://host, without a path", Err: err}
	}
	answer, err := client.Do(request)
	if err != nil {
		return nil, nil, unreachable("connect", networkError(request.URL.Host, err))
	}
	var s skew
	s.observe(answer.Header, c.Now())
	return answer, &s, nil
}
