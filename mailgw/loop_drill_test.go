package mailgw

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/letter"
)

// post is a mail between the stations of a ring, as the wire has it.
type post struct {
	from, to string
	raw      string
}

// ring is a small world: desks, and programs at addresses. A mail to nobody of
// these has arrived. Each hop takes a few seconds.
type ring struct {
	t          *testing.T
	now        time.Time
	desks      map[string]*house              // by domain
	programs   map[string]func(p post) []post // by address
	waiting    []post
	acks, left int // acknowledgements, and all mails that left a desk to somebody outside
	n          int
	unproven   bool // nobody has records in the DNS
	pace       time.Duration
}

// deskB is a second house, of another company.
const deskB = "desk-b.example"

// newRing makes a world of two desks.
func newRing(t *testing.T, set ...string) *ring {
	t.Helper()
	text, err := os.ReadFile("../config.example.toml")
	if err != nil {
		t.Fatal(err)
	}
	r := &ring{t: t, now: monday, desks: map[string]*house{}, programs: map[string]func(post) []post{}, pace: 3 * time.Second}
	for _, domain := range []string{"example.com", deskB} {
		h := newHouse(t, append([]string{`smtp.trusted_networks=[]`}, set...)...)
		if domain == deskB {
			file := filepath.Join(t.TempDir(), "mailgw.toml")
			if err := os.WriteFile(file, []byte(strings.ReplaceAll(string(text), "example.com", deskB)), 0o600); err != nil {
				t.Fatal(err)
			}
			h.c, err = config.Load(file, append([]string{fmt.Sprintf("data=%q", t.TempDir()), `imap.listen=[]`, `submission.listen=[]`, `http.listen=["127.0.0.1:0"]`, `dns.resolver="127.0.0.1:1"`, `smtp.trusted_networks=[]`}, set...))
			if err != nil {
				t.Fatal(err)
			}
			h.reopen()
		}
		r.desks[domain] = h
	}
	return r
}

// person is a mail that somebody writes.
func (r *ring) person(from, to, subject, body string, head ...string) {
	r.send(post{from: letterAddr(from), to: to, raw: r.compose(from, to, subject, body, head...)})
}

func (r *ring) send(list ...post) { r.waiting = append(r.waiting, list...) }

// compose writes a mail with a Message-ID of its own.
func (r *ring) compose(from, to, subject, body string, head ...string) string {
	r.n++
	return fmt.Sprintf("From: %s\r\nTo: %s\r\nSubject: %s\r\nMessage-ID: <r%d@%s>\r\nDate: %s\r\n%s\r\n%s\r\n",
		from, to, subject, r.n, domainOf(letterAddr(from)), r.now.Format(time.RFC1123Z), strings.Join(append(head, ""), "\r\n"), body)
}

// run lets mails go round until none is left, at most steps of them.
func (r *ring) run(steps int) (quiet bool) {
	r.t.Helper()
	for ; len(r.waiting) > 0 && steps > 0; steps-- {
		p := r.waiting[0]
		r.waiting = r.waiting[1:]
		r.now = r.now.Add(r.pace)
		domain := domainOf(p.to)
		switch {
		case r.programs[p.to] != nil:
			r.send(r.programs[p.to](p)...)
		case r.programs["@"+domain] != nil:
			r.send(r.programs["@"+domain](p)...)
		case r.desks[domain] != nil && r.desks[domain].settings.Load().isOwn(p.to):
			r.receive(r.desks[domain], p)
		}
	}
	return len(r.waiting) == 0
}

// receive hands a mail to a desk, from its author's own server.
func (r *ring) receive(h *house, p post) {
	r.t.Helper()
	read := letter.Parse([]byte(p.raw), p.from, letter.DefaultLimits())
	if author := domainOf(read.Author().Addr); !r.unproven {
		h.zone.Add(author, "TXT", "v=spf1 ip4:"+outside+" -all")
		h.zone.Add("mx."+author, "TXT", "v=spf1 ip4:"+outside+" -all")
	}
	head := "Return-Path: <" + p.from + ">\r\nReceived: from client by mx; Mon, 13 Jul 2026 08:00:00 +0000\r\n"
	a := &letter.Arrival{
		ID: h.ids.Next(), Source: "mx", ReversePath: p.from, Recipients: []string{p.to}, ClientIP: netip.MustParseAddr(outside), Helo: "mx." + domainOf(read.Author().Addr),
		At: r.now, Raw: []byte(head + p.raw), Body: len(head),
	}
	if err := h.at(r.now).Deliver(context.Background(), a); err != nil {
		r.t.Fatal(err)
	}
	r.out(h.flush())
}

// out puts what a desk sends on its way.
func (r *ring) out(list []sentMail) {
	for _, m := range list {
		for _, to := range m.To {
			if strings.Contains(m.Name, "-") { // to somebody of the house
				continue
			}
			r.left++
			if m.read.Header.Get("Auto-Submitted") == "auto-replied" {
				r.acks++
			}
			r.send(post{m.From, to, string(m.Bytes)})
		}
	}
}

// days lets the clock of all desks run, and everything that it sets off: nobody
// answers, so promises are put off and break.
func (r *ring) days(n int) (quiet bool) {
	r.t.Helper()
	for end := r.now.AddDate(0, 0, n); r.now.Before(end); {
		next := end
		for _, h := range r.desks {
			at, err := h.at(r.now).round(r.now)
			if err != nil {
				r.t.Fatal(err)
			}
			if r.out(h.flush()); !at.IsZero() && at.Before(next) {
				next = at
			}
		}
		if len(r.waiting) > 0 {
			if !r.run(2000) {
				return false
			}
			continue
		}
		r.now = laterOf(next, r.now.Add(time.Second))
	}
	return true
}

// What a program reads of a mail: where an answer goes.
func backTo(p post) (read *letter.Mail, reply, from string) {
	read = letter.Parse([]byte(p.raw), p.from, letter.DefaultLimits())
	from = read.Author().Addr
	reply = from
	if len(read.ReplyTo) > 0 {
		reply = read.ReplyTo[0].Addr
	}
	return read, reply, from
}

// careful is a vacation program as RFC 3834 wants it.
func (r *ring) careful(who string) func(post) []post {
	told := map[string]bool{}
	return func(p post) []post {
		read, _, _ := backTo(p)
		if p.from == "" || read.Kind != letter.Person || told[p.from] {
			return nil
		}
		told[p.from] = true
		return []post{{"", p.from, r.compose(who, p.from, "Auto: "+read.Subject, "I am away until Monday.", "Auto-Submitted: auto-replied", "In-Reply-To: <"+read.MessageID+">")}}
	}
}

// careless is one that answers every mail each time to all its addresses, and marks
// nothing but by its subject.
func (r *ring) careless(who string) func(post) []post {
	return func(p post) (out []post) {
		read, reply, from := backTo(p)
		seen := map[string]bool{"": true}
		for _, to := range []string{reply, from, p.from} {
			if !seen[to] {
				seen[to] = true
				out = append(out, post{letterAddr(who), to, r.compose(who, to, "Out of office: "+read.Subject, "I am away until Monday.", "In-Reply-To: <"+read.MessageID+">")})
			}
		}
		return out
	}
}

// desk is a help desk of another make. Its automatic answers say nothing of being
// that: each has a new number in its subject, a person's reverse path and no word of
// what it answers. to chooses where an answer goes, body what it says.
func (r *ring) desk(who string, to func(post) string, body func(n int) string, head ...func(*letter.Mail) string) func(post) []post {
	return func(p post) []post {
		read, _, _ := backTo(p)
		var fields []string
		for _, f := range head {
			fields = append(fields, f(read))
		}
		return []post{{letterAddr(who), to(p), r.compose(who, to(p), fmt.Sprintf("Request %d received", 1000+r.n), body(r.n), fields...)}}
	}
}

func toReplyTo(p post) string { _, reply, _ := backTo(p); return reply }
func toFrom(p post) string    { _, _, from := backTo(p); return from }
func answersID(m *letter.Mail) string {
	return "In-Reply-To: <" + m.MessageID + ">"
}
func sameText(n int) string {
	return fmt.Sprintf("We have received your request and gave it the number %d. Somebody will look at it.", n)
}

// otherText has other words each time.
func otherText(n int) string {
	var b strings.Builder
	for i := range 12 {
		for k := n*31 + i*17 + 7; k > 0; k /= 26 {
			b.WriteByte(byte('a' + k%26))
		}
		b.WriteByte(' ')
	}
	return b.String()
}

// loop is a ring that somebody has closed, and the most acknowledgements that may
// leave: at once, and in all when the clock has run for some days.
type loop struct {
	build  func(r *ring) // closes it
	start  func(r *ring) // the mail that sets it off; nil: Mia's to the first desk
	atOnce int
	later  int
	bare   int  // both, for desks without reply addresses; 0: the same
	slow   bool // it is tried with one setting
}

const (
	robot  = "Helper <help@robots.example>"
	member = "mia@people.example"
)

func loops() map[string]loop {
	robotWrites := func(r *ring) {
		r.person(robot, "support@example.com", "Your request 999", "We have taken up your request.")
	}
	forward := func(to ...string) func(r *ring) func(post) []post {
		return func(*ring) func(post) []post {
			return func(p post) (out []post) {
				for _, one := range to {
					out = append(out, post{p.from, one, "Received: from a by forwarder.example; Mon, 13 Jul 2026 08:00:00 +0000\r\n" + p.raw})
				}
				return out
			}
		}
	}
	// A gateway that makes a new mail of each, with nothing left of what marked it.
	wash := func(to, as string) func(r *ring) func(post) []post {
		return func(r *ring) func(post) []post {
			return func(p post) []post {
				read, _, _ := backTo(p)
				return []post{{letterAddr(as), to, r.compose(as, to, "Fwd: "+read.Subject, read.Text)}}
			}
		}
	}
	all := map[string]loop{
		"desk A writes to desk B": {start: func(r *ring) {
			r.person("Example Support <support@example.com>", "support@"+deskB, "Our order", "Where is it?")
		}, atOnce: 1, later: 3},
		"a customer's Reply-To is desk B": {start: func(r *ring) {
			r.person("Mia <"+member+">", "support@example.com", "Printer portal", "It does nothing.", "Reply-To: support@"+deskB)
		}, atOnce: 1, later: 3},
		"a customer forwards what comes to both desks": {build: func(r *ring) {
			r.programs[member] = forward("support@example.com", "support@"+deskB)(r)
		}, atOnce: 1, later: 3},
		"a list of both desks, which marks nothing, is the author": {build: func(r *ring) {
			r.programs["all@list.example"] = forward("support@example.com", "support@"+deskB, member)(r)
		}, start: func(r *ring) {
			r.person("Mia <"+member+">", "all@list.example", "Printer portal", "It does nothing.", "Reply-To: all@list.example")
		}, atOnce: 2, later: 6}, // one of each desk
		"a list with its marks": {build: func(r *ring) {
			r.programs["all@list.example"] = forward("support@example.com", "support@"+deskB, member)(r)
		}, start: func(r *ring) {
			r.person("Mia <"+member+">", "all@list.example", "Printer portal", "It does nothing.", "Reply-To: all@list.example", "List-Id: <all.list.example>", "Precedence: list")
		}},
		"a careful vacation program":  {build: func(r *ring) { r.programs[member] = r.careful("Mia <" + member + ">") }, atOnce: 1, later: 3},
		"a careless vacation program": {build: func(r *ring) { r.programs[member] = r.careless("Mia <" + member + ">") }, atOnce: 1, later: 3},
		"a careless one, proven, behind a forward to the other desk": {build: func(r *ring) {
			answer, on := r.careless("Mia <"+member+">"), forward("support@"+deskB)(r)
			r.programs[member] = func(p post) []post { return append(answer(p), on(p)...) }
		}, atOnce: 1, later: 3},
		"a help desk that answers to Reply-To": {build: func(r *ring) {
			r.programs[letterAddr(robot)] = r.desk(robot, toReplyTo, sameText)
		}, start: robotWrites, atOnce: 1, later: 3, bare: 30},
		"a help desk that answers to From, with our id": {build: func(r *ring) {
			r.programs[letterAddr(robot)] = r.desk(robot, toFrom, sameText, answersID)
		}, start: robotWrites, atOnce: 1, later: 3},
		"a help desk that answers to From with nothing of ours": {build: func(r *ring) {
			r.programs[letterAddr(robot)] = r.desk(robot, toFrom, sameText)
		}, start: robotWrites, atOnce: 30, later: 30},
		"with other words each time": {build: func(r *ring) {
			r.programs[letterAddr(robot)] = r.desk(robot, toFrom, otherText)
		}, start: robotWrites, atOnce: 30, later: 30, slow: true},
		"unproven": {build: func(r *ring) {
			r.unproven = true
			r.programs[letterAddr(robot)] = r.desk(robot, toFrom, sameText)
		}, start: robotWrites, atOnce: 3, later: 20, slow: true},
		"with an address for each request": {build: func(r *ring) {
			r.programs["@robots.example"] = func(p post) []post {
				return r.desk(fmt.Sprintf("Helper <help-%d@robots.example>", r.n), toFrom, sameText)(p)
			}
		}, start: robotWrites, atOnce: 31, later: 31, slow: true},
		"that looks at its mail every five minutes": {build: func(r *ring) {
			r.pace = 5 * time.Minute
			r.programs[letterAddr(robot)] = r.desk(robot, toFrom, sameText)
		}, start: robotWrites, atOnce: 31, later: 31, slow: true},
		"two desks behind gateways that wash every mark away": {build: func(r *ring) {
			r.programs["door@a.example"] = wash("support@example.com", "B <door@b.example>")(r)
			r.programs["door@b.example"] = wash("support@"+deskB, "A <door@a.example>")(r)
		}, start: func(r *ring) {
			r.person("B <door@b.example>", "support@example.com", "Our order", "Where is it?")
		}, atOnce: 60, later: 60, slow: true}, // 30 of each desk
	}
	return all
}

// Every ring comes to rest by itself, and stays so while the clock runs for days and
// nobody answers, when customers are told of later times.
func TestLoopDrill(t *testing.T) {
	for name, l := range loops() {
		for i, set := range [][]string{
			{`desk.support.reply_token="plus"`, `acknowledge.envelope_from="null"`},
			{`desk.support.reply_token="off"`, `acknowledge.envelope_from="bounce"`},
			{`desk.support.reply_token="off"`, `acknowledge.envelope_from="null"`},
			{`desk.support.reply_token="plus"`, `acknowledge.envelope_from="bounce"`},
		} {
			if i > 0 && l.slow {
				continue
			}
			short := strings.NewReplacer("desk.support.", "", "acknowledge.", "", `"`, "").Replace(strings.Join(set, ","))
			t.Run(name+"/"+short, func(t *testing.T) {
				t.Parallel()
				l.drill(t, set)
			})
		}
	}
}

func (l loop) drill(t *testing.T, set []string) {
	if l.bare > 0 && strings.Contains(set[0], "off") {
		l.atOnce, l.later = l.bare, l.bare
	}
	r := newRing(t, set...)
	if l.build != nil {
		l.build(r)
	}
	if l.start == nil {
		r.person("Mia Meier <"+member+">", "support@example.com", "Printer portal", "The export does nothing.")
	} else {
		l.start(r)
	}
	if !r.run(1000) {
		t.Fatalf("it does not end: %d acknowledgements", r.acks)
	}
	if at := r.acks; at > l.atOnce || at == 0 && l.atOnce > 0 {
		t.Errorf("%d acknowledgements at once, want at most %d", at, l.atOnce)
	}
	at := r.acks
	if !r.days(3) {
		t.Fatalf("it begins again, and does not end: %d acknowledgements", r.acks)
	}
	if r.acks > l.later {
		t.Errorf("%d acknowledgements in three days, want at most %d", r.acks, l.later)
	}
	t.Logf("%d acknowledgements at once, %d in three days; with later times %d mails", at, r.acks, r.left)
}
