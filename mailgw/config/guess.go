package config

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// These read what people write where a number or a duration belongs, so that a
// problem can say what they meant.

var amount = regexp.MustCompile(`^\s*(\d{1,18}(?:\.\d{1,9})?)\s*([a-zA-Z]*)\.?\s*$`)

// guessNumber is the whole number that somebody meant by "100", 100.0 or "32 MiB".
func guessNumber(v any) (int64, bool) {
	number, unit := 0.0, ""
	switch v := v.(type) {
	case float64:
		number = v
	case string:
		if n, err := strconv.ParseInt(v, 10, 64); err == nil {
			return n, true
		}
		m := amount.FindStringSubmatch(v)
		if m == nil {
			return 0, false
		}
		number, _ = strconv.ParseFloat(m[1], 64) // the pattern lets numbers through only
		unit = strings.ToLower(m[2])
	default:
		return 0, false
	}
	factor, ok := map[string]float64{"": 1, "b": 1, "byte": 1, "bytes": 1, "k": 1 << 10, "kb": 1 << 10, "kib": 1 << 10,
		"m": 1 << 20, "mb": 1 << 20, "mib": 1 << 20, "g": 1 << 30, "gb": 1 << 30, "gib": 1 << 30}[unit]
	number *= factor
	if !ok || number != math.Trunc(number) || math.Abs(number) > 1<<53 {
		return 0, false
	}
	return int64(number), true
}

// guessBool is what somebody meant by "yes" or "off", in doubt both.
func guessBool(v any) string {
	text, _ := v.(string)
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "true", "yes", "on", "y":
		return "true"
	case "false", "no", "off", "n":
		return "false"
	}
	return "true or false"
}

// meant is the key of a rule by another name, "" when it is none that we know.
func meant(path, key string) string {
	if !strings.HasPrefix(path, "rule[") {
		return ""
	}
	switch strings.ToLower(key) {
	case "when", "condition", "conditions", "match":
		return "if"
	case "do", "action", "actions", "effect", "effects":
		return "then"
	case "from", "author", "email":
		return "sender"
	case "to", "cc", "address":
		return "recipient"
	case "body", "text", "message", "phrase", "keyword", "keywords":
		return "words"
	case "attachments", "file", "files":
		return "attachment"
	case "filename", "file_name":
		return "name"
	case "content_type", "mime_type", "media_type":
		return "type"
	case "queue", "team", "department", "group":
		return "desk"
	case "agent", "owner", "assign", "assign_to":
		return "assignee"
	case "spam", "discard", "drop", "delete":
		return "junk"
	case "redirect", "copy":
		return "forward"
	case "sla", "deadline", "answer_within", "due":
		return "target"
	case "company", "organisation", "organization":
		return "customer"
	case "comment", "internal_note":
		return "note"
	case "weekday", "days":
		return "day"
	case "hours", "hour":
		return "time"
	case "lang", "locale":
		return "language"
	}
	return ""
}

// withUnits proposes a number with each unit that makes it a duration in range.
func (f field) withUnits(number string) string {
	lowest, highest := f.durationRange()
	var ways []string
	for _, unit := range [][2]string{{"s", "seconds"}, {"m", "minutes"}, {"h", "hours"}, {"d", "days"}} {
		if d, err := f.parseDuration(number + unit[0]); err == nil && d >= lowest && d <= highest {
			ways = append(ways, strconv.Quote(number+unit[0])+" for "+unit[1])
		}
	}
	if len(ways) == 0 {
		return f.example()
	}
	return strings.Join(ways, " or ")
}

// guessDuration reads a duration that Go does not. It is an error that says what
// to write, or a span that lies beyond any range.
func (f field) guessDuration(s string) (time.Duration, error) {
	instead := fmt.Errorf("write %s", f.example())
	m := amount.FindStringSubmatch(s)
	if m == nil {
		return 0, instead
	}
	number, _ := strconv.ParseFloat(m[1], 64) // the pattern lets numbers through only
	unit := map[string]time.Duration{"s": time.Second, "sec": time.Second, "secs": time.Second, "second": time.Second, "seconds": time.Second,
		"m": time.Minute, "min": time.Minute, "mins": time.Minute, "minute": time.Minute, "minutes": time.Minute,
		"h": time.Hour, "hr": time.Hour, "hrs": time.Hour, "hour": time.Hour, "hours": time.Hour,
		"d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour,
		"w": 7 * 24 * time.Hour, "week": 7 * 24 * time.Hour, "weeks": 7 * 24 * time.Hour}[strings.ToLower(m[2])]
	lowest, highest := f.durationRange()
	span := number * float64(unit)
	switch {
	case m[2] == "":
		return 0, errors.New("write " + f.withUnits(m[1]))
	case unit == 0:
		return 0, instead
	case unit > time.Hour && (f.key == "first_answer" || f.key == "target"):
		return 0, errors.New(`write working hours: a day of eight of them is "8h"`)
	case span > float64(highest):
		return highest + 1, nil // out of range is all that there is to say
	case span < float64(lowest):
		return 0, instead
	}
	return 0, fmt.Errorf("write %q", f.short(time.Duration(span)))
}
