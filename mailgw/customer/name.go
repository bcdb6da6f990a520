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
	longest        int // words of the longest form
}

// readForms reads legalforms.txt.
func readForms(text string) legalForms {
	f := legalForms{behind: map[string]bool{}, before: map[string]bool{}}
	for line := range strings.Lines(text) {
		tag, list, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		set := f.behind
		if tag == "leading" {
			set = f.before
		}
		for form := range strings.SplitSeq(list, ",") {
			for _, plain := range []bool{false, true} {
				w := words{plain: plain}
				w.fold(compose(form))
				set[string(w.text)] = true
				f.longest = max(f.longest, len(w.list))
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
	for {
		n := w.formBefore(from, to)
		if n == 0 {
			break
		}
		from += n
	}
	for {
		n := w.formBehind(from, to)
		if n == 0 {
			return w, from, to
		}
		to -= n
	}
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

// formBefore is formBehind for forms before a name.
func (w *words) formBefore(from, to int) int {
	for n := min(forms.longest, to-from-1); n > 0; n-- {
		if forms.before[string(w.phrase(from, from+n))] {
			return n
		}
	}
	return 0
}

// formAt returns how many words from i on are a legal form on the same line; 0
// when none.
func (w *words) formAt(i int) int {
	for n := min(forms.longest, len(w.list)-i); n > 0; n-- {
		if w.list[i].before != hardGap && forms.behind[string(w.phrase(i, i+n))] {
			return n
		}
	}
	return 0
}
