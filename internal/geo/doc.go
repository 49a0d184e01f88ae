// Package geo says where an address is and what kind of network it is in,
// each with the source that says so and that source's age.
//
// It reads any file in MaxMind's DB format: the user's own, those that
// `nightjar geo update` fetched into data_dir/geo, and country and AS data
// inside the binary, in this order; a file that is replaced is read anew while
// others look up. Lists of networks (Tor exits, VPNs, …) are text files in the
// same folder. What is not known is left empty: there is no default place.
//
// It does not decide what counts as suspicious, stores nothing of events, and
// asks no service about an address: only whole data files are fetched, and
// only when a person says so. The collector gives it events through app;
// docs/geo.md is its manual.
package geo
