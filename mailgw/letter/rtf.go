package letter

import (
	"encoding/binary"
	"strconv"
	"strings"
	"unicode/utf16"
)

// rtfDictionary is what every packed RTF may refer to (MS-OXRTFCP §2.1.2.1).
const rtfDictionary = `{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0` +
	"\r\n" + `\par \pard\plain\f0\fs20\b\i\u\tab\tx`

// unpackRTF unpacks the RTF of Outlook (MS-OXRTFCP §3.1.1.2), nil when it is none.
// The result is not longer than it says itself, and no more than 9 times the input.
func unpackRTF(b []byte) []byte {
	const head, plain, packed = 16, 0x414c454d, 0x75465a4c
	if len(b) < head {
		return nil
	}
	size, kind := int64(binary.LittleEndian.Uint32(b[4:])), binary.LittleEndian.Uint32(b[8:])
	b = b[head:]
	switch kind {
	case plain:
		return b[:min(int64(len(b)), size)]
	case packed:
	default:
		return nil
	}
	const window = 4096
	var dict [window]byte
	at := copy(dict[:], rtfDictionary)
	out := make([]byte, 0, min(size, 9*int64(len(b))))
	put := func(c byte) {
		out = append(out, c)
		dict[at] = c
		at = (at + 1) % window
	}
	for len(b) > 0 {
		flags := b[0]
		b = b[1:]
		for bit := 0; bit < 8 && len(b) > 0; bit++ {
			if flags>>bit&1 == 0 {
				put(b[0])
				b = b[1:]
				continue
			}
			if len(b) < 2 {
				return out
			}
			ref := binary.BigEndian.Uint16(b)
			b = b[2:]
			from := int(ref >> 4)
			if from == at {
				return out
			}
			for n := int(ref&15) + 2; n > 0 && int64(len(out)) < size; n-- {
				put(dict[from])
				from = (from + 1) % window
			}
		}
	}
	return out
}

// rtfText returns the words of an RTF text, in lines. Pictures, fonts, and the HTML
// that Outlook wraps into RTF are left out; the words between it stay.
func rtfText(b []byte) string {
	r := rtfReader{codepage: "windows-1252"}
	return r.run(b)
}

func (r *rtfReader) run(b []byte) string {
	for len(b) > 0 {
		before := len(b)
		switch c := b[0]; {
		case c == '{':
			b = b[1:]
			if r.depth++; r.skip == 0 && strings.HasPrefix(string(b[:min(len(b), 2)]), `\*`) {
				r.skip = r.depth
			}
		case c == '}':
			b = b[1:]
			if r.skip == r.depth {
				r.skip = 0
			}
			r.depth = max(0, r.depth-1)
		case c == '\\':
			b = r.control(b[1:])
		case c == '\r' || c == '\n':
			b = b[1:]
		default:
			b = b[1:]
			r.char(c)
		}
		r.steps += before - len(b)
	}
	r.flush()
	return strings.TrimSpace(cleanText(r.out.String()))
}

// rtfReader gathers the words of an RTF text.
type rtfReader struct {
	out      strings.Builder
	pending  []byte   // characters in the text's code page
	units    []uint16 // characters in UTF-16
	codepage string
	depth    int // open groups
	skip     int // the group that is left out, 0 for none
	fallback int // characters that stand for the last \u, for readers that do not know it
	replaces int // how many each \u has; 0 means 1, see uc
	ucSet    bool
	steps    int // bytes that were looked at, for the tests
}

// char adds a byte of text.
func (r *rtfReader) char(c byte) {
	switch {
	case r.skip > 0:
	case r.fallback > 0:
		r.fallback--
	default:
		r.flushUnits()
		r.pending = append(r.pending, c)
	}
}

func (r *rtfReader) flushUnits() {
	if len(r.units) > 0 {
		r.out.WriteString(string(utf16.Decode(r.units)))
		r.units = r.units[:0]
	}
}

// flush decodes what is pending.
func (r *rtfReader) flush() {
	r.flushUnits()
	if len(r.pending) > 0 {
		r.steps += len(r.pending)
		r.out.WriteString(textOf(r.pending, r.codepage))
		r.pending = r.pending[:0]
	}
}

// control reads what follows a backslash and returns the rest.
func (r *rtfReader) control(b []byte) []byte {
	if len(b) == 0 {
		return b
	}
	if !isLetter(b[0]) {
		return r.symbol(b)
	}
	n := 0
	for n < len(b) && n < 32 && isLetter(b[n]) {
		n++
	}
	word := string(b[:n])
	b = b[n:]
	n = 0
	if len(b) > 0 && b[0] == '-' {
		n = 1
	}
	for n < len(b) && n < 10 && '0' <= b[n] && b[n] <= '9' {
		n++
	}
	value, err := strconv.Atoi(string(b[:n]))
	given := err == nil
	if given {
		b = b[n:]
	}
	if len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	return r.word(word, value, given, b)
}

// symbol reads a control symbol such as \'e4.
func (r *rtfReader) symbol(b []byte) []byte {
	switch c := b[0]; c {
	case '\'':
		if len(b) >= 3 && unhex(b[1]) >= 0 && unhex(b[2]) >= 0 {
			r.char(byte(unhex(b[1])<<4 | unhex(b[2])))
			return b[3:]
		}
	case '~':
		r.char(' ')
	case '_':
		r.char('-')
	case '\\', '{', '}':
		r.char(c)
	case '\r', '\n':
		r.char('\n')
	}
	return b[1:]
}

// word does what a control word means.
func (r *rtfReader) word(word string, value int, given bool, b []byte) []byte {
	switch word {
	case "fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "header", "footer", "themedata", "datastore":
		if r.skip == 0 {
			r.skip = max(1, r.depth)
		}
	case "par", "line", "row", "sect", "page":
		r.char('\n')
	case "tab", "cell":
		r.char('\t')
	case "ansicpg":
		r.flush()
		r.codepage = "cp" + strconv.Itoa(value)
	case "uc":
		r.replaces, r.ucSet = min(max(value, 0), 16), true
	case "u":
		if r.skip == 0 && given {
			if len(r.pending) > 0 {
				r.flush()
			}
			r.units = append(r.units, uint16(value))
			r.fallback = 1
			if r.ucSet {
				r.fallback = r.replaces
			}
		}
	case "bin":
		return b[min(max(value, 0), len(b)):]
	case "endash", "emdash":
		r.char('-')
	case "lquote", "rquote":
		r.char('\'')
	case "ldblquote", "rdblquote":
		r.char('"')
	case "bullet":
		r.char('*')
	}
	return b
}
