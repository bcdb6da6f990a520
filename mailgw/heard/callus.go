package heard

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// What may stand below the line that names a company: a greeting and a signature.
const (
	maxBelowLines = 6
	maxBelowRunes = 80
)

// CallUs reads the mail that a link of ours has written, when a customer has put in
// how they want to be called: "Call us: Spectra Lab", in any of our languages. ok is
// false when the first line is none, or when more stands below it than who signs:
// then it is a mail to people. The name may be empty, or anything.
func CallUs(words string) (name string, ok bool) {
	first, below := true, 0
	for line := range strings.Lines(words) {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
		case first && line[0] == '>':
			return "", false
		case first:
			first = false
			lead, rest, found := strings.Cut(strings.ReplaceAll(line, "：", ":"), ":")
			if !found || !slices.Contains(callLeads[:], joinedWords(lead)) {
				return "", false
			}
			name = strings.TrimSpace(strings.Trim(strings.TrimSpace(rest), `"“”„«»‹›`))
		default:
			if below++; below > maxBelowLines || utf8.RuneCountInString(line) > maxBelowRunes || strings.ContainsAny(line, "?？") {
				return "", false
			}
		}
	}
	return name, !first
}

// joinedWords are the words of a text, folded, with a space between.
func joinedWords(s string) string {
	var out []string
	for _, w := range verdictWords(s) {
		out = append(out, w.text)
	}
	return strings.Join(out, " ")
}

// callLeads are what the links write, in each language, and what people make of it.
var callLeads = [...]string{
	"call us", "please call us", "our name", "nennen sie uns", "nennt uns", "bitte nennen sie uns", "unser name", "appelez nous", "notre nom", "chiamateci", "il nostro nome",
	"llamennos", "llamenos", "nuestro nombre", "chamem nos", "chame nos", "o nosso nome", "noem ons", "onze naam", "prosimy nazywac nas", "nazywajcie nas", "nasza nazwa",
}

// Agrees reads a yes or a no to a question that can be answered by it: what the text
// begins with. In doubt it is Unclear.
func Agrees(words string) Verdict {
	w := verdictWords(words[:min(len(words), 200)])
	if len(w) == 0 {
		return Unclear
	}
	switch {
	case slices.Contains(yesWords[:], w[0].text):
		return Yes
	case slices.Contains(noWords[:], w[0].text):
		return No
	}
	return Unclear
}

var (
	yesWords = [...]string{"yes", "ja", "oui", "si", "sim", "tak", "ok", "okay", "👍", "✅"}
	noWords  = [...]string{"no", "nein", "non", "nao", "nee", "nie", "👎", "❌"}
)

// TakesBack tells the words that a link of ours writes to take a step back, in any of
// our languages.
func TakesBack(words string) bool {
	first, _, _ := strings.Cut(strings.TrimSpace(words), "\n")
	return slices.Contains(backWords[:], joinedWords(first))
}

var backWords = [...]string{"take it back", "zurucknehmen", "annuler", "annullare", "deshacer", "anular", "terugdraaien", "cofnac", "undo"}
