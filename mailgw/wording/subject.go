package wording

import "strings"

// replySubject is the customer's subject with one "Re:" before it; a subject
// that is a reply already, in whatever client's language, stays as it is: it is
// theirs, and clients group a conversation by it.
func replySubject(subject string) string {
	if subject == "" || isReply(subject) {
		return subject
	}
	return cut("Re: "+subject, maxSubject)
}

// isReply reports whether a subject begins with a reply prefix such as "Re:",
// "AW:", "RE[2]:" or "回复：".
func isReply(subject string) bool {
	subject = strings.Replace(subject, "：", ":", 1)
	word, _, found := strings.Cut(subject, ":")
	if !found || len(word) > 12 {
		return false
	}
	word, _, _ = strings.Cut(word, "[")
	word, _, _ = strings.Cut(word, "(")
	switch strings.ToLower(strings.TrimSpace(word)) {
	case "re", "aw", "antw", "antwort", "sv", "vs", "ref", "rif", "r", "res", "rép", "odp", "ynt", "回复", "答复", "回覆", "返信":
		return true
	}
	return false
}

// person is a display name to greet somebody with, or "" when the words are
// none: an address or a link that somebody wants us to send on, a sentence.
func person(name string) string {
	name = strings.Trim(line(name, 2*maxName), `"' `)
	if len([]rune(name)) > maxName || strings.ContainsAny(name, `@<>/\:;[]{}|#=`) || dotted(name) {
		return ""
	}
	// "Rossi, Maria" is how directories sort, not how people greet.
	if last, first, ok := strings.Cut(name, ", "); ok && len(first) > 3 && !strings.ContainsAny(first, ",.") {
		name = first + " " + last
	}
	return strings.TrimRight(name, ",! ")
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
