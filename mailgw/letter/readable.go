package letter

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// readable decodes the charset of a text that somebody is meant to read.
func (w *walker) readable(p part, media, name string, body []byte) block {
	charset := p.media.get("charset")
	if media == "text/html" {
		charset = htmlCharset(body, charset)
	}
	hint := ""
	if !utf8.Valid(body) {
		hint = w.charsetHint()
	}
	s, problem := decodeText(body, charset, hint)
	if problem != "" {
		w.note(problem)
	}
	// A name on the first part is none that makes a file of it.
	first := len(w.types) == 1 && p.disposition.value != "attachment"
	b := block{named: !first && (name != "" || p.disposition.value == "attachment"), isHTML: media == "text/html"}
	switch {
	case media == "text/plain" && strings.EqualFold(p.media.get("format"), "flowed"):
		s = flowedText(s, strings.EqualFold(p.media.get("delsp"), "yes"))
	case media == "text/enriched" || media == "text/richtext":
		s = enrichedText(s)
	case media == "text/rtf":
		s = rtfText(body)
	}
	if b.isHTML {
		const longest = 4 << 20
		if b.html = cutRunes(s, longest); len(b.html) < len(s) {
			w.note("HTML text too long: only its beginning was read")
		}
	} else {
		b.plain = cleanText(s)
	}
	return b
}

// charsetHint returns a charset that the mail names for something else: in its top
// Content-Type, or in the encoded words of its header.
func (w *walker) charsetHint() string {
	if !claimsNothing(cleanCharset(w.topCharset)) {
		return w.topCharset
	}
	for _, field := range []string{"Subject", "From", "To"} {
		v := capped(w.mail.Header.raw(field))
		for range 10 {
			i := strings.Index(v, "=?")
			if i < 0 {
				break
			}
			charset, _, ok := strings.Cut(v[i+2:], "?")
			if !ok {
				break
			}
			if charset = cleanCharset(charset); !claimsNothing(charset) && lookupCharset(charset) != nil {
				return charset
			}
			v = v[i+2:]
		}
	}
	return ""
}

// htmlCharset returns the charset of an HTML text. The mail's word goes before
// what the text says of itself (RFC 2854 §6), unless it says nothing, cannot be true,
// or is the one of programs that do not know, and the bytes are on the text's side.
func htmlCharset(body []byte, claim string) string {
	c := cleanCharset(claim)
	said := lookupCharset(c)
	sure := !claimsNothing(c) && said != nil || utf8.Valid(body) && c != ""
	if sure && (said != charmap.Windows1252 || utf8.Valid(body)) {
		return claim
	}
	own := cleanCharset(metaCharset(body))
	enc := lookupCharset(own)
	if own == "" || enc == nil || isUTF16(enc) {
		return claim
	}
	if sure {
		if _, found := detect(body); found != enc {
			return claim
		}
	}
	return own
}

// metaCharset returns the charset that an HTML text itself names at its top.
func metaCharset(body []byte) string {
	const far = 4 << 10
	top := bytes.ToLower(body[:min(len(body), far)])
	_, label, ok := bytes.Cut(top, []byte("charset="))
	if !ok {
		if _, label, ok = bytes.Cut(top, []byte("encoding=")); !ok || !bytes.Contains(top, []byte("<?xml")) {
			return ""
		}
	}
	label = bytes.TrimLeft(label, "\"' ")
	if i := bytes.IndexAny(label, "\"'> ;/?"); i >= 0 {
		label = label[:i]
	}
	return string(label)
}
