package letter

import "strings"

// cutTail takes from the end of the new words what mail programs and companies add:
// "Sent from my phone" and disclaimers. Something is always left.
func cutTail(fresh string) (words, tail string) {
	const most = 60 // lines; more nobody adds
	words = fresh
	for range most {
		rest := words
		if i := lastLine(rest); i > 0 && IsDeviceLine(rest[i:]) {
			rest = strings.TrimSpace(rest[:i])
		} else if i := lastParagraph(rest); i > 0 && isDisclaimer(rest[i:]) {
			rest = cutRule(strings.TrimSpace(rest[:i]))
		}
		if len(rest) == len(words) || rest == "" {
			break
		}
		words = rest
	}
	return words, strings.TrimSpace(fresh[len(words):])
}

// lastLine returns where the last line begins.
func lastLine(s string) int { return strings.LastIndexByte(s, '\n') + 1 }

// lastParagraph returns where the text behind the last empty line begins.
func lastParagraph(s string) int {
	if i := strings.LastIndex(s, "\n\n"); i >= 0 {
		return i + 2
	}
	return 0
}

// isDisclaimer tells a paragraph that says at length what lawyers want to be said:
// three different words of theirs.
func isDisclaimer(p string) bool {
	const shortest, longest, enough = 120, 4 << 10, 3
	if len(p) < shortest || len(p) > longest {
		return false
	}
	low, found := strings.ToLower(p), 0
	for _, w := range quoteWords.legal {
		if strings.Contains(low, w) {
			found++
		}
	}
	return found >= enough
}
