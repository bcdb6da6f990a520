package letter

import (
	"strings"
	"unicode"
)

// verification recognises one-time codes and sign-up mails of other services,
// which somebody had sent to a desk's address. Nobody answers them, and nobody
// but the desk should see them; so a person's mail must never be taken for one.
// All of this is needed: a sender that takes no answers, no thread, no Reply-To
// to somebody else, no address of a third party (web forms send the words of
// people from such senders), no file, a short text, words of such a mail, and a
// code that stands by itself or a link that confirms.
func (c *classifier) verification() bool {
	const longest = 6 << 10 // bytes of text; footers are long
	m := c.mail
	if !takesNoAnswers(m.Author().Addr) || len(m.InReplyTo) > 0 || len(m.References) > 0 || len(m.Attachments) > 0 || len(m.Text) > longest {
		return false
	}
	for _, a := range m.ReplyTo {
		if !strings.EqualFold(a.Addr, m.Author().Addr) && !takesNoAnswers(a.Addr) {
			return false
		}
	}
	text := strings.ToLower(m.Subject + "\n" + m.Text)
	if c.strangers(text) || looksLikeForm(text) {
		return false
	}
	phrase := verificationPhrase(text)
	if phrase == "" {
		return false
	}
	how := ""
	switch {
	case hasLoneCode(text):
		how = "a code"
	case hasConfirmLink(text):
		how = "a link"
	case verificationPhrase(strings.ToLower(m.Subject)) != "" && hasTokenLink(m.Text):
		how = "a link with a token"
	default:
		return false
	}
	return c.is(Verification, "From: "+short(m.Author().Addr)+", "+short(phrase)+" and "+how)
}

// separators stand between the words of a local part.
var separators = strings.NewReplacer("-", "", "_", "", ".", "", "+", "")

// takesNoAnswers tells the address of a sender that takes no answers, by its local
// part without the signs between its letters.
func takesNoAnswers(addr string) bool {
	local, _, ok := strings.Cut(addr, "@")
	if !ok {
		return false
	}
	local = separators.Replace(strings.ToLower(local))
	for _, w := range machine.silent.list {
		if strings.HasPrefix(local, w) || strings.HasSuffix(local, w) {
			return true
		}
	}
	return false
}

// strangers tells whether the text names an address that is neither of the
// sender's domain nor a recipient's.
func (c *classifier) strangers(text string) bool {
	m := c.mail
	_, domain, _ := strings.Cut(strings.ToLower(m.Author().Addr), "@")
	base := lastLabels(domain)
	for from := 0; ; {
		i := strings.IndexByte(text[from:], '@')
		if i < 0 {
			return false
		}
		at := from + i
		from = at + 1
		end := at + 1
		for end < len(text) && inDomain(text[end]) {
			end++
		}
		d := strings.Trim(text[at+1:end], ".-")
		if !strings.Contains(d, ".") || at == 0 || text[at-1] <= ' ' || lastLabels(d) == base || c.sentTo(text[:at], d) {
			continue
		}
		return true
	}
}

// sentTo tells whether the address that ends before's local part, at domain, is
// one of the mail's recipients.
func (c *classifier) sentTo(before, domain string) bool {
	for _, list := range [][]Address{c.mail.To, c.mail.Cc} {
		for _, a := range list {
			local, d, _ := strings.Cut(strings.ToLower(a.Addr), "@")
			if d == domain && strings.HasSuffix(before, local) {
				return true
			}
		}
	}
	return false
}

// lastLabels are the last two labels of a domain: roughly whose it is.
func lastLabels(domain string) string {
	i := strings.LastIndexByte(domain, '.')
	if i < 0 {
		return domain
	}
	return domain[strings.LastIndexByte(domain[:i], '.')+1:]
}

// inDomain tells what a domain is made of.
func inDomain(c byte) bool { return isLetter(c) || '0' <= c && c <= '9' || c == '-' || c == '.' }

// looksLikeForm tells whether a line begins with a label of a web form that passes
// on what somebody wrote.
func looksLikeForm(text string) bool {
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.ReplaceAll(strings.TrimLeft(line, "*> \t"), " :", ":")
		for _, w := range machine.form.list {
			if strings.HasPrefix(line, w) {
				return true
			}
		}
	}
	return false
}

// verificationPhrase returns the first phrase of such a mail that a text, in lower
// case, holds near its beginning, "" when there is none.
func verificationPhrase(text string) string {
	const near = 2 << 10
	text = strings.ReplaceAll(cutRunes(text, near), "’", "'")
	return machine.verification.in(text)
}

// hasLoneCode tells whether a code of 4 to 8 digits stands by itself: alone on
// its line, or at its end behind a colon. "123 456", "123-456" and "G-123456"
// are codes too. A number in somebody's sentence is none, and a year neither.
func hasLoneCode(text string) bool {
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.Trim(line, " \t*_.\u00a0")
		for _, colon := range []string{":", "：", " is ", " ist ", " est ", " es ", " è ", " é ", " to ", " este ", " är ", " er ", " on ", "是", " lautet "} {
			for _, rest, ok := strings.Cut(line, colon); ok; _, rest, ok = strings.Cut(rest, colon) {
				if isCode(clause(rest)) {
					return true
				}
			}
		}
		if isCode(line) {
			return true
		}
		// "123456 is your verification code" is how many subjects say it.
		if first, rest, ok := strings.Cut(line, " "); ok && isCode(first) && len(rest) < 60 && verificationPhrase(rest) != "" {
			return true
		}
	}
	return false
}

// clause returns the words before the first sign that ends a clause.
func clause(s string) string {
	if i := strings.IndexAny(s, ".,;!。，；！"); i >= 0 {
		return s[:i]
	}
	return s
}

// isCode tells such a code.
func isCode(s string) bool {
	s = strings.Trim(s, " \t*_.\u00a0\"'“”„")
	if i := strings.IndexByte(s, '-'); i == 1 && isLetter(s[0]) {
		s = s[2:]
	}
	digits, gaps := 0, 0
	for _, r := range s {
		switch {
		case '0' <= r && r <= '9':
			digits++
		case r == ' ' || r == '-' || r == '\u00a0':
			gaps++
		default:
			return false
		}
	}
	year := digits == 4 && (strings.HasPrefix(s, "19") || strings.HasPrefix(s, "20"))
	// A code is cut once at most, or written with a space after each digit.
	return digits >= 4 && digits <= 8 && (gaps <= 1 || gaps == digits-1) && !year
}

// hasTokenLink tells whether a web address has a token in it, a long word of letters
// and digits, as those have that only one reader is to open.
func hasTokenLink(text string) bool {
	const shortest = 8
	for {
		_, rest, ok := strings.Cut(text, "://")
		if !ok {
			return false
		}
		link := rest
		if end := strings.IndexAny(link, " \t\n<>\"'"); end >= 0 {
			link = link[:end]
		}
		text = rest
		_, path, _ := strings.Cut(link, "/")
		for word := range strings.FieldsFuncSeq(path, func(r rune) bool { return strings.ContainsRune("/?&=#.", r) }) {
			if len(word) >= shortest && strings.ContainsAny(word, "0123456789") && strings.ContainsFunc(word, unicode.IsLetter) {
				return true
			}
		}
	}
}

// hasConfirmLink tells whether a web address says that opening it confirms.
func hasConfirmLink(text string) bool {
	for {
		i := strings.Index(text, "http")
		if i < 0 {
			return false
		}
		link := text[i:]
		if end := strings.IndexAny(link, " \t\n<>\"'"); end >= 0 {
			link = link[:end]
		}
		text = text[i+len(link):] // what is glued to a link is looked at with it
		if _, path, ok := strings.Cut(link, "://"); ok {
			_, path, _ = strings.Cut(path, "/")
			if machine.confirmLink.in(path) != "" {
				return true
			}
		}
	}
}
