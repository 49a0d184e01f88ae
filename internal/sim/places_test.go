package sim

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/oschwald/maxminddb-golang/v2"
)

// geoFile reads what WriteGeo writes.
func geoFile(t *testing.T) func(address string) (city, country string, vpn, found bool) {
	t.Helper()
	var b bytes.Buffer
	if err := WriteGeo(&b, time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	reader, err := maxminddb.OpenBytes(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := reader.Verify(); err != nil {
		t.Fatal(err)
	}
	return func(address string) (string, string, bool, bool) {
		var r struct {
			City struct {
				Names map[string]string `maxminddb:"names"`
			} `maxminddb:"city"`
			Country struct {
				Code string `maxminddb:"iso_code"`
			} `maxminddb:"country"`
			Traits struct {
				VPN bool `maxminddb:"is_anonymous_vpn"`
			} `maxminddb:"traits"`
		}
		result := reader.Lookup(netip.MustParseAddr(address))
		if err := result.Decode(&r); err != nil {
			t.Fatal(err)
		}
		return r.City.Names["en"], r.Country.Code, r.Traits.VPN, result.Found()
	}
}

func TestPeopleActFromWhereTheyAre(t *testing.T) {
	t.Parallel()
	look := geoFile(t)
	for _, p := range newPopulation(3, 2000, "contoso", "contoso.example").people {
		if city, country, _, _ := look(p.office); city != p.Place.City || country != p.Place.Country {
			t.Fatalf("an office of %s is in %s, %s", p.Place.City, city, country)
		}
		if city, _, _, _ := look(p.mobile); city != p.Place.City {
			t.Fatalf("a telephone of %s is in %s", p.Place.City, city)
		}
		_, country, _, found := look(p.home)
		if !found || country != p.Place.Country && p.Place.City != "Singapore" {
			t.Fatalf("a home of %s, %s is in %q", p.Place.City, p.home, country)
		}
	}
}

func TestEveryAddressOfAGeneratedTenantHasAPlace(t *testing.T) {
	t.Parallel()
	look := geoFile(t)
	g, err := NewGenerator(GeneratorConfig{Seed: 7, People: 150})
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)
	places, seen, hidden := map[string]bool{}, 0, 0
	cursor := g.Next(from)
	for range 40_000 {
		_, raw := cursor.Next()
		var members map[string]any
		if err := json.Unmarshal(raw, &members); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"ClientIP", "ClientIPAddress", "ActorIpAddress"} {
			text, _ := members[name].(string)
			if text == "" || text == privateAddress {
				continue
			}
			text, proxy, forwarded := strings.Cut(text, ", ")
			if forwarded && proxy != proxyADFS {
				t.Fatalf("%s is %s, %s", name, text, proxy)
			}
			address, err := netip.ParseAddr(text)
			if err != nil {
				withPort, err := netip.ParseAddrPort(text)
				if err != nil {
					t.Fatalf("%s is %q", name, text)
				}
				address = withPort.Addr()
			}
			city, _, vpn, found := look(address.String())
			if !found {
				t.Fatalf("%s %s has no place", name, address)
			}
			places[city] = true
			seen++
			if vpn {
				hidden++
			}
		}
	}
	if len(places) < 20 || seen < 10_000 || hidden < 50 {
		t.Errorf("%d addresses in %d places, %d behind a VPN: the map would be poor", seen, len(places), hidden)
	}
	for _, s := range stories {
		if strings.Contains(s.kind, "spray") {
			if city, _, vpn, _ := look(attacker); !vpn || city == "" {
				t.Error("the attacker is not behind a VPN")
			}
		}
	}
}

func TestTheClientsConfigurationNamesTheAddressData(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "sim-geo.mmdb")
	s, err := New(Config{InMemory: true, GeoFile: path})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	reader, err := maxminddb.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if reader.Metadata.BuildTime().After(time.Now()) || reader.Metadata.DatabaseType != "Simulated-City" {
		t.Errorf("%+v", reader.Metadata)
	}
	var b bytes.Buffer
	if err := s.WriteClientConfig(&b, ClientConfig{}); err != nil || !strings.Contains(b.String(), "geo:\n  city_db: "+path+"\n") {
		t.Errorf("%v\n%s", err, b.String())
	}
}
