package login

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/crypto/bcrypt"

	"supportgw/mailgw/passhash"
)

var (
	home    = netip.MustParseAddr("192.0.2.7")
	abroad  = netip.MustParseAddr("198.51.100.9")
	secret  = []byte("a secret of the data folder")
	ctxBack = context.Background()
)

// staff is who may log in in a test; its hashes are cheap ones.
type staff struct {
	mu  sync.Mutex
	all map[string]*Person
}

func (s *staff) find(user string) (*Person, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all[strings.ToLower(user)], nil
}

func cheap(t testing.TB, password string) passhash.Hash {
	t.Helper()
	text, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	h, err := passhash.Parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func keysOf(t testing.TB, password, address string) *passhash.Keys {
	t.Helper()
	k, err := passhash.MakeKeys(password, Salt(secret, address), passhash.Iterations)
	if err != nil {
		t.Fatal(err)
	}
	return &k
}

// newDoor is a door for Anna ("right"), who has a phone too, and Ben, who has a phone alone.
func newDoor(t testing.TB) (d *Door, people *staff, phone string) {
	t.Helper()
	v, phone, err := NewDevice("phone", Salt(secret, "anna@example.com"), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	anna := &Person{Address: "anna@example.com", Hash: cheap(t, "right"), Keys: keysOf(t, "right", "anna@example.com"), Devices: []Device{v}}
	people = &staff{all: map[string]*Person{"anna@example.com": anna, "anna": anna, "ben@example.com": {Address: "ben@example.com"}}}
	if d, err = New(Options{Find: people.find, Secret: secret}); err != nil {
		t.Fatal(err)
	}
	return d, people, phone
}

func TestCheck(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, people, phone := newDoor(t)
		for _, c := range []struct{ user, password, want string }{
			{"anna@example.com", "right", "anna@example.com"}, {"ANNA", "right", "anna@example.com"}, {"anna", phone, "anna@example.com"},
			{"anna", "", ""}, {"anna", "Right", ""}, {"ben@example.com", "", ""}, {"ben@example.com", phone, ""}, {"eve", "", ""}, {"eve", "right", ""},
			{"", "", ""}, {strings.Repeat("a", 999), "x", ""},
		} {
			at := time.Now()
			got, err := d.Check(ctxBack, home, c.user, c.password)
			if got.Address != c.want || (err == nil) != (c.want != "") || err != nil && !errors.Is(err, ErrWrong) {
				t.Errorf("Check(%.20q, %q) = %q, %v; want %q", c.user, c.password, got.Address, err, c.want)
			}
			if took := time.Since(at); (took < Floor) != (c.want != "") {
				t.Errorf("Check(%.20q, %q) took %s", c.user, c.password, took)
			}
		}
		anna := *people.all["anna"]
		anna.Devices, anna.Hash = nil, cheap(t, "new")
		people.all["anna"] = &anna
		for _, old := range []string{"right", phone} {
			if got, err := d.Check(ctxBack, home, "anna", old); err == nil {
				t.Errorf("a password that was taken away still counts for %s", got.Address)
			}
		}
	})
}

// TestOneHash: five connections of one mail program cost one hash, a wrong password never
// counts for having been right elsewhere, and what is remembered is forgotten.
func TestOneHash(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, _, _ := newDoor(t)
		for range 2 {
			d.room <- struct{}{} // nothing can be hashed
		}
		if _, err := d.Check(ctxBack, home, "anna", "right"); !errors.Is(err, errBusy) {
			t.Fatalf("with no place to hash: %v", err)
		}
		<-d.room
		if _, err := d.Check(ctxBack, home, "anna", "right"); err != nil {
			t.Fatal(err)
		}
		d.room <- struct{}{}
		for _, user := range []string{"anna", "anna@example.com"} {
			if _, err := d.Check(ctxBack, abroad, user, "right"); err != nil {
				t.Errorf("another connection: %v", err)
			}
		}
		for _, c := range [][2]string{{"ben@example.com", "right"}, {"anna", "wrong"}} {
			if _, err := d.Check(ctxBack, abroad, c[0], c[1]); !errors.Is(err, errBusy) {
				t.Errorf("%s with %s was decided without a hash: %v", c[0], c[1], err)
			}
		}
		time.Sleep(remember + time.Second)
		if _, err := d.Check(ctxBack, home, "anna", "right"); !errors.Is(err, errBusy) {
			t.Errorf("it is still remembered: %v", err)
		}
	})
}

// guess tries other passwords, as many as are looked at within a time.
func guess(d *Door, peer func(i int) netip.Addr, user func(i int) string, within time.Duration) (looked int) {
	end := time.Now().Add(within)
	for i := 0; time.Now().Before(end); i++ {
		_, err := d.Check(ctxBack, peer(i), user(i), fmt.Sprint("guess ", i))
		var w *WaitError
		switch {
		case errors.As(err, &w):
			time.Sleep(min(w.Left, time.Until(end)))
		case errors.Is(err, ErrWrong):
			looked++
		default:
			panic(err)
		}
	}
	return looked
}

func always[T any](v T) func(int) T { return func(int) T { return v } }

// TestGuessing counts how many passwords a day are looked at.
func TestGuessing(t *testing.T) {
	t.Parallel()
	v6 := func(i int) netip.Addr { // all of one /64
		b := netip.MustParseAddr("2001:db8::").As16()
		b[15] = byte(i)
		return netip.AddrFrom16(b)
	}
	many := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}) }
	for _, c := range []struct {
		name        string
		peer        func(int) netip.Addr
		user        func(int) string
		atLeast, to int
	}{
		{"one address, one account", always(abroad), always("anna"), 50, 120},
		{"one address, many accounts", always(abroad), func(i int) string { return fmt.Sprint("u", i) }, 50, 140},
		{"one /64", v6, always("anna"), 50, 120},
		{"many addresses, one account, in a quarter of a day", many, always("anna"), 250, 420},
	} {
		t.Run(c.name, func(t *testing.T) {
			day := 24 * time.Hour
			if c.to == 420 {
				day /= 4
			}
			synctest.Test(t, func(t *testing.T) {
				d, _, _ := newDoor(t)
				d.dummy = cheap(t, "x")
				if n := guess(d, c.peer, c.user, day); n < c.atLeast || n > c.to {
					t.Errorf("%d passwords were looked at, want %d to %d", n, c.atLeast, c.to)
				} else {
					t.Logf("%d passwords", n)
				}
			})
		})
	}
}

// TestNotLockedOut: while somebody guesses at Anna's account from everywhere, she gets in at
// once from where she was before, and within a minute or so from elsewhere; so does Ben, whom
// nobody guesses at, and a colleague behind the address of a phone with an old password.
func TestNotLockedOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, people, _ := newDoor(t)
		d.dummy = cheap(t, "x")
		people.all["ben@example.com"].Hash = cheap(t, "bens")
		logIn := func(peer netip.Addr, user, password string) time.Duration {
			start := time.Now()
			for {
				_, err := d.Check(ctxBack, peer, user, password)
				var w *WaitError
				if errors.As(err, &w) {
					time.Sleep(w.Left)
					continue
				}
				if err != nil {
					t.Errorf("%s: %v", user, err)
				}
				return time.Since(start)
			}
		}
		logIn(home, "anna", "right")
		time.Sleep(time.Hour)
		guess(d, func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}) }, always("anna"), 3*time.Hour)
		if took := logIn(home, "anna", "right"); took != 0 {
			t.Errorf("Anna waits %s at home", took)
		}
		time.Sleep(remember + time.Second)
		if took := logIn(netip.MustParseAddr("203.0.113.5"), "anna", "right"); took > mostAccount+mostHeld {
			t.Errorf("Anna waits %s in a hotel", took)
		}
		if took := logIn(abroad, "ben@example.com", "bens"); took != 0 {
			t.Errorf("Ben waits %s", took)
		}
		for range 100 { // an old phone, every minute
			d.Check(ctxBack, home, "anna", "last year's")
			time.Sleep(time.Minute)
		}
		if took := logIn(home, "ben@example.com", "bens"); took > 0 {
			t.Errorf("Ben waits %s for Anna's old phone", took)
		}
	})
}

// TestAtTheSameTime: a thousand tries at once are not looked at for being at once.
func TestAtTheSameTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, _, _ := newDoor(t)
		var wrong, held int
		var mu sync.Mutex
		var all sync.WaitGroup
		for i := range 1000 {
			all.Go(func() {
				_, err := d.Check(ctxBack, abroad, "anna", fmt.Sprint(i))
				mu.Lock()
				defer mu.Unlock()
				if errors.Is(err, ErrWrong) {
					wrong++
				} else if errors.As(err, new(*WaitError)) {
					held++
				}
			})
		}
		all.Wait()
		if wrong > freePair+5 || wrong+held != 1000 {
			t.Errorf("%d were looked at, %d held", wrong, held)
		}
		if c := d.Counters(); c.Wrong != uint64(wrong) || c.Held != uint64(held) {
			t.Errorf("counted %+v", c)
		}
	})
}

// TestMemoryIsBounded: however many addresses and names are tried, what is kept is bounded.
func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	var l limit
	now := time.Now()
	for i := range 3 * mostLines {
		l.begin(netip.AddrFrom4([4]byte{byte(i >> 16), byte(i >> 8), byte(i), 1}), fmt.Sprint(i), true, now)
		l.knows(abroad, fmt.Sprint(i), now)
	}
	if len(l.pairs) > mostLines || len(l.hosts) > mostLines || len(l.accounts) > mostLines || len(l.known) > mostLines {
		t.Errorf("kept %d, %d, %d, %d", len(l.pairs), len(l.hosts), len(l.accounts), len(l.known))
	}
	var c cache
	for i := range 3 * remembered {
		c.put(mac{byte(i), byte(i >> 8)}, now, [32]byte{}, credential{})
	}
	if len(c.lines) > remembered {
		t.Errorf("remembers %d", len(c.lines))
	}
}

// TestNothingIsLogged: no password is in the log, wherever it was typed too long.
func TestNothingIsLogged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, _, phone := newDoor(t)
		var b bytes.Buffer
		d.o.Log = slog.New(slog.NewTextHandler(&b, nil))
		for _, p := range []string{"right", phone, "s3cret wrong", "s3cret other"} {
			d.Check(ctxBack, home, "anna", p)
		}
		if log := b.String(); strings.Contains(log, "right") || strings.Contains(log, phone) || strings.Contains(log, "s3cret") || strings.Count(log, "\n") != 4 {
			t.Errorf("the log:\n%s", log)
		}
	})
}

// converse plays one exchange.
func converse(d *Door, mechanism string, messages ...[]byte) (answers []string, who string, err error) {
	s, name := d.SASL(ctxBack, home, mechanism)
	for _, m := range messages {
		challenge, done, err := s.Next(m)
		if err != nil {
			return answers, name().Address, err
		}
		if challenge == nil {
			answers = append(answers, "nil")
		} else {
			answers = append(answers, string(challenge))
		}
		if done {
			break
		}
	}
	return answers, name().Address, nil
}

func TestPlainAsks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, _, _ := newDoor(t)
		answers, who, err := converse(d, "PLAIN", nil, []byte("\x00anna\x00right"))
		if err != nil || who != "anna@example.com" || answers[0] != "nil" {
			t.Errorf("PLAIN: %q, %q, %v; want no challenge at all first", answers, who, err)
		}
		for _, m := range []string{"anna\x00anna\x00right", "anna\x00ANNA\x00right"} {
			if _, who, err := converse(d, "PLAIN", []byte(m)); err != nil || who != "anna@example.com" {
				t.Errorf("%q: %q, %v", m, who, err)
			}
		}
		for _, m := range []string{"", "\x00", "anna", "\x00anna\x00right\x00", "ben@example.com\x00anna\x00right", "\x00anna\x00wrong"} {
			if _, who, err := converse(d, "PLAIN", []byte(m)); err == nil || who != "" {
				t.Errorf("%q logs in %q", m, who)
			}
		}
		s, _ := d.SASL(ctxBack, home, "PLAIN")
		s.Next([]byte("\x00anna\x00wrong"))
		if _, _, err := s.Next([]byte("\x00anna\x00right")); !IsExchange(err) {
			t.Errorf("an exchange that is over goes on: %v", err)
		}
		if s, _ := d.SASL(ctxBack, home, "CRAM-MD5"); s != nil {
			t.Error("CRAM-MD5 is served")
		}
	})
}

func TestLogin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, _, _ := newDoor(t)
		for _, first := range [][][]byte{{nil, []byte("anna")}, {[]byte("anna")}} {
			if answers, who, err := converse(d, "LOGIN", append(first, []byte("right"))...); err != nil || who != "anna@example.com" || answers[len(first)-1] != "Password:" {
				t.Errorf("LOGIN: %q, %q, %v", answers, who, err)
			}
			if _, who, err := converse(d, "LOGIN", append(first, []byte("wrong"))...); !errors.Is(err, ErrWrong) || who != "" {
				t.Errorf("LOGIN with a wrong password: %q, %v", who, err)
			}
		}
	})
}

// speak is a client of SCRAM-SHA-256, from the RFC and not from the server's code.
func speak(d *Door, header, user, password string, spoil func(string) string) (server string, who string, err error) {
	p, server, err := spoken(d, header, user, password, spoil)
	return server, p.Address, err
}

// scramPass logs in by SCRAM.
func scramPass(d *Door, user, password string) (Pass, string, error) {
	return spoken(d, "n,,", user, password, func(s string) string { return s })
}

func spoken(d *Door, header, user, password string, spoil func(string) string) (who Pass, server string, err error) {
	s, name := d.SASL(ctxBack, home, "SCRAM-SHA-256")
	bare := "n=" + user + ",r=fyko+d2lbbFgONRv9qkxdawL"
	c1, _, err := s.Next([]byte(header + bare))
	if err != nil {
		return name(), "", err
	}
	var nonce, salt string
	var rounds int
	for f := range strings.SplitSeq(string(c1), ",") {
		switch f[:2] {
		case "r=":
			nonce = f[2:]
		case "s=":
			salt = f[2:]
		case "i=":
			fmt.Sscan(f[2:], &rounds)
		}
	}
	raw, _ := base64.StdEncoding.DecodeString(salt)
	proof, want, final := clientProof(password, raw, rounds, header, bare, string(c1), nonce)
	c2, done, err := s.Next([]byte(spoil(final + ",p=" + proof)))
	if err != nil {
		return name(), "", err
	}
	if done || string(c2) != "v="+want {
		return name(), string(c2), errors.New("the server does not prove itself")
	}
	_, done, err = s.Next([]byte{})
	if err == nil && !done {
		err = errors.New("it is not over")
	}
	return name(), string(c1), err
}

func TestSCRAM(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d, people, phone := newDoor(t)
		same := func(s string) string { return s }
		for _, header := range []string{"n,,", "y,,", "n,a=anna,"} {
			for _, p := range []string{"right", phone} {
				if _, who, err := speak(d, header, "anna", p, same); err != nil || who != "anna@example.com" {
					t.Errorf("%s %s: %q, %v", header, p, who, err)
				}
			}
		}
		if _, who, err := speak(d, "n,,", "anna", "wrong", same); !errors.Is(err, ErrWrong) || who != "" {
			t.Errorf("a wrong password: %q, %v", who, err)
		}
		bare := *people.all["anna"] // a hash alone
		bare.Keys, bare.Devices = nil, nil
		people.all["anna"] = &bare
		if _, who, err := speak(d, "n,,", "anna", "right", same); !errors.Is(err, ErrWrong) || who != "" {
			t.Errorf("without keys: %q, %v", who, err)
		}
		for name, spoil := range map[string]func(string) string{
			"nonce":   func(s string) string { return strings.Replace(s, ",r=", ",r=x", 1) },
			"binding": func(s string) string { return strings.Replace(s, "c=biws", "c=eSws", 1) },
			"proof":   func(s string) string { return s[:strings.Index(s, ",p=")] },
			"base64":  func(s string) string { return s + "*" },
		} {
			if _, who, err := speak(d, "n,,", "ben@example.com", "x", spoil); !IsExchange(err) || who != "" {
				t.Errorf("%s spoilt: %q, %v", name, who, err)
			}
		}
		for _, header := range []string{"p=tls-unique,,", "n,a=ben@example.com,", "", "x,,", "n,"} {
			if _, who, err := speak(d, header, "anna", "right", same); !IsExchange(err) || who != "" {
				t.Errorf("header %q: %q, %v", header, who, err)
			}
		}
	})
}

// TestSCRAMTellsNobody: the salt of who is not there stays the same, as that of who is.
func TestSCRAMTellsNobody(t *testing.T) {
	t.Parallel()
	salt := func(user string) string {
		d, _, _ := newDoor(t)
		s, _ := d.SASL(ctxBack, home, "SCRAM-SHA-256")
		c, _, err := s.Next([]byte("n,,n=" + user + ",r=abc"))
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(c), ",")
		return rest
	}
	for _, user := range []string{"anna", "ben@example.com", "eve@example.com", "=2C=3D"} {
		if a, b := salt(user), salt(user); a != b || !strings.HasSuffix(a, fmt.Sprint(",i=", passhash.Iterations)) {
			t.Errorf("%s: %s and then %s", user, a, b)
		}
	}
	if salt("anna") == salt("eve") {
		t.Error("two accounts have one salt")
	}
}
