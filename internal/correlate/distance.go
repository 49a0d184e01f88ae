package correlate

import (
	_ "embed"
	"encoding/hex"
	"math"
	"strings"
)

// kilometres is the great-circle distance of two places. The Earth counts as a
// ball, which is wrong by half a percent at most.
func kilometres(lat1, lon1, lat2, lon2 float64) float64 {
	const radius, rad = 6371.0, math.Pi / 180
	dLat, dLon := (lat2-lat1)*rad/2, (lon2-lon1)*rad/2
	h := math.Sin(dLat)*math.Sin(dLat) + math.Cos(lat1*rad)*math.Cos(lat2*rad)*math.Sin(dLon)*math.Sin(dLon)
	return 2 * radius * math.Asin(math.Sqrt(min(1, h)))
}

// apartText says how far apart countries are at least; its first lines say
// where it comes from.
//
//go:embed apart.txt
var apartText string

// step is what a unit of apartText is, in kilometres.
const step = 80

// atlas knows how far apart two countries are at least.
type atlas struct {
	rank  map[string]int
	steps [][]byte // of a country to each of those after it
}

func newAtlas() (*atlas, error) {
	a := &atlas{rank: map[string]int{}}
	for line := range strings.Lines(apartText) {
		code, digits, _ := strings.Cut(strings.TrimSpace(line), " ")
		if code == "#" {
			continue
		}
		steps, err := hex.DecodeString(digits)
		if err != nil {
			return nil, err
		}
		a.rank[code] = len(a.steps)
		a.steps = append(a.steps, steps)
	}
	return a, nil
}

// apart returns how many kilometres are between two countries at least: 0 for
// neighbours and for those with little between them. It does not know all.
func (a *atlas) apart(one, other string) (km float64, known bool) {
	i, ok := a.rank[strings.ToUpper(one)]
	k, also := a.rank[strings.ToUpper(other)]
	if !ok || !also {
		return 0, false
	}
	if i == k {
		return 0, true
	}
	if i > k {
		i, k = k, i
	}
	return float64(a.steps[i][k-i-1]) * step, true
}
