package config

import (
	"fmt"
	"testing"
)

// TestRelayMX: what does not go with direct delivery, and what its shares come to.
func TestRelayMX(t *testing.T) {
	const mx = `relay.kind="mx"`
	for _, tt := range []struct {
		set  []string
		want string // the error, or TLS and share
	}{
		{nil, "required 2"},
		{[]string{`relay.kind="smtp"`, `relay.address="smtp.example.com:587"`}, "required 2"},
		{[]string{mx}, "opportunistic 2"},
		{[]string{mx, `relay.tls="required"`, `relay.connections=20`, `relay.per_destination=5`}, "required 5"},
		{[]string{mx, `relay.connections=1`}, "opportunistic 1"},
		{[]string{mx, `relay.address="smtp.example.com:587"`}, `--set relay.address: is for kind = "smtp" alone (got "smtp.example.com:587"): with "mx" the DNS says where mail goes, and nobody logs in; take it out, or write kind = "smtp"`},
		{[]string{mx, `relay.username="x"`}, `--set relay.username: is for kind = "smtp" alone (got "x"): with "mx" the DNS says where mail goes, and nobody logs in; take it out, or write kind = "smtp"`},
		{[]string{mx, `oauth=[{name="a", provider="microsoft", user="a@example.com", client_id="c"}]`, `relay.oauth="a"`}, `--set relay.oauth: is for kind = "smtp" alone (got "a"): with "mx" the DNS says where mail goes, and nobody logs in; take it out, or write kind = "smtp"`},
		{[]string{mx, `relay.per_destination=5`}, `--set relay.per_destination: is more than there are connections (got 5, and connections = 4); write at most 4`},
		{[]string{mx, `relay.tls_ca_file="ca.pem"`}, `--set relay.tls_ca_file: verifies nothing with tls = "opportunistic"; write tls = "required"`},
		{[]string{mx, `relay.rate=-1`}, `--set relay.rate: must be from 0 to 6000 (got -1); write 0`},
	} {
		c, err := Parse("m.toml", []byte(minimal), tt.set)
		got := ""
		if err != nil {
			got = err.Error()
		} else {
			got = fmt.Sprint(c.Relay.TLSMode(), " ", c.Relay.Share())
		}
		if got != tt.want {
			t.Errorf("%v:\n%s\nwant\n%s", tt.set, got, tt.want)
		}
	}
}
