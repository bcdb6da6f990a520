package letter

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of what is read of a delivery report that is written for people.
const (
	proseBytes = 64 << 10
	proseLines = 1000
	proseNamed = 8  // addresses of one line that are looked at
	proseBlock = 12 // lines below an address that say why
)

// rank is how plainly a line says that an address is a recipient that was not
// reached; more is surer.
type rank int

const (
	rankNamed  rank = iota + 1 // it stands somewhere in a sentence
	rankFailed                 // ... that says that something failed, or ends with the address
	rankLabel                  // behind a label: "RCPT TO:<a@b>", "Unknown user: a@b"
	rankFirst                  // it begins its line: "<a@b>: host said: 550 no such user"
)

// candidate is an address in a report.
type candidate struct {
	addr string
	line int // in prose.lines
	rank rank
	role bool // it belongs to who runs a mail system
}

// prose is a delivery report as people read it: what the server says, without the
// mail that it returns below.
type prose struct {
	lines    []string
	low      []string // lines in lower case
	returned Header   // of the mail below, as far as the text shows it
	below    string   // that mail, with its header
	status   []byte   // fields of RFC 3464 §2 that stand in the text
	found    []candidate
	where    map[string][]int // lines that hold an address, the first few, by address in lower case
	whole    *reason          // what all of the text says; nil until somebody asks
	steps    int              // bytes that were looked at, for the tests
}

// readProse takes a report's text apart.
func readProse(text string) *prose {
	p := &prose{}
	text = cutRunes(text, proseBytes)
	pos := 0
	for n := 0; pos < len(text) && n < proseLines; n++ {
		line, next := nextLine(text, pos)
		p.steps += next - pos
		if name := returnedField(line); name != "" && p.startsReturned(name, text[pos:]) {
			p.below = text[pos:]
			p.returned, _ = readHeader([]byte(p.below), proseBytes, func(string) {})
			break
		}
		p.lines = append(p.lines, line)
		p.low = append(p.low, strings.ReplaceAll(strings.ToLower(line), "’", "'"))
		pos = next
	}
	p.readFields()
	p.index()
	return p
}

// index notes where each address stands.
func (p *prose) index() {
	p.where = map[string][]int{}
	for i, low := range p.low {
		end := 0
		for range proseNamed {
			var start int
			if start, end = nextAddress(low, end); start < 0 {
				break
			}
			if addr := low[start:end]; len(p.where[addr]) < proseBlock {
				p.where[addr] = append(p.where[addr], i)
			}
		}
	}
}

// returnedFields begin the header of a mail that a report returns.
var returnedFields = []string{"received", "return-path", "message-id", "dkim-signature", "from", "to", "cc", "subject", "date", "sent", "mime-version", "x-mailer", "x-apparently-to", "content-type"}

// returnedField returns the name of such a field when the line is one, in lower case.
func returnedField(line string) string {
	const longest = 15
	colon := fieldColon(line)
	if colon <= 0 || colon > longest+1 {
		return ""
	}
	name := strings.ToLower(strings.TrimRight(line[:colon], " \t"))
	if !slices.Contains(returnedFields, name) {
		return ""
	}
	return name
}

// startsReturned tells whether a mail's header begins at rest, which begins with
// the field name. Trace fields are in no report; of others, several of a mail that
// is more than named have to stand together.
func (p *prose) startsReturned(name, rest string) bool {
	const enough = 4
	if name == "sent" {
		return false
	}
	seen := 0
	for pos, n := 0, 0; pos < len(rest) && n < 2*enough; n++ {
		line, next := nextLine(rest, pos)
		p.steps += next - pos
		switch name := returnedField(line); {
		case name == "received" || name == "return-path" || name == "dkim-signature":
			return true
		case name != "":
			seen++
		case line == "" || line[0] != ' ' && line[0] != '\t' && fieldColon(line) <= 0:
			return seen >= enough
		}
		pos = next
	}
	return seen >= enough
}

// readFields keeps the fields of RFC 3464 §2 that stand in the text, as some
// reports have them whose parts got lost.
func (p *prose) readFields() {
	for i, low := range p.low {
		if dsnField(strings.TrimLeft(low, " \t")) {
			indent := len(low) - len(strings.TrimLeft(low, " \t"))
			var b strings.Builder
			for _, line := range p.lines[i:] {
				b.WriteString(strings.TrimPrefix(line, strings.Repeat(" ", indent)))
				b.WriteByte('\n')
			}
			p.status = []byte(b.String())
			return
		}
	}
}

// dsnField tells the first field of a group of RFC 3464 §2.
func dsnField(low string) bool {
	for _, name := range []string{"reporting-mta:", "final-recipient:", "original-recipient:", "action:"} {
		if strings.HasPrefix(low, name) {
			return true
		}
	}
	return false
}

// recipients returns the recipients that the report is about. returned is the
// header of the mail that came back; others are never recipients: who sent the
// report, and who gets it.
func (p *prose) recipients(returned Header, others []Address) []candidate {
	if len(p.returned.fields) > 0 && len(returned.fields) == 0 {
		returned = p.returned
	}
	to, not := map[string]bool{}, map[string]bool{}
	for _, name := range []string{"To", "Cc", "X-HmXmrOriginalRecipient", "X-Apparently-To"} {
		addAddresses(to, ParseAddresses(capped(returned.Get(name))))
	}
	for _, name := range []string{"From", "Sender", "Return-Path"} {
		addAddresses(not, ParseAddresses(capped(returned.Get(name))))
	}
	addAddresses(not, others)
	p.find(to, not)
	for _, want := range []rank{rankFirst, rankLabel, rankFailed} {
		if best := p.of(want, false); len(best) > 0 {
			return best
		}
	}
	var named []candidate
	for _, c := range p.found {
		if to[strings.ToLower(c.addr)] {
			named = append(named, c)
		}
	}
	if len(named) > 0 {
		return named
	}
	if best := p.of(rankFirst, true); len(best) > 0 {
		return best
	}
	// Nobody else can be meant when the mail had one recipient.
	if len(to) == 1 {
		for addr := range to {
			return []candidate{{addr: addr, line: -1}}
		}
	}
	return p.of(rankNamed, false)
}

// of returns the candidates of that rank.
func (p *prose) of(want rank, role bool) (all []candidate) {
	for _, c := range p.found {
		if c.rank == want && c.role == role {
			all = append(all, c)
		}
	}
	return all
}

// addAddresses adds them in lower case.
func addAddresses(set map[string]bool, as []Address) {
	for _, a := range as {
		set[strings.ToLower(a.Addr)] = true
	}
}

// find looks at each line's addresses. Each is kept where it stands plainest.
func (p *prose) find(to, not map[string]bool) {
	at := map[string]int{} // index in found, by address in lower case
	for i, line := range p.lines {
		if skipLine(p.low[i]) {
			continue
		}
		rest, from := line, 0
		for range proseNamed {
			start, end := nextAddress(rest, from)
			if start < 0 {
				break
			}
			addr := rest[start:end]
			from = end
			r := p.rank(i, start, end)
			low := strings.ToLower(addr)
			known := to[low]
			if r == 0 || not[low] && !known {
				continue
			}
			k, had := at[low]
			switch {
			case !had && len(p.found) < maxBounceRecipients:
				at[low] = len(p.found)
				p.found = append(p.found, candidate{addr, i, r, !known && machine.role.begin(addr)})
			case had && p.found[k].rank < r:
				p.found[k].line, p.found[k].rank = i, r
			}
		}
	}
}

// skipLine tells lines whose addresses are none of recipients: quoted mail, and
// ids. What a server's dialogue says (">>> RCPT TO:<a@b>") counts.
func skipLine(low string) bool {
	low = strings.TrimLeft(low, " \t")
	if strings.HasPrefix(low, ">") && !strings.HasPrefix(low, ">>>") {
		return true
	}
	for _, w := range []string{"message-id", "message id", "message identifier", "content-id", "x-"} {
		if strings.HasPrefix(low, w) {
			return true
		}
	}
	return false
}

// rank judges an address by what stands around it; 0 means that it is no recipient.
func (p *prose) rank(i, start, end int) rank {
	const openers = " \t<>\"'`*-•·([{|.,"
	p.steps += len(p.lines[i])
	line, low := p.lines[i], p.low[i]
	before := line[:start]
	lead := strings.Trim(before, openers)
	if lead == "" {
		return rankFirst
	}
	if len(lead) >= 3 && replyCode(lead[:3]) != "" && strings.IndexFunc(lead, unicode.IsLetter) < 0 {
		return rankLabel // "550 5.1.1 <a@b>... User unknown"
	}
	label := strings.TrimRight(before, " \t<\"'([")
	if strings.HasSuffix(strings.ToLower(label), "mailto:") || machine.contact.in(low) != "" {
		return 0
	}
	switch lastWord(label) {
	case "from", "sender", "by", "id", "originator":
		return 0
	}
	if strings.HasSuffix(label, ":") || strings.HasSuffix(label, "=") || strings.HasSuffix(label, ";") {
		return rankLabel
	}
	switch {
	case replyCode(low) != "", machine.failed.in(low) != "":
		return rankFailed
	case strings.Trim(line[end:], " \t>\"')]}.:;,") == "":
		return rankFailed
	}
	return rankNamed
}

// lastWord returns the last word of s in lower case, without the colon behind it.
func lastWord(s string) string {
	s = strings.TrimRight(s, " \t:=<")
	return strings.ToLower(s[strings.LastIndexAny(s, " \t(,;")+1:])
}

// nextAddress returns where the next address of a line lies at or after from, or
// -1. It is stricter than the parser of headers: this is anybody's text.
func nextAddress(s string, from int) (start, end int) {
	const longest = 64 // RFC 5321 §4.5.3.1.1: octets of a local part
	for {
		i := strings.IndexByte(s[from:], '@')
		if i < 0 {
			return -1, -1
		}
		at := from + i
		start, end = at, at+1
		for start > from && at-start < longest && inLocal(s[start-1]) {
			start--
		}
		for start < at && !utf8.RuneStart(s[start]) { // the longest may end within a character
			start++
		}
		if i := strings.LastIndexFunc(s[start:at], wideSign); i >= 0 {
			_, n := utf8.DecodeRuneInString(s[start+i:])
			start += i + n
		}
		for end < len(s) && (inDomain(s[end]) || s[end] >= 0x80) {
			end++
		}
		from = at + 1
		for end > at+1 && (s[end-1] == '.' || s[end-1] == '-') {
			end--
		}
		for start < at && strings.IndexByte("'`.=/|", s[start]) >= 0 && (start == 0 || s[start-1] != '<') {
			start++
		}
		domain := s[at+1 : end]
		if start == at || domain == "" || domain[0] == '.' || strings.Contains(domain, "..") || !strings.ContainsFunc(domain, notDigit) {
			continue
		}
		if strings.IndexByte(domain, '.') < 0 && (start == 0 || s[start-1] != '<') {
			continue
		}
		if strings.IndexFunc(s[start:end], unseen) >= 0 {
			continue
		}
		return start, end
	}
}

// wideSign tells the punctuation of East Asian texts, which stands against addresses
// without a space.
func wideSign(r rune) bool {
	return 0x3000 <= r && r <= 0x303f || 0xff00 <= r && r <= 0xff20 && unicode.IsPunct(r) || r == '“' || r == '”' || r == '…' || r == '《'
}

// unseen tells what no address has: controls and spaces beyond the ASCII one.
func unseen(r rune) bool { return invisible(r) < 0 }

// notDigit tells what makes a domain more than numbers.
func notDigit(r rune) bool { return r > '9' }

// inLocal tells what an address has before its "@".
func inLocal(c byte) bool {
	return isLetter(c) || '0' <= c && c <= '9' || c >= 0x80 || strings.IndexByte("!#$%&'*+-/=?^_`{|}~.", c) >= 0
}
