// Package api answers JSON over HTTP: everything that the console and programs
// may do with Nightjar. openapi.yaml beside it is the contract.
//
// A request meets the same gates in the same order: the shape of the address,
// the origin, who asks, how often, what the route's permission says of the
// tenants that are named, and how long ago the person proved who they are.
// Only then does a handler run, and it sees the tenants that passed and no
// others. The gates read one table of routes; nothing that is not in the table
// can be reached.
//
// The package holds no rules of its own about tenants, events or people: it
// translates between HTTP and the packages that do. It serves no pages; the
// console's files are web's business.
package api
