package mailgw

import (
	"bytes"
	"encoding/base64"
	"html"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/net/html/charset"
)

// readings is everything that somebody can find in a mail who looks for it, in lower
// case: its bytes, each field and part decoded, what is written in its HTML with the
// tags, without them, and in their attributes and comments; names of files, mails within
// mails, what is percent-encoded or base64 within a text. It is written without our own
// parser, which would not see what it drops.
func readings(raw []byte) string {
	var r reading
	r.mail(raw, 0)
	return strings.ToLower(r.String())
}

// reading collects the readings of a mail.
type reading struct{ strings.Builder }

// maxWithin is how deep mails and parts are looked into.
const maxWithin = 8

var (
	leakTags   = regexp.MustCompile(`<[^>]*>`)
	leakSpaces = regexp.MustCompile(`\s+`)
	leakBase64 = regexp.MustCompile(`[A-Za-z0-9+/_-]{24,}={0,2}`)
	leakUnseen = strings.NewReplacer("\u00ad", "", "\u200b", "", "\u200c", "", "\u200d", "", "\u2060", "", "\ufeff", "", "\u200e", "", "\u200f", "", "\x00", "", "\u00a0", " ")
	leakWords  = &mime.WordDecoder{CharsetReader: func(cs string, in io.Reader) (io.Reader, error) { return charset.NewReaderLabel(cs, in) }}
)

// add takes a text, and what is in it for those who look closer.
func (r *reading) add(s string) {
	for _, form := range []string{s, leakUnseen.Replace(s), html.UnescapeString(s)} {
		r.WriteString(form + "\n")
		r.WriteString(leakSpaces.ReplaceAllString(form, " ") + "\n")
		if plain, err := url.PathUnescape(form); err == nil {
			r.WriteString(plain + "\n")
		} else { // a percent sign alone
			r.WriteString(leakPercent.ReplaceAllStringFunc(form, func(p string) string { c, _ := url.PathUnescape(p); return c }) + "\n")
		}
	}
	if bare := leakUnseen.Replace(html.UnescapeString(leakTags.ReplaceAllString(s, ""))); bare != s {
		r.WriteString(bare + "\n")
	}
	for _, run := range leakBase64.FindAllString(s, -1) {
		for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.RawURLEncoding} {
			if b, err := enc.DecodeString(run); err == nil {
				r.WriteString(string(b) + "\n")
			}
		}
	}
}

var leakPercent = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)

// mail reads a mail, or a part of one, with its fields.
func (r *reading) mail(raw []byte, depth int) {
	r.add(string(raw))
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil || depth > maxWithin {
		return
	}
	for _, values := range m.Header {
		for _, v := range values {
			if plain, err := leakWords.DecodeHeader(v); err == nil {
				r.add(plain)
			}
			if _, params, err := mime.ParseMediaType(v); err == nil { // RFC 2231
				for _, p := range params {
					r.add(p)
				}
			}
		}
	}
	body, _ := io.ReadAll(m.Body)
	switch strings.ToLower(strings.TrimSpace(m.Header.Get("Content-Transfer-Encoding"))) {
	case "base64":
		body, _ = io.ReadAll(base64.NewDecoder(base64.StdEncoding, bytes.NewReader(body)))
	case "quoted-printable":
		body, _ = io.ReadAll(quotedprintable.NewReader(bytes.NewReader(body)))
	}
	r.body(body, m.Header.Get("Content-Type"), depth)
}

// body reads a decoded body of a type.
func (r *reading) body(body []byte, kind string, depth int) {
	media, params, _ := mime.ParseMediaType(kind)
	switch {
	case strings.HasPrefix(media, "multipart/"):
		parts := multipart.NewReader(bytes.NewReader(body), params["boundary"])
		for {
			p, err := parts.NextRawPart()
			if err != nil {
				return
			}
			var b bytes.Buffer
			for name, values := range p.Header {
				for _, v := range values {
					b.WriteString(name + ": " + v + "\r\n")
				}
			}
			b.WriteString("\r\n")
			_, _ = io.Copy(&b, p)
			r.mail(b.Bytes(), depth+1)
		}
	case media == "message/rfc822" || media == "message/global":
		r.mail(body, depth+1)
	default:
		if in, err := charset.NewReaderLabel(params["charset"], bytes.NewReader(body)); err == nil {
			plain, _ := io.ReadAll(in)
			r.add(string(plain))
		}
		r.add(string(body))
	}
}

// hidden is a place where words of the house could be, and nobody sees them at once.
func hidden(secret string) map[string]string {
	const head = "From: a@example.com\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
	b64 := base64.StdEncoding.EncodeToString
	part := func(kind, enc, body string) string {
		return head + "Content-Type: " + kind + "\r\nContent-Transfer-Encoding: " + enc + "\r\n\r\n" + body
	}
	mixed := func(p string) string {
		return head + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n--b\r\n" + p + "\r\n--b--\r\n"
	}
	soft := secret[:3] + "=\r\n" + secret[3:]
	var wide []byte
	for _, u := range utf16.Encode([]rune(secret)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	return map[string]string{
		"plain":               part("text/plain", "7bit", secret),
		"base64":              part("text/plain; charset=utf-8", "base64", b64([]byte("Hello "+secret))),
		"quoted-printable":    part("text/plain; charset=utf-8", "quoted-printable", soft),
		"an HTML comment":     part("text/html", "7bit", "<p>Hello<!-- "+secret+" -->"),
		"an attribute":        part("text/html", "7bit", `<p title="`+secret+`">Hello`),
		"between tags":        part("text/html", "7bit", secret[:4]+"<b></b>"+secret[4:]),
		"entities":            part("text/html", "7bit", "&#"+"x"+"7a;"+secret[1:]),
		"a link":              part("text/html", "7bit", `<a href="mailto:x@example.com?body=%7a`+secret[1:]+`">x</a>`),
		"base64 in a link":    part("text/html", "7bit", `<img src="data:text/plain;base64,`+b64([]byte("Hello, hello, "+secret))+`">`),
		"soft hyphens":        part("text/plain; charset=utf-8", "8bit", secret[:4]+"\u00ad"+secret[4:]),
		"a header":            "X-Note: " + secret + "\r\n" + head + "\r\nHello",
		"an encoded word":     "From: =?utf-8?b?" + b64([]byte(secret)) + "?= <a@example.com>\r\n\r\nHello",
		"a file's name":       mixed("Content-Type: text/plain; name=\"" + secret + ".txt\"\r\n\r\nx"),
		"a name of RFC 2231":  mixed("Content-Type: text/plain\r\nContent-Disposition: attachment; filename*0=\"" + secret[:4] + "\"; filename*1=\"" + secret[4:] + "\"\r\n\r\nx"),
		"a file":              mixed("Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b64([]byte("%PDF "+secret))),
		"a mail within":       mixed("Content-Type: message/rfc822\r\n\r\n" + part("text/plain", "base64", b64([]byte(secret)))),
		"UTF-16":              mixed("Content-Type: text/plain; charset=utf-16le\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b64(wide)),
		"other text, UTF-16":  mixed("Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b64(wide)),
		"behind the last one": mixed("Content-Type: text/plain\r\n\r\nx") + secret,
	}
}

// What is hidden anywhere in a mail is read; without it nothing is.
func TestLeakReadings(t *testing.T) {
	for place, raw := range hidden("zqsecretword") {
		if !strings.Contains(readings([]byte(raw)), "zqsecretword") {
			t.Errorf("%s: not found in\n%s", place, raw)
		}
		if strings.Contains(readings([]byte(raw)), "zqotherword") {
			t.Errorf("%s: found what is not there", place)
		}
	}
}
