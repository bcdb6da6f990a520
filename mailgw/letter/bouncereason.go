package letter

import (
	"slices"
	"strings"
)

// reason is why a mail was not delivered, as a text says it.
type reason struct {
	words  string
	status string // enhanced code of class 4 or 5 (RFC 3463 §2); "" when there is none
	code   string // reply of class 4 or 5 (RFC 5321 §4.2.1); "" when there is none
	old    bool   // it was tried until the mail was too old
}

// read reads some words.
func (p *prose) read(words string) reason {
	p.steps += len(words)
	words = cleanLine(strings.TrimSpace(words))
	return reason{words: capped(words), status: failureStatus(words), code: replyCode(words), old: machine.retried.in(strings.ToLower(words)) != ""}
}

// known tells whether the words hold a code.
func (r reason) known() bool { return r.status != "" || r.code != "" }

// all is what the whole text says.
func (p *prose) all() reason {
	if p.whole == nil {
		r := p.read(strings.Join(p.lines, " "))
		p.whole = &r
	}
	return *p.whole
}

// reason returns what the report says about a recipient: the words behind the
// address and the lines below it, else the lines that name it, else everything.
// taken are the lines of all recipients.
func (p *prose) reason(c candidate, taken map[int]bool) reason {
	var near reason
	if c.line >= 0 {
		line := p.lines[c.line]
		if i := strings.Index(line, c.addr); i >= 0 {
			line = strings.TrimLeft(line[i+len(c.addr):], " \t>\"'):.,")
		}
		if near = p.read(p.block(c, taken, line)); near.known() {
			return near
		}
		naming := p.read(p.naming(strings.ToLower(c.addr)))
		naming.old = naming.old || near.old
		if naming.known() {
			return naming
		}
		near.old = naming.old
	}
	all := p.all()
	return reason{near.words, all.status, all.code, near.old || all.old}
}

// block joins the lines below a candidate up to an empty one or to the next.
func (p *prose) block(c candidate, taken map[int]bool, first string) string {
	words, some := []string{first}, first != ""
	for i := c.line + 1; i < len(p.lines) && i <= c.line+proseBlock; i++ {
		line := strings.TrimSpace(p.lines[i])
		if taken[i] || line == "" && some {
			break
		}
		words, some = append(words, line), some || line != ""
	}
	return strings.Join(words, " ")
}

// naming joins the lines that hold the address, in lower case.
func (p *prose) naming(addr string) string {
	var words []string
	for _, i := range p.where[addr] {
		words = append(words, strings.TrimSpace(p.lines[i]))
	}
	return strings.Join(words, " ")
}

// delayed tells whether the report says that somebody tries again.
func (p *prose) delayed(subject string) bool {
	if machine.delayed.in(strings.ToLower(subject)) != "" {
		return true
	}
	return machine.delayed.in(strings.Join(p.low, " ")) != ""
}

// replyCode returns the first reply of class 4 or 5 (RFC 5321 §4.2.1) in s,
// standing alone; "" when there is none.
func replyCode(s string) string {
	for i := 0; i+3 <= len(s); i++ {
		if s[i] != '4' && s[i] != '5' || i > 0 && !strings.ContainsRune(" \t'\"([:<>#=-", rune(s[i-1])) {
			continue
		}
		if s[i+1] < '0' || s[i+1] > '7' || s[i+2] < '0' || s[i+2] > '9' {
			continue
		}
		if i+3 == len(s) || strings.IndexByte(" \t-:,)]'\"", s[i+3]) >= 0 {
			return s[i : i+3]
		}
	}
	return ""
}

// proseRecipients makes recipients of what the text says. named are those that a
// field names (X-Failed-Recipients); none means that the text has to. guessed tells
// that the text names nobody.
func (p *prose) proseRecipients(m *Mail, returned Header, named []Address) (rs []BounceRecipient, guessed bool) {
	list := p.recipients(returned, slices.Concat(m.From, m.To, m.Cc))
	if len(named) == 0 {
		guessed = len(list) == 0 || list[0].line < 0
	} else {
		list = p.named(named, list)
	}
	action := "failed"
	if p.delayed(m.Subject) {
		action = "delayed"
	}
	taken := map[int]bool{}
	for _, c := range list {
		taken[c.line] = true
	}
	for _, c := range list {
		r := BounceRecipient{Address: c.addr, Action: action}
		p.judge(&r, c, taken)
		rs = append(rs, r)
	}
	return rs, guessed
}

// named makes candidates of addresses, each at the line where the text speaks of it.
func (p *prose) named(as []Address, found []candidate) (list []candidate) {
	at := map[string]int{}
	for _, c := range found {
		at[strings.ToLower(c.addr)] = c.line
	}
	for _, a := range as[:min(len(as), maxBounceRecipients)] {
		c := candidate{addr: a.Addr, line: -1}
		low := strings.ToLower(a.Addr)
		if line, ok := at[low]; ok {
			c.line = line
		} else if lines := p.where[low]; len(lines) > 0 {
			c.line = lines[0]
		}
		list = append(list, c)
	}
	return list
}

// judge fills in why a recipient was not reached, and whether for good.
func (p *prose) judge(r *BounceRecipient, c candidate, taken map[int]bool) {
	why := p.reason(c, taken)
	r.Diagnostic = why.words
	// What fields say stands against the end of a text that speaks of another class.
	if r.Status == "" || why.status != "" && why.status[0] == r.Status[0] {
		r.Status = why.status
	}
	switch {
	case r.Action != "failed":
		r.Permanent = false
	case r.Status != "":
		r.Permanent = permanent(*r)
	case why.code != "":
		r.Permanent = why.code[0] == '5'
	default:
		r.Permanent = !why.old
	}
}

// explain fills in from the text what a machine-readable part does not say.
func (p *prose) explain(r *BounceRecipient) {
	p.judge(r, p.named([]Address{{Addr: r.Address}}, nil)[0], nil)
}
