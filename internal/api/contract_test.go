package api

import (
	"bytes"
	"context"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/access"
)

type contract struct {
	doc    *openapi3.T
	router routers.Router
}

func readContract(t *testing.T) contract {
	t.Helper()
	data, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return contract{doc, router}
}

// operations yields each operation of the contract.
func (c contract) operations(visit func(method, path string, op *openapi3.Operation)) {
	for path, item := range c.doc.Paths.Map() {
		for method, op := range item.Operations() {
			visit(method, path, op)
		}
	}
}

// holds checks a request and its answer against the contract.
func (c contract) holds(t *testing.T, a answer) {
	t.Helper()
	route, params, err := c.router.FindRoute(a.req)
	if err != nil {
		t.Errorf("%s %s: %v", a.req.Method, a.req.URL.Path, err)
		return
	}
	in := &openapi3filter.RequestValidationInput{
		Request: a.req, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, MultiError: true},
	}
	if a.status < 400 {
		if err := openapi3filter.ValidateRequest(context.Background(), in); err != nil {
			t.Errorf("%s takes a request that the contract does not allow: %v", route.Operation.OperationID, err)
		}
	}
	err = openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: a.status, Header: a.header, Body: io.NopCloser(bytes.NewReader(a.body)), Options: in.Options,
	})
	if err != nil {
		t.Errorf("%s answers what the contract does not allow: %v\n%.600s", route.Operation.OperationID, err, a.body)
	}
}

// TestTheTableOfRoutesIsTheContract fails for a route that the contract does
// not have, the other way round, and where they differ in who may.
func TestTheTableOfRoutesIsTheContract(t *testing.T) {
	t.Parallel()
	c := readContract(t)
	rest := Routes()
	c.operations(func(method, path string, op *openapi3.Operation) {
		i := slices.IndexFunc(rest, func(r Route) bool { return r.Method == method && r.Path == path })
		if i < 0 {
			t.Errorf("%s %s is in the contract alone", method, path)
			return
		}
		r := rest[i]
		rest = slices.Delete(rest, i, i+1)
		ext := func(name string) string {
			s, _ := op.Extensions[name].(string)
			return s
		}
		stepUp, _ := op.Extensions["x-step-up"].(bool)
		second, _ := op.Extensions["x-four-eyes"].(bool)
		_, covered := coveredOperations()[r.Operation]
		open := op.Security != nil && len(*op.Security) == 0
		if r.Operation != op.OperationID || string(r.Permission) != ext("x-permission") || string(r.Tenant) != ext("x-tenant") ||
			r.StepUp != stepUp || covered != second || covered != (op.Responses.Value("202") != nil && op.Responses.Value("202").Ref != "") || covered && !stepUp || string(r.Rate) != ext("x-rate") || (r.Body > 0) != (op.RequestBody != nil) || open != (r.Permission == anyone) {
			t.Errorf("%s %s: the table says %+v", method, path, r)
		}
		if r.Tenant == tenantPath && !strings.Contains(path, "{tenant}") {
			t.Errorf("%s %s has no {tenant}", method, path)
		}
	})
	for _, r := range rest {
		t.Errorf("%s %s is in the table alone", r.Method, r.Path)
	}
}

// TestTheParametersAreTheContracts compares those of addresses.
func TestTheParametersAreTheContracts(t *testing.T) {
	t.Parallel()
	c := readContract(t)
	rest := queryParameters()
	c.operations(func(_, path string, op *openapi3.Operation) {
		var want []string
		for _, p := range slices.Concat(c.doc.Paths.Value(path).Parameters, op.Parameters) {
			if p.Value.In == openapi3.ParameterInQuery {
				want = append(want, p.Value.Name)
			}
		}
		if got := rest[op.OperationID]; !slices.Equal(got, want) {
			t.Errorf("%s has %v, the contract %v", op.OperationID, got, want)
		}
		delete(rest, op.OperationID)
	})
	if len(rest) > 0 {
		t.Errorf("not in the contract: %v", rest)
	}
}

// TestAnUnknownParameterIsRefused asks with a word that is nearly right.
func TestAnUnknownParameterIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for path, want := range map[string]string{
		"/api/v1/alerts?statuss=new": `did you mean \"status\"?`, "/api/v1/me?x=1": "this operation has none", "/api/v1/audit?form=2026-11-20T00:00:00Z": `did you mean \"from\"?`,
	} {
		if a := b.admin.send(get, path, nil); a.code() != "invalid" || !strings.Contains(string(a.body), want) || !strings.Contains(string(a.body), "there is no parameter") {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
}

// TestAMalformedParameterIsRefused asks with pairs that cannot be read, beside
// one that can.
func TestAMalformedParameterIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, query := range []string{"q=100%", "status=new&q=100%", "q=%zz", "q=a;b", "%=1", "status=new;assignee=me"} {
		a := b.admin.send(get, "/api/v1/alerts?"+query, nil)
		if a.status != 400 || a.code() != "invalid" || !strings.Contains(string(a.body), "cannot be read") || !strings.Contains(string(a.body), "%25") {
			t.Errorf("%s: %d %s", query, a.status, a.body)
		}
	}
	want(t, b.admin, 200, get, "/api/v1/alerts?q=100%25&status=new", nil)
}

// TestTheContractNamesWhatThereIs compares closed sets with those of the code.
func TestTheContractNamesWhatThereIs(t *testing.T) {
	t.Parallel()
	c := readContract(t)
	enum := func(schema string) []string {
		var out []string
		for _, v := range c.doc.Components.Schemas[schema].Value.Enum {
			out = append(out, v.(string))
		}
		slices.Sort(out)
		return out
	}
	same := func(schema string, want []string) {
		slices.Sort(want)
		if got := enum(schema); !slices.Equal(got, want) {
			t.Errorf("%s is %v, want %v", schema, got, want)
		}
	}
	var codes, permissions, roles, feeds, tables []string
	for code := range statuses() {
		codes = append(codes, string(code))
	}
	for _, p := range access.Permissions() {
		permissions = append(permissions, string(p))
	}
	for _, r := range access.Roles() {
		roles = append(roles, string(r))
	}
	for _, f := range nightjar.Feeds() {
		feeds = append(feeds, string(f))
	}
	tables = append(tables, string(nightjar.TableManagement))
	for _, name := range nightjar.WorkloadTables() {
		tables = append(tables, string(name))
	}
	same("Code", codes)
	same("Permission", permissions)
	same("Role", roles)
	same("Feed", feeds)
	same("Table", tables)
}

// TestEveryOperationKeepsTheContract asks each operation once for what it is
// for, as the console does.
func TestEveryOperationKeepsTheContract(t *testing.T) {
	t.Parallel()
	b, c := setup(t), readContract(t)
	asked := map[string]bool{}
	as := func(who *client, want int, method, path string, body any) answer {
		t.Helper()
		a := who.send(method, path, body)
		if a.status != want {
			t.Errorf("%s %s answers %d, want %d: %.400s", method, path, a.status, want, a.body)
		}
		c.holds(t, a)
		if route, _, err := c.router.FindRoute(a.req); err == nil && a.status < 400 {
			asked[route.Operation.OperationID] = true
		}
		return a
	}
	do := func(want int, method, path string, body any) answer {
		t.Helper()
		return as(b.admin, want, method, path, body)
	}
	b.exercise(do, as)
	c.operations(func(_, path string, op *openapi3.Operation) {
		if !asked[op.OperationID] && !slices.Contains(slices.Concat(elsewhere(), bySecondPerson()), op.OperationID) {
			t.Errorf("%s %s was not asked", path, op.OperationID)
		}
	})
}

// elsewhere are operations that have tests of their own: they need a stream, a
// browser at Microsoft, or the first administrator.
func elsewhere() []string {
	return []string{
		"beginSetup", "confirmEnrolment", "login", "verifyLogin", "stepUp", "saveConsent", "watchConsent", "tailEvents", "acceptInvite", "changePassword",
		"beginPasskeySetup", "confirmPasskeyEnrolment", "acceptInviteByPasskey", "beginPasskeyLogin", "loginByPasskey",
		"beginPasskeyStepUp", "stepUpByPasskey", "beginPasskey", "addPasskey", "listPasskeys", "removePasskey",
		"beginSSO", "beginSSOStepUp", "linkIdentity", "unlinkIdentity", "unlinkPerson",
	}
}
