package signin

import (
	"strconv"
	"strings"
	"time"
)

// placesSQL counts the sign-ins of the audit log (record type 15, AzureActiveDirectoryStsLogon) by place and layer. Places of a city that lie
// within a degree are one. Keep it the same as the example in docs/sql.md.
const placesSQL = `SELECT layer, reason, country, city, round(lat, 0) AS lat_cell, round(lon, 0) AS lon_cell,
  round(avg(lat), 4) AS lat, round(avg(lon), 4) AS lon, count(*) AS n, count_if(operation = 'UserLoginFailed') AS failed,
  count(DISTINCT user_id) AS people, min(time) AS first, max(time) AS last, max(place_source) AS source
FROM (
  SELECT time, user_id, operation, country, city, lat, lon, place_source,
    CASE WHEN network = 'microsoft_service' THEN 'service'
      WHEN network IN ('tor', 'vpn', 'relay', 'proxy_sse') THEN 'anonymiser'
      WHEN operation = 'UserLoginFailed' THEN 'failed' ELSE 'user' END AS layer,
    CASE WHEN network IN ('microsoft_service', 'adfs_proxy') THEN network
      WHEN place_source <> '' THEN ''
      WHEN client_ip = '' THEN 'no_address'
      WHEN network IN ('private', 'invalid') THEN 'private'
      ELSE 'unknown' END AS reason
  FROM azure_ad
  WHERE time >= TIMESTAMP '{from}' AND time < TIMESTAMP '{to}'
    AND record_type = 15 AND operation IN ('UserLoggedIn', 'UserLoginFailed')
) AS s
GROUP BY layer, reason, country, city, round(lat, 0), round(lon, 0)
ORDER BY n DESC, country, city, layer, reason, lat_cell, lon_cell
LIMIT {limit}`

// SQL returns the query for a span, for people to see and copy.
func SQL(span Span) string {
	const layout = "2006-01-02 15:04:05.999999"
	at := func(t time.Time) string { return t.UTC().Format(layout) }
	return strings.NewReplacer("{from}", at(span.From), "{to}", at(span.To), "{limit}", strconv.Itoa(maxPlaces)).Replace(placesSQL)
}
