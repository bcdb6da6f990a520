package guard

import "strings"

// phrases looks for what the house does not say. Case, accents, apostrophes, and whether
// words are written as one, with a hyphen or apart does not count.
func (c *checker) phrases() {
	for _, phrase := range c.known.Avoid {
		want := strings.Join(foldLines([]string{phrase}).list, "")
		if want == "" {
			continue
		}
		for i := range c.text.list {
			if begins(c.text.list[i:], want) {
				c.add(Phrase, phrase, c.text.line[i])
			}
		}
	}
}

// Phrases looks for phrases alone in a text that is no answer yet.
func Phrases(text string, avoid []string) []Finding {
	c := checker{known: &Known{Avoid: avoid}, lines: strings.Split(text, "\n")}
	c.text = foldLines(c.lines)
	c.phrases()
	return c.found
}

// begins reports whether words without the spaces between them begin with a text, and one
// of them ends where that ends.
func begins(list []string, want string) bool {
	for _, w := range list {
		rest, ok := strings.CutPrefix(want, w)
		if !ok {
			return false
		}
		if rest == "" {
			return true
		}
		want = rest
	}
	return false
}

// Avoid are the phrases that the house does not say unless its configuration says
// otherwise: that nobody reads an answer, that something comes at no time, and that the
// customer has to know a number; in the languages of the mails.
func Avoid() []string {
	return []string{
		"do not reply", "don't reply", "as soon as possible", "your contract number",
		"bitte nicht antworten", "antworten Sie nicht", "nicht auf diese E-Mail", "nicht auf diese Mail", "so bald wie möglich", "baldmöglichst", "so schnell wie möglich", "Ihre Vertragsnummer", "Ihrer Vertragsnummer",
		"ne pas répondre", "ne répondez pas", "dès que possible", "le plus tôt possible", "votre numéro de contrat",
		"si prega di non rispondere", "non risponda", "il prima possibile", "al più presto", "il suo numero di contratto", "il vostro numero di contratto",
		"no responda", "lo antes posible", "tan pronto como sea posible", "su número de contrato",
		"não responda", "o mais rápido possível", "o mais breve possível", "assim que possível", "o seu número de contrato", "seu número de contrato",
		"niet op deze mail", "niet op deze e-mail", "zo snel mogelijk", "zo spoedig mogelijk", "uw contractnummer",
		"prosimy nie odpowiadać", "jak najszybciej", "tak szybko jak to możliwe", "Państwa numer umowy", "swój numer umowy",
	}
}
