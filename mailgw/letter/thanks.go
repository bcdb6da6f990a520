package letter

import (
	"math/bits"
	"strings"

	"supportgw/threading"
)

// OnlyThanks tells whether the mail says thank you, perhaps that all is well, and
// nothing else: no question, number, address, file or new subject, and each word
// of NewText belongs to a greeting, thanks, a confirmation, a farewell or a name,
// in one of the languages of the folder thanks. In doubt it is false.
//
// subjects are those that the matter is known by; the mail's own must be one of
// them, but for prefixes like "Re:". Without them it must have such a prefix, or
// say thank you itself.
func (m *Mail) OnlyThanks(subjects ...string) bool {
	return m.OnlyWords(subjects...) && m.thanksIn(m.NewText)
}

// OnlyWords tells whether the mail is a person's and brings nothing but NewText: no
// file, nothing that is passed on, nothing that could not be read, no new subject.
// subjects are as for [Mail.OnlyThanks].
func (m *Mail) OnlyWords(subjects ...string) bool {
	if m.Kind != Person || m.OldOnly || m.Forwarded != nil || m.unnamed || len(m.Problems) > 0 || !m.oldSubject(subjects) {
		return false
	}
	for _, a := range m.Attachments {
		if !signatureTypes[a.Type] {
			return false
		}
	}
	return true
}

// signatureTypes are files that say who wrote, and nothing else.
var signatureTypes = makeSet("application/pkcs7-signature application/x-pkcs7-signature application/pgp-signature")

// oldSubject tells whether the subject brings nothing new.
func (m *Mail) oldSubject(known []string) bool {
	bare := threading.BareSubject(m.Subject)
	for _, k := range known {
		if threading.SameSubject(bare, threading.BareSubject(k)) {
			return true
		}
	}
	return bare == "" || len(known) == 0 && bare != strings.Join(strings.Fields(m.Subject), " ") || m.thanksIn(m.Subject)
}

// thanksIn tells whether a text says nothing but thanks, in any of the languages
// together with English, which people mix into theirs.
func (m *Mail) thanksIn(text string) bool {
	r := thanksReader{signs: thanksSigns}
	if len(text) > maxThanksBytes || !r.take(text) || len(r.words) == 0 {
		return false
	}
	for i := range thanksTables {
		r.table = &thanksTables[i]
		if r.explain(m) {
			return true
		}
	}
	return false
}

// Longer texts say more than thank you.
const (
	maxThanksBytes = 800
	maxThanksWords = 60 // places before, between and behind them fit into 64 bits
)

// thanksReader finds out whether phrases explain all words of a text.
type thanksReader struct {
	words  []thanksWord
	signs  map[rune]bool // pictures that are friendly
	table  *thanksTable
	own    map[string]bool // names of the writer
	others map[string]bool // names of those written to
}

// places is a set of places between words: bit i is the place before word i.
type places uint64

func (p places) has(i int) bool { return p>>i&1 != 0 }

// explain tells whether phrases, one behind the other, lead from the first word to
// the last, and at least one of them thanks. "Fine" or "it works" alone may be the
// answer to a question that somebody waits for.
func (r *thanksReader) explain(m *Mail) bool {
	var reached, thanked places // behind any phrases; and behind some that thank
	reached = 1
	n := len(r.words)
	for i := range n {
		if !(reached | thanked).has(i) {
			continue
		}
		for _, p := range r.table.first[r.words[i].text] {
			ends := r.ends(p.phrase, 1<<i, i)
			ends |= r.behind(m, p.kind, ends)
			if p.kind == kindThanks {
				thanked |= ends
				continue
			}
			if reached.has(i) {
				reached |= ends
			}
			if thanked.has(i) {
				thanked |= ends
			}
		}
		if thanked.has(i) && r.breaks(i) {
			thanked |= r.known(m, i) // signed with a name
		}
	}
	return thanked.has(n)
}

// ends are the places that a phrase leads to from any of the places at. It does
// not lead across a comma or full stop; start is where the phrase began.
func (r *thanksReader) ends(p thanksPhrase, at places, start int) places {
	for _, e := range p {
		var next places
		if e.optional {
			next = at
		}
		for _, alternative := range e.list {
			next |= r.ends(alternative, at, start)
		}
		if e.list == nil {
			next |= r.over(e.word, at, start)
		}
		if at = next; at == 0 {
			return 0
		}
	}
	return at
}

// over are the places behind a word that stands at any of the places at.
func (r *thanksReader) over(word string, at places, start int) (behind places) {
	for at != 0 {
		i := bits.TrailingZeros64(uint64(at))
		at &^= 1 << i
		if i < len(r.words) && r.words[i].text == word && (i == start || !r.words[i].apart) {
			behind |= 1 << (i + 1)
		}
	}
	return behind
}

// behind are the places behind the names that follow a phrase.
func (r *thanksReader) behind(m *Mail, kind thanksKind, ends places) (named places) {
	for ends != 0 {
		i := bits.TrailingZeros64(uint64(ends))
		ends &^= 1 << i
		switch {
		case i == len(r.words) || r.words[i].apart:
		case kind == kindHello:
			named |= r.greeted(m, i)
		case kind != kindAlso:
			named |= r.known(m, i)
		}
	}
	return named
}

// maxNames is how many words a name has at most.
const maxNames = 4

// greeted is the place behind the name at i, which follows a greeting: one word
// that looks like a name, up to three after a title, or known ones.
func (r *thanksReader) greeted(m *Mail, i int) places {
	limit := 1
	for i < len(r.words) && r.table.titles[r.words[i].text] {
		i, limit = i+1, 3
	}
	from := i
	for i < len(r.words) && i-from < limit && r.words[i].name && (i == from || !r.words[i].apart) && !neverNames[r.words[i].text] {
		i++
	}
	if i > from && r.breaks(i) {
		return 1 << i
	}
	return r.known(m, from)
}

// known is the place behind the names at i, when all of them are the writer's or
// a recipient's and a line or a sentence ends there; else none.
func (r *thanksReader) known(m *Mail, i int) places {
	if r.own == nil {
		r.own, r.others = m.ownNames(), m.otherNames()
	}
	from := i
	for i < len(r.words) && i-from < maxNames && (i == from || !r.words[i].apart) && (r.own[r.words[i].text] || r.others[r.words[i].text]) {
		i++
	}
	if i == from || !r.breaks(i) {
		return 0
	}
	return 1 << i
}

// breaks tells whether a line or a sentence begins at i.
func (r *thanksReader) breaks(i int) bool {
	return i == 0 || i == len(r.words) || r.words[i].apart || r.words[i].line
}
