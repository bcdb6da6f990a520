package letter

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/unicode"
)

// textOf turns b into valid UTF-8. The charset is what the mail claims; "" means
// that it claims nothing. Bytes that contradict the claim win: UTF-8 that is none
// is read as windows-1252, since that is what such mails hold.
func textOf(b []byte, charset string) string {
	s, _ := decodeText(b, charset)
	return s
}

// decodeText is textOf, and says what was wrong with the claim ("" for nothing).
func decodeText(b []byte, charset string) (text, problem string) {
	charset = cleanCharset(charset)
	switch charset {
	case "", "utf-8", "utf8", "us-ascii", "ascii", "unknown-8bit", "x-unknown", "unknown", "default", "8bit", "7bit", "binary":
		return guessText(b, charset)
	}
	enc := lookupCharset(charset)
	if enc == nil {
		text, _ = guessText(b, "")
		return text, "unknown charset " + charset + ": guessed"
	}
	if enc == unicode.UTF8 {
		return guessText(b, charset)
	}
	if utf8.Valid(b) && !isASCII(b) && singleByte(enc) {
		// Hardly any text in a single-byte charset is valid UTF-8 by accident.
		return string(b), "charset " + charset + " claimed, but the bytes are utf-8"
	}
	out, err := enc.NewDecoder().Bytes(b)
	if err != nil {
		text, _ = guessText(b, "")
		return text, "text not readable as " + charset + ": guessed"
	}
	return strings.ToValidUTF8(string(out), "\uFFFD"), ""
}

// guessText reads bytes of which nothing is known, or which claim to be UTF-8 or
// ASCII.
func guessText(b []byte, claim string) (text, problem string) {
	if bytes.IndexByte(b, 0x1b) >= 0 && (bytes.Contains(b, []byte("\x1b$B")) || bytes.Contains(b, []byte("\x1b$@"))) {
		if out, err := japanese.ISO2022JP.NewDecoder().Bytes(b); err == nil {
			return string(out), "text without its charset: read as iso-2022-jp"
		}
	}
	if utf8.Valid(b) {
		return string(b), ""
	}
	if s, ok := mostlyUTF8(b); ok {
		return s, "text is not quite utf-8: broken characters replaced"
	}
	out, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\uFFFD"), "text is in no known charset"
	}
	if claim == "" {
		claim = "none"
	}
	return string(out), "text is not utf-8 (charset claimed: " + claim + "): read as windows-1252"
}

// mostlyUTF8 accepts a text whose multi-byte characters are nearly all right,
// such as a UTF-8 mail that was cut in the middle of one.
func mostlyUTF8(b []byte) (string, bool) {
	good, bad := 0, 0
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			bad++
		} else {
			good++
		}
		i += n
	}
	if good < 4*bad {
		return "", false
	}
	return strings.ToValidUTF8(string(b), "\uFFFD"), true
}

// lookupCharset finds the decoder for a label, nil when there is none. WHATWG
// labels come first: they read iso-8859-1 as windows-1252, gb2312 as gbk and
// ks_c_5601 as euc-kr, as every client does. UTF-7 is known to neither index, on
// purpose: it hides text from every filter.
func lookupCharset(label string) encoding.Encoding {
	if enc, err := htmlindex.Get(label); err == nil {
		if enc == encoding.Replacement {
			return nil
		}
		return enc
	}
	if enc, err := ianaindex.MIME.Encoding(label); err == nil && enc != nil {
		return enc
	}
	switch {
	case strings.HasPrefix(label, "cp-"):
		return lookupCharset("cp" + label[3:])
	case strings.HasPrefix(label, "windows") && !strings.HasPrefix(label, "windows-"):
		return lookupCharset("windows-" + strings.TrimLeft(label[7:], "_ "))
	case strings.HasPrefix(label, "cp"):
		return lookupCharset("windows-" + label[2:])
	case strings.HasPrefix(label, "iso8859"):
		return lookupCharset("iso-8859" + label[7:])
	case strings.Contains(label, "_"):
		return lookupCharset(strings.ReplaceAll(label, "_", "-"))
	}
	return nil
}

// singleByte tells whether the encoding is one byte a character.
func singleByte(enc encoding.Encoding) bool {
	_, ok := enc.(*charmap.Charmap)
	return ok
}

// cleanCharset strips what senders put around a charset's name.
func cleanCharset(label string) string {
	label = strings.ToLower(strings.Trim(label, " \t\r\n\"'<>;,"))
	if len(label) > 40 {
		label = label[:40]
	}
	if i := strings.IndexByte(label, '*'); i > 0 {
		label = label[:i] // RFC 2231 §5: charset*language
	}
	return strings.ToValidUTF8(label, "?")
}

// isASCII reports whether no byte has its high bit set.
func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
