package login

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestGood: a login is good for as long as the password that it was made with is, whichever
// mechanism it came by, and whatever happens to the others.
func TestGood(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, people, phone := newDoor(t)
		before := *people.all["anna"]
		other, _, err := NewDevice("laptop", Salt(secret, before.Address), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		set := func(change func(*Person)) {
			p := before
			change(&p)
			people.all["anna"], people.all["anna@example.com"] = &p, &p
		}
		for password, gone := range map[string]func(*Person){
			"right": func(p *Person) { p.Hash, p.Keys = cheap(t, "new"), keysOf(t, "new", p.Address) },
			phone:   func(p *Person) { p.Devices = []Device{other} },
		} {
			for name, login := range map[string]func() (Pass, error){
				"checked":    func() (Pass, error) { return d.Check(ctxBack, home, "anna", password) },
				"remembered": func() (Pass, error) { return d.Check(ctxBack, home, "anna", password) },
				"by SCRAM":   func() (Pass, error) { p, _, err := scramPass(d, "anna", password); return p, err },
			} {
				set(func(*Person) {})
				p, err := login()
				if err != nil || p.Address != "anna@example.com" {
					t.Fatalf("%s: %v, %v", name, p, err)
				}
				for what, c := range map[string]struct {
					change func(*Person)
					want   bool
				}{
					"nothing":          {func(*Person) {}, true},
					"its password":     {gone, false},
					"one device more":  {func(p *Person) { p.Devices = []Device{other, p.Devices[0]} }, true},
					"all passwords":    {func(p *Person) { p.Hash, p.Keys, p.Devices = cheap(t, "new"), nil, nil }, false},
					"whose address is": {func(p *Person) { p.Address = "eve@example.com" }, false},
					"the other one": {func(p *Person) {
						if password == phone {
							p.Hash, p.Keys = cheap(t, "new"), nil
						} else {
							p.Devices = nil
						}
					}, true},
				} {
					set(c.change)
					if ok, err := d.Good(p); ok != c.want || err != nil {
						t.Errorf("%s %s, and %s changes: %v, %v; want %v", password, name, what, ok, err, c.want)
					}
				}
				delete(people.all, "anna@example.com")
				if ok, err := d.Good(p); ok || err != nil {
					t.Errorf("%s, of who is no agent any more: %v, %v", name, ok, err)
				}
			}
		}
		set(func(*Person) {})
		if ok, err := d.Good(Pass{Address: "anna@example.com"}); ok || err != nil {
			t.Errorf("nobody has logged in: %v, %v", ok, err)
		}
		p, _ := d.Check(ctxBack, home, "anna", "right")
		d.o.Find = func(string) (*Person, error) { return nil, errors.New("the disk is away") }
		if ok, err := d.Good(p); ok || err == nil {
			t.Errorf("nobody knows: %v, %v", ok, err)
		}
	})
}
