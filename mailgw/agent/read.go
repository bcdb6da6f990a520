package agent

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Read takes the commands out of words, the new text of an agent's reply.
//
// Commands stand on the first lines, before any other word; empty lines between
// them don't matter, nor does what clients make of them: indentation, no-break
// and invisible spaces, full-width letters, emphasis, a period at the end. Each
// begins with # and a letter; a line may hold several. "#1", "# heading" and "#"
// are words. A line further down that begins with a known command is misplaced:
// what follows it might have been meant for the house alone. Words that name
// three commands are what is left of a notice, and count as misplaced too; so do
// those that begin with "# note", and those that hold #note or #only anywhere.
//
// No line with a command is left in the words.
func Read(words string, names Names) Reply {
	var r Reply
	var kept []string
	leading := true
	for _, line := range splitLines(words) {
		plain := fold(line)
		switch {
		case plain == "":
			if !leading {
				kept = append(kept, "")
			}
		case leading && commandName(unwrapped(plain)) != "":
			r.take(unwrapped(plain), strings.TrimSpace(line), names)
		case misplaced(plain, names):
			r.Misplaced = append(r.Misplaced, strings.TrimSpace(line))
		default:
			leading = false
			kept = append(kept, strings.TrimRight(line, " \t\u00a0"))
		}
	}
	if line := aside(kept, names); line != "" {
		r.Misplaced = append(r.Misplaced, line)
	}
	r.Words = joinLines(kept)
	return r
}

// aside finds among the words the line that makes them doubtful although no line
// of them is a command: what is left of a notice, or a sign that they were meant
// for the house. "" when there is none.
func aside(lines []string, names Names) string {
	if line := manual(lines, names); line != "" {
		return line
	}
	first := true
	for i, line := range lines {
		plain := fold(line)
		if namesPrivate(plain) || first && spacedNote(plain, lines[i+1:]) {
			return strings.TrimSpace(line)
		}
		first = first && plain == ""
	}
	return ""
}

// namesPrivate tells whether #note or #only stands anywhere in a folded line, in
// brackets, behind a greeting, or in a cell behind another. In a link it does not
// count.
func namesPrivate(plain string) bool {
	for i := 0; i < len(plain); i++ {
		if plain[i] != '#' {
			continue
		}
		if before, _ := utf8.DecodeLastRuneInString(plain[:i]); i > 0 && (unicode.In(before, unicode.Letter, unicode.Digit) || strings.ContainsRune("/?&=", before)) {
			continue
		}
		name := strings.ToLower(commandName("#" + strings.TrimLeft(plain[i:], "#-–_*.:")))
		if name == Note || name == Only {
			return true
		}
	}
	return false
}

// spacedNote tells whether words begin with "# note": a phone puts a space, or a
// line, behind the sign. Further down it is a heading.
func spacedNote(plain string, next []string) bool {
	rest, ok := strings.CutPrefix(plain, "#")
	if rest = strings.TrimLeft(rest, "# "); ok && rest == "" && len(next) > 0 {
		rest = fold(next[0])
	}
	return ok && strings.ToLower(commandName("#"+rest)) == Note
}

// manual finds what is left of a notice whose quotation nobody recognised: it
// says how to answer, and no words for a customer name three commands. It
// returns the line with the third, "" when there is none.
func manual(lines []string, names Names) string {
	const many = 3
	seen := map[string]bool{}
	for _, line := range lines {
		if !strings.ContainsAny(line, "#＃﹟") {
			continue
		}
		plain := fold(line)
		for i := strings.IndexByte(plain, '#'); i >= 0; {
			if name := strings.ToLower(commandName(plain[i:])); names.has(name) {
				seen[name] = true
			}
			if len(seen) == many {
				return strings.TrimSpace(line)
			}
			next := strings.IndexByte(plain[i+1:], '#')
			if next < 0 {
				break
			}
			i += 1 + next
		}
	}
	return ""
}

// take reads all commands of one line. What follows a command up to the next one
// is its argument.
func (r *Reply) take(plain, line string, names Names) {
	for plain != "" {
		name := commandName(plain)
		rest := plain[1+len(name):]
		end := nextCommand(rest, strings.ToLower(name) == Note, names)
		c := Command{Name: strings.ToLower(name), Line: line}
		c.Arg = argument(c.Name, rest[:end])
		plain = rest[end:]
		if names.has(c.Name) {
			r.Commands = append(r.Commands, c)
			continue
		}
		c.Meant = nearest(c.Name, names)
		r.Unknown = append(r.Unknown, c)
	}
}

// nextCommand returns where in s the next command of the line begins, len(s) when
// none does. Behind words of a note only a known one counts: "#friday" may be one
// of them.
func nextCommand(s string, note bool, names Names) int {
	for i := 0; i < len(s); i++ {
		if s[i] != '#' || !spaceBefore(s, i) {
			continue
		}
		next := strings.ToLower(commandName(s[i:]))
		if next != "" && (!note || names.has(next) || strings.Trim(s[:i], " .,;:") == "") {
			return i
		}
	}
	return len(s)
}

// argument cleans what follows a command. A note keeps its punctuation.
func argument(name, s string) string {
	s = strings.TrimSpace(strings.TrimLeft(s, " .,;:!?*_`"))
	if name == Note {
		return s
	}
	return strings.TrimSpace(strings.TrimRight(s, " .,;:!?*_`"))
}

// spaceBefore tells whether s[i] begins a word.
func spaceBefore(s string, i int) bool {
	return i == 0 || strings.IndexByte(" .,;:*_`", s[i-1]) >= 0
}

// commandName returns the name after the # that a folded line begins with, in
// the writer's case; "" when the line begins with no command.
func commandName(plain string) string {
	if plain == "" || plain[0] != '#' {
		return ""
	}
	n := 1
	for i, r := range plain[1:] {
		if !unicode.IsLetter(r) && (i == 0 || !unicode.In(r, unicode.Digit, unicode.Mark) && r != '-' && r != '_') {
			break
		}
		n = 1 + i + utf8.RuneLen(r)
	}
	return strings.TrimRight(plain[1:n], "-_")
}

// misplaced tells whether a folded line begins with a known command, also behind
// marks of quotation and lists. "# note" alone counts too: a phone may have put
// the space there.
func misplaced(plain string, names Names) bool {
	plain = strings.TrimLeft(plain, " >|*_`\\-–—•·")
	if name := commandName(plain); name != "" {
		return names.has(strings.ToLower(name))
	}
	rest, ok := strings.CutPrefix(plain, "#")
	if !ok {
		return false
	}
	name, arg, _ := strings.Cut(strings.Trim(rest, " .,;:!#*_`"), " ")
	name = strings.ToLower(name)
	return names.has(name) && (arg == "" || name == Assign && !strings.Contains(strings.TrimSpace(arg), " "))
}
