package staff

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"supportgw/mailgw/heard"
	"supportgw/rules/hours"
)

// Said is what an agent has said of being away.
type Said struct {
	// Back says that they are in again; then nothing else is said.
	Back bool
	// Until is when they are in again; zero: not said.
	Until time.Time
	// StandIn is who takes over, as it was written; empty: not said.
	StandIn string
}

// backWords are what ends an absence, in place of a time.
var backWords = []string{
	"off", "back", "no", "ended", "over", "aus", "zurück", "wieder da", "ende", "beendet", "de retour", "retour", "fin", "vuelta", "de vuelta", "fin",
	"di ritorno", "rientrato", "fine", "terug", "z powrotem", "de volta",
}

// untilWords stand before a time at which an absence ends.
var untilWords = []string{
	"until the", "until", "till", "til", "up to", "bis zum", "bis am", "bis", "jusqu'au", "jusqu'à", "jusqu’au", "jusqu’à", "jusqu'a", "hasta el", "hasta",
	"fino al", "fino alle", "fino a", "tot en met", "tot", "do", "até", "ate",
}

// standInWords stand around the name of who takes over.
var standInWords = []string{
	"stand-in", "stands in", "stand in", "vertretung", "vertritt mich", "vertritt", "remplace", "remplaçant", "sustituye", "sustituto", "sostituisce", "vervangt", "zastępuje", "substitui",
}

// ReadAway reads what stands behind #away: "", "until mon", "bis 12.12., ben vertritt",
// "off". A day without a clock is the start of that day's working time, today's is the end
// of today. The error is one line that says what to write instead.
func ReadAway(arg string, c heard.Context) (Said, error) {
	when, who := splitStandIn(arg)
	if slices.Contains(backWords, strings.ToLower(when)) {
		return Said{Back: true}, nil
	}
	when = cutLead(when)
	if when == "" {
		return Said{StandIn: who}, nil
	}
	at, err := timeOf(when, c)
	if err != nil {
		return Said{}, err
	}
	return Said{Until: inAgain(at, !hasClock(when), false, c), StandIn: who}, nil
}

// timeOf reads a time; that of a day on which nobody works is its start.
func timeOf(when string, c heard.Context) (time.Time, error) {
	at, err := heard.Time(when, c)
	if err == nil {
		return at, nil
	}
	every, problems := hours.Compile(hours.Spec{Zone: c.Now.Location().String(), Week: map[string][]string{"mon-sun": {"00:00-24:00"}}})
	if problems != nil {
		return at, err
	}
	if at, e := heard.Time(when, heard.Context{Now: c.Now, Lang: c.Lang, Hours: every}); e == nil {
		return at.Add(-time.Nanosecond), nil
	}
	return at, err
}

// splitStandIn takes the name of who stands in off what stands behind #away.
func splitStandIn(arg string) (when, who string) {
	arg = strings.Join(strings.Fields(arg), " ")
	low := strings.ToLower(arg)
	for _, w := range standInWords {
		i := strings.Index(low, w)
		if i < 0 || len(low) != len(arg) {
			continue
		}
		before, after := strings.TrimRight(arg[:i], " ,;"), strings.Trim(arg[i+len(w):], " ,;:.")
		if after != "" { // "until mon, stand-in ben"
			return before, after
		}
		if cut := strings.LastIndexAny(before, ",;"); cut >= 0 { // "until mon, ben stands in"
			return strings.TrimSpace(before[:cut]), strings.TrimSpace(before[cut+1:])
		}
		return "", before // "ben stands in"
	}
	return strings.Trim(arg, " ,;"), ""
}

// cutLead takes the word for "until" off a time.
func cutLead(when string) string {
	low := strings.ToLower(when)
	for _, w := range untilWords {
		if rest, ok := strings.CutPrefix(low, w); ok && (rest == "" || rest[0] == ' ') && len(low) == len(when) {
			return strings.TrimSpace(when[len(w):])
		}
	}
	return when
}

// clockIn finds a time of the day.
var clockIn = regexp.MustCompile(`(?i)\d{1,2}[:.h]\d\d|\d ?(am|pm|uhr|h)\b|\bin \d|noon|midday|mittag|midi|mediod|mezzogiorno`)

// date has the points of a date, which are none of a clock.
var date = regexp.MustCompile(`\b\d{1,2}\.\d{1,2}\.(\d{2,4})?`)

// hasClock reports whether a time says more than a day.
func hasClock(when string) bool { return clockIn.MatchString(date.ReplaceAllString(when, " ")) }

// inAgain is when somebody is in again who named a time, of which the hour may not have
// been said. A day is the last one of the absence when it is today, or whole.
func inAgain(at time.Time, dayAlone, whole bool, c heard.Context) time.Time {
	if !dayAlone || c.Hours == nil {
		return at
	}
	at = at.In(c.Now.Location())
	if whole || sameDay(at, c.Now) {
		if next, ok := c.Hours.NextOpen(endOfDay(at)); ok {
			return next
		}
		return endOfDay(at)
	}
	if opening, ok := c.Hours.Opening(at); ok {
		return opening
	}
	return endOfDay(at).AddDate(0, 0, -1)
}

func sameDay(a, b time.Time) bool {
	return a.Year() == b.Year() && a.YearDay() == b.YearDay()
}

func endOfDay(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, t.Location())
}

// lastDay finds, in an absence mail, the words before the last day of an absence; firstDay
// those before the first day back.
var (
	lastDay  = regexp.MustCompile(`(?i)\b(?:until|till|through|up to|bis (?:und mit|einschlie(?:ß|ss)lich|einschl\.?|inkl\.?)|bis(?: zum| am)?|jusqu['’](?:au|à)|hasta(?: el)?|fino al?|t/m|tot en met|tot|do|até(?: ao?)?)\s+`)
	firstDay = regexp.MustCompile(`(?i)\b(?:(?:be |am |i'm |i’m )?back(?: in the office| at work| online)?(?: again)?(?: on| from)?|return(?:ing)?(?: to (?:the office|work))?(?: on)?|(?:in the office|available|reachable) again (?:on|from)|` +
		`wieder (?:da|im büro|im buero|erreichbar|zurück|anwesend)(?: bin ich)?(?: ab| am)?(?: dem)?|ab(?: dem)?|am|de retour(?: au bureau)?(?: le| à partir du)?|retour(?: le)?|reviens le|regreso(?: el)?|vuelvo el|estaré de vuelta el|` +
		`(?:torno|rientro|rientrerò|tornerò)(?: in ufficio)?(?: il)?|terug(?: op)?|wracam(?: do pracy)?|regresso(?: a| em| no dia)?|volto(?: a| em| no dia)?)\s+`)
	between = regexp.MustCompile(`(?i)^(?:(?:on|the|den|dem|le|el|il|la|dia|op|am|,)\s+)*`)
)

// maxAbsenceMail is how much of an absence mail is read, in bytes.
const maxAbsenceMail = 2 << 10

// ReadAbsence reads out of an absence mail when its writer is in again; ok is false when
// it does not clearly say so. A day after "until" is the last one of the absence: whoever
// stands in too long does no harm.
func ReadAbsence(text string, c heard.Context) (until time.Time, ok bool) {
	text = strings.Join(strings.Fields(text[:min(len(text), maxAbsenceMail)]), " ")
	for _, lead := range []struct {
		words *regexp.Regexp
		whole bool
	}{{firstDay, false}, {lastDay, true}} {
		var found time.Time
		for _, at := range lead.words.FindAllStringIndex(text, 20) {
			rest := text[at[1]:]
			rest = rest[len(between.FindString(rest)):]
			if t, ok := longest(rest, lead.whole, c); ok && (found.IsZero() || t.After(found)) {
				found = t
			}
		}
		if !found.IsZero() {
			return found, true
		}
	}
	return time.Time{}, false
}

// maxTimeWords is how many words a time may have.
const maxTimeWords = 6

// longest reads the longest run of words at the start of a text that is a time ahead.
func longest(text string, whole bool, c heard.Context) (time.Time, bool) {
	words := strings.Fields(text)
	for n := min(len(words), maxTimeWords); n > 0; n-- {
		when := strings.TrimRight(strings.Join(words[:n], " "), ",;:!?)")
		for _, form := range []string{when, strings.TrimRight(when, ".")} {
			at, err := timeOf(form, c)
			if err != nil {
				continue
			}
			back := inAgain(at, !hasClock(form), whole, c)
			return back, back.After(c.Now)
		}
	}
	return time.Time{}, false
}
