package threading

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"syscall"
	"testing"
)

// millionIndex is an index of n tickets in memory, each with a mail of its
// customer's and a clue.
type millionIndex struct {
	n     uint64
	ids   map[string]uint64
	clues map[Clue]uint64
}

func (x *millionIndex) ByMessageID(id string) (uint64, bool) { n, ok := x.ids[id]; return n, ok }
func (x *millionIndex) Copy(string) (uint64, bool)           { return 0, false }
func (x *millionIndex) Learned(string) (Ref, bool)           { return Ref{}, false }

func (x *millionIndex) Ticket(n uint64, _ uint32) (TicketFacts, bool) {
	return TicketFacts{BareSubject: "The printer on the third floor is on fire"}, n > 0 && n <= x.n
}

func (x *millionIndex) ByClue(c Clue) []uint64 {
	if n, ok := x.clues[c]; ok {
		return []uint64{n}
	}
	return nil
}

// rootOf is the Thread-Index root of ticket n's conversation.
func rootOf(n uint64) (root [ThreadIndexBytes]byte) {
	copy(root[:], testRoot())
	binary.BigEndian.PutUint64(root[ThreadIndexBytes-8:], n)
	return root
}

func benchID(kind string, n uint64) string {
	return fmt.Sprintf("CAF=%s%024x@mail.acme.example", kind, n)
}

// cpuTime is how much CPU the process has used, on a machine on which others work, too.
func cpuTime(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

// BenchmarkMatchMillion is one match among 1,000,000 tickets, for each kind of
// evidence, the disk left out.
func BenchmarkMatchMillion(b *testing.B) {
	const n = 1_000_000
	k := testKeyring(b, testKey(1, 1))
	x := &millionIndex{n: n, ids: make(map[string]uint64, n), clues: make(map[Clue]uint64, n)}
	for i := uint64(1); i <= n; i++ {
		x.ids[benchID("mail", i)] = i
		switch i % 3 {
		case 0:
			x.clues[ancestorClue(benchID("lost", i))] = i
		case 1:
			x.clues[threadClue(rootOf(i))] = i
		default:
			x.clues[tagClue("Acme", fmt.Sprintf("CASE-%d", i))] = i
		}
	}
	refs := func(kind string, from uint64) (out []string) {
		for i := range uint64(10) {
			out = append(out, benchID(kind, from+i))
		}
		return out
	}
	reply := func(n uint64) string {
		return ReplyAddress("support@example.com", k.Seal(Ref{Purpose: Reply, Ticket: n, Entry: 2}))
	}
	index := func(n uint64) string { root := rootOf(n); return base64.StdEncoding.EncodeToString(root[:]) }
	const subject = "The printer on the third floor is on fire"
	cases := map[string]func(m *Mail, n uint64){ // n is a multiple of three
		"token": func(m *Mail, n uint64) { m.Recipients[0] = reply(n) },
		"token and all": func(m *Mail, n uint64) {
			m.Recipients[0], m.References, m.ThreadIndex = reply(n), refs("mail", n), index(n)
		},
		"our id": func(m *Mail, n uint64) {
			m.InReplyTo = []string{k.MessageID(Ref{Purpose: MessageID, Ticket: n, Entry: 2}, "example.com")}
		},
		"In-Reply-To":      func(m *Mail, n uint64) { m.InReplyTo = refs("mail", n)[:1] },
		"References of 10": func(m *Mail, n uint64) { m.References = refs("mail", n) },
		"ancestor":         func(m *Mail, n uint64) { m.References = refs("lost", n) },
		"Thread-Index":     func(m *Mail, n uint64) { m.ThreadIndex = index(n + 1) },
		"our tag":          func(m *Mail, n uint64) { m.Subject = fmt.Sprintf("Re: [SUP-%d] %s", n, subject) },
		"their tag":        func(m *Mail, n uint64) { m.Subject = fmt.Sprintf("Re: [CASE-%d] %s", n+2, subject) },
		"new matter":       func(*Mail, uint64) {},
		"nothing of 40": func(m *Mail, n uint64) {
			m.References = slices.Concat(refs("a", n), refs("b", n), refs("c", n), refs("d", n))
		},
	}
	for name, with := range cases {
		var mails []Mail
		for i := range uint64(512) { // spread over all, so that no cache holds them
			m := Mail{
				Recipients: []string{"support@example.com", "eve@acme.example"}, MessageID: benchID("new", i), Subject: "Re: AW: " + subject,
				Scope: "Acme", Day: 20000, OwnTags: []string{"SUP"},
			}
			with(&m, 3+i*1953)
			if d := Match(m, testDesks, k, testDomains, x); (d.Ticket == 0) != (name == "new matter" || name == "nothing of 40") {
				b.Fatalf("%s: %+v", name, d)
			}
			mails = append(mails, m)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			before, i := cpuTime(b), 0
			for b.Loop() {
				Match(mails[i%len(mails)], testDesks, k, testDomains, x)
				i++
			}
			b.ReportMetric(float64(cpuTime(b)-before)/float64(b.N), "cpu-ns/op")
		})
	}
}
