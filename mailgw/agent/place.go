package agent

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"supportgw/mailgw/letter"
)

// place is where a line stands in a reply.
type place int8

const (
	among place = iota // among the words, or one of them
	first              // a command on the first lines
	last               // a command on the last lines
	more               // it goes on with the command above
)

// places tells of each folded line where it stands. The last lines are those below
// the words, also when the client put the agent's signature or its own line below
// them, or above.
func places(plain []string, names Names) []place {
	at := make([]place, len(plain))
	top := 0
	for ; top < len(plain); top++ {
		if plain[top] == "" {
			continue
		}
		if !isFirst(plain[top], names) {
			break
		}
		at[top] = first
		for range goesOn(plain[top:], names) {
			top++
			at[top] = more
		}
	}
	signed := false
	for end := len(plain); end > top; {
		line := plain[end-1]
		switch {
		case line == "" || letter.IsDeviceLine(line) || misplaced(line, names) && !isLast(line, names):
			end--
		case isLast(line, names):
			end--
			at[end] = last
		case begins(plain[:end], names) >= top:
			for from := begins(plain[:end], names); end > from+1; {
				end--
				at[end] = more
			}
		case !signed && signature(plain[:end], names.Agent) < end:
			signed, end = true, max(top, signature(plain[:end], names.Agent))
		default:
			return at
		}
	}
	return at
}

// isFirst tells whether a folded line above all words holds commands, known or not.
func isFirst(plain string, names Names) bool {
	return commandName(unwrapped(plain)) != "" || spaced(plain, names) != ""
}

// isLast tells whether a folded line below all words holds commands. Where it could
// be words, it does not: what follows a command that takes nothing, or a note, which
// would make a note of the words above, too. A line that begins with an unknown name
// is one when it has no more, or is near a known one and short.
func isLast(plain string, names Names) bool {
	const short = 3 // words
	plain = unwrapped(plain)
	if spaced(plain, names) != "" {
		return true
	}
	if commandName(plain) == "" {
		return false
	}
	var r Reply
	r.take(plain, plain, names)
	for _, c := range r.Commands {
		if c.Arg != "" && slices.Contains(bare, c.Name) {
			return false
		}
	}
	for i, c := range r.Unknown {
		near := c.Meant != "" && len(strings.Fields(c.Arg)) <= short
		if i == 0 && len(r.Commands) == 0 && c.Arg != "" && !near && !private(c.Meant) {
			return false
		}
	}
	return true
}

// bare are the commands that nothing follows; words behind them are somebody's. #note
// is among them for the last lines only.
var bare = []string{Note, Close, Solve, Only, Take, Back, Split, Undo, Help}

// private tells whether a command keeps words from somebody.
func private(name string) bool { return name == Note || name == Only }

// spaced returns the command in a line "# close", where a phone put a space behind
// the sign; "" when it is none. Most words behind "# " are a heading's.
func spaced(plain string, names Names) string {
	rest, ok := strings.CutPrefix(unwrapped(plain), "#")
	if !ok || !strings.HasPrefix(rest, " ") {
		return ""
	}
	name, arg, _ := strings.Cut(strings.Trim(rest, " .,;:!*_`"), " ")
	if name = strings.ToLower(name); !names.has(name) {
		return ""
	}
	switch name {
	case Note, Close, Solve, Only, Take, Split, Undo:
		if arg == "" {
			return name
		}
	case Assign:
		if !strings.Contains(strings.TrimSpace(arg), " ") {
			return name
		}
	}
	return ""
}

// farewells are the words above a name, in lower case. Clients put them into
// signatures.
var farewells = []string{
	"best", "regards", "best regards", "kind regards", "many thanks", "thanks", "thank you", "cheers", "sincerely", "yours sincerely",
	"gruß", "grüße", "gruss", "grüsse", "viele grüße", "viele grüsse", "liebe grüße", "beste grüße", "beste grüsse", "freundliche grüße", "freundliche grüsse",
	"mit freundlichen grüßen", "mit freundlichen grüssen", "mit freundlichem gruß", "mfg", "vg", "lg", "danke", "vielen dank",
	"cordialement", "bien cordialement", "bien à vous", "salutations", "meilleures salutations", "sincères salutations", "merci",
	"saludos", "un saludo", "saludos cordiales", "atentamente", "gracias", "saluti", "cordiali saluti", "distinti saluti", "grazie",
	"groet", "groeten", "met vriendelijke groet", "met vriendelijke groeten", "mvg", "bedankt", "pozdrawiam", "z poważaniem", "dziękuję",
	"cumprimentos", "com os melhores cumprimentos", "melhores cumprimentos", "atenciosamente", "obrigado", "obrigada",
}

// isFarewell tells whether a folded line is what stands above a name.
func isFarewell(plain string) bool {
	return slices.Contains(farewells, strings.ToLower(strings.Trim(plain, "*_-–—,.! ")))
}

// signature returns where the agent's signature begins at the end of folded lines:
// a farewell, a line that begins with the agent's name, and a few short lines. It
// returns len(plain) when there is none.
func signature(plain []string, name string) int {
	name = strings.ToLower(fold(name))
	begin, inked := len(plain), 0
	for i := len(plain) - 1; i >= 0 && name != ""; i-- {
		if plain[i] == "" {
			continue
		}
		if inked++; inked > maxSignatureLines || utf8.RuneCountInString(plain[i]) > maxSignatureLine || strings.HasPrefix(plain[i], "#") {
			break
		}
		if opens(plain[i], name) {
			begin = i
		}
	}
	for i := begin - 1; i >= 0 && begin < len(plain); i-- {
		if plain[i] == "" {
			continue
		}
		if isFarewell(plain[i]) {
			return i
		}
		break
	}
	return begin
}

// opens tells whether a folded line begins with a name, as a whole.
func opens(plain, name string) bool {
	rest, ok := strings.CutPrefix(strings.ToLower(strings.TrimLeft(plain, "*_-–—, ")), name)
	r, _ := utf8.DecodeRuneInString(rest)
	return ok && (rest == "" || !unicode.IsLetter(r) && !unicode.IsDigit(r))
}
