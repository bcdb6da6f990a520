package login

import (
	"errors"
	"fmt"
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
