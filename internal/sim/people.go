package sim

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

var (
	firstNames = strings.Fields("Ada Alan Aisha Anders Anna Bashir Bea Carlos Chen Clara Dana David Dmitri Elena Emil Eva Fatima Felix Freya Grace Hana Hugo Ines Ivan Jana Jonas Kai Karin Lars Leila Lena Liam Lucia Magnus Maja Marco Maria Mei Mila Milan Nadia Niels Nora Olga Omar Otto Paula Pedro Petra Priya Rafael Rosa Ruth Samir Sara Sofia Sven Tara Theo Tomas Uma Vera Viktor Yara Yusuf Zoe")
	lastNames  = strings.Fields("Abbas Ahmed Almeida Andersen Bakker Bauer Becker Berg Bernard Bianchi Brandt Carlsen Castro Cohen Costa Dahl Dubois Eriksen Fischer Fontaine Garcia Greco Haas Hansen Hoffmann Horvat Ibrahim Jansen Jensen Kaya Keller Khan Klein Kovacs Kowalski Kumar Larsen Lopez Marino Martin Mendes Meyer Moreau Nguyen Nielsen Novak Okafor Olsen Patel Peeters Petrov Popescu Ricci Rossi Santos Schmidt Silva Singh Sokolov Suzuki Tanaka Torres Visser Wagner Weber Wolf Yilmaz Zhang")
	teams      = strings.Fields("Finance Sales Engineering Support Legal Marketing Operations People Research Procurement")
)

// A place is where an office stands.
type place struct {
	City, Country string
	zone          int // hours ahead of UTC, without summer time
}

var places = []place{{"Utrecht", "NL", 1}, {"Berlin", "DE", 1}, {"Lyon", "FR", 1}, {"London", "GB", 0}, {"Oslo", "NO", 1}, {"Boston", "US", -5}, {"Singapore", "SG", 8}}

// placeOdds is how many of a hundred people work in each place, added up.
var placeOdds = [...]int{34, 56, 70, 82, 88, 96, 100}

var agents = []string{
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
	"Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
}

var (
	systems  = []string{"Windows10", "Windows10", "MacOs", "Ios", "Linux"}
	browsers = []string{"Edge", "Chrome", "Safari", "Safari", "Firefox"}
)

// A person has a name, a desk, a home, and devices.
type person struct {
	Name, UPN, ObjectID, PUID, SID, Mailbox, Site string
	Team                                          string
	Place                                         place
	office, home, mobile                          string
	agent                                         int
	device                                        string
	early                                         int  // hours by which the day starts before 8
	hides                                         bool // sometimes goes through a VPN
	federated                                     bool // the tenant's own AD FS checks the password
}

// population is the tenant's people, the busiest first.
type population struct {
	people []person
	upTo   []float64 // cumulated weights, zipf
	sizes  []int32   // where in upTo a share of 1/1024 begins, to shorten the search
}

// newPopulation makes n people. Addresses are from the ranges for benchmarks
// (198.18.0.0/15, RFC 2544) and documentation (2001:db8::/32, RFC 3849): they are nobody's.
func newPopulation(seed uint64, n int, company, domain string) *population {
	p := &population{people: make([]person, n), upTo: make([]float64, n)}
	used := map[string]int{}
	sum := 0.0
	for i := range p.people {
		d := dice{state: hashText(seed, "person", strconv.Itoa(i))}
		first, last := firstNames[d.below(len(firstNames))], lastNames[d.below(len(lastNames))]
		alias := strings.ToLower(first + "." + last)
		if used[alias]++; used[alias] > 1 {
			alias += strconv.Itoa(used[alias])
		}
		throw := d.below(100)
		where := sort.SearchInts(placeOdds[:], throw+1)
		a := d.below(len(agents))
		p.people[i] = person{
			Name: first + " " + last, UPN: alias + "@" + domain,
			ObjectID: string(appendGUID(nil, d.next(), d.next())), Mailbox: string(appendGUID(nil, d.next(), d.next())),
			PUID: fmt.Sprintf("10032%011X", d.next()&0xfffffffffff),
			SID:  fmt.Sprintf("S-1-5-21-%d-%d-%d-%d", 1376570662, 3565232716, seed&0x7fffffff, 22000000+i),
			Site: "https://" + company + "-my.sharepoint.com/personal/" + strings.NewReplacer(".", "_", "@", "_").Replace(alias+"@"+domain),
			Team: teams[d.below(len(teams))], Place: places[where],
			office: netip.AddrFrom4([4]byte{198, 18, byte(where), byte(1 + d.below(4))}).String(),
			home:   netip.AddrFrom4([4]byte{198, 19, byte(where*homeBlocks + d.below(homeBlocks)), byte(1 + d.below(254))}).String(),
			mobile: fmt.Sprintf("2001:db8:%x:%x::%x", 0x100+where, d.below(1<<16), 1+d.below(1<<16)),
			agent:  a, device: fmt.Sprintf("%s-%04d", strings.ToUpper(places[where].City[:3]), i), early: d.below(4) - 1, hides: i%24 == 7, federated: i%16 == 11,
		}
		sum += 1 / math.Pow(float64(i+3), 0.9)
		p.upTo[i] = sum
	}
	p.sizes = make([]int32, 1025)
	for s := range p.sizes {
		p.sizes[s] = int32(sort.SearchFloat64s(p.upTo, sum*float64(s)/1024))
	}
	return p
}

// pick chooses who acts at t: the busy more often than the idle, and those
// rather for whom it is day.
func (p *population) pick(d *dice, t time.Time) *person {
	hour := t.Hour()
	var who *person
	for range 3 {
		x := share(d.next())
		s := int(x * 1024)
		lo, hi := int(p.sizes[s]), int(p.sizes[s+1])
		want := x * p.upTo[len(p.upTo)-1]
		i := lo
		if hi > lo {
			j, _ := slices.BinarySearch(p.upTo[lo:min(hi+1, len(p.upTo))], want)
			i = lo + j
		}
		who = &p.people[min(i, len(p.people)-1)]
		if local := (hour + who.Place.zone + who.early + 24) % 24; local >= 7 && local < 19 {
			break
		}
	}
	return who
}

// address says where from a person acts at t.
func (w *writer) address() string {
	if w.from != "" {
		return w.from
	}
	local := (w.at.Hour() + w.who.Place.zone + 24) % 24
	weekend := w.at.Weekday() == time.Saturday || w.at.Weekday() == time.Sunday
	throw := w.dice.below(100)
	switch {
	case w.who.hides && throw >= 80:
		return vpnExit
	case throw < 12:
		return w.who.mobile
	case weekend, local < 8, local >= 18, throw < 35:
		return w.who.home
	}
	return w.who.office
}
