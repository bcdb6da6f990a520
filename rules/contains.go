package rules

// Contains reports for each phrase whether a text contains it, as `contains` in a
// match does: whole words, folded for case and accents. The phrases are searched
// in one pass, whatever their number; what lies behind [MaxTextBytes] is not
// looked at. A phrase without a letter or a digit is contained in no text.
func Contains(text string, phrases []string) []bool {
	out := make([]bool, len(phrases))
	if text == "" || len(phrases) == 0 {
		return out
	}
	p := newPhrases()
	for i, phrase := range phrases {
		if folded := foldString(cut(phrase, MaxTextBytes)); hasWord(folded) {
			p.add(folded, int32(i))
		}
	}
	p.finish()
	var f folder
	known := make([]truth, len(phrases))
	p.scan(f.append(nil, cut(text, MaxTextBytes)), known, make([]bool, len(p.out)))
	for i, t := range known {
		out[i] = t == yes
	}
	return out
}

// HasWord reports whether a phrase has a letter or a digit, by which texts can
// contain it.
func HasWord(phrase string) bool { return hasWord(foldString(phrase)) }

func hasWord(folded string) bool {
	start, _ := nextWord([]byte(folded), 0)
	return start < len(folded)
}
