package agent

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Read takes the commands out of words, the new text of an agent's reply.
//
// Commands stand on the first lines, before any other word, or on the last, below
// the words; a signature that the client put there, above or below them, does not
// matter. Empty lines between them don't matter, nor does what clients make of
// them: indentation, bullets, no-break and invisible spaces, full-width letters,
// emphasis, a period at the end, the address behind an address. Each begins with #
// and a letter; a line may hold several. "#1", "# heading" and "#" are words.
//
// A line among the words that begins with a known command is misplaced: what
// follows it might have been meant for the house alone. So is one that resembles
// #note or #only, and a last line with words behind a command that takes none.
// Words that name three commands are what is left of a notice, and count as
// misplaced too; so do those that begin with "# note on", and those that hold #note
// or #only anywhere.
//
// No line with a command is left in the words.
func Read(words string, names Names) Reply {
	var r Reply
	var kept []string
	lines := splitLines(words)
	plain := make([]string, len(lines))
	for i, line := range lines {
		plain[i] = fold(line)
	}
	at := places(plain, names)
	for i := range lines {
		line := strings.TrimSpace(lines[i])
		switch {
		case at[i] == more:
		case at[i] != among:
			whole := plain[i]
			for j := i + 1; j < len(at) && at[j] == more; j++ {
				whole, line = whole+" "+plain[j], line+" "+strings.TrimSpace(lines[j])
			}
			r.takeLine(whole, line, at[i] == last, names)
		case plain[i] == "":
			kept = append(kept, "")
		case misplaced(plain[i], names):
			r.Misplaced = append(r.Misplaced, line)
		default:
			kept = append(kept, strings.TrimRight(lines[i], " \t\u00a0"))
		}
	}
	if line := aside(kept, names); line != "" {
		r.Misplaced = append(r.Misplaced, line)
	} else if line := r.mentioned(kept, names); line != "" {
		r.Misplaced = append(r.Misplaced, line)
	}
	if r.settleAsks(kept, names) {
		kept = nil
	}
	r.Words = joinLines(kept)
	return r
}

// takeLine reads all commands of one line, known by its place to hold some.
func (r *Reply) takeLine(plain, line string, below bool, names Names) {
	commands, unknown := len(r.Commands), len(r.Unknown)
	if name := spaced(plain, names); name != "" {
		plain = "#" + strings.TrimLeft(unwrapped(plain), "# ")
	}
	r.take(unwrapped(plain), line, names)
	for _, list := range [][]Command{r.Commands[commands:], r.Unknown[unknown:]} {
		for i := range list {
			list[i].Last = below
		}
	}
}

// mentioned finds what is left of a notice although the commands that it names are
// on lines of their own at its end: the words name one, too, and with those there are
// many.
func (r *Reply) mentioned(kept []string, names Names) string {
	seen := map[string]bool{}
	for _, c := range r.Commands {
		if c.Last {
			seen[c.Name] = true
		}
	}
	if len(seen) >= tooMany {
		return r.Commands[len(r.Commands)-1].Line
	}
	if len(seen) == 0 {
		return ""
	}
	for _, line := range kept {
		if eachNamed(line, names, func(name string) bool { seen[name] = true; return len(seen) < manyNamed }) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// settleAsks finds out whether the agent asks for the reasons. #why beside words is
// an unknown command.
func (r *Reply) settleAsks(kept []string, names Names) bool {
	silent := joinLines(kept) == ""
	r.Asks = !silent && len(r.Misplaced) == 0 && asks(kept, names.Agent)
	for i := 0; i < len(r.Unknown); i++ {
		c := &r.Unknown[i]
		if c.Arg != "" || !slices.Contains(why, c.Name) {
			continue
		}
		if c.Meant = "?"; silent || r.Asks {
			r.Asks = true
			r.Unknown = slices.Delete(r.Unknown, i, i+1)
			i--
		}
	}
	return r.Asks
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

// How many commands words name that are left of a notice, and how many at the most
// an agent writes below the words.
const (
	manyNamed = 3
	tooMany   = 6
)

// manual finds what is left of a notice whose quotation nobody recognised: it
// says how to answer, and no words for a customer name three commands. It
// returns the line with the third, "" when there is none.
func manual(lines []string, names Names) string {
	seen := map[string]bool{}
	for _, line := range lines {
		if eachNamed(line, names, func(name string) bool { seen[name] = true; return len(seen) < manyNamed }) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// eachNamed calls more with each known command that a line names, until it says
// false; that is what it reports.
func eachNamed(line string, names Names, more func(name string) bool) bool {
	if !strings.ContainsAny(line, "#＃﹟♯") {
		return false
	}
	plain := fold(line)
	for i := strings.IndexByte(plain, '#'); i >= 0; {
		if name := strings.ToLower(commandName(plain[i:])); names.has(name) && !more(name) {
			return true
		}
		next := strings.IndexByte(plain[i+1:], '#')
		if next < 0 {
			break
		}
		i += 1 + next
	}
	return false
}

// take reads all commands of one line. What follows a command up to the next one
// is its argument.
func (r *Reply) take(plain, line string, names Names) {
	for plain != "" {
		name := commandName(plain)
		rest := plain[1+len(name):]
		end := nextCommand(rest, ownWords(strings.ToLower(name)), names)
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

// ownWords tells whether what follows a command is text, with its punctuation.
func ownWords(name string) bool { return name == Note || name == Solution }

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

// argument cleans what follows a command. A text keeps its punctuation; of an
// address that the client made a link of stays the address.
func argument(name, s string) string {
	s = strings.TrimSpace(strings.TrimLeft(s, " .,;:!?*_`"))
	if ownWords(name) {
		return s
	}
	s = linked.ReplaceAllString(s, "")
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

// linked is the link behind an address, as Outlook and letter write it.
var linked = regexp.MustCompile(`(?i) ?[<\[(]mailto:[^\s>\])]*[>\])]`)

// misplaced tells whether a folded line begins with a known command, also behind
// marks of quotation and lists, or with a name that resembles #note or #only. "#
// note" alone counts too: a phone may have put the space there.
func misplaced(plain string, names Names) bool {
	plain = strings.TrimLeft(plain, " >|*_`\\-–—•·")
	if name := strings.ToLower(commandName(plain)); name != "" {
		return names.has(name) || private(nearest(name, names))
	}
	return spaced(plain, names) != ""
}
