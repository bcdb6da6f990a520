package imapd

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestFolderMadeAnew gives a folder another UIDVALIDITY while clients have it open: each
// is told that it ends, the waiting one as well.
func TestFolderMadeAnew(t *testing.T) {
	t.Parallel()
	f := newFake(1)
	addr, _ := served(t, f, nil)
	asks, waits := in(t, addr, "Unassigned"), in(t, addr, "Unassigned")
	waits.say("i IDLE\r\n")
	waits.until("+")
	f.mu.Lock()
	f.validity++
	f.changed()
	f.mu.Unlock()
	asks.say("n NOOP\r\n")
	for _, w := range []*wire{asks, waits} {
		if got := strings.Join(w.until("(never)"), "\n"); !strings.HasPrefix(got, "* BYE the folder was made anew") {
			t.Error(got)
		}
	}
}

// TestNewKeyword gives a mail a word that no mail had: the client learns that there is such a word.
func TestNewKeyword(t *testing.T) {
	t.Parallel()
	addr, _ := served(t, newFake(1), nil)
	w := in(t, addr, "Unassigned")
	if got := w.do("a STORE 1 +FLAGS (later)"); !strings.Contains(got, "FLAGS (later)") || !strings.Contains(got, "* FLAGS (") {
		t.Error(got)
	}
}

// TestTwoClients has two clients do things by sequence numbers and UIDs at random: what each
// has been told is, after a NOOP, what the folder holds, and numbers mean what it knows.
func TestTwoClients(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			f := newFake(1, 3, 2)
			addr, _ := served(t, f, nil)
			r := rand.New(rand.NewPCG(seed, 1))
			var all []*mirror
			for range 2 {
				m := &mirror{wire: in(t, addr, "Unassigned")}
				m.read(m.do("u UID FETCH 1:* FLAGS"))
				all = append(all, m)
			}
			for i := range 150 {
				m := all[r.IntN(2)]
				m.step(f, r, i)
				m.read(m.do("n NOOP"))
				if len(m.mails) == 0 {
					f.arrive("Unassigned", uint64(1000+i), fakeRaw(1000+i, 1))
					m.read(m.do("n NOOP"))
				}
				m.check(f)
			}
		})
	}
}

// mirror is a client that keeps what it is told.
type mirror struct {
	*wire
	mails []string // "UID flags"
}

// step does something.
func (m *mirror) step(f *fake, r *rand.Rand, i int) {
	n := r.IntN(len(m.mails)) + 1
	uid, _, _ := strings.Cut(m.mails[n-1], " ")
	switch r.IntN(8) {
	case 0:
		f.arrive("Unassigned", uint64(100+i), fakeRaw(100+i, 1))
	case 1:
		m.read(m.do("a MOVE %d Mine", n))
	case 2:
		m.read(m.do("a UID COPY %s Mine", uid))
		m.read(m.do(`b STORE %d +FLAGS (\Deleted)`, n))
		m.read(m.do("c EXPUNGE"))
	case 3:
		m.read(m.do(`a STORE %d +FLAGS.SILENT (\Deleted)`, n))
		m.mails[n-1] = strings.Replace(m.mails[n-1]+` \Deleted`, ` \Deleted`, "", 1)
		m.read(m.do("b FETCH 1:* (UID FLAGS)"))
	case 4:
		m.read(m.do(`a UID STORE %s FLAGS (\Seen w%d)`, uid, i%5))
	case 5:
		m.read(m.do("a UID EXPUNGE 1:*"))
	case 6:
		m.read(m.do("a FETCH %d (UID BODY[TEXT])", n))
	case 7:
		m.say("i IDLE\r\n")
		m.read(strings.Join(m.until("+"), "\n"))
		m.say("DONE\r\n")
		m.read(strings.Join(m.until("i "), "\n"))
	}
}

// read takes an answer to heart.
func (m *mirror) read(answer string) {
	for line := range strings.SplitSeq(answer, "\n") {
		word := strings.Fields(line)
		if len(word) < 3 || word[0] != "*" {
			continue
		}
		n, err := strconv.Atoi(word[1])
		if err != nil {
			continue
		}
		switch word[2] {
		case "EXISTS":
			if n < len(m.mails) {
				m.t.Fatalf("%d mails, and there are %d", n, len(m.mails))
			}
			for len(m.mails) < n {
				m.mails = append(m.mails, "")
			}
			m.read(m.do("x FETCH 1:* (UID FLAGS)"))
		case "EXPUNGE":
			if n < 1 || n > len(m.mails) {
				m.t.Fatalf("mail %d of %d leaves", n, len(m.mails))
			}
			m.mails = slices.Delete(m.mails, n-1, n)
		case "FETCH":
			_, rest, found := strings.Cut(line, "UID ")
			uid, _, _ := strings.Cut(strings.TrimRight(rest, ")"), " ")
			for len(m.mails) < n { // all are asked for before it is told how many there are
				m.mails = append(m.mails, "")
			}
			if old, _, _ := strings.Cut(m.mails[n-1], " "); !found || old != "" && old != uid {
				m.t.Fatalf("number %d is %s, and was %s", n, uid, old)
			}
			if _, flags, ok := strings.Cut(line, "FLAGS ("); ok {
				flags, _, _ = strings.Cut(flags, ")")
				m.mails[n-1] = uid + " " + flags
			}
		}
	}
}

// check compares it with the folder.
func (m *mirror) check(f *fake) {
	v, err := f.Open("Unassigned")
	if err != nil {
		m.t.Fatal(err)
	}
	var want []string
	for _, mail := range v.Mails {
		var flags []string
		for _, name := range flagNames(mail.Flags, v.Keywords) {
			flags = append(flags, string(name))
		}
		want = append(want, fmt.Sprint(mail.UID)+" "+strings.Join(flags, " "))
	}
	if !slices.Equal(m.mails, want) {
		m.t.Fatalf("the client knows\n%q, and there is\n%q", m.mails, want)
	}
}
