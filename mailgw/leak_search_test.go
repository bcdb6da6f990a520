package mailgw

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"supportgw/mailgw/agent"
	"supportgw/threading"
)

// confided is something that not everybody may read.
type confided struct {
	kind string
	text string                 // lower case
	may  func(addr string) bool // who may; nil: nobody outside of the house
}

// leaks searches mails for secrets, and counts what it searched for.
type leaks struct {
	h       *house
	secrets []confided
	seen    map[string]bool             // the texts of secrets
	found   []string                    // the leaks
	sought  map[string]int              // secrets by kind
	looked  int                         // mails to people outside that were searched
	inside  int                         // mails to people of the house that were searched
	tokens  int                         // tokens in mails to people outside that were opened
	lines   map[string]string           // lines of notices that nobody else wrote, and to whom they went
	said    strings.Builder             // what others wrote
	own     map[string]*strings.Builder // what each reader wrote: it is no secret to them
}

func newLeaks(h *house) *leaks {
	l := &leaks{h: h, seen: map[string]bool{}, sought: map[string]int{}, lines: map[string]string{}, own: map[string]*strings.Builder{}}
	for _, a := range h.settings.Load().Agents {
		l.keep("an agent's address", a.Address, nil)
	}
	return l
}

// keep notes a secret.
func (l *leaks) keep(kind, text string, may func(string) bool) {
	if text = strings.ToLower(text); l.seen[kind+text] {
		return
	}
	l.seen[kind+text] = true
	l.sought[kind]++
	l.secrets = append(l.secrets, confided{kind, text, may})
}

// ourCommands finds a known command anywhere.
var ourCommands = regexp.MustCompile(`[#＃](?i:` + strings.Join(agent.Known(), "|") + `)\b`)

// tokensIn opens what can be opened of a text, each once.
func (l *leaks) tokensIn(all string) map[string]threading.Ref {
	refs, opened := map[string]threading.Ref{}, map[string]bool{}
	for _, run := range strings.FieldsFunc(all, func(r rune) bool { return (r < '0' || r > '9') && (r < 'a' || r > 'z') }) {
		if !threading.TokenShaped(run) || opened[run] {
			continue
		}
		opened[run] = true
		if ref, ok := l.h.keys.Open(run); ok {
			refs[run] = ref
		}
	}
	return refs
}

// says reports whether a text has a secret; an address with which by chance one of our
// tokens ends (…kjxcben@example.com) is that token's.
func (l *leaks) says(all, secret string) bool {
	for from := 0; ; {
		i := strings.Index(all[from:], secret)
		if i < 0 {
			return false
		}
		i += from
		end := i + max(0, strings.IndexByte(secret, '@'))
		begin := end
		for begin > 0 && (all[begin-1] >= '0' && all[begin-1] <= '9' || all[begin-1] >= 'a' && all[begin-1] <= 'z') {
			begin--
		}
		if _, token := l.h.keys.Open(all[begin:end]); begin == i || !token {
			return true
		}
		from = i + 1
	}
}

// search looks through a mail that somebody outside has got, all of its readings. mine
// are the tickets that the reader has to do with.
func (l *leaks) search(all, reader string, mine func(uint64) bool) (found []string) {
	l.looked++
	own := ""
	if b := l.own[reader]; b != nil {
		own = b.String()
	}
	for _, s := range l.secrets {
		if (s.may == nil || !s.may(reader)) && l.says(all, s.text) && !strings.Contains(own, s.text) {
			found = append(found, s.kind+": "+s.text)
		}
	}
	if strings.ContainsAny(all, "#＃") {
		if c := ourCommands.FindString(all); c != "" {
			found = append(found, "a command: "+c)
		}
	}
	for line, whose := range l.lines {
		if strings.Contains(all, line) && !strings.Contains(own, line) {
			found = append(found, "a notice's words: "+line+" (to "+whose+")")
		}
	}
	for token, ref := range l.tokensIn(all) {
		l.tokens++
		if why := notTheirs(ref, mine); why != "" && !strings.Contains(own, token) {
			found = append(found, fmt.Sprintf("%s: %s of ticket %d", why, ref.Purpose, ref.Ticket))
		}
	}
	slices.Sort(found)
	found = slices.Compact(found)
	for _, f := range found {
		l.found = append(l.found, reader+" reads "+f)
	}
	return found
}

// notTheirs says why a token must not stand in a mail to somebody outside; "" when it may.
func notTheirs(ref threading.Ref, mine func(uint64) bool) string {
	switch {
	case isAgents(ref.Purpose):
		return "a token of agents"
	case ref.Ticket == 0 && ref.Purpose == threading.MessageID: // of a mail to one person about their name
		return ""
	case ref.Person != 0 && ref.Purpose != threading.Naming && ref.Purpose != threading.Step:
		return "an id or a token of one person of the house"
	case !mine(ref.Ticket):
		return "a token of a foreign ticket"
	}
	return ""
}

// saidTime is a line that is nothing but a time: the house and the customer read it alike.
var saidTime = regexp.MustCompile(`^(\S+ )?by \d\d:\d\d [^:]*$`)

// notice keeps the lines of a mail to somebody of the house that are our own words.
func (l *leaks) notice(m *sentMail) {
	said := l.said.String()
	for line := range strings.SplitSeq(strings.ToLower(m.read.Text), "\n") {
		line = strings.TrimSpace(line)
		if len(line) < 30 || saidTime.MatchString(line) || strings.Contains(line, "@") || strings.HasPrefix(line, ">") || strings.Contains(said, line) || l.seen["line"+line] {
			continue
		}
		l.lines[line] = m.To[0]
	}
}

// sent notes what somebody wrote to us.
func (l *leaks) sent(by string, raw []byte) {
	if l.own[by] == nil {
		l.own[by] = &strings.Builder{}
	}
	l.own[by].WriteString(strings.ToLower(string(raw)))
}

// wrote notes what others than us wrote, and what customers are told, so that it is no
// notice's own.
func (l *leaks) wrote(text string) {
	text = strings.ToLower(text)
	l.said.WriteString(text + "\n")
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimSpace(line)
		l.seen["line"+line] = true
		delete(l.lines, line)
	}
}

// An address is none where a token of ours ends like it by chance, and is one behind any other letters.
func TestLeakSearchKnowsTokens(t *testing.T) {
	l := newLeaks(newHouse(t))
	token := l.h.keys.Seal(threading.Ref{Purpose: threading.Reply, Ticket: 1, Entry: 1})
	by := token[len(token)-3:] + "@example.com"
	for text, is := range map[string]bool{"support+" + token + "@example.com": false, "support+x" + token + "@example.com": true, by: true, "x" + by: true, token + "@example.com, " + by: true} {
		if l.says(text, by) != is {
			t.Errorf("%s in %s: %v", by, text, !is)
		}
	}
}

// A search that finds nothing proves something only if it would find: each kind of
// secret, wherever in a mail.
func TestLeakSearchFinds(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{})
	notice := h.noticeTo("anna@example.com")
	annas := h.keys.PersonTag("anna@example.com")
	for kind, text := range map[string]string{
		"a note":                               "zqanoteword",
		"a foreign word":                       "zqforeignword",
		"an agent's address":                   "anna@example.com",
		"a command: ":                          "#take",
		"a token of agents: private":           h.keys.Seal(threading.Ref{Purpose: threading.Private, Ticket: 1, Entry: 1, Person: annas}),
		"a token of agents: agent reply":       letterAddr(notice.read.ReplyTo[0].Addr),
		"a token of agents: take action":       h.keys.Seal(threading.Ref{Purpose: threading.ActTake, Ticket: 1, Entry: 1, Person: annas}),
		"an id or a token of one person of":    notice.read.MessageID,
		"a token of a foreign ticket: reply":   h.keys.Seal(threading.Ref{Purpose: threading.Reply, Ticket: 2, Entry: 1}),
		"a token of a foreign ticket: pseudo ": h.keys.Seal(threading.Ref{Purpose: threading.Pseudo, Ticket: 2}),
	} {
		for place, raw := range hidden(text) {
			l := newLeaks(h)
			l.keep("a note", "zqanoteword", nil)
			l.keep("a foreign word", "zqforeignword", func(a string) bool { return a == "gus@globex.example" })
			found := l.search(readings([]byte(raw)), "mia@acme.example", func(n uint64) bool { return n == 1 })
			if !slices.ContainsFunc(found, func(f string) bool { return strings.HasPrefix(f, kind) }) && !strings.HasPrefix(place, "entities") && !strings.HasPrefix(place, "a link") {
				t.Errorf("%s in %s is not found: %q", kind, place, found)
			}
		}
	}
	l := newLeaks(h)
	l.notice(&notice)
	if found := l.search(readings([]byte("Subject: x\r\n\r\n"+notice.read.Text)), "mia@acme.example", func(n uint64) bool { return true }); !strings.Contains(strings.Join(found, "\n"), "a notice's words") {
		t.Errorf("a notice that goes out is not found: %q", found)
	}
	clean := to(h.sent, "mia@acme.example")[0]
	if found := l.search(readings(clean.Bytes), "mia@acme.example", func(n uint64) bool { return n == 1 }); len(found) > 0 || l.tokens == 0 {
		t.Errorf("in an acknowledgement is found %q; %d tokens", found, l.tokens)
	}
}
