package config

import (
	"net/netip"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/BurntSushi/toml"
)

// decoder puts a document into Go values and reports everything that does not
// fit. It is stricter than the library's: no key is skipped or matched by
// guess, no number becomes a duration, and it goes on after an error.
type decoder struct {
	*reporter
}

// These are read before the kinds of Go types are looked at.
var (
	durationType  = reflect.TypeFor[time.Duration]()
	prefixType    = reflect.TypeFor[netip.Prefix]()
	unmarshalType = reflect.TypeFor[toml.Unmarshaler]()
)

// table puts the members of a TOML table into a struct.
func (d *decoder) table(path string, v any, into reflect.Value) {
	t, ok := v.(map[string]any)
	if !ok {
		d.noTable(path, v)
		return
	}
	fields := fieldsOf(into.Type())
	meant := map[string]bool{} // keys that a wrong one seems to stand for
	for _, key := range sortedKeys(t) {
		i := slices.IndexFunc(fields, func(f field) bool { return f.key == key })
		if i < 0 {
			near := d.unknown(path, key, fields)
			if _, both := t[near]; near != "" && !both {
				meant[near] = true
				d.seen[member(path, near)] = true // that it is missing follows
			}
			continue
		}
		d.value(member(path, key), t[key], into.FieldByIndex(fields[i].index), fields[i])
	}
	for _, f := range fields {
		if _, ok := t[f.key]; !ok && !meant[f.key] {
			d.absent(path, f)
		}
	}
}

// noTable reports a value that stands where a table belongs.
func (d *decoder) noTable(path string, v any) {
	name := indexes.ReplaceAllString(path, "")
	switch {
	case strings.Contains(path, "].") && !strings.HasSuffix(path, "]"):
		d.at(path, "must be a table (got %s); write { … } with its keys and values", show(v))
	case !strings.HasSuffix(path, "]"):
		d.at(path, "must be a table (got %s); write [%s] and its keys below", show(v), name)
	case strings.ContainsAny(name, `."`):
		d.at(path, "must be a table (got %s); write its keys and values in braces", show(v))
	default:
		d.at(path, "must be a table (got %s); write [[%s]] and its keys below", show(v), name)
	}
}

// indexes is what a path has and the name of a table has not.
var indexes = regexp.MustCompile(`\[\d+\]`)

// absent reports what is required of a key that is not there: the key itself,
// or keys in its table.
func (d *decoder) absent(path string, f field) {
	path = member(path, f.key)
	if f.required {
		d.at(path, "is missing; write %s = %s", f.key, f.example())
	}
	if f.typ.Kind() != reflect.Struct || f.typ == prefixType {
		return
	}
	for _, inner := range fieldsOf(f.typ) {
		if inner.required {
			d.at(member(path, inner.key), "is missing; write [%s] and %s = %s", path, inner.key, inner.example())
		}
	}
}

// unknown reports a key that does not exist, and is the key that was meant.
func (d *decoder) unknown(path, key string, fields []field) string {
	known := make([]string, len(fields))
	for i, f := range fields {
		known[i] = f.key
	}
	full := member(path, key)
	near := nearest(key, known)
	if other := meant(path, key); slices.Contains(known, other) {
		near = other
	}
	if near != "" {
		d.at(full, "there is no such key; write %s", near)
		return near
	}
	if tables := tablesWith(key); len(tables) > 0 {
		d.at(full, "there is no such key here, only in %s; write one of %s", list(tables), list(known))
		return ""
	}
	d.at(full, "there is no such key; write one of %s", list(known))
	return ""
}

// value puts one TOML value into a field of whatever type.
func (d *decoder) value(path string, v any, into reflect.Value, f field) {
	switch t := into.Type(); {
	case t == durationType:
		d.duration(path, v, into, f)
	case t == prefixType:
		d.prefix(path, v, into)
	case reflect.PointerTo(t).Implements(unmarshalType): // knows its own short forms
		if err := into.Addr().Interface().(toml.Unmarshaler).UnmarshalTOML(v); err != nil {
			d.at(path, "%v", err)
		}
	case t.Kind() == reflect.Struct:
		d.table(path, v, into)
	case t.Kind() == reflect.Slice:
		d.list(path, v, into, f)
	case t.Kind() == reflect.Map:
		d.mapping(path, v, into, f)
	case t.Kind() == reflect.String:
		d.str(path, v, into, f)
	case t.Kind() == reflect.Bool:
		b, ok := v.(bool)
		if !ok {
			d.at(path, "must be true or false (got %s); write %s, without quotes", show(v), guessBool(v))
			return
		}
		into.SetBool(b)
	case t.Kind() == reflect.Int || t.Kind() == reflect.Int64:
		d.integer(path, v, into, f)
	case t.Kind() == reflect.Pointer:
		into.Set(reflect.New(t.Elem()))
		d.value(path, v, into.Elem(), f)
	default:
		panic("config: no way to read a " + t.String()) // a new field type; every test that loads the example meets it
	}
}

func (d *decoder) str(path string, v any, into reflect.Value, f field) {
	s, ok := v.(string)
	if !ok {
		instead := f.example()
		if t, isDate := v.(time.Time); isDate && strings.HasSuffix(f.key, "holidays") {
			instead = strconv.Quote(t.Format(time.DateOnly))
		}
		d.at(path, "must be a string (got %s); write %s", show(v), instead)
		return
	}
	if f.one != nil && !slices.Contains(f.one, s) && !(f.unset && s == "") {
		if len(f.one) == 1 {
			d.at(path, "only %q exists in this version (got %s); write %q", f.one[0], show(s), f.one[0])
		} else {
			d.at(path, "must be one of %s (got %s); write %s", list(f.one), show(s), suggest(s, f.one, ""))
		}
		return
	}
	if !f.prose && !d.oneLine(path, s) {
		return
	}
	if s == "" && f.required {
		d.at(path, `must not be empty (got ""); write %s = %s`, f.key, f.example())
		return
	}
	into.SetString(s)
}

// oneLine refuses a text that no header, folder or line of a log can hold.
func (d *decoder) oneLine(path, s string) bool {
	const limit = 1024 // no name is longer, and hardly a path
	switch {
	case strings.ContainsFunc(s, unicode.IsControl):
		d.at(path, "has a line end or another control character (got %s); write it in one line", show(s))
	case len(s) > limit:
		d.at(path, "has %d bytes, more than %d (got %s); write a shorter one", len(s), limit, show(s))
	default:
		return true
	}
	return false
}

func (d *decoder) integer(path string, v any, into reflect.Value, f field) {
	n, ok := v.(int64)
	if !ok {
		if n, ok := guessNumber(v); ok {
			d.at(path, "must be a whole number (got %s); write %d, without quotes, point or unit", show(v), n)
			return
		}
		d.at(path, "must be a whole number (got %s); write one from %s to %s", show(v), f.min, f.max)
		return
	}
	lowest, highest := f.intRange()
	if n < lowest || n > highest {
		d.at(path, "must be from %d to %d (got %d); write %d", lowest, highest, n, max(lowest, min(n, highest)))
		return
	}
	into.SetInt(n)
}

func (d *decoder) duration(path string, v any, into reflect.Value, f field) {
	lowest, highest := f.durationRange()
	switch s, ok := v.(string); {
	case !ok:
		if n, isNumber := v.(int64); isNumber && n > 0 {
			d.at(path, "must say its unit, as a string (got %d); write %s", n, f.withUnits(strconv.FormatInt(n, 10)))
			return
		}
		d.at(path, `must be a string like "30s", "5m" or "8h" (got %s); write %s`, show(v), f.example())
	default:
		span, err := f.parseDuration(s)
		if err != nil {
			if span, err = f.guessDuration(s); err != nil {
				d.at(path, `is not a duration like "30s", "5m" or "8h" (got %s); %v`, show(v), err)
				return
			}
		}
		if span < 0 && lowest == 0 && -span <= highest { // 0 is hardly meant
			d.at(path, "cannot be negative (got %q); write %q", s, f.short(-span))
			return
		}
		if span < lowest || span > highest {
			d.at(path, "must be from %s to %s (got %q); write %q", f.short(lowest), f.short(highest), s, f.short(max(lowest, min(span, highest))))
			return
		}
		into.SetInt(int64(span))
	}
}

func (d *decoder) prefix(path string, v any, into reflect.Value) {
	s, ok := v.(string)
	if !ok {
		d.at(path, `must be a string with a network (got %s); write "192.0.2.0/24"`, show(v))
		return
	}
	if a, err := netip.ParseAddr(s); err == nil && a.Zone() == "" {
		d.at(path, `an address without its prefix length (got %q); write %q for that host alone`, s, netip.PrefixFrom(a, a.BitLen()))
		return
	}
	p, err := netip.ParsePrefix(s)
	switch {
	case err != nil:
		d.at(path, `is not a network (got %q); write one like "192.0.2.0/24" or "2001:db8::/32"`, s)
	case p.Addr().Is4In6():
		d.at(path, `is an IPv4 network in IPv6 form (got %q); write it in IPv4 form, like "192.0.2.0/24"`, s)
	case p != p.Masked():
		d.at(path, `has bits behind its prefix length (got %q); write %q`, s, p.Masked())
	default:
		into.Set(reflect.ValueOf(p))
	}
}

// list puts a TOML list into a slice. One string stands for a list of one, and
// an empty string for none: --set smtp.listen='"127.0.0.1:25"' is meant well.
func (d *decoder) list(path string, v any, into reflect.Value, f field) {
	if s, ok := v.(string); ok && into.Type().Elem().Kind() != reflect.Struct || ok && into.Type().Elem() == prefixType {
		if s == "" && f.required {
			d.at(path, `must not be empty (got ""); write %s = %s`, f.key, f.example())
			return
		}
		if s == "" {
			into.SetZero()
			return
		}
		out := reflect.MakeSlice(into.Type(), 1, 1)
		d.value(path, s, out.Index(0), f.member())
		into.Set(out)
		return
	}
	items, ok := v.([]any)
	if !ok {
		if into.Type().Elem().Kind() == reflect.Struct && into.Type().Elem() != prefixType {
			instead := "[[" + path + "]]"
			if strings.Contains(path, "[") {
				instead = "[{ … }], each table in braces"
			}
			d.at(path, "must be a list of tables (got %s); write %s", show(v), instead)
		} else {
			d.at(path, "must be a list (got %s); write %s", show(v), f.example())
		}
		return
	}
	if len(items) == 0 && f.required {
		d.at(path, "must not be empty (got []); write %s = %s", f.key, f.example())
		return
	}
	out := reflect.MakeSlice(into.Type(), len(items), len(items))
	for i, item := range items {
		setDefaults(out.Index(i))
		d.value(element(path, i), item, out.Index(i), f.member())
	}
	into.Set(out)
}

func (d *decoder) mapping(path string, v any, into reflect.Value, f field) {
	t, ok := v.(map[string]any)
	if !ok {
		d.noTable(path, v)
		return
	}
	out := reflect.MakeMap(into.Type())
	for _, key := range sortedKeys(t) {
		inner := reflect.New(into.Type().Elem()).Elem()
		d.value(member(path, key), t[key], inner, f.member())
		out.SetMapIndex(reflect.ValueOf(key).Convert(into.Type().Key()), inner)
	}
	into.Set(out)
}
