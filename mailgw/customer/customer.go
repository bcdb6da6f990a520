// Package customer answers who wrote: the company behind an address, found by
// the exact address, then by the address's domain, then by the company that the
// mail names.
//
// A [Directory] is made once from the configured customers and never changes;
// many goroutines may use it at once. The package is pure: no disk, no network,
// no clock. Nothing here fails on what a mail says: an address or a name that
// cannot be read identifies nobody. Being identified opens no ticket of anybody
// else; that is decided by package threading.
package customer

// Customer is a company that support is given to. Only Name is required.
type Customer struct {
	// Name is how the company is called in tickets and mails; unique.
	Name string `toml:"name"`
	// Aliases are other names it goes by: short forms, former names, brands.
	Aliases []string `toml:"aliases"`
	// Domains are its mail domains; their subdomains count too, the longest
	// one wins.
	Domains []string `toml:"domains"`
	// Addresses are its people outside of those domains, as exact addresses.
	Addresses []string `toml:"addresses"`
	// Level is its service level; "" is the house's default level.
	Level string `toml:"level"`
}

// Problem is one thing wrong with the configured customers.
type Problem struct {
	Customer int    // index in the list given to New
	Field    string // TOML key, with the index in a list: name, domains[1], free_mail_domains[0]
	Text     string // what is wrong, and what to write instead
}
