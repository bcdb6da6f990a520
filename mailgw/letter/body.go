package letter

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf8"
)

// body writes the Content fields and the body: the texts alone, or a
// multipart/mixed of them and the files.
func (c *composer) body(d Draft) {
	var beside, attached []File
	for _, f := range d.Files {
		if f.Inline && f.ContentID != "" && d.HTML != "" {
			beside = append(beside, f)
		} else {
			attached = append(attached, f)
		}
	}
	if len(attached) == 0 {
		c.texts(d, beside)
		return
	}
	c.multipart("mixed", d, nil, func(next func()) {
		next()
		c.texts(d, beside)
		for _, f := range attached {
			next()
			c.file(f, false)
		}
	})
}

// texts writes the words, as plain text and HTML when there is HTML, with the
// files that the HTML shows (RFC 2387 §3).
func (c *composer) texts(d Draft, beside []File) {
	if d.HTML == "" {
		c.part("text/plain", d.Text)
		return
	}
	c.multipart("alternative", d, nil, func(next func()) {
		next()
		c.part("text/plain", d.Text)
		next()
		if len(beside) == 0 {
			c.part("text/html", d.HTML)
			return
		}
		c.multipart("related", d, []string{`type="text/html"`}, func(next func()) {
			next()
			c.part("text/html", d.HTML)
			for _, f := range beside {
				next()
				c.file(f, true)
			}
		})
	})
}

// multipart writes the Content-Type of a multipart, its parts, each begun by
// next, and its end.
//
// RFC 2045 §6.7: "=_" never stands in quoted-printable, nor in base64, so no part
// can hold the boundary; a part that is sent as it came is looked at by [sendableAsIs].
func (c *composer) multipart(subtype string, d Draft, params []string, parts func(next func())) {
	seed := "boundary "
	if subtype != "alternative" {
		seed += subtype + " "
	}
	sum := sha256.Sum256([]byte(seed + d.MessageID))
	boundary := "=_" + hex.EncodeToString(sum[:12])
	c.out.WriteString("Content-Type: multipart/" + subtype + ";\r\n")
	for _, p := range params {
		c.out.WriteString(" " + p + ";\r\n")
	}
	c.out.WriteString(" boundary=\"" + boundary + "\"\r\n\r\n")
	parts(func() { c.out.WriteString("--" + boundary + "\r\n") })
	c.out.WriteString("--" + boundary + "--\r\n")
}

// file writes one file with its Content fields.
func (c *composer) file(f File, inline bool) {
	media := fileType(f.Type)
	// RFC 2046 §5.2.1: a mail inside of a mail is not encoded.
	asItIs := strings.HasPrefix(media, "message/") && sendableAsIs(f.Bytes)
	if strings.HasPrefix(media, "message/") && !asItIs {
		media = "application/octet-stream"
	}
	c.out.WriteString("Content-Type: " + media + "\r\n")
	c.out.WriteString("Content-Transfer-Encoding: " + map[bool]string{true: "7bit", false: "base64"}[asItIs] + "\r\n")
	disposition := "attachment"
	if inline || f.Inline {
		disposition = "inline"
	}
	c.out.WriteString("Content-Disposition: " + disposition)
	for _, p := range nameParams(f.Name) {
		c.out.WriteString(";\r\n " + p)
	}
	c.out.WriteString("\r\n")
	if id := strings.Trim(f.ContentID, "<> "); goodID(id) {
		c.out.WriteString("Content-ID: <" + id + ">\r\n")
	}
	c.out.WriteString("\r\n")
	if asItIs {
		c.out.Write(bytes.ReplaceAll(bytes.ReplaceAll(f.Bytes, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n")))
		c.out.WriteString("\r\n")
		return
	}
	encodeBase64(&c.out, f.Bytes)
}

// encodeBase64 writes base64 in lines of 76 characters (RFC 2045 §6.8).
func encodeBase64(out *bytes.Buffer, b []byte) {
	const width = 76 / 4 * 3
	out.Grow(base64.StdEncoding.EncodedLen(len(b)) + len(b)/width*2 + 4)
	for len(b) > 0 {
		n := min(width, len(b))
		out.Write(base64.StdEncoding.AppendEncode(out.AvailableBuffer(), b[:n]))
		out.WriteString("\r\n")
		b = b[n:]
	}
}

// sendableAsIs tells whether a mail can be sent inside of another as it is: ASCII
// in short lines, without what begins a boundary of ours.
func sendableAsIs(b []byte) bool {
	if bytes.Contains(b, []byte("--=_")) || bytes.IndexByte(b, 0) >= 0 || !isASCII(b) {
		return false
	}
	for line := range bytes.Lines(b) {
		if len(line) > 998 || bytes.IndexByte(bytes.TrimSuffix(line, []byte("\r\n")), '\r') >= 0 {
			return false
		}
	}
	return len(b) > 0
}

// fileType is a media type that can be written: application/octet-stream when
// the given one cannot, or when its bytes would be read as part of our mail. Of
// its parameters the charset stays.
func fileType(s string) string {
	m := parseMediaType(s)
	major, minor, ok := strings.Cut(m.value, "/")
	if !ok || !isToken(major) || !isToken(minor) || major == "multipart" || len(m.value) > 100 {
		return "application/octet-stream"
	}
	if cs := m.get("charset"); isToken(cs) && len(cs) < 40 && strings.HasPrefix(m.value, "text/") {
		return m.value + "; charset=" + cs
	}
	return m.value
}

// isToken tells a token of RFC 2045 §5.1.
func isToken(s string) bool {
	return s != "" && isClean(s) && !strings.ContainsAny(s, " ()<>@,;:\\\"/[]?=")
}

// nameParams returns the parameters that say a file's name: quoted when it is
// plain, else in pieces of RFC 2231 §3, each on a line of its own.
func nameParams(name string) []string {
	name = cleanFileName(name)
	if name == "" {
		return nil
	}
	if isClean(name) && !strings.ContainsAny(name, "\\\"%") && len(name) < 60 {
		return []string{`filename="` + name + `"`}
	}
	const width = 60
	var params []string
	piece := "utf-8''"
	for _, r := range name {
		enc := percent(r)
		if len(piece)+len(enc) > width {
			params = append(params, piece)
			piece = ""
		}
		piece += enc
	}
	params = append(params, piece)
	if len(params) == 1 {
		return []string{"filename*=" + params[0]}
	}
	for i := range params {
		params[i] = "filename*" + strconv.Itoa(i) + "*=" + params[i]
	}
	return params
}

// percent writes a character of a name as RFC 2231 §7 allows it.
func percent(r rune) string {
	if r < utf8.RuneSelf && (isLetter(byte(r)) || '0' <= r && r <= '9' || strings.ContainsRune("-._~", r)) {
		return string(r)
	}
	const hexDigits = "0123456789ABCDEF"
	var out []byte
	for _, c := range []byte(string(r)) {
		out = append(out, '%', hexDigits[c>>4], hexDigits[c&15])
	}
	return string(out)
}
