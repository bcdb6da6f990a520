package agent

import (
	"strings"
	"unicode/utf8"
)

// continues tells whether a folded line goes on with a command, since the client broke
// the line above: a list behind its comma, a value behind a placeholder's name, the text
// of a solution where a word more would have made the line too long.
func continues(command, above, line string) bool {
	const longest, long = 72, 50 // characters, at which clients break lines
	if line == "" || commandName(unwrapped(line)) != "" {
		return false
	}
	next, _, _ := strings.Cut(line, " ")
	wide := utf8.RuneCountInString(above)
	broken := wide >= long && wide+1+utf8.RuneCountInString(next) > longest
	comma := strings.HasSuffix(above, ",")
	switch command {
	case Cc:
		return (comma || broken) && strings.Contains(next, "@")
	case Tag:
		return comma
	case Use:
		return strings.Contains(next, "=")
	case Solution:
		return broken
	}
	return false
}

// lastCommand returns the last known command of a folded line, "" when it has none.
func lastCommand(plain string, names Names) string {
	var r Reply
	if r.take(unwrapped(plain), plain, names); len(r.Commands) == 0 {
		return ""
	}
	return r.Commands[len(r.Commands)-1].Name
}

// mostLines is over how many lines clients break a command.
const mostLines = 6

// goesOn returns how many lines below the first of some folded lines go on with its
// command.
func goesOn(plain []string, names Names) int {
	n := 1
	for command := lastCommand(plain[0], names); n < min(len(plain), mostLines) && continues(command, plain[n-1], plain[n]); n++ {
	}
	return n - 1
}

// begins returns where the command stands that the last of some folded lines goes on
// with, -1 when it goes on with none.
func begins(plain []string, names Names) int {
	last := len(plain) - 1
	for i := last - 1; i >= 0 && i > last-mostLines && plain[i] != ""; i-- {
		if commandName(unwrapped(plain[i])) == "" {
			continue
		}
		if isLast(plain[i], names) && goesOn(plain[i:], names) == last-i {
			return i
		}
		break
	}
	return -1
}
