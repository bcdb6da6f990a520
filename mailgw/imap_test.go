package mailgw

import (
	"slices"
	"testing"

	"supportgw/mailgw/config"
)

// TestMechanismsOffered: a client that is offered SCRAM tries nothing else, so that it is
// offered when nobody is kept out by it.
func TestMechanismsOffered(t *testing.T) {
	for _, c := range []struct {
		what   string
		agents []config.Agent
		want   bool
	}{
		{"all have keys", []config.Agent{{Password: "h", SCRAM: "k"}, {Password: "h", SCRAM: "k"}}, true},
		{"one has none", []config.Agent{{Password: "h", SCRAM: "k"}, {Password: "h"}}, false},
		{"one logs in by devices alone", []config.Agent{{Password: "h", SCRAM: "k"}, {}}, true},
	} {
		g := &Gateway{}
		g.settings.Store(&settings{Config: &config.Config{Agents: c.agents}})
		got := g.mechanisms()
		if slices.Contains(got, "SCRAM-SHA-256") != c.want || !slices.Contains(got, "PLAIN") || !slices.Contains(got, "LOGIN") {
			t.Errorf("%s: %v", c.what, got)
		}
	}
}
