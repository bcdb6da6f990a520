package login

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Who is held back is not let in by what is remembered of the agent's own logins: nobody
// finds the password among guesses that are refused unseen. The agent's own program, at
// another address, is let in all the while, and the guesser's address when it has waited.
func TestGuessWhileLoggedIn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, _, _ := newDoor(t)
		d.dummy = cheap(t, "x")
		if _, err := d.Check(ctxBack, home, "anna", "right"); err != nil {
			t.Fatal(err)
		}
		for i := range 30 { // the free ones, and those that wait, are used up
			_, _ = d.Check(ctxBack, abroad, "anna", fmt.Sprint("guess ", i))
		}
		var wait *WaitError
		if who, err := d.Check(ctxBack, abroad, "anna", "right"); !errors.As(err, &wait) {
			t.Fatalf("the right one after guesses: %q, %v", who, err)
		}
		if _, err := d.Check(ctxBack, home, "anna", "right"); err != nil {
			t.Errorf("at home: %v", err)
		}
		time.Sleep(wait.Left + time.Second)
		if _, err := d.Check(ctxBack, abroad, "anna", "right"); err != nil {
			t.Errorf("after the wait: %v", err)
		}
	})
}

// TestSCRAMOneSalt: neither name of an account that is there differs from those of one that is not.
func TestSCRAMOneSalt(t *testing.T) {
	t.Parallel()
	d, _, _ := newDoor(t)
	salt := func(user string) string {
		s, _ := d.SASL(ctxBack, abroad, "SCRAM-SHA-256")
		b, _, err := s.Next([]byte("n,,n=" + user + ",r=abcdefgh"))
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(b), ",")
		return rest
	}
	for _, local := range []string{"anna", "zoe"} {
		for _, other := range []string{local + "@example.com", local + "@elsewhere.example", strings.ToUpper(local)} {
			if salt(local) != salt(other) {
				t.Errorf("%s and %s have two salts", local, other)
			}
		}
	}
	if salt("anna") == salt("zoe") {
		t.Error("anna and zoe have one salt")
	}
}
