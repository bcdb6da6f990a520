package agent

import (
	"slices"
	"strings"

	"supportgw/mailgw/letter"
)

// why is how agents ask for the reasons, in lower case.
var why = []string{"", "why", "warum", "wieso", "weshalb", "pourquoi", "por qué", "por que", "porqué", "porquê", "perché", "perche", "waarom", "dlaczego"}

// asks tells whether a reply's words are no more than "?" or "Why?", the agent's
// signature and the client's line apart.
func asks(lines []string, name string) bool {
	plain := make([]string, len(lines))
	for i, l := range lines {
		plain[i] = fold(l)
	}
	said := ""
	for _, l := range plain[:signature(plain, name)] {
		switch {
		case l == "" || letter.IsDeviceLine(l):
		case said != "":
			return false
		default:
			said = l
		}
	}
	return isWhy(said)
}

// isWhy tells whether a folded line is such a question. Without a mark it is words.
func isWhy(plain string) bool {
	const signs = "#?¿!*_`\\. "
	if !strings.ContainsAny(plain, "?¿") && !strings.HasPrefix(unwrapped(plain), "#") {
		return false
	}
	word := strings.ToLower(strings.Trim(plain, signs))
	return slices.Contains(why, word) && (word != "" || strings.ContainsAny(plain, "?¿"))
}
