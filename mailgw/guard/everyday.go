package guard

import (
	_ "embed" // words of everyday mail
	"strings"
)

// everydayText lists words that stand in everybody's mail.
//
//go:embed everyday.txt
var everydayText string

// everyday are those of everyday.txt, folded.
var everyday = readEveryday(everydayText)

// readEveryday reads words, a space between them; lines that begin with # are for readers.
func readEveryday(text string) map[string]bool {
	out := map[string]bool{}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for _, w := range foldLines([]string{line}).list {
			out[w] = true
		}
	}
	return out
}

// isEveryday reports whether a name is a word that stands in everybody's mail.
func isEveryday(name string) bool {
	list := foldLines([]string{name}).list
	return len(list) == 1 && everyday[list[0]]
}
