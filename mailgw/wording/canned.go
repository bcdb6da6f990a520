package wording

import (
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// The facts that a canned answer may show in double braces. Every other name without a
// dot is a place that the agent fills.
const (
	CannedCustomerName    = "customer.name"    // the person who is answered
	CannedCustomerCompany = "customer.company" // the company that the ticket is of
	CannedTicket          = "ticket"           // the ticket's number
	CannedSubject         = "subject"          // the subject of the mail that is answered
	CannedAgentName       = "agent.name"       // who answers
	CannedDeskName        = "desk.name"        // the desk's display name
	CannedPromise         = "promise"          // the time that the customer was told and that is still open
)

// CannedFacts are the names of the facts, sorted.
func CannedFacts() []string {
	return []string{CannedAgentName, CannedCustomerCompany, CannedCustomerName, CannedDeskName, CannedPromise, CannedSubject, CannedTicket}
}

// Canned are an admin's canned answers, each in some languages. LoadCanned makes it and
// nobody changes it; nil and the zero value have none.
type Canned struct {
	answers map[string]map[string]cannedText // by name, then by language in lower case
}

// cannedText is one file.
type cannedText struct {
	tag   string // as language.Tag writes it
	parts []cannedPart
}

// cannedPart is text that stands as it is, or a place.
type cannedPart struct {
	text  string
	place string // "" for text
}

// Names are the names of all canned answers, sorted.
func (c *Canned) Names() []string {
	if c == nil {
		return nil
	}
	return slices.Sorted(maps.Keys(c.answers))
}

// Languages are the languages of one canned answer, sorted; none when there is no such one.
func (c *Canned) Languages(name string) (tags []string) {
	if c == nil {
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(c.answers[name])) {
		tags = append(tags, c.answers[name][key].tag)
	}
	return tags
}

// Nearest is the canned answer whose name an agent probably meant; "" when none is near.
func (c *Canned) Nearest(name string) string {
	const longest = 40 // nobody's slip is longer
	best, least := "", 0
	for _, known := range c.Names() {
		d := slips(name, known)
		switch {
		case len(name) > longest || len(name) < 2:
		case strings.HasPrefix(known, name) || strings.HasPrefix(name, known):
			return known
		case d <= max(1, len(known)/3) && (best == "" || d < least):
			best, least = known, d
		}
	}
	return best
}

// slips counts the letters by which two names differ (Levenshtein).
func slips(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		left := row[0]
		row[0] = i + 1
		for j := range len(b) {
			up := row[j+1]
			cost := left
			if a[i] != b[j] {
				cost++
			}
			row[j+1] = min(cost, up+1, row[j]+1)
			left = up
		}
	}
	return row[len(b)]
}

// CannedFilled is a canned answer with its places filled.
type CannedFilled struct {
	// Text is what goes into the answer; of no use while Missing names anything.
	Text string
	// Language is the one that was taken, as a BCP 47 tag.
	Language string
	// Missing are the places that nothing fills, in the order of the text, each once.
	Missing []string
	// Places are those of this text, in its order, each once.
	Places []string
}

// Fill takes a canned answer in the first of the wanted languages that it has (a region
// counts less than its language), else in the first that there is, and fills its places.
// An empty value fills nothing. ok is false when there is no answer of that name.
func (c *Canned) Fill(name string, wanted []string, values map[string]string) (f CannedFilled, ok bool) {
	if c == nil || len(c.answers[name]) == 0 {
		return f, false
	}
	t := chooseCanned(c.answers[name], wanted)
	f.Language = t.tag
	var b strings.Builder
	for _, p := range t.parts {
		if p.place == "" {
			b.WriteString(p.text)
			continue
		}
		if !slices.Contains(f.Places, p.place) {
			f.Places = append(f.Places, p.place)
		}
		value := strings.TrimSpace(values[p.place])
		if value == "" && !slices.Contains(f.Missing, p.place) {
			f.Missing = append(f.Missing, p.place)
		}
		b.WriteString(value)
	}
	f.Text = b.String()
	return f, true
}

// chooseCanned finds the text for the wanted languages.
func chooseCanned(texts map[string]cannedText, wanted []string) cannedText {
	keys := slices.Sorted(maps.Keys(texts))
	for _, w := range wanted {
		w = strings.ToLower(strings.ReplaceAll(w, "_", "-"))
		if t, ok := texts[w]; ok && w != "" {
			return t
		}
		for _, key := range keys {
			if w != "" && baseOf(key) == baseOf(w) {
				return texts[key]
			}
		}
	}
	return texts[keys[0]]
}

// baseOf is a tag's language without region and script.
func baseOf(tag string) string {
	base, _, _ := strings.Cut(tag, "-")
	return base
}

// SignatureIn is the text of a language among those that an admin wrote by their tags;
// general when none is of that language. A region counts less than its language.
func SignatureIn(texts map[string]string, lang, general string) string {
	lang = strings.ToLower(strings.ReplaceAll(lang, "_", "-"))
	near := ""
	for _, tag := range slices.Sorted(maps.Keys(texts)) {
		switch key := strings.ToLower(tag); {
		case key == lang:
			return texts[tag]
		case near == "" && lang != "" && baseOf(key) == baseOf(lang):
			near = tag
		}
	}
	if near == "" {
		return general
	}
	return texts[near]
}

// canonical is a language tag in its usual form, and whether it is one.
func canonical(tag string) (string, bool) {
	t, err := language.Parse(tag)
	if err != nil || t == language.Und {
		return "", false
	}
	return t.String(), true
}
