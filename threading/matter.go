package threading

import "strings"

// matter is what a subject is about: its words without prefixes and tags, and
// the other systems' tags in it.
type matter struct {
	bare string
	tags []Tag    // of other systems, at most maxTags
	own  []uint64 // the tickets that tags of ours name
}

// matterOf reads a subject. prefixes are those of our desks' tags.
func matterOf(subject string, prefixes []string) matter {
	s := tagScanner{text: subject}
	s.run()
	if len(s.tags) == 0 {
		return matter{bare: BareSubject(subject)}
	}
	var m matter
	var words strings.Builder
	at := 0
	for i := range s.tags {
		t := &s.tags[i]
		words.WriteString(subject[at:t.start])
		words.WriteByte(' ')
		at = t.end
		if n, ok := t.ownTicket(prefixes); ok {
			m.own = append(m.own, n)
		} else if len(m.tags) < maxTags && !m.has(t.Key) {
			m.tags = append(m.tags, *t)
		}
	}
	words.WriteString(subject[at:])
	m.bare = BareSubject(words.String())
	return m
}

// has tells whether the subject has another system's tag with this key.
func (m *matter) has(key string) bool {
	for i := range m.tags {
		if m.tags[i].Key == key {
			return true
		}
	}
	return false
}

// same tells whether two subjects are about one matter: they say the same, and
// where both have tags of other systems, they share one ("[CASE-1] Server down"
// is not "[CASE-2] Server down").
func (m *matter) same(o *matter) bool {
	if len(m.tags) == 0 || len(o.tags) == 0 {
		return SameSubject(m.bare, o.bare)
	}
	for i := range m.tags {
		if o.has(m.tags[i].Key) {
			return strings.EqualFold(m.bare, o.bare)
		}
	}
	return false
}
