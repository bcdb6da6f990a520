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
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// textOf turns b into valid UTF-8. The charset is what the mail claims; "" means
// that it claims nothing. Bytes that contradict the claim win: UTF-8 that is none
// is read as windows-1252, since that is what such mails hold.
func textOf(b []byte, charset string) string {
	s, _ := decodeText(b, charset, "")
	return s
}

// decodeText is textOf, and says what was wrong with the claim ("" for nothing).
// The hint is a charset that the mail names elsewhere, for bytes that name none.
func decodeText(b []byte, charset, hint string) (text, problem string) {
	charset = cleanCharset(charset)
	if bytes.IndexByte(b, 0x1b) >= 0 && isISO2022JP(b) {
		if text, ok := decodeWhole(japanese.ISO2022JP, b); ok {
			return text, wrongClaim(strings.HasPrefix(charset, "iso-2022-jp"), charset, "iso-2022-jp")
		}
	}
	if enc := marked(b); enc != nil {
		if text, ok := decodeWhole(enc, b); ok {
			return text, wrongClaim(strings.HasPrefix(charset, "utf-16"), charset, "utf-16")
		}
	}
	if claimsNothing(charset) {
		return guessText(b, charset, hint)
	}
	enc := lookupCharset(charset)
	switch {
	case enc == nil:
		text, _ = guessText(b, "", hint)
		return text, "unknown charset " + charset + ": guessed"
	case enc == unicode.UTF8:
		return guessText(b, charset, hint)
	case isUTF16(enc):
		if enc = utf16Order(b); enc == nil {
			text, _ = guessText(b, "", hint)
			return text, "text not readable as " + charset + ": guessed"
		}
	case utf8.Valid(b) && !isASCII(b) && (singleByte(enc) || highBytes(b) >= 12):
		// Hardly any text in another charset is valid UTF-8 by accident.
		return cutMark(string(b)), "charset " + charset + " claimed, but the bytes are utf-8"
	}
	text, ok := decodeWhole(enc, b)
	if !ok {
		if other, _ := guessText(b, "", hint); strings.Count(other, "\uFFFD") < strings.Count(text, "\uFFFD") && !mostlyRight(text) {
			return other, "text not readable as " + charset + ": guessed"
		}
	}
	return text, ""
}

// claimsNothing tells the labels that say no more than none: those of ASCII, which
// is what programs write that do not know, and of UTF-8, which the bytes prove.
func claimsNothing(charset string) bool {
	switch charset {
	case "", "utf-8", "utf8", "us-ascii", "ascii", "ansi_x3.4-1968", "unknown-8bit", "x-unknown", "unknown", "default", "none", "null", "8bit", "7bit", "binary", "x-user-defined":
		return true
	}
	return false
}

// wrongClaim is the problem of a text that was read as something else than it
// claims.
func wrongClaim(right bool, charset, read string) string {
	switch {
	case right:
		return ""
	case charset == "":
		return "text without its charset: read as " + read
	}
	return "charset " + charset + " claimed, but the bytes are " + read
}

// decodeWhole decodes b, and tells whether all of it could be read.
func decodeWhole(enc encoding.Encoding, b []byte) (string, bool) {
	out, err := enc.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\uFFFD"), false
	}
	return cutMark(strings.ToValidUTF8(string(out), "\uFFFD")), !bytes.Contains(out, []byte("\uFFFD"))
}

// mostlyRight tells whether no more than every tenth character could not be read.
func mostlyRight(text string) bool {
	return 10*strings.Count(text, "\uFFFD") <= utf8.RuneCountInString(text)
}

// cutMark drops the byte order mark, which is no part of the text.
func cutMark(s string) string { return strings.TrimPrefix(s, "\ufeff") }

// guessText reads bytes of which nothing is known, or which claim to be UTF-8 or
// ASCII.
func guessText(b []byte, claim, hint string) (text, problem string) {
	if utf8.Valid(b) {
		return cutMark(string(b)), ""
	}
	if s, ok := mostlyUTF8(b); ok {
		return s, "text is not quite utf-8: broken characters replaced"
	}
	if claim == "" {
		claim = "none"
	}
	said := "text is not utf-8 (charset claimed: " + claim + "): read as "
	if enc := lookupCharset(cleanCharset(hint)); enc != nil && !isUTF16(enc) {
		if text, ok := decodeWhole(enc, b); ok {
			return text, said + cleanCharset(hint) + ", which the mail names elsewhere"
		}
	}
	name, enc := detect(b)
	text, _ = decodeWhole(enc, b)
	return text, said + name
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
// ks_c_5601 as euc-kr, as every client does. UTF-7 is known to none, on purpose: it
// hides text from every filter.
func lookupCharset(label string) encoding.Encoding {
	if label == "" {
		return nil
	}
	if enc, err := htmlindex.Get(label); err == nil && enc != encoding.Replacement {
		return enc
	}
	if name, ok := charsetAliases[label]; ok {
		label = name
	}
	switch {
	case label == "hz-gb-2312":
		return simplifiedchinese.HZGB2312
	case label == "iso-2022-kr":
		return iso2022KR{}
	case strings.HasPrefix(label, "iso-2022-jp"):
		return japanese.ISO2022JP
	}
	if enc, err := htmlindex.Get(label); err == nil && enc != encoding.Replacement {
		return enc
	}
	if enc, err := ianaindex.MIME.Encoding(label); err == nil && enc != nil {
		return enc
	}
	return lookupParts(label)
}

// charsetAliases are labels that no register knows and mails have.
var charsetAliases = map[string]string{
	"cp65001": "utf-8", "utf8mb4": "utf-8", "utf-8n": "utf-8",
	"cp932": "shift_jis", "sjis-win": "shift_jis", "cp943": "shift_jis", "windows-932": "shift_jis", "mskanji": "shift_jis",
	"eucjp": "euc-jp", "ujis": "euc-jp", "eucjp-win": "euc-jp", "eucjp-ms": "euc-jp", "cp51932": "euc-jp",
	"jis": "iso-2022-jp", "iso2022jp": "iso-2022-jp", "cp50220": "iso-2022-jp", "cp50221": "iso-2022-jp", "cp50222": "iso-2022-jp",
	"cp936": "gbk", "windows-936": "gbk", "gb2312-80": "gbk", "euc-cn": "gbk", "euccn": "gbk", "hz": "hz-gb-2312",
	"cp949": "euc-kr", "ms949": "euc-kr", "uhc": "euc-kr", "windows-949": "euc-kr", "x-windows-949": "euc-kr", "euckr": "euc-kr",
	"cp950": "big5", "ms950": "big5", "windows-950": "big5", "big-5": "big5",
	"ansi": "windows-1252", "latin-1": "windows-1252", "latin1-utf8": "utf-8", "iso-latin-1": "windows-1252",
	"cp28591": "windows-1252", "cp20866": "koi8-r", "cp21866": "koi8-u", "x-mac": "macintosh",
}

// lookupParts finds a charset in a label that only resembles one: the number of a
// Windows code page or of a part of ISO 8859, or UTF-8 with something glued to it.
func lookupParts(label string) encoding.Encoding {
	if strings.Contains(label, "utf-8") || strings.Contains(label, "utf8") {
		return unicode.UTF8
	}
	if i := strings.Index(label, "8859"); i >= 0 {
		n := strings.TrimLeft(label[i+4:], "-_ :")
		for _, digits := range []int{2, 1} {
			if len(n) >= digits {
				if enc, err := htmlindex.Get("iso-8859-" + n[:digits]); err == nil {
					return enc
				}
			}
		}
	}
	if i := strings.Index(label, "125"); i >= 0 && len(label) >= i+4 && (strings.Contains(label, "win") || strings.Contains(label, "cp") || strings.Contains(label, "ms")) {
		if enc, err := htmlindex.Get("windows-" + label[i:i+4]); err == nil {
			return enc
		}
	}
	if strings.HasPrefix(label, "cp-") || strings.HasPrefix(label, "x-cp") || strings.HasPrefix(label, "ibm-") {
		if enc, err := ianaindex.MIME.Encoding("cp" + strings.TrimLeft(label, "xcpibm-")); err == nil && enc != nil {
			return enc
		}
	}
	if strings.Contains(label, "_") {
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
	const around = " \t\r\n\"'<>;,\\"
	label = strings.ToLower(strings.Trim(label, around))
	for strings.HasPrefix(label, "charset") { // "charset=charset=x"
		rest := strings.TrimLeft(label[len("charset"):], " \t=:\"'")
		if rest == label || rest == "" {
			break
		}
		label = rest
	}
	if i := strings.IndexAny(label, ";,\"'"); i > 0 {
		label = label[:i]
	}
	if i := strings.IndexByte(label, '*'); i > 0 {
		label = label[:i] // RFC 2231 §5: charset*language
	}
	if len(label) > 40 {
		label = label[:40]
	}
	return strings.ToValidUTF8(strings.Trim(label, around), "?")
}

// isASCII reports whether no byte has its high bit set.
func isASCII[T string | []byte](b T) bool {
	for i := range len(b) {
		if b[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// highBytes counts the bytes that are no ASCII.
func highBytes(b []byte) int {
	n := 0
	for _, c := range b {
		n += int(c >> 7)
	}
	return n
}
