package promise

import (
	"strconv"
	"strings"
	"time"
)

// language is what one language needs to say a time. The forms hold the
// placeholders {time} {weekday} {date} {zone}.
type language struct {
	today    string
	tomorrow string
	later    string // any other day
	date     string // {day} {month}
	first    string // {day} on the first of a month; "" is "1"
	year     string // " {year}", put after the date when it is not this year
	weekdays [7]string
	months   [12]string
}

// languageOf returns the language of a tag such as "de" or "de-CH"; English
// where there is none.
func languageOf(tag string) language {
	base, _, _ := strings.Cut(strings.ReplaceAll(tag, "_", "-"), "-")
	switch strings.ToLower(base) {
	case "de":
		return german()
	case "fr":
		return french()
	}
	return english()
}

// Say says a due time as a person would, so that it can stand inside a sentence
// and still be read alone, later, by somebody else: "by 15:00 today, Tuesday 14
// July (CEST)". Day, date and zone are those of loc at the due time; today and
// tomorrow are seen from now; the year is said when it is not this one. lang is
// a language tag (en, de, fr and their variants); another language gets English.
// Seconds are cut off: what is told is never later than what is due.
func Say(due, now time.Time, loc *time.Location, lang string) string {
	due, now = due.In(loc), now.In(loc)
	l := languageOf(lang)
	form := l.later
	switch daysBetween(now, due) {
	case 0:
		form = l.today
	case 1:
		form = l.tomorrow
	}
	return fill(form,
		"{time}", due.Format("15:04"),
		"{weekday}", l.weekdays[due.Weekday()],
		"{date}", l.sayDate(due, due.Year() != now.Year()),
		"{zone}", zoneName(due),
	)
}

func (l language) sayDate(t time.Time, withYear bool) string {
	day := strconv.Itoa(t.Day())
	if t.Day() == 1 && l.first != "" {
		day = l.first
	}
	form := l.date
	if withYear {
		form += l.year
	}
	return fill(form, "{day}", day, "{month}", l.months[t.Month()-1], "{year}", strconv.Itoa(t.Year()))
}

// fill puts values into a form, each once. The values hold no braces.
func fill(form string, pairs ...string) string {
	for i := 0; i < len(pairs); i += 2 {
		form = strings.Replace(form, pairs[i], pairs[i+1], 1)
	}
	return form
}

// daysBetween counts the midnights between the local dates of two times; a day
// of 23 or 25 hours is one day.
func daysBetween(from, to time.Time) int {
	noon := func(t time.Time) time.Time {
		return time.Date(t.Year(), t.Month(), t.Day(), 12, 0, 0, 0, time.UTC)
	}
	return int(noon(to).Sub(noon(from)) / (24 * time.Hour))
}
