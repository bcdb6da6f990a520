package agent

import "strings"

// otherWords are what people call a command, by what they mean.
var otherWords = makeOtherWords(map[string]string{
	Note:   "notes intern internal internally interne internes notiz notizen nota private privat privé prive hidden memo comment kommentar commentaire remark team house",
	Close:  "closed done schliessen schließen geschlossen zu erledigt fermer fermé clore clos end finish finished",
	Solve:  "solved resolve resolved fixed fix gelöst geloest lösen loesen résolu resolu résoudre",
	Assign: "assigned assignee to zuweisen zugewiesen assigner attribuer give take owner",
	Only:   "nur seul seulement onlyto reply-one sender",
})

func makeOtherWords(lists map[string]string) map[string]string {
	m := map[string]string{}
	for command, list := range lists {
		for w := range strings.FieldsSeq(list) {
			m[w] = command
		}
	}
	return m
}

// nearest returns the known command that an unknown name probably means: another
// word for it, a slip of the hand (one letter in four), or a command that runs
// into the next word. "" when there is none.
func nearest(name string, names Names) string {
	const longest = 24 // nobody's slip is longer
	if command := otherWords[name]; command != "" {
		return command
	}
	if strings.HasPrefix(Note, name) { // a line broke inside of it
		return Note
	}
	best, least := "", 3
	for _, list := range [][]string{Known(), names.Commands} {
		for _, known := range list {
			if len(name) > len(known) && strings.HasPrefix(name, known) {
				return known
			}
			if len(name) > longest {
				continue
			}
			if d := distance(name, known); d < least && d <= max(1, len(known)/3) {
				best, least = known, d
			}
		}
	}
	return best
}

// distance counts the letters that were put in, left out, taken for another or
// swapped with their neighbour.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range y {
		rows[0][j+1] = j + 1
	}
	for i := range x {
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			d := min(rows[i][j+1]+1, rows[i+1][j]+1, rows[i][j]+cost)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				d = min(d, rows[i-1][j-1]+1)
			}
			rows[i+1][j+1] = d
		}
	}
	return rows[len(x)][len(y)]
}
