package sim

import (
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/maxmind/mmdbwriter"
	"github.com/maxmind/mmdbwriter/mmdbtype"
)

// town is a place in the address data.
type town struct {
	city, country string
	lat, lon      float64
}

// towns are where the people of each of places live: the first is that of the
// office, and half of them live there.
var towns = [][4]town{
	{{"Utrecht", "NL", 52.0907, 5.1214}, {"Amersfoort", "NL", 52.1561, 5.3878}, {"Hilversum", "NL", 52.2292, 5.1669}, {"Amsterdam", "NL", 52.3676, 4.9041}},
	{{"Berlin", "DE", 52.5200, 13.4050}, {"Potsdam", "DE", 52.3906, 13.0645}, {"Leipzig", "DE", 51.3397, 12.3731}, {"Hamburg", "DE", 53.5511, 9.9937}},
	{{"Lyon", "FR", 45.7640, 4.8357}, {"Villeurbanne", "FR", 45.7719, 4.8902}, {"Grenoble", "FR", 45.1885, 5.7245}, {"Paris", "FR", 48.8566, 2.3522}},
	{{"London", "GB", 51.5074, -0.1278}, {"Brighton", "GB", 50.8225, -0.1372}, {"Reading", "GB", 51.4543, -0.9781}, {"Cambridge", "GB", 52.2053, 0.1218}},
	{{"Oslo", "NO", 59.9139, 10.7522}, {"Drammen", "NO", 59.7440, 10.2045}, {"Bergen", "NO", 60.3913, 5.3221}, {"Trondheim", "NO", 63.4305, 10.3951}},
	{{"Boston", "US", 42.3601, -71.0589}, {"Cambridge", "US", 42.3736, -71.1097}, {"Providence", "US", 41.8240, -71.4128}, {"New York", "US", 40.7128, -74.0060}},
	{{"Singapore", "SG", 1.3521, 103.8198}, {"Johor Bahru", "MY", 1.4927, 103.7414}, {"Kuala Lumpur", "MY", 3.1390, 101.6869}, {"Jakarta", "ID", -6.2088, 106.8456}},
}

// homeBlocks is how many networks 198.19.x.0/24 the homes around one place
// have. The last 32 of the 256 belong to nobody's home: the attacker's is one.
const homeBlocks = 32

// townOf says in which of a place's towns a block of homes is.
func townOf(block int) int {
	switch {
	case block < 16:
		return 0
	case block < 22:
		return 1
	case block < 28:
		return 2
	default:
		return 3
	}
}

// The autonomous systems of the made-up networks are of the range for
// documentation (RFC 5398).
const (
	asnOffice   = 64496
	asnHome     = 64497
	asnMobile   = 64498
	asnHosting  = 64499
	asnAttacker = 64500
	asnVPN      = 64501
	asnTor      = 64502
	asnService  = 64503
)

// vpnExit is where those appear who hide now and then.
const vpnExit = "198.19.254.14"

// serviceTowns are where the simulation puts services of Microsoft's: a town
// for each of services.
var serviceTowns = []town{{"Dublin", "IE", 53.3498, -6.2603}, {"Amsterdam", "NL", 52.3676, 4.9041}, {"Frankfurt", "DE", 50.1109, 8.6821}}

// WriteGeo writes address data, in MaxMind's DB format, that place every
// address of generated tenants: offices, homes and telephones where the people
// are, and the attacker behind a VPN far away. What it places is nobody's (see
// newPopulation) or Microsoft's (see services), so that no map of a simulation
// points at anybody. An address that it does not place is of a private network.
func WriteGeo(w io.Writer, built time.Time) error {
	tree, err := mmdbwriter.New(mmdbwriter.Options{
		DatabaseType: "Simulated-City", BuildEpoch: built.Unix(), IncludeReservedNetworks: true, RecordSize: 24,
		Languages: []string{"en"}, Description: map[string]string{"en": "Places of the simulated Microsoft 365"},
	})
	if err != nil {
		return fmt.Errorf("begin the address data: %w", err)
	}
	insert := func(prefix string, t town, asn uint32, organization, flag string) {
		if err != nil {
			return
		}
		_, network, parseErr := net.ParseCIDR(prefix)
		if parseErr != nil {
			err = parseErr
			return
		}
		traits := mmdbtype.Map{"autonomous_system_number": mmdbtype.Uint32(asn), "autonomous_system_organization": mmdbtype.String(organization)}
		if flag != "" {
			traits[mmdbtype.String(flag)] = mmdbtype.Bool(true)
		}
		err = tree.Insert(network, mmdbtype.Map{
			"city":     mmdbtype.Map{"names": mmdbtype.Map{"en": mmdbtype.String(t.city)}},
			"country":  mmdbtype.Map{"iso_code": mmdbtype.String(t.country)},
			"location": mmdbtype.Map{"latitude": mmdbtype.Float64(t.lat), "longitude": mmdbtype.Float64(t.lon)},
			"traits":   traits,
		})
	}
	for i := range places {
		insert(fmt.Sprintf("198.18.%d.0/24", i), towns[i][0], asnOffice, "Contoso Offices", "")
		insert(fmt.Sprintf("2001:db8:%x::/48", 0x100+i), towns[i][0], asnMobile, "Contoso Mobile", "")
		for block := range homeBlocks {
			insert(fmt.Sprintf("198.19.%d.0/24", i*homeBlocks+block), towns[i][townOf(block)], asnHome, "Contoso Home", "")
		}
	}
	insert("198.19.224.0/19", town{"Reykjavík", "IS", 64.1466, -21.9426}, asnHosting, "Contoso Hosting", "is_hosting_provider")
	insert("198.19.254.0/24", town{"Zürich", "CH", 47.3769, 8.5417}, asnVPN, "Contoso VPN", "is_anonymous_vpn")
	insert("198.19.255.0/24", town{"Panama City", "PA", 8.9824, -79.5199}, asnAttacker, "Contoso Proxies", "is_anonymous_vpn")
	insert("198.19.253.0/24", town{"Bucharest", "RO", 44.4268, 26.1025}, asnTor, "Contoso Onion", "is_tor_exit_node")
	insert("198.18.250.0/24", towns[0][0], asnOffice, "Contoso Offices", "")
	for i, s := range services {
		insert(s.from+"/32", serviceTowns[i], asnService, "Simulated Microsoft 365", "")
	}
	if err != nil {
		return fmt.Errorf("place a network: %w", err)
	}
	if _, err := tree.WriteTo(w); err != nil {
		return fmt.Errorf("write the address data: %w", err)
	}
	return nil
}

// writeGeoFile writes the address data to a file.
func writeGeoFile(path string, built time.Time) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("write the address data: %w", err)
	}
	if err := WriteGeo(file, built); err != nil {
		_ = file.Close() // the first error is the one that matters
		return err
	}
	return file.Close()
}
