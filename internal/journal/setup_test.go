package journal

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nightjar-sec/nightjar"
	"github.com/nightjar-sec/nightjar/internal/catalog"
	"github.com/nightjar-sec/nightjar/internal/catalog/catalogtest"
)

const testTenant = nightjar.TenantID("6a1f0b52-8b8e-4a37-9d0c-0f5a2f6f9c11")

var testDay = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

// setup opens an empty journal in a folder of its own; change adapts its Config.
func setup(t testing.TB, change ...func(*Config)) *Journal {
	t.Helper()
	var dir string
	if test, ok := t.(*testing.T); ok {
		dir = memoryDir(test)
	} else {
		dir = t.TempDir() // a benchmark measures the disk too
	}
	db, err := catalogtest.Open(t.Context(), catalog.Config{Path: filepath.Join(dir, "catalog.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	cfg := Config{Dir: filepath.Join(dir, "journal"), Catalog: db}
	for _, c := range change {
		c(&cfg)
	}
	j, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// TestMain takes fewer rapid checks than the default unless asked otherwise: one
// of the model's is some hundred commits. (go test -rapid.checks=1000)
func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		if err := flag.Set("rapid.checks", "5"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// memoryDir is a folder whose fsync is quick, where there is one.
func memoryDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "journal") //nolint:usetesting // TempDir cannot be told to be in memory
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// generator makes audit events of about the size and variety of real ones.
type generator struct{ r *rand.Rand }

func newGenerator(seed uint64) *generator { return &generator{rand.New(rand.NewPCG(seed, 1))} }

func (g *generator) guid() string {
	a, b := g.r.Uint64(), g.r.Uint64()
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", uint32(a), uint16(a>>32), uint16(a>>48), uint16(b), b>>16)
}

var workloads = []struct {
	table      nightjar.Table
	feed       nightjar.Feed
	workload   string
	recordType int32
	operations []string
}{
	{nightjar.TableAzureAD, nightjar.FeedAzureActiveDirectory, "AzureActiveDirectory", 15, []string{"UserLoggedIn", "UserLoginFailed", "Update user.", "Add member to role."}},
	{nightjar.TableExchange, nightjar.FeedExchange, "Exchange", 2, []string{"MailItemsAccessed", "Send", "New-InboxRule", "HardDelete"}},
	{nightjar.TableSharePoint, nightjar.FeedSharePoint, "SharePoint", 6, []string{"FileAccessed", "FileModified", "SharingSet", "PageViewed"}},
	{nightjar.TableOneDrive, nightjar.FeedSharePoint, "OneDrive", 6, []string{"FileSyncDownloadedFull", "FileDownloaded", "FileUploaded"}},
	{nightjar.TableTeams, nightjar.FeedGeneral, "MicrosoftTeams", 25, []string{"MessageSent", "MemberAdded", "TeamsSessionStarted"}},
	{nightjar.TableDLP, nightjar.FeedDLP, "Exchange", 13, []string{"DlpRuleMatch"}},
}

func (g *generator) event(at time.Time) nightjar.Event {
	w := workloads[g.r.IntN(len(workloads))]
	user := int(float64(5000) * g.r.Float64() * g.r.Float64() * g.r.Float64())
	e := nightjar.Event{
		Tenant: testTenant, ID: g.guid(), Table: w.table, Feed: w.feed, Tag: "contoso",
		Time: at, Ingested: at.Add(20 * time.Minute), ContentCreated: at.Add(15 * time.Minute),
		RecordType: w.recordType, Operation: w.operations[g.r.IntN(len(w.operations))], Workload: w.workload,
		UserID: fmt.Sprintf("user%04d@contoso.onmicrosoft.com", user), UserKey: fmt.Sprintf("1003%012x", user*7919),
		ClientIP: netip.AddrFrom4([4]byte{20, byte(user >> 8), byte(user), byte(g.r.IntN(4))}), ClientPort: uint16(g.r.IntN(60000)),
		Result: "Succeeded", AppID: "00000003-0000-0ff1-ce00-000000000000", SessionID: g.guid(),
		ObjectID:  fmt.Sprintf("https://contoso.sharepoint.com/sites/team%d/Shared Documents/report-%d.xlsx", g.r.IntN(300), g.r.IntN(20000)),
		UserAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
		Place:     nightjar.Place{Country: "CH", City: "Zürich", Lat: 47.37, Lon: 8.54, ASN: 3303, Network: "user", Source: "DB-IP City Lite 2026-11"},
		Fields:    fmt.Sprintf(`{"ExtendedProperties":{"UserAgent":"Mozilla/5.0","RequestType":"OAuth2:Authorize","ResultStatusDetail":"Redirect","n":%d}}`, g.r.IntN(1000)),
	}
	e.Raw = fmt.Appendf(nil, `{"CreationTime":"%s","Id":"%s","Operation":"%s","OrganizationId":"%s","RecordType":%d,"ResultStatus":"Succeeded","UserKey":"%s","UserType":0,"Version":1,"Workload":"%s","ClientIP":"%s:%d","ObjectId":"%s","UserId":"%s","AzureActiveDirectoryEventType":1,"ExtendedProperties":[{"Name":"UserAgent","Value":"%s"},{"Name":"RequestType","Value":"OAuth2:Authorize"},{"Name":"ResultStatusDetail","Value":"Redirect"},{"Name":"UserAuthenticationMethod","Value":"%d"}],"ModifiedProperties":[{"Name":"LastDirSyncTime","NewValue":"[\"%s\"]","OldValue":"[]"}],"Actor":[{"ID":"%s","Type":0},{"ID":"%s","Type":5}],"ActorContextId":"%s","ActorIpAddress":"%s","InterSystemsId":"%s","IntraSystemId":"%s","SupportTicketId":"","Target":[{"ID":"00000002-0000-0000-c000-000000000000","Type":0}],"TargetContextId":"%s","ApplicationId":"%s","DeviceProperties":[{"Name":"OS","Value":"Windows 10"},{"Name":"BrowserType","Value":"Edge"},{"Name":"IsCompliantAndManaged","Value":"False"},{"Name":"SessionId","Value":"%s"}],"ErrorNumber":"0","Site":"%s","ItemType":"File","ListItemUniqueId":"%s","EventSource":"SharePoint","SourceFileExtension":"xlsx","SourceFileName":"report-%d.xlsx","SourceRelativeUrl":"Shared Documents/team%d"}`,
		at.Format("2006-01-02T15:04:05"), e.ID, e.Operation, testTenant, e.RecordType, e.UserKey, e.Workload, e.ClientIP, e.ClientPort, e.ObjectID, e.UserID, e.UserAgent, g.r.IntN(16),
		at.Format("2006-01-02T15:04:05Z"), e.UserKey, e.UserID, testTenant, e.ClientIP, g.guid(), g.guid(), testTenant, e.AppID, e.SessionID, fmt.Sprintf("5b1d%04x-0000-4000-8000-aabbccddeeff", user%300), g.guid(), g.r.IntN(20000), g.r.IntN(300))
	return e
}

// events makes n events spread evenly over a time, in that order.
func (g *generator) events(n int, from time.Time, over time.Duration) []nightjar.Event {
	out := make([]nightjar.Event, n)
	for i := range out {
		out[i] = g.event(from.Add(over * time.Duration(i) / time.Duration(n)).Truncate(time.Second))
	}
	return out
}

// add appends one batch of one source.
func add(t testing.TB, j *Journal, events []nightjar.Event) Receipt {
	t.Helper()
	r, err := j.Append(t.Context(), Batch{Tenant: testTenant, Sources: []Source{{Events: events}}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// all exports everything of the test tenant.
func all(t testing.TB, j *Journal) []nightjar.Event {
	t.Helper()
	var out []nightjar.Event
	err := j.Export(t.Context(), ExportFilter{Tenant: testTenant}, func(e nightjar.Event) error {
		out = append(out, e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
