package config

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"supportgw/mailgw/customer"
	"supportgw/rules"
	"supportgw/rules/hours"
	"supportgw/rules/hours/holiday"
)

// field is a key of a table, as the tags of its struct field describe it:
//
//	toml     the key
//	need     "always" when the key must be given
//	eg       an example, for lists the example of one member
//	one      the texts that are allowed, divided by |
//	min, max the range of a number or duration
//	unit     what a number counts; only the reference reads it
//	prose    "yes" when the text may have several lines
//	unset    "yes" when a text of one may be empty
//	days     "yes" when a duration may be written in days, like "30d"
type field struct {
	key      string
	index    []int // for reflect's FieldByIndex
	typ      reflect.Type
	required bool
	eg       string
	one      []string
	min, max string
	unit     string
	prose    bool
	unset    bool
	days     bool
}

// fieldsOf is the keys of a struct in their order; those of an embedded struct
// stand in the same table.
func fieldsOf(t reflect.Type) []field {
	var fields []field
	for i := range t.NumField() {
		sf := t.Field(i)
		key := sf.Tag.Get("toml")
		switch {
		case sf.Anonymous && key == "":
			for _, f := range fieldsOf(sf.Type) {
				f.index = append([]int{i}, f.index...)
				fields = append(fields, f)
			}
		case !sf.IsExported() || key == "" || key == "-":
		default:
			f := field{
				key: key, index: []int{i}, typ: sf.Type, required: sf.Tag.Get("need") == "always",
				eg: sf.Tag.Get("eg"), min: sf.Tag.Get("min"), max: sf.Tag.Get("max"), unit: sf.Tag.Get("unit"),
				prose: sf.Tag.Get("prose") == "yes", unset: sf.Tag.Get("unset") == "yes", days: sf.Tag.Get("days") == "yes",
			}
			if eg, need := elsewhere(t, key); eg != "" {
				f.required, f.eg = need, eg
			}
			if one := sf.Tag.Get("one"); one != "" {
				f.one = strings.Split(one, "|")
			}
			fields = append(fields, f)
		}
	}
	return fields
}

// elsewhere has an example for the keys of other packages' tables, and says
// which of them must be given; their structs know nothing of this package's tags.
func elsewhere(t reflect.Type, key string) (eg string, need bool) {
	switch t {
	case reflect.TypeFor[customer.Customer]():
		switch key {
		case "name":
			return "Acme Instruments AG", true
		case "aliases":
			return "Acme", false
		case "domains":
			return "acme.example", false
		case "addresses":
			return "jo@mail.example", false
		case "level":
			return "standard", false
		}
	case reflect.TypeFor[rules.Rule]():
		if key == "name" {
			return "production-down", true
		}
	case reflect.TypeFor[rules.Effects]():
		switch key {
		case "priority":
			return "high", false
		case "tags":
			return "invoice", false
		case "notify":
			return "anna@example.com", false
		case "forward":
			return "legal@law.example", false
		case "level":
			return "premium", false
		case "template":
			return "outage", false
		case "note":
			return "call them", false
		case "desk":
			return "support", false
		case "assignee":
			return "anna@example.com", false
		}
	case reflect.TypeFor[hours.Spec]():
		switch key {
		case "zone":
			return "Europe/Zurich", true
		case "week":
			return "09:00-17:30", false
		case "holidays":
			return "2026-12-25", false
		case "short_days":
			return "09:00-12:00", false
		}
	case reflect.TypeFor[holiday.Sources]():
		switch key {
		case "holidays_of":
			return "CH-ZH", false
		case "holidays_file":
			return "holidays.ics", false
		case "not_holidays":
			return "2026-08-15", false
		}
	}
	return "", false
}

// member is the field that each value of a list or map is read as.
func (f field) member() field {
	f.typ, f.required = f.typ.Elem(), false
	return f
}

// example is a value that could stand behind the key, as TOML.
func (f field) example() string {
	eg := f.eg
	if eg == "" && f.one != nil {
		eg = f.one[0]
	}
	switch f.typ.Kind() {
	case reflect.Slice:
		return "[" + f.member().example() + "]"
	case reflect.Bool:
		return "true"
	case reflect.String:
		if eg == "" {
			eg = "a text"
		}
		return strconv.Quote(eg)
	}
	if f.typ == durationType {
		if eg == "" {
			eg = "30s"
		}
		return strconv.Quote(eg)
	}
	if f.typ == prefixType {
		return `"192.0.2.0/24"`
	}
	return eg
}

// intRange is the lowest and highest number allowed.
func (f field) intRange() (lowest, highest int64) {
	lowest, highest = math.MinInt64, math.MaxInt64
	if n, err := strconv.ParseInt(f.min, 10, 64); err == nil {
		lowest = n
	}
	if n, err := strconv.ParseInt(f.max, 10, 64); err == nil {
		highest = n
	}
	return lowest, highest
}

// durationRange is the shortest and longest duration allowed; without tags
// anything that is not negative, up to a year.
func (f field) durationRange() (lowest, highest time.Duration) {
	highest = 366 * 24 * time.Hour
	if d, err := f.parseDuration(f.min); err == nil {
		lowest = d
	}
	if d, err := f.parseDuration(f.max); err == nil {
		highest = d
	}
	return lowest, highest
}

// parseDuration reads a duration as Go does and, where days are allowed, a whole
// number of days of 24 hours.
func (f field) parseDuration(s string) (time.Duration, error) {
	if number, ok := strings.CutSuffix(s, "d"); f.days && ok {
		const most = int64(math.MaxInt64 / day)
		n, err := strconv.ParseInt(number, 10, 64)
		switch {
		case errors.Is(err, strconv.ErrRange) || err == nil && max(n, -n) > most:
			n = most // beyond any range
		case err != nil:
			return 0, fmt.Errorf("read days: %w", err)
		}
		return time.Duration(n) * day, nil
	}
	return time.ParseDuration(s)
}

// short is a duration as the key would be written, in days where they are allowed.
func (f field) short(d time.Duration) string {
	if f.days && d > 0 && d%day == 0 {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	return short(d)
}

// tablesWith is the tables, anywhere in a configuration, that have the key.
func tablesWith(key string) []string {
	var found []string
	var search func(path string, t reflect.Type)
	search = func(path string, t reflect.Type) {
		for _, f := range fieldsOf(t) {
			inner, name := f.typ, member(path, f.key)
			if f.key == key && path != "" {
				found = append(found, "["+path+"]")
			}
			if inner.Kind() == reflect.Slice {
				inner = inner.Elem()
			}
			if inner.Kind() == reflect.Struct && inner != prefixType && inner != reflect.TypeFor[RuleTest]() { // whose keys repeat those of other tables
				search(name, inner)
			}
		}
	}
	search("", reflect.TypeFor[Config]())
	return found
}
