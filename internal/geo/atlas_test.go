package geo

import (
	"net/netip"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maxmind/mmdbwriter/mmdbtype"

	"github.com/nightjar-sec/nightjar"
)

// world is a folder with a city file and an AS file.
func world(t testing.TB) Config {
	t.Helper()
	dir := t.TempDir()
	mmdb{list: []entry{
		place("81.2.69.0/24", "London", "GB", 51.5, -0.12),
		place("2a02:6b8::/32", "Helsinki", "FI", 60.17, 24.94),
		place("52.97.1.0/24", "Fortaleza", "BR", -3.7, -38.5),
		place("20.50.0.0/16", "Amsterdam", "NL", 52.37, 4.9),
		place("10.0.0.0/8", "Nowhere", "ZZ", 1, 1),
		{"5.5.5.0/24", mmdbtype.Map{"country": mmdbtype.Map{"iso_code": mmdbtype.String("DE")}}},
		{"6.6.6.0/24", mmdbtype.Map{"registered_country": mmdbtype.Map{"iso_code": mmdbtype.String("US")}}},
		place("7.7.7.0/24", "", "FR", 0, 0),
	}}.write(t, filepath.Join(dir, "city.mmdb"))
	mmdb{kind: "DBIP-ASN-Lite", list: []entry{
		system("81.2.69.0/24", 20712, "Andrews & Arnold"), system("20.50.0.0/16", 8075, "Microsoft"),
		system("52.97.1.0/24", 8075, "Microsoft"), system("5.5.5.0/24", 24940, "Hetzner"),
		system("98.97.0.0/16", 14593, "SpaceX"), system("165.225.0.0/17", 22616, "Zscaler"),
	}}.write(t, filepath.Join(dir, "asn.mmdb"))
	return Config{Folder: dir}
}

func TestEachShapeOfAnAddressFindsItsPlace(t *testing.T) {
	t.Parallel()
	a := newAtlas(t, world(t))
	for _, text := range []string{"81.2.69.142", "::ffff:81.2.69.142", "::ffff:5102:458e"} {
		f := a.Lookup(netip.MustParseAddr(text))
		if f.Place.City != "London" || f.Place.Country != "GB" || f.Place.Lat != 51.5 || f.Place.ASN != 20712 ||
			f.Place.Source != "DB-IP City Lite 2026-11" || f.ASSource.Name != "DB-IP ASN Lite" || f.Kind != KindUser || !f.Address.Is4() {
			t.Errorf("%s: %+v", text, f)
		}
	}
	for _, text := range []string{"2a02:6b8::1", "2a02:6b8::1%eth0"} {
		if f := a.Lookup(netip.MustParseAddr(text)); f.Place.City != "Helsinki" || f.Address.Zone() != "" {
			t.Errorf("%s: %+v", text, f)
		}
	}
}

func TestNothingUnknownIsShownAsAFact(t *testing.T) {
	t.Parallel()
	a := newAtlas(t, world(t))
	for text, want := range map[string]nightjar.Place{
		"5.5.5.5": {Country: "DE", ASN: 24940, Network: "hosting", Source: "DB-IP City Lite 2026-11"},
		"6.6.6.6": {Network: "user"}, // where it is registered is no place
		"7.7.7.7": {Country: "FR", Network: "user", Source: "DB-IP City Lite 2026-11"},
		"9.9.9.9": {Network: "user"},
	} {
		got := a.Lookup(netip.MustParseAddr(text)).Place
		if got != want || got.Located() {
			t.Errorf("%s: %+v, want %+v", text, got, want)
		}
	}
}

func TestAddressesOfNoPlaceAreSaidToBe(t *testing.T) {
	t.Parallel()
	a := newAtlas(t, world(t))
	for text, want := range map[string]Kind{
		"10.1.2.3": KindPrivate, "172.31.0.1": KindPrivate, "192.168.1.1": KindPrivate, "127.0.0.1": KindPrivate, "::1": KindPrivate,
		"169.254.1.1": KindPrivate, "100.64.0.1": KindPrivate, "fe80::1": KindPrivate, "fd00::1": KindPrivate, "::ffff:10.0.0.1": KindPrivate,
		"198.18.0.1": KindPrivate, "2001:db8::1": KindPrivate, "203.0.113.9": KindPrivate,
		"0.0.0.0": KindInvalid, "::": KindInvalid, "224.0.0.1": KindInvalid, "ff02::1": KindInvalid, "255.255.255.255": KindInvalid,
	} {
		f := a.Lookup(netip.MustParseAddr(text))
		if f.Kind != want || f.Place.Source != "" || f.Place.Country != "" || f.Reason == "" || f.Confidence != ConfidenceCertain {
			t.Errorf("%s: %+v, want %s and no place: a public file must not place it", text, f, want)
		}
	}
	if f := a.Lookup(netip.Addr{}); f.Kind != KindInvalid {
		t.Errorf("no address: %+v", f)
	}
}

func TestTheUsersOwnFileComesFirstAndPlacesPrivateNetworks(t *testing.T) {
	t.Parallel()
	cfg := world(t)
	cfg.CityFile = filepath.Join(t.TempDir(), "offices.mmdb")
	mmdb{kind: "Our-Offices", list: []entry{
		place("10.7.0.0/16", "Delft", "NL", 52.01, 4.36), place("81.2.69.0/24", "Leiden", "NL", 52.16, 4.5),
	}}.write(t, cfg.CityFile)
	a := newAtlas(t, cfg)
	office := a.Lookup(netip.MustParseAddr("10.7.1.1"))
	if office.Place.City != "Delft" || office.Kind != KindUser || office.Place.Source != "Our Offices 2026-11" || !strings.Contains(office.Reason, "RFC 1918") {
		t.Errorf("an office's private address: %+v", office)
	}
	if f := a.Lookup(netip.MustParseAddr("81.2.69.1")); f.Place.City != "Leiden" || f.Place.ASN != 20712 {
		t.Errorf("the own file's place with the other file's AS: %+v", f)
	}
	if f := a.Lookup(netip.MustParseAddr("10.8.1.1")); f.Kind != KindPrivate {
		t.Errorf("another private address: %+v", f)
	}
	if f := a.Lookup(netip.MustParseAddr("20.50.1.1")); f.Place.City != "Amsterdam" {
		t.Errorf("what the own file does not know: %+v", f)
	}
}

func TestKindsComeFromOwnersThenListsThenFlagsThenOperators(t *testing.T) {
	t.Parallel()
	cfg := world(t)
	cfg.ASNFile = filepath.Join(t.TempDir(), "anonymous.mmdb")
	mmdb{kind: "GeoIP2-Anonymous-IP", list: []entry{
		{"81.2.70.0/24", mmdbtype.Map{"is_anonymous": mmdbtype.Bool(true), "is_anonymous_vpn": mmdbtype.Bool(true)}},
		{"81.2.71.0/24", mmdbtype.Map{"is_tor_exit_node": mmdbtype.Bool(true), "is_hosting_provider": mmdbtype.Bool(true)}},
		{"81.2.72.0/24", mmdbtype.Map{"traits": mmdbtype.Map{"is_satellite_provider": mmdbtype.Bool(true)}}},
	}}.write(t, cfg.ASNFile)
	writeText(t, filepath.Join(cfg.Folder, "tor.txt"), "# source: Tor bulk exit list\n# date: 2026-11-20\n185.220.101.1\n::ffff:185.220.101.2\n2001:67c:6ec::/48\n")
	writeText(t, filepath.Join(cfg.Folder, "relay.apple.txt"), "172.224.226.0/27,GB,GB-EN,London,\n")
	writeText(t, filepath.Join(cfg.Folder, "user.txt"), "185.220.101.1 # our own exit\n192.168.50.0/24\n")
	a := newAtlas(t, cfg)
	for text, want := range map[string]struct {
		kind       Kind
		confidence Confidence
		reason     string
	}{
		"185.220.101.1":  {KindUser, ConfidenceCertain, "your own networks"},
		"192.168.50.1":   {KindUser, ConfidenceCertain, "your own networks"},
		"185.220.101.2":  {KindTor, ConfidenceListed, "Tor bulk exit list 2026-11"},
		"2001:67c:6ec::": {KindTor, ConfidenceListed, "Tor bulk exit list"},
		"172.224.226.7":  {KindRelay, ConfidenceListed, "relay.apple.txt"},
		"81.2.70.1":      {KindVPN, ConfidenceListed, "GeoIP2 Anonymous IP"},
		"81.2.71.1":      {KindTor, ConfidenceListed, "flagged"},
		"81.2.72.1":      {KindSatellite, ConfidenceListed, "flagged"},
		"98.97.1.1":      {KindSatellite, ConfidenceInferred, "ground station"},
		"165.225.1.1":    {KindProxySSE, ConfidenceInferred, "Zscaler"},
		"20.50.1.1":      {KindAzureTenant, ConfidenceInferred, "anybody can rent"},
		"52.97.1.1":      {KindAzureTenant, ConfidenceInferred, "nothing else says"},
		"5.5.5.5":        {KindHosting, ConfidenceInferred, "Hetzner"},
		"81.2.69.1":      {KindUser, ConfidenceInferred, "no list"},
	} {
		f := a.Lookup(netip.MustParseAddr(text))
		if f.Kind != want.kind || f.Confidence != want.confidence || !strings.Contains(f.Reason, want.reason) || f.Place.Network != string(want.kind) {
			t.Errorf("%s: %s, %s, %q; want %+v", text, f.Kind, f.Confidence, f.Reason, want)
		}
	}
}

func TestAServiceOfMicrosoftTakesAddressAndRecord(t *testing.T) {
	t.Parallel()
	a := newAtlas(t, world(t))
	exchange := "00000002-0000-0FF1-CE00-000000000000"
	for name, c := range map[string]struct {
		address string
		app     string
		user    int32
		want    Kind
	}{
		"service address, first-party application":  {"52.97.1.1", exchange, 0, KindMicrosoftService},
		"service address, system user":              {"2603:1026:3000::5", "", 4, KindMicrosoftService},
		"service address, somebody's application":   {"52.97.1.1", "b0b00000-0000-4000-8000-000000000001", 0, KindAzureTenant},
		"rented machine, first-party application":   {"20.50.1.1", exchange, 0, KindAzureTenant},
		"home, first-party application":             {"81.2.69.1", exchange, 0, KindUser},
		"home, system user":                         {"81.2.69.1", "", 4, KindUser},
		"beside the service's addresses, same user": {"52.95.255.255", exchange, 0, KindUser},
	} {
		where := a.Place(&nightjar.Event{ClientIP: netip.MustParseAddr(c.address), AppID: c.app, UserType: c.user})
		if where.Network != string(c.want) {
			t.Errorf("%s: %s, want %s", name, where.Network, c.want)
		}
	}
}

func TestWhatTheRecordStatesWins(t *testing.T) {
	t.Parallel()
	a := newAtlas(t, world(t))
	e := nightjar.Event{ClientIP: netip.MustParseAddr("81.2.69.1"), Place: nightjar.Place{Country: "IE", City: "Cork", Lat: 51.9, Lon: -8.5, Source: "microsoft"}}
	want := nightjar.Place{Country: "IE", City: "Cork", Lat: 51.9, Lon: -8.5, ASN: 20712, Network: "user", Source: "microsoft"}
	if got := a.Place(&e); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	e.ClientIP = netip.Addr{}
	want.ASN, want.Network = 0, ""
	if got := a.Place(&e); got != want {
		t.Errorf("without an address %+v, want %+v", got, want)
	}
	if got := a.Place(&nightjar.Event{}); got != (nightjar.Place{}) {
		t.Errorf("an event that says nothing is at %+v", got)
	}
}

func TestASignInThroughAnADFSProxyIsNotPlacedAtTheProxy(t *testing.T) {
	t.Parallel()
	a := newAtlas(t, world(t))
	for name, c := range map[string]struct {
		event nightjar.Event
		want  Kind
	}{
		"list of addresses": {nightjar.Event{Table: nightjar.TableAzureAD, Raw: []byte(`{"ClientIP":"81.2.69.9, 81.2.69.1"}`)}, KindADFSProxy},
		"header in a bag": {nightjar.Event{
			Table: nightjar.TableAzureAD, ClientIP: netip.MustParseAddr("81.2.69.1"), Raw: []byte(`{"ExtendedProperties":[{"Name":"X-MS-Forwarded-Client-IP","Value":"5.5.5.5"}]}`),
		}, KindADFSProxy},
		"other words with a comma": {nightjar.Event{Table: nightjar.TableAzureAD, Raw: []byte(`{"ClientIP":"not here, really"}`)}, ""},
		"a list in a mail record":  {nightjar.Event{Table: nightjar.TableExchange, Raw: []byte(`{"ClientIP":"81.2.69.9, 81.2.69.1"}`)}, ""},
	} {
		if got := a.Place(&c.event); got.Network != string(c.want) {
			t.Errorf("%s: %q, want %q", name, got.Network, c.want)
		}
	}
}

func TestPublishedAddressesOfMicrosoft365AreFound(t *testing.T) {
	t.Parallel()
	set := microsoft365Set()
	for text, want := range map[string]bool{
		"52.97.1.1": true, "40.126.1.1": true, "2603:1026:3000::1": true, "20.190.128.0": true, "20.190.191.255": true, "20.190.192.0": false,
		"20.50.1.1": false, "8.8.8.8": false, "2603:1020::1": false,
	} {
		if got := set.contains(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestFilesOfEitherFamilyAndOfFlatLayoutAnswer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	flat := mmdbtype.Map{
		"country_code": mmdbtype.String("NL"), "city": mmdbtype.String("Utrecht"), "latitude": mmdbtype.Float64(52.09), "longitude": mmdbtype.Float64(5.12),
	}
	mmdb{kind: "city-ipv4", family: 4, list: []entry{{"81.2.69.0/24", flat}}}.write(t, filepath.Join(dir, "city-ipv4.mmdb"))
	mmdb{kind: "city-ipv6", list: []entry{{"2a02:6b8::/32", flat}}}.write(t, filepath.Join(dir, "city-ipv6.mmdb"))
	a := newAtlas(t, Config{Folder: dir})
	for _, text := range []string{"81.2.69.1", "::ffff:81.2.69.1", "2a02:6b8::1"} {
		if f := a.Lookup(netip.MustParseAddr(text)); f.Place.City != "Utrecht" || f.Place.Country != "NL" || f.Place.Lon != 5.12 {
			t.Errorf("%s: %+v", text, f)
		}
	}
	if f := a.Lookup(netip.MustParseAddr("2a03::1")); f.Place.Source != "" {
		t.Errorf("an unknown address: %+v", f)
	}
}
