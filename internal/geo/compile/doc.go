// Command compile makes the address data inside the binary: it fetches the
// inputs that sources.txt pins, checks their SHA-256, keeps of them the
// countries and the autonomous systems alone, and writes them small, as
// country.mmdb.zst and as.mmdb.zst. `make geo` runs it; nothing at run time does.
package main
