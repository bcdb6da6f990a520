package bolt

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strconv"
	"time"
	"unicode/utf8"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/ticket"
)

// errNotJSON says that a record holds something that could not be read again.
var errNotJSON = errors.New("facts that are not JSON")

// appender writes the records of the accept path as encoding/json does, byte for
// byte (TestEncodeAsJSON holds it to that), at a third of its cost: one mail is
// some eight records, and reflection was an eighth of all its work. Reading, and
// records that are written seldom, are left to encoding/json.
type appender struct {
	b   []byte
	err error // the first thing that cannot be written
}

// open begins an object. Each of its members is written with a comma behind it.
func (a *appender) open() { a.b = append(a.b, '{') }

// end takes the last comma, and ends an object or a list.
func (a *appender) end(c byte) {
	if last := len(a.b) - 1; a.b[last] == ',' {
		a.b = a.b[:last]
	}
	a.b = append(a.b, c, ',')
}

// name begins a member. Names are those of the json tags and need no escapes.
func (a *appender) name(name string) {
	a.b = append(a.b, '"')
	a.b = append(a.b, name...)
	a.b = append(a.b, '"', ':')
}

func (a *appender) number(name string, n uint64) {
	a.name(name)
	a.b = append(strconv.AppendUint(a.b, n, 10), ',')
}

func (a *appender) integer(name string, n int) {
	a.name(name)
	a.b = append(strconv.AppendInt(a.b, int64(n), 10), ',')
}

// isTrue writes a flag that is left out when it is not set.
func (a *appender) isTrue(name string, set bool) {
	if set {
		a.flag(name, set)
	}
}

func (a *appender) flag(name string, set bool) {
	a.name(name)
	a.b = append(strconv.AppendBool(a.b, set), ',')
}

func (a *appender) text(name, s string) {
	a.name(name)
	a.quote(s)
}

// some writes a text that is left out when it is empty.
func (a *appender) some(name, s string) {
	if s != "" {
		a.text(name, s)
	}
}

// id writes an ID, which is an empty text when there is none.
func (a *appender) id(name string, id ticket.ID) {
	a.name(name)
	a.b = append(a.b, '"')
	if id != 0 {
		a.b = id.Append(a.b)
	}
	a.b = append(a.b, '"', ',')
}

// someID writes an ID that is left out when there is none.
func (a *appender) someID(name string, id ticket.ID) {
	if id != 0 {
		a.id(name, id)
	}
}

func (a *appender) time(name string, t time.Time) {
	a.name(name)
	a.b = append(a.b, '"')
	b, err := t.AppendText(a.b)
	if err != nil && a.err == nil {
		a.err = err
	}
	a.b = append(b, '"', ',')
}

// someTime writes a time that is left out when it is zero.
func (a *appender) someTime(name string, t time.Time) {
	if !t.IsZero() {
		a.time(name, t)
	}
}

func (a *appender) list(name string, list []string) {
	a.name(name)
	if list == nil {
		a.b = append(a.b, "null,"...)
		return
	}
	a.b = append(a.b, '[')
	for _, s := range list {
		a.quote(s)
	}
	a.end(']')
}

// someList writes a list that is left out when it is empty.
func (a *appender) someList(name string, list []string) {
	if len(list) > 0 {
		a.list(name, list)
	}
}

// bytes writes bytes in base 64.
func (a *appender) bytes(name string, v []byte) {
	a.name(name)
	if v == nil {
		a.b = append(a.b, "null,"...)
		return
	}
	a.b = append(base64.StdEncoding.AppendEncode(append(a.b, '"'), v), '"', ',')
}

// raw writes what is JSON already, compact as json.Marshal made it.
func (a *appender) raw(name string, v json.RawMessage) {
	a.name(name)
	if v == nil {
		v = json.RawMessage("null")
	}
	if !json.Valid(v) && a.err == nil {
		a.err = errNotJSON
	}
	a.b = append(append(a.b, v...), ',')
}

// rare writes what few records have.
func (a *appender) rare(name string, v any) {
	a.name(name)
	var raw bytes.Buffer
	enc := json.NewEncoder(&raw)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil && a.err == nil {
		a.err = err
	}
	a.b = append(append(a.b, bytes.TrimSuffix(raw.Bytes(), []byte("\n"))...), ',')
}

// quote writes a text with its escapes.
func (a *appender) quote(s string) {
	const hex = "0123456789abcdef"
	b := append(a.b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		size, escape := 1, ""
		if c >= utf8.RuneSelf {
			var r rune
			r, size = utf8.DecodeRuneInString(s[i:])
			switch {
			case r == utf8.RuneError && size == 1:
				escape = `\ufffd`
			case r == '\u2028':
				escape = `\u2028`
			case r == '\u2029':
				escape = `\u2029`
			default:
				i += size
				continue
			}
		}
		b = append(b, s[start:i]...)
		switch {
		case escape != "":
			b = append(b, escape...)
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, `\n`...)
		case c == '\r':
			b = append(b, `\r`...)
		case c == '\t':
			b = append(b, `\t`...)
		case c == '\b':
			b = append(b, `\b`...)
		case c == '\f':
			b = append(b, `\f`...)
		default:
			b = append(b, `\u00`...)
			b = append(b, hex[c>>4], hex[c&15])
		}
		i += size
		start = i
	}
	b = append(b, s[start:]...)
	a.b = append(b, '"', ',')
}

// record writes v when it is one of the accept path's. It reports whether it is.
func (a *appender) record(v any) bool {
	switch v := v.(type) {
	case *ticket.Receipt:
		a.receipt(v)
	case *ticket.Ticket:
		a.ticket(v)
	case *ticket.Entry:
		a.entry(v)
	case []ticket.Event:
		a.events(v)
	case *ticket.Outgoing:
		a.outgoing(v)
	case *promise.Promise:
		a.promise(v)
	default:
		return false
	}
	a.b = a.b[:len(a.b)-1] // the last comma
	return true
}
