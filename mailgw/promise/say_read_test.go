package promise

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// reader reads a time that was said, as somebody who speaks the language would. It
// knows nothing of the files in lang.
type reader struct {
	said            *regexp.Regexp
	days, months    string // from Sunday and January, as they are said in all forms together
	today, tomorrow string
}

// readers are of each language. In the patterns, DATE stands for a day, a month and
// perhaps a year.
var readers = map[string]reader{
	"en": {pattern(`by CLOCK (?:(DAY), |on )?(?:in the night from (WEEKDAY) DATE to )?(WEEKDAY),? DATE`), "Sunday Monday Tuesday Wednesday Thursday Friday Saturday",
		"January February March April May June July August September October November December", "today", "tomorrow"},
	"de": {pattern(`bis (?:CLOCK Uhr )?(?:(DAY), )?(?:in der Nacht von (WEEKDAY), DATE, auf )?(WEEKDAY), DATE(?:, CLOCK Uhr)?`), "Sonntag Montag Dienstag Mittwoch Donnerstag Freitag Samstag",
		"Januar Februar März April Mai Juni Juli August September Oktober November Dezember", "heute", "morgen"},
	"fr": {pattern(`au plus tard (?:à CLOCK )?(?:(DAY), )?(?:dans la nuit du (WEEKDAY) DATE au )?(WEEKDAY) DATE(?:,? à CLOCK)?`), "dimanche lundi mardi mercredi jeudi vendredi samedi",
		"janvier février mars avril mai juin juillet août septembre octobre novembre décembre", "aujourd’hui", "demain"},
	"it": {pattern(`entro le ore CLOCK (?:di (DAY), |di )?(?:della notte tra (WEEKDAY) DATE e )?(WEEKDAY) DATE`), "domenica lunedì martedì mercoledì giovedì venerdì sabato",
		"gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre", "oggi", "domani"},
	"es": {pattern(`a más tardar (?:a las? CLOCK, )?(?:(DAY), |el )?(?:en la noche del (WEEKDAY) DATE al )?(WEEKDAY) DATE(?:,? a las? CLOCK)?`), "domingo lunes martes miércoles jueves viernes sábado",
		"enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre", "hoy", "mañana"},
	"pt": {pattern(`até às? CLOCK(?: de (DAY),| de|,) (?:na noite de (WEEKDAY), DATE, para )?(WEEKDAY), DATE`), "domingo segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado",
		"janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro", "hoje", "amanhã"},
	"nl": {pattern(`uiterlijk (?:om CLOCK uur )?(?:(DAY), )?(?:in de nacht van (WEEKDAY) DATE op )?(WEEKDAY) DATE(?:,? om CLOCK uur)?`), "zondag maandag dinsdag woensdag donderdag vrijdag zaterdag",
		"januari februari maart april mei juni juli augustus september oktober november december", "vandaag", "morgen"},
	"pl": {pattern(`do godziny CLOCK (?:(DAY), )?(?:w nocy z[e]? (WEEKDAY) DATE na )?(?:we? )?(WEEKDAY) DATE`),
		"niedzielę|niedzieli poniedziałek|poniedziałku wtorek|wtorku środę|środy czwartek|czwartku piątek|piątku sobotę|soboty",
		"stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia", "dziś", "jutro"},
}

func pattern(p string) *regexp.Regexp {
	return regexp.MustCompile("^" + strings.NewReplacer(
		"CLOCK", `(\d\d:\d\d)`, "WEEKDAY", `[\pL-]+`, "DAY", `[\pL’]+`, "DATE", `(\d+)(?:º|er|\.)? (?:de )?(\pL+)(?: (?:de )?(\d{4})(?: roku)?)?`,
	).Replace(p) + ` \((?:[A-Z]+, )?([A-Z]+|UTC[+-]\d+(?::\d\d)?)\)$`)
}

// zoneLetters are offsets in hours, as an almanac has them.
var zoneLetters = map[string]float64{
	"UTC": 0, "GMT": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "SAST": 2, "CAT": 2, "EAT": 3, "WAT": 1, "IDT": 3,
	"AST": -4, "ADT": -3, "NST": -3.5, "NDT": -2.5, "EST": -5, "EDT": -4, "MST": -7, "MDT": -6, "PDT": -7, "AKST": -9, "AKDT": -8, "HST": -10,
	"JST": 9, "KST": 9, "HKT": 8, "PKT": 5, "WIB": 7, "AEST": 10, "AEDT": 11, "ACST": 9.5, "ACDT": 10.5, "AWST": 8, "NZST": 12, "NZDT": 13, "SST": -11,
}

// index finds a name in a list; names of one thing stand with "|" between them.
func index(list, name string) (int, error) {
	for i, names := range strings.Fields(list) {
		for n := range strings.SplitSeq(names, "|") {
			if n == name {
				return i, nil
			}
		}
	}
	return 0, fmt.Errorf("%q is none of %s", name, list)
}

// offset reads a zone that was said.
func offset(zone string) (*time.Location, error) {
	hours, known := zoneLetters[zone]
	if digits, ok := strings.CutPrefix(zone, "UTC"); ok && digits != "" {
		h, m, _ := strings.Cut(digits[1:], ":")
		whole, err := strconv.Atoi(h)
		if err != nil {
			return nil, err
		}
		minutes, _ := strconv.Atoi(m)
		if hours, known = float64(whole)+float64(minutes)/60, true; digits[0] == '-' {
			hours = -hours
		}
	}
	if !known {
		return nil, fmt.Errorf("nobody knows which zone %q is", zone)
	}
	return time.FixedZone("", int(hours*3600)), nil
}

// heard are the words of a time that was said; "" is what was not.
type heard struct{ clock, relative, eve, eveDay, eveMonth, eveYear, weekday, day, month, year, zone string }

func (r reader) hear(said string) (h heard, err error) {
	m := r.said.FindStringSubmatch(said)
	if m == nil {
		return h, errors.New("is not of the language's form")
	}
	m = m[1:]
	if len(m) == 11 { // this language has one place for the clock
		m = slices.Insert(m, 10, "")
	}
	if m[0] != "" && m[10] != "" {
		return h, errors.New("has two clock times")
	}
	return heard{m[0] + m[10], m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8], m[9], m[11]}, nil
}

// read returns the instant that was said, seen from now, whose year is the reader's.
func (r reader) read(said string, now time.Time) (time.Time, error) {
	h, err := r.hear(said)
	if err != nil {
		return time.Time{}, err
	}
	loc, err := offset(h.zone)
	if err != nil {
		return time.Time{}, err
	}
	clock, err := time.Parse("15:04", h.clock)
	if err != nil {
		return time.Time{}, err
	}
	year := now.Year()
	if h.year != "" {
		if year, err = strconv.Atoi(h.year); err != nil || year == now.Year() {
			return time.Time{}, errors.New("says this year")
		}
	}
	date, err := r.date(year, h.month, h.day, h.weekday)
	if err != nil {
		return time.Time{}, err
	}
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	relative := ""
	switch {
	case h.eve != "" || h.clock == "00:00":
		eve := date.AddDate(0, 0, -1)
		if got, err := r.date(eve.Year(), h.eveMonth, h.eveDay, h.eve); err != nil || !got.Equal(eve) || h.eveYear != "" || h.clock != "00:00" {
			return time.Time{}, fmt.Errorf("the night begins on %v: %w", got, err)
		}
	case date.Equal(today):
		relative = r.today
	case date.Equal(today.AddDate(0, 0, 1)):
		relative = r.tomorrow
	}
	if h.relative != relative {
		return time.Time{}, fmt.Errorf("says %q for a day that is %q", h.relative, relative)
	}
	return time.Date(date.Year(), date.Month(), date.Day(), clock.Hour(), clock.Minute(), 0, 0, loc), nil
}

// date reads a date, whose weekday must be right.
func (r reader) date(year int, month, day, weekday string) (time.Time, error) {
	m, err := index(r.months, month)
	if err != nil {
		return time.Time{}, err
	}
	d, err := strconv.Atoi(day)
	if err != nil {
		return time.Time{}, err
	}
	w, err := index(r.days, weekday)
	if err != nil {
		return time.Time{}, err
	}
	date := time.Date(year, time.Month(m+1), d, 0, 0, 0, 0, time.UTC)
	if date.Day() != d || int(date.Weekday()) != w {
		return time.Time{}, fmt.Errorf("%s %s %s is no day of %d", weekday, day, month, year)
	}
	return date, nil
}

// zones of readers: with and without letters, letters of several places, quarters
// of an hour, and clocks that change by half an hour, at midnight, or twice a year.
var zones = []string{
	"Europe/Zurich", "Europe/London", "Europe/Lisbon", "Europe/Athens", "Europe/Moscow", "Europe/Istanbul", "Europe/Dublin", "Atlantic/Azores", "Africa/Casablanca", "Africa/Cairo",
	"Africa/Johannesburg", "Africa/Lagos", "Africa/Nairobi", "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Anchorage", "America/Halifax",
	"America/St_Johns", "America/Havana", "America/Sao_Paulo", "America/Santiago", "America/Caracas", "America/Nuuk", "America/Scoresbysund", "Asia/Jerusalem", "Asia/Beirut",
	"Asia/Tehran", "Asia/Dubai", "Asia/Karachi", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Jakarta", "Asia/Shanghai", "Asia/Manila", "Asia/Tokyo", "Asia/Seoul", "Australia/Adelaide",
	"Australia/Eucla", "Australia/Lord_Howe", "Australia/Sydney", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Kiritimati", "Pacific/Marquesas", "Pacific/Honolulu",
	"Pacific/Guam", "Pacific/Pago_Pago", "Antarctica/Troll", "UTC",
}

// TestSayIsReadBack says times of all kinds and reads each back: it is the very
// minute, whatever the language and the zone.
func TestSayIsReadBack(t *testing.T) {
	const each = 8000
	random := rand.New(rand.NewPCG(7, 20260714))
	var places []*time.Location
	for _, name := range zones {
		loc, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		places = append(places, loc)
	}
	for range 20 { // as the Date header of a mail has it
		quarter := random.IntN(26*4+1) - 12*4
		places = append(places, Zone(time.Unix(0, 0).In(time.FixedZone("", quarter*900)), true, time.UTC, time.Unix(0, 0)))
	}
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range each {
		loc := places[random.IntN(len(places))]
		now := start.Add(time.Duration(random.IntN(10*366*24*3600)) * time.Second)
		due := now.Add(time.Duration(random.IntN(5*24*3600)-3600) * time.Second)
		local := due.In(loc)
		switch i % 8 {
		case 1: // midnight
			due = time.Date(local.Year(), local.Month(), local.Day(), 0, 0, random.IntN(60), 0, loc)
		case 2: // the turn of a year
			due = time.Date(local.Year(), 12, 31, 20, 0, 0, 0, loc).Add(time.Duration(random.IntN(8*60)) * time.Minute)
			now = due.Add(-time.Duration(random.IntN(48*60)) * time.Minute)
		case 3: // hours in which clocks change
			if _, end := local.ZoneBounds(); !end.IsZero() {
				due = end.Add(time.Duration(random.IntN(6*60)-3*60) * time.Minute)
				now = due.Add(-time.Duration(random.IntN(48*60)) * time.Minute)
			}
		case 4: // long ahead
			due = now.AddDate(0, random.IntN(30), 0)
		case 5: // the first of a month
			due = time.Date(local.Year(), local.Month(), 1, local.Hour(), local.Minute(), 0, 0, loc)
		}
		for lang, r := range readers {
			said := Say(due, now, loc, lang)
			got, err := r.read(said, now.In(loc))
			if err != nil || !got.Equal(due.Truncate(time.Minute)) {
				t.Fatalf("%s: %q, due %v, seen from %v in %v: read as %v: %v", lang, said, due.In(loc), now.In(loc), loc, got, err)
			}
		}
	}
	if len(readers) != len(Languages()) {
		t.Errorf("read in %d of %d languages", len(readers), len(Languages()))
	}
}
