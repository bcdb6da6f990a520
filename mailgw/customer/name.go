package customer

import (
	_ "embed" // the table of legal forms
	"strings"
)

// legalFormText is the table of legal forms by country.
//
//go:embed legalforms.txt
var legalFormText string

// forms is the table, folded.
var forms = readForms(legalFormText)

// legalForms are the forms that stand behind and before a name, as folded phrases.
type legalForms struct {
	behind, before map[string]bool
	alone          map[string]string // those before a name that has no form behind it, and the form that may stand there all the same
	moved          map[string]bool   // those that stand on either side, and are words of names elsewhere
	ordinary       map[string]bool   // those that are words of a language in small letters
	longest        int               // words of the longest form
	starts         [256]uint64       // first byte of a form's first word -> bit n: there is one of n bytes
}

// readForms reads legalforms.txt.
func readForms(text string) legalForms {
	f := legalForms{behind: map[string]bool{}, before: map[string]bool{}, alone: map[string]string{}, moved: map[string]bool{}, ordinary: map[string]bool{}}
	for tag, list := range uses(text) {
		for _, form := range list {
			form, companion, _ := strings.Cut(form, " + ")
			for k, written := range []string{form, form, strings.ToUpper(form)} {
				w := words{plain: k == 1}
				w.fold(compose(written))
				f.longest = max(f.longest, len(w.list))
				switch folded := string(w.text); tag {
				case "leading":
					f.before[folded] = true
				case "leading-alone":
					f.alone[folded] = companion
				case "moved":
					f.moved[folded] = true
				case "words":
					f.ordinary[folded] = true
				default:
					f.behind[folded] = true
					first, _, _ := strings.Cut(folded, " ")
					f.starts[first[0]] |= startBit(len(first))
				}
			}
		}
	}
	return f
}

// Normalize returns the form in which company names are compared: folded words
// without legal forms. "Müller & Söhne GmbH & Co. KG" is "mueller and soehne".
// Two names are the same company's when they are equal in this form; a name
// that is nothing but a legal form stays whole.
func Normalize(name string) string {
	w, from, to := core(name, false)
	if from == to {
		return ""
	}
	return string(w.phrase(from, to))
}

// core folds a name and returns the range of its words without legal forms.
func core(name string, plain bool) (w words, from, to int) {
	w.plain = plain
	w.fold(compose(name))
	to = len(w.list)
	for n := w.formBehind(from, to); n > 0; n = w.formBehind(from, to) {
		to -= n
	}
	behind := ""
	if to < len(w.list) {
		behind = string(w.phrase(to, len(w.list)))
	}
	for n := w.formBefore(from, to, behind); n > 0; n = w.formBefore(from, to, behind) {
		from += n
	}
	return w, from, to
}

// formBehind returns how many of the last words of [from, to) are a legal form
// that leaves at least one word.
func (w *words) formBehind(from, to int) int {
	for n := min(forms.longest, to-from-1); n > 0; n-- {
		if forms.behind[string(w.phrase(to-n, to))] {
			return n
		}
	}
	return 0
}

// formBefore is formBehind for forms before a name, behind which stands the form
// behind, or "".
func (w *words) formBefore(from, to int, behind string) int {
	for n := min(forms.longest, to-from-1); n > 0; n-- {
		phrase := w.phrase(from, from+n)
		companion, alone := forms.alone[string(phrase)]
		if forms.before[string(phrase)] || alone && (behind == "" || behind == companion || behind == string(phrase)) {
			return n
		}
	}
	return 0
}

// formAt returns how many words from i on are a legal form on the same line; 0
// when none. What is an ordinary word in small letters is none ("Globex as a
// whole"), but for abbreviations ("a.s.").
func (w *words) formAt(i int) int {
	if word := w.phrase(i, i+1); forms.starts[word[0]]&startBit(len(word)) == 0 {
		return 0
	}
	for n := min(forms.longest, len(w.list)-i); n > 0; n-- {
		first, phrase := w.list[i], w.phrase(i, i+n)
		if first.before.ends() || first.before == glueGap || !forms.behind[string(phrase)] {
			continue
		}
		if !first.small || first.dotted || !forms.ordinary[string(phrase)] {
			return n
		}
	}
	return 0
}
