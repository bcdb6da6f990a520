package rules

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// The plain evaluator: the language of rules as its documentation says it, word for
// word, without a thought for speed. It shares nothing with the compiled one but the types.

// plainFold folds a whole text, step by step.
func plainFold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		switch {
		case unicode.IsControl(r) || unicode.IsSpace(r):
			b.WriteByte(' ')
		case r == 'ß' || r == 'ẞ':
			b.WriteString("ss")
		case r == 'ø' || r == 'Ø':
			b.WriteByte('o')
		case r == 'æ' || r == 'Æ':
			b.WriteString("ae")
		case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Mn, r) && !unicode.In(r, unicode.Katakana, unicode.Hiragana, unicode.Devanagari, unicode.Thai) && r != '\u3099' && r != '\u309a':
		case r == 'ς':
			b.WriteRune('σ')
		default:
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return strings.Join(strings.Fields(norm.NFC.String(b.String())), " ")
}

// plainWords splits a text into words; those of scripts without spaces are single
// characters.
func plainWordsOf(s string) []string {
	var out []string
	word := ""
	end := func() {
		if word != "" {
			out = append(out, word)
		}
		word = ""
	}
	for _, r := range plainFold(s) {
		switch {
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai):
			end()
			out = append(out, string(r))
		case unicode.IsLetter(r), unicode.IsNumber(r), unicode.IsMark(r):
			word += string(r)
		default:
			end()
		}
	}
	end()
	return out
}

func plainContains(text, phrase string) bool {
	words, wanted := plainWordsOf(text), plainWordsOf(phrase)
	for i := 0; i+len(wanted) <= len(words); i++ {
		if slices.Equal(words[i:i+len(wanted)], wanted) {
			return true
		}
	}
	return false
}

// plainGlobs tries every length for each star.
func plainGlobs(text, pattern []rune) bool {
	if len(pattern) == 0 {
		return len(text) == 0
	}
	if pattern[0] == '*' {
		for i := range len(text) + 1 {
			if plainGlobs(text[i:], pattern[1:]) {
				return true
			}
		}
		return false
	}
	return len(text) > 0 && (pattern[0] == '?' || pattern[0] == text[0]) && plainGlobs(text[1:], pattern[1:])
}

// plainForm answers one form of a match on one text.
func plainForm(form, pattern, text string) bool {
	switch form {
	case "contains":
		return plainContains(text, pattern)
	case "glob":
		return plainGlobs([]rune(plainFold(text)), []rune(plainFold(pattern)))
	case "is":
		return plainFold(text) == plainFold(pattern)
	}
	return regexp.MustCompile(pattern).MatchString(text)
}

// plainEval is one evaluation.
type plainEval struct {
	facts *Facts
	tags  []string       // of the ticket, with those of rules before
	hits  map[string]int // what held, by kind
}

// match answers all forms of a match on texts of which one is enough.
func (p *plainEval) match(kind string, m *Match, texts ...string) bool {
	if m == nil {
		return true
	}
	all := true
	form := func(name string, patterns []string) {
		if patterns == nil {
			return
		}
		held := false
		for _, pattern := range patterns {
			for _, text := range texts {
				held = held || plainForm(name, pattern, text)
			}
		}
		p.count(kind+"."+name, held)
		all = all && held
	}
	form("contains", m.Contains)
	form("glob", m.Glob)
	form("is", m.Is)
	if m.Regexp != "" {
		form("regexp", []string{m.Regexp})
	}
	return all
}

// count notes what was answered.
func (p *plainEval) count(kind string, held bool) bool {
	if held {
		p.hits[kind]++
	} else {
		p.hits["not "+kind]++
	}
	return held
}

func (p *plainEval) between(kind string, r *Range, n int64) bool {
	return r == nil || p.count(kind, (r.AtLeast == nil || n >= *r.AtLeast) && (r.AtMost == nil || n <= *r.AtMost))
}

func (p *plainEval) is(kind string, want *bool, is bool) bool {
	return want == nil || p.count(kind, *want == is)
}

// holds answers a condition; everything is asked, so that all of it is counted.
func (p *plainEval) holds(c *Condition) bool {
	f := p.facts
	all := []bool{
		p.texts(c), p.numbers(c), p.days(c), p.file(c.Attachment),
		p.is("follow_up", c.FollowUp, f.FollowUp),
		p.is("needed_before_due", c.NeededBeforeDue, f.NeededBeforeDue),
		p.is("working_hours", c.WorkingHours, f.WorkingHours),
		p.is("first_contact", c.FirstContact, f.FirstContact),
	}
	if c.Blocked != nil {
		all = append(all, p.count("blocked", *c.Blocked && f.Blocked == Yes || !*c.Blocked && f.Blocked == No))
	}
	if c.Any != nil {
		held := false
		for i := range c.Any {
			held = p.holds(&c.Any[i]) || held
		}
		all = append(all, p.count("any", held))
	}
	for i := range c.All {
		all = append(all, p.count("all", p.holds(&c.All[i])))
	}
	if c.Not != nil {
		all = append(all, p.count("not", !p.holds(c.Not)))
	}
	return !slices.Contains(all, false)
}

func (p *plainEval) texts(c *Condition) bool {
	f := p.facts
	held := true
	for _, t := range []struct {
		kind  string
		m     *Match
		texts []string
	}{
		{"status", c.Status, []string{f.Status}}, {"subject", c.Subject, []string{f.Subject}}, {"words", c.Words, []string{f.Words}},
		{"sender", c.Sender, []string{f.Sender}}, {"name", c.Name, []string{f.Name}}, {"recipient", c.Recipient, some(f.Recipients)},
		{"sender_auth", c.SenderAuth, []string{f.SenderAuth}}, {"customer", c.Customer, append([]string{f.Customer}, f.CustomerAlso...)},
		{"level", c.Level, []string{f.Level}}, {"desk", c.Desk, []string{f.Desk}}, {"tags", c.Tags, some(p.tags)},
		{"language", c.Language, []string{f.Language}}, {"header", c.Header, strings.Split(f.Header, "\n")}, {"scanner", c.Scanner, strings.Split(f.Scanner, "\n")},
	} {
		held = p.match(t.kind, t.m, t.texts...) && held
	}
	return held
}

// some are the texts, or an empty one where there are none.
func some(texts []string) []string {
	if len(texts) == 0 {
		return []string{""}
	}
	return texts
}

func (p *plainEval) numbers(c *Condition) bool {
	f := p.facts
	held := p.between("size", c.Size, f.Size)
	held = p.between("broken_promises", c.BrokenPromises, int64(f.BrokenPromises)) && held
	held = p.between("reopened", c.Reopened, int64(f.Reopened)) && held
	held = p.between("contacts", c.Contacts, int64(f.Contacts)) && held
	if c.Affected != nil && f.Affected == 0 {
		return p.count("affected", false)
	}
	return p.between("affected", c.Affected, f.Affected) && held
}

// days answers day and time, as the few words mean that the generator uses.
func (p *plainEval) days(c *Condition) bool {
	at := p.facts.Local
	minutes := at.Hour()*60 + at.Minute()
	held := true
	if c.Day != nil {
		is := false
		for _, day := range c.Day.List {
			switch low := strings.ToLower(at.Weekday().String()[:3]); day {
			case "mon-fri":
				is = is || low != "sat" && low != "sun"
			case "sat-mon":
				is = is || low == "sat" || low == "sun" || low == "mon"
			default:
				is = is || low == day
			}
		}
		held = p.count("day", is) && held
	}
	if c.Time != nil {
		is := false
		for _, span := range c.Time.List {
			switch span {
			case "08:00-12:30":
				is = is || minutes >= 8*60 && minutes < 12*60+30
			case "22:00-06:00":
				is = is || minutes >= 22*60 || minutes < 6*60
			case "17:00-24:00":
				is = is || minutes >= 17*60
			}
		}
		held = p.count("time", is) && held
	}
	return held
}

// file asks whether all that is asked holds for one file.
func (p *plainEval) file(want *File) bool {
	if want == nil {
		return true
	}
	held := false
	for _, file := range p.facts.Attachments {
		is := p.match("attachment.name", want.Name, file.Name)
		is = p.match("attachment.type", want.Type, file.Type) && is
		is = p.between("attachment.size", want.Size, file.Size) && is
		held = held || is
	}
	return p.count("attachment", held)
}
