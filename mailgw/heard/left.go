package heard

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Departure is what somebody says of people who leave a company.
type Departure struct {
	// Self says that the writer is the one who left.
	Self bool
	// Name is who left, as they are called: "Maria"; "" when the words do not say.
	Name string
	// TakesOver says that the writer takes over from them.
	TakesOver bool
	// Addresses are those that the words name: of whom to write to instead, or of who left.
	Addresses []string
	// Words is the sentence that says so.
	Words string
}

// The most of a mail that is read for it.
const (
	maxLeftBytes     = 4 << 10
	maxLeftAddresses = 4
)

// Left reads that somebody has left their company: "Maria left, I'm taking over",
// "Ich habe die Firma verlassen", "Paul no longer works here". Somebody who has left
// for today, or for lunch, has not. It is for a person to decide on.
func Left(words string) (d Departure, ok bool) {
	list := clauses(words, maxLeftBytes)
	for i := range list {
		c := &list[i]
		if ok {
			break
		}
		d.Self, d.Name, ok = c.departure()
		if ok {
			d.Words = strings.Join(c.words, " ")
		}
	}
	if !ok {
		return Departure{}, false
	}
	for i := range list {
		text := " " + strings.Join(list[i].plain, " ") + " "
		d.TakesOver = d.TakesOver || slices.ContainsFunc(takingOver[:], func(s string) bool { return strings.Contains(text, " "+s+" ") })
	}
	for _, a := range addressLike().FindAllString(words[:min(len(words), maxLeftBytes)], maxLeftAddresses) {
		if a = strings.ToLower(strings.TrimRight(a, ".")); !slices.Contains(d.Addresses, a) {
			d.Addresses = append(d.Addresses, a)
		}
	}
	return d, true
}

// addressLike finds addresses; it is a constant that Go cannot write as one.
var addressLike = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`[\pL\pN._%+-]+@[\pL\pN-]+(\.[\pL\pN-]+)+`)
})

// departure reads one clause: whether it is the writer, else who.
func (c *clause) departure() (self bool, name string, ok bool) {
	text := " " + strings.Join(c.plain, " ") + " "
	if slices.ContainsFunc(notForGood[:], func(s string) bool { return strings.Contains(text, " "+s+" ") }) || strings.HasSuffix(c.words[len(c.words)-1], "?") {
		return false, "", false
	}
	for _, s := range selfLeft {
		if at := strings.Index(text, " "+s+" "); at >= 0 && c.forGood(strings.Count(text[:at+1], " ")-1+strings.Count(s, " ")) {
			return true, "", true
		}
	}
	for _, s := range otherLeft {
		at := strings.Index(text, " "+s+" ")
		if at < 0 {
			continue
		}
		i := strings.Count(text[:at+1], " ") - 1
		if name := c.named(i); name != "" && c.forGood(i+strings.Count(s, " ")) {
			return false, name, true
		}
	}
	return false, "", false
}

// forGood tells whether word i says that somebody has left, and not something: "left
// the report". Other verbs than these say what was left themselves.
func (c *clause) forGood(i int) bool {
	if !slices.Contains(bareLeft[:], c.plain[i]) {
		return true
	}
	if last := i+1 == len(c.plain); last || strings.ContainsRune(",:)", rune(c.words[i][len(c.words[i])-1])) {
		return c.plain[i] != "works"
	}
	return slices.Contains(behindLeft[:], c.plain[i+1]) || i+2 < len(c.plain) && slices.Contains(behindLeft[:], c.plain[i+1]+" "+c.plain[i+2])
}

// named are the words with capitals before word i: somebody's name. Titles and what
// a colleague is called are left out, and an address between the name and word i.
func (c *clause) named(i int) string {
	var out []string
	for j := i - 1; j >= 0 && len(out) < maxNameWords; j-- {
		if len(out) == 0 && j > 0 && strings.Contains(c.words[j], "@") {
			continue
		}
		if len(out) > 0 && strings.HasSuffix(c.words[j], ",") {
			break
		}
		if len(out) > 0 && j > 0 && slices.Contains(particles[:], c.words[j]) && startsUpper(c.words[j-1]) {
			out = append([]string{c.words[j]}, out...)
			continue
		}
		if slices.Contains(articles[:], c.plain[j]) || strings.HasPrefix(c.plain[j], "l'") { // a thing's
			return ""
		}
		if !startsUpper(c.words[j]) || slices.Contains(noNames[:], c.plain[j]) {
			break
		}
		out = append([]string{strings.TrimFunc(c.words[j], unicode.IsPunct)}, out...)
	}
	return strings.Join(out, " ")
}

// startsUpper tells whether a word begins with a capital.
func startsUpper(w string) bool {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(w, unicode.IsPunct))
	return unicode.IsUpper(first)
}
