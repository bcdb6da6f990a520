package agent

import (
	"strings"
	"unicode/utf8"

	"supportgw/mailgw/letter"
)

// CleanContext says what is ours, so that [Clean] finds it. Empty fields look
// for nothing.
type CleanContext struct {
	DeskAddresses []string // of all desks, local@domain; tokens and ids are ours in their domains only
	ReplyDomains  []string // domains whose addresses are tokens (token@reply.example.com)
	AgentName     string   // as in the configuration; a line of this name begins the agent's signature
	AgentAddress  string   // local@domain; no customer sees it
	DeskAddress   string   // the plain address that customers may see, put where another one stood
	DeskName      string   // the desk's display name, as it stands in the From of notices
}

// Clean takes out of the agent's words what a customer must not see: tokens, ids
// of our mails, the agent's own address, the line that announced our quoted
// notice, the agent's signature where it begins with the name, a phone's line
// or a farewell when it is all that is left, and lines that [Read] would call a known command. Addresses become the desk's plain one. All
// other words stay as they are. The result has no empty lines around it, and is
// "" when nothing is left.
func Clean(words string, c CleanContext) string {
	o := newOurs(c)
	lines := splitLines(words)
	lines = cutAttributions(lines, c)
	for i, l := range lines {
		lines[i] = o.clean(placeholders(l))
	}
	kept := lines[:0]
	for _, l := range lines {
		if plain := fold(l); !misplaced(plain, Names{}) {
			kept = append(kept, strings.TrimRight(l, " \t\u00a0"))
		}
	}
	cleaned := joinLines(cutSignature(kept, c.AgentName))
	if letter.IsDeviceLine(cleaned) || isFarewell(cleaned) {
		return ""
	}
	return cleaned
}

// placeholders makes readable what Outlook writes for a picture in a plain text:
// "[cid:image001.png@01DB3A.7C]" becomes "[image001.png]", an id without a file's
// name goes.
func placeholders(line string) string {
	for from := 0; ; {
		i := strings.Index(line[from:], "[cid:")
		if i < 0 {
			return line
		}
		i += from
		n := strings.IndexByte(line[i:], ']')
		if n < 0 {
			return line
		}
		name, _, _ := strings.Cut(line[i+len("[cid:"):i+n], "@")
		if name = strings.TrimSpace(name); strings.Contains(name, ".") && !strings.ContainsAny(name, "[#") {
			name = "[" + name + "]"
		} else {
			name = ""
		}
		line, from = line[:i]+name+line[i+n+1:], i+len(name)
	}
}

// The most that a signature below the agent's name has.
const (
	maxSignatureLines = 8
	maxSignatureLine  = 80 // characters
)

// cutSignature cuts a block at the end that begins with the agent's name alone
// on its line. A longer one, or one with long lines, may be words.
func cutSignature(lines []string, name string) []string {
	name = strings.ToLower(fold(name))
	if name == "" {
		return lines
	}
	inked := 0 // lines seen from the end that are not empty
	cut := len(lines)
	for i := len(lines) - 1; i >= 0; i-- {
		plain := fold(lines[i])
		if plain == "" {
			continue
		}
		if inked++; inked > maxSignatureLines || utf8.RuneCountInString(plain) > maxSignatureLine {
			break
		}
		if strings.ToLower(strings.Trim(plain, "*_-–—,. ")) == name {
			cut = i
		}
	}
	return lines[:cut]
}

// maxAttributionLines is over how many lines clients break an attribution.
const maxAttributionLines = 3

// cutAttributions cuts "On … X via Support <support@…> wrote:" where it names
// one of our addresses or the desk. Who else is quoted is the agent's business.
func cutAttributions(lines []string, c CleanContext) []string {
	kept := make([]string, 0, len(lines))
	for i := 0; i < len(lines); {
		if n := attribution(lines[i:], c); n > 0 {
			i += n
			continue
		}
		kept = append(kept, lines[i])
		i++
	}
	return kept
}

// attribution returns over how many lines an attribution of ours runs, 0 when
// the first line begins none.
func attribution(lines []string, c CleanContext) int {
	var plain []string
	for n, l := range lines[:min(len(lines), maxAttributionLines)] {
		p := fold(strings.TrimLeft(l, "> "))
		if p == "" {
			return 0
		}
		plain = append(plain, p)
		if letter.IsAttribution(plain[0], plain[1:]...) {
			if namesUs(strings.Join(plain, " "), c) {
				return n + 1
			}
			return 0
		}
	}
	return 0
}

// namesUs tells whether an attribution is of a mail of ours.
func namesUs(s string, c CleanContext) bool {
	s = strings.ToLower(s)
	if name := strings.ToLower(fold(c.DeskName)); name != "" && strings.Contains(s, name) {
		return true
	}
	for _, list := range [][]string{c.DeskAddresses, {c.DeskAddress, c.AgentAddress}} {
		for _, a := range list {
			local, domain, ok := strings.Cut(strings.ToLower(a), "@")
			if ok && (strings.Contains(s, local+"@"+domain) || strings.Contains(s, local+"+") && strings.Contains(s, "@"+domain)) {
				return true
			}
		}
	}
	for _, d := range c.ReplyDomains {
		if d != "" && strings.Contains(s, "@"+strings.ToLower(d)) {
			return true
		}
	}
	return false
}
