package wording

import (
	"strings"
	"unicode/utf8"
)

// replySubject is the customer's subject with one "Re:" before it; a subject
// that is a reply already, in whatever client's language, stays as it is: it is
// theirs, and clients group a conversation by it.
func replySubject(subject string) string {
	if subject == "" || replyPrefix(subject) > 0 {
		return subject
	}
	return cut("Re: "+subject, maxSubject)
}

// bareSubject is the matter itself, without the reply prefixes before it.
func bareSubject(subject string) string {
	for n := replyPrefix(subject); n > 0; n = replyPrefix(subject) {
		subject = strings.TrimLeft(subject[n:], " ")
	}
	return subject
}

// replyPrefix is the length of a prefix such as "Re:", "AW :", "RE[2]:" or
// "回复：" at the beginning of a subject; 0 when there is none.
func replyPrefix(subject string) int {
	i := strings.IndexAny(subject, ":：")
	if i < 0 || i > 12 {
		return 0
	}
	word := subject[:i]
	if j := strings.IndexAny(word, "[("); j > 0 {
		word = word[:j]
	}
	switch strings.ToLower(strings.TrimSpace(word)) {
	case "re", "aw", "antw", "antwort", "sv", "vs", "ref", "rif", "r", "res", "rép", "odp", "ynt", "回复", "答复", "回覆", "返信":
		_, colon := utf8.DecodeRuneInString(subject[i:])
		return i + colon
	}
	return 0
}

// person is a display name to greet somebody with, or "" when the words are
// none: an address or a link that somebody wants us to send on, a sentence.
func person(name string) string {
	name = strings.Trim(line(name, 2*maxName), `"' `)
	if utf8.RuneCountInString(name) > maxName || strings.ContainsAny(name, `@<>/\:;[]{}|#=!?`) || dotted(name) {
		return ""
	}
	// "Rossi, Maria" is how directories sort, not how people greet. Short ones with
	// a dot or in capitals are titles: "Smith, Jr.", "Smith, PhD".
	if last, given, ok := strings.Cut(name, ", "); ok && len(given) > 3 && !strings.ContainsAny(given, ",.") {
		name = given + " " + last
	}
	return strings.TrimRight(name, ", ")
}

// dotted reports a dot between two letters or digits, as in a host name: mail
// clients make links of those.
func dotted(s string) bool {
	for i := 1; i+2 < len(s); i++ {
		if s[i] == '.' && s[i-1] > ' ' && s[i+1] > ' ' && s[i+2] > ' ' && s[i+2] != '.' {
			return true
		}
	}
	return false
}
