package mailgw

import (
	"slices"
	"testing"
)

// accountOf is the account of an agent of the house.
func (h *house) accountOf(address string) *account {
	h.t.Helper()
	a, err := h.account(address)
	if err != nil {
		h.t.Fatal(err)
	}
	return a
}

// An account belongs to an agent, whatever the case of her address, and all sessions share it.
func TestAccountIsTheAgents(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if h.accountOf("Anna@Example.com") != h.accountOf("anna@example.com") {
		t.Error("one agent has two accounts")
	}
	if _, err := h.account("stranger@elsewhere.example"); err == nil {
		t.Error("a stranger has an account")
	}
	if r := h.accountOf("anna@example.com").reader(h.settings.Load()); !slices.Contains(r.Desks, "support") {
		t.Errorf("she is on %q", r.Desks)
	}
}
