package letter

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// decodeWords decodes the encoded words (RFC 2047 §2) of a header value and makes
// one clean line of it. Raw 8-bit bytes are read by the hint, the charset of the
// mail's body, when they are no UTF-8.
//
// Neighbouring words in the same charset are joined as bytes before they are
// decoded, since many senders cut characters in two. Words that stand without
// white space around them are read too.
func decodeWords(v, hint string) string {
	v = strings.Trim(v, " \t\r\n")
	if !strings.Contains(v, "=?") {
		if isClean(v) {
			return v
		}
		return cleanLine(textOf([]byte(v), hint))
	}
	d := wordDecoder{hint: hint}
	return d.run(v)
}

// run decodes a value.
func (d *wordDecoder) run(v string) string {
	for v != "" {
		i := strings.Index(v, "=?")
		if i < 0 {
			break
		}
		d.steps += i
		charset, data, n := d.parseWord(v[i:])
		if n == 0 {
			d.literal(v[:i+2])
			v = v[i+2:]
			continue
		}
		d.literal(v[:i])
		d.word(charset, data)
		v = v[i+n:]
	}
	d.literal(v)
	d.flush()
	return cleanLine(strings.ToValidUTF8(d.out.String(), "\uFFFD"))
}

// wordDecoder collects the pieces of a value.
type wordDecoder struct {
	out     strings.Builder
	hint    string
	charset string // of the pending words
	pending []byte
	after   bool // the last piece was a word
	steps   int  // bytes that were looked at, for the tests
}

// literal adds text that is no encoded word.
// RFC 2047 §6.2: white space between two words is not shown.
func (d *wordDecoder) literal(s string) {
	if s == "" || (d.after && strings.Trim(s, " \t\r\n") == "") {
		return
	}
	d.flush()
	d.after = false
	if utf8.ValidString(s) {
		d.out.WriteString(s)
		return
	}
	d.out.WriteString(textOf([]byte(s), d.hint))
}

// word adds the bytes of one encoded word.
func (d *wordDecoder) word(charset string, data []byte) {
	if !strings.EqualFold(d.charset, charset) {
		d.flush()
	}
	d.charset = charset
	d.pending = append(d.pending, data...)
	d.after = true
}

// flush decodes the pending words.
func (d *wordDecoder) flush() {
	if len(d.pending) > 0 {
		d.out.WriteString(textOf(d.pending, d.charset))
		d.pending = d.pending[:0]
	}
}

// parseWord reads the encoded word at the start of s, "=?charset?B?…?=", and
// returns its bytes and length; n is 0 when there is none. A word that lost its
// end is read to the next white space.
func (d *wordDecoder) parseWord(s string) (charset string, data []byte, n int) {
	q1 := strings.IndexByte(s[2:], '?')
	d.steps += max(q1, 2)
	if q1 <= 0 || q1 > 40 {
		return "", nil, 0
	}
	q1 += 2
	if len(s) < q1+3 || s[q1+2] != '?' {
		return "", nil, 0
	}
	charset, kind, text := s[2:q1], s[q1+1], s[q1+3:]
	// What the next word begins with is looked for first: so each byte is looked at
	// for one word only. "=?=" may end this one.
	if next := strings.Index(text, "=?"); next >= 0 {
		text = text[:min(len(text), next+len("=?="))]
	}
	d.steps += len(text)
	end := strings.Index(text, "?=")
	n = q1 + 3 + end + 2
	if end < 0 {
		if end = unfinished(charset, text); end < 0 {
			return "", nil, 0
		}
		n = q1 + 3 + end
		text = strings.TrimSuffix(text[:end], "?")
		end = len(text)
	}
	switch kind {
	case 'b', 'B':
		return charset, decodeWordB(text[:end]), n
	case 'q', 'Q':
		// "=?=": the word ends with an encoded character whose "=" met the "?".
		return charset, decodeWordQ(text[:end]), n
	}
	return "", nil, 0
}

// unfinished returns where a word ends that lost its "?=": before the next white
// space or word. It is -1 when the charset is none, so that no other text is taken for a word.
func unfinished(charset, text string) int {
	if lookupCharset(cleanCharset(charset)) == nil {
		return -1
	}
	end := len(text)
	if i := strings.IndexAny(text, " \t\r\n"); i >= 0 {
		end = i
	}
	if i := strings.Index(text[:end], "=?"); i >= 0 {
		end = i
	}
	return end
}

// decodeWordB decodes base64, ignoring what is none.
func decodeWordB(s string) []byte {
	if out, err := base64.StdEncoding.DecodeString(s); err == nil {
		return out
	}
	var d base64Decoder
	return d.finish(d.decode(nil, []byte(s)))
}

// decodeWordQ decodes the Q encoding (RFC 2047 §4.2).
func decodeWordQ(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '_':
			out = append(out, ' ')
		case s[i] == '=' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0:
			out = append(out, byte(unhex(s[i+1])<<4|unhex(s[i+2])))
			i += 2
		default:
			out = append(out, s[i])
		}
	}
	return out
}

// unhex returns the value of a hex digit, or -1.
func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}
