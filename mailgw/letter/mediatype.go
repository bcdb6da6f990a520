package letter

import (
	"slices"
	"strconv"
	"strings"
)

// mediaType is a Content-Type or Content-Disposition, read leniently.
type mediaType struct {
	value  string // "text/plain" or "attachment", lower case; "" when missing
	params []param
}

// param is one parameter; its value is unquoted and not yet decoded.
type param struct{ name, value string }

// get returns a parameter's value as it came, "" when there is none.
func (m mediaType) get(name string) string {
	for _, p := range m.params {
		if p.name == name {
			return p.value
		}
	}
	return ""
}

// maxParams is how many parameters of one field are read.
const maxParams = 100

// parseMediaType reads "type/subtype; name=value; …". Quotes may be missing or
// never closed, semicolons doubled or missing after a quote, and values may hold
// spaces.
func parseMediaType(v string) mediaType {
	if len(v) > maxFieldBytes {
		v = v[:maxFieldBytes]
	}
	v = unfold(v)
	head, rest, _ := strings.Cut(v, ";")
	if strings.Contains(head, "(") {
		head, _ = splitComment(head)
	}
	head = strings.TrimSpace(head)
	if i := strings.IndexAny(head, " \t,"); i > 0 { // "text/html charset=x": the semicolon is missing
		head, rest = head[:i], head[i:]+";"+rest
	}
	m := mediaType{value: strings.ToLower(head)}
	for len(m.params) < maxParams {
		rest = strings.TrimLeft(rest, " \t;,")
		if rest == "" {
			break
		}
		if rest[0] == '(' {
			end := closingParen(rest, 0)
			if end < 0 {
				break
			}
			rest = rest[end+1:]
			continue
		}
		i := strings.IndexAny(rest, "=;")
		if i < 0 {
			break
		}
		if rest[i] == ';' {
			rest = rest[i+1:]
			continue
		}
		name := strings.ToLower(strings.TrimSpace(rest[:i]))
		var value string
		value, rest = paramValue(strings.TrimLeft(rest[i+1:], " \t"))
		m.params = append(m.params, param{name, value})
	}
	return m
}

// paramValue reads a parameter's value at the start of s.
func paramValue(s string) (value, rest string) {
	if s == "" || s[0] != '"' {
		i := strings.IndexByte(s, ';')
		if i < 0 {
			i = len(s)
		}
		value = strings.TrimSpace(s[:i])
		if bare, ok := strings.CutPrefix(value, `\"`); ok { // quoted once too often
			value = strings.TrimSuffix(bare, `\"`)
		}
		return value, s[i:]
	}
	end := closingQuote(s, 0)
	if end < 0 {
		i := strings.IndexByte(s, ';')
		if i < 0 {
			i = len(s)
		}
		return strings.Trim(s[:i], "\" \t"), s[i:]
	}
	value = s[1:end]
	if strings.IndexByte(value, '\\') >= 0 {
		value = unescape(value)
	}
	return value, s[end+1:]
}

// unescape resolves the quoted pairs that RFC 5322 §3.2.1 means. Others keep
// their backslash: C:\dir\file is what some senders write.
func unescape(s string) string {
	return strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(s)
}

// text returns a parameter decoded: RFC 2231 §3 pieces and percent codes, and also
// the encoded words that RFC 2047 §5 forbids here and everybody sends.
func (m mediaType) text(name, hint string) string {
	// Senders that write both mean the plain one for old readers (RFC 6266 §4.3).
	plain := decodeWords(m.get(name), hint)
	if v := m.get(name + "*"); v != "" {
		if s := decodePercent(v); plain == "" || !strings.Contains(s, "\uFFFD") {
			return s
		}
	}
	if plain != "" {
		return plain
	}
	type piece struct {
		n       int
		encoded bool
		value   string
	}
	var pieces []piece
	for _, p := range m.params {
		rest, ok := strings.CutPrefix(p.name, name+"*")
		if !ok {
			continue
		}
		num, encoded := strings.CutSuffix(rest, "*")
		if n, err := strconv.Atoi(num); err == nil {
			pieces = append(pieces, piece{n, encoded, p.value})
		}
	}
	if len(pieces) == 0 {
		return ""
	}
	slices.SortStableFunc(pieces, func(a, b piece) int { return a.n - b.n })
	// RFC 2231 §4.1: the charset stands in the first piece only, and plain and
	// encoded pieces may mix. A "%" in a plain piece is meant.
	var b strings.Builder
	encoded := false
	for _, p := range pieces {
		if p.encoded {
			encoded = true
			b.WriteString(p.value)
		} else {
			b.WriteString(strings.ReplaceAll(p.value, "%", "%25"))
		}
	}
	if !encoded {
		return decodeWords(strings.ReplaceAll(b.String(), "%25", "%"), hint)
	}
	return decodePercent(b.String())
}

// decodePercent decodes charset'language'percent-encoded (RFC 2231 §4).
func decodePercent(v string) string {
	charset := ""
	if parts := strings.SplitN(v, "'", 3); len(parts) == 3 {
		charset, v = parts[0], parts[2]
	}
	out := make([]byte, 0, len(v))
	for i := 0; i < len(v); i++ {
		if v[i] == '%' && i+2 < len(v) && unhex(v[i+1]) >= 0 && unhex(v[i+2]) >= 0 {
			out = append(out, byte(unhex(v[i+1])<<4|unhex(v[i+2])))
			i += 2
			continue
		}
		out = append(out, v[i])
	}
	return cleanLine(textOf(out, charset))
}
