package smtpd

import (
	"bytes"
	"net/netip"
	"strings"
	"time"

	"supportgw/mailgw/letter"
)

// dateLayout is RFC 5322 §3.3 with two digits for the day, so that each date
// has the same length.
const dateLayout = "Mon, 02 Jan 2006 15:04:05 -0700"

// maxHelo is how much of a HELO name we keep. RFC 5321 §4.5.3.1.2: a domain has
// at most 255 octets.
const maxHelo = 255

// appendTrace appends the lines that we put on top of a mail, without the
// date: that is filled in when the mail is complete.
//
// RFC 5321 §4.4: time-stamp-line and return-path-line; "for" only when there is
// one recipient, so that no blind copy is shown.
func appendTrace(b []byte, a *letter.Arrival, host, protocol string) []byte {
	b = append(b, "Return-Path: <"...)
	b = append(b, a.ReversePath...)
	b = append(b, ">\r\nReceived: from "...)
	b = append(b, heloWord(a.Helo)...)
	if a.ClientIP.IsValid() {
		b = append(b, " ("...)
		b = appendLiteral(b, a.ClientIP)
		b = append(b, ')')
	}
	b = append(b, "\r\n\tby "...)
	b = append(b, host...)
	b = append(b, " with "...)
	b = append(b, protocol...)
	b = append(b, " id "...)
	b = append(b, a.ID.String()...)
	if len(a.Recipients) == 1 {
		b = append(b, "\r\n\tfor <"...)
		b = append(b, a.Recipients[0]...)
		b = append(b, '>')
	}
	b = append(b, ";\r\n\t"...)
	b = append(b, dateLayout...)
	return append(b, "\r\n"...)
}

// setDate fills the date in to the trace lines that end at raw[end].
func setDate(raw []byte, end int, at time.Time) {
	i := end - len("\r\n") - len(dateLayout)
	at.AppendFormat(raw[i:i], dateLayout)
}

// heloWord makes what the peer calls itself fit for a Received line.
func heloWord(s string) string {
	s = strings.Map(func(r rune) rune {
		if alphanumeric(r) || strings.ContainsRune("-._[]:", r) {
			return r
		}
		return '?'
	}, s[:min(len(s), maxHelo)])
	if s == "" {
		return "unknown"
	}
	return s
}

// appendLiteral appends an address literal. RFC 5321 §4.1.3.
func appendLiteral(b []byte, ip netip.Addr) []byte {
	b = append(b, '[')
	if ip.Is6() {
		b = append(b, "IPv6:"...)
	}
	return append(ip.AppendTo(b), ']')
}

// protocolName returns the word behind "with". RFC 3848, RFC 6531 §4.3.
func protocolName(lmtp, esmtp, secure, utf8 bool) string {
	name := "SMTP"
	switch {
	case lmtp && utf8:
		name = "UTF8LMTP"
	case lmtp:
		name = "LMTP"
	case utf8:
		name = "UTF8SMTP"
	case esmtp || secure:
		name = "ESMTP"
	}
	if secure {
		name += "S"
	}
	return name
}

// cleanHeader strips what nobody else may say from the header of the mail that
// begins at raw[body]: fields in the name of the gateway, Return-Path lines on
// top, and what forged says (see Options.Forged; nil: nothing). All else stays byte
// for byte. It returns the mail without them and the number of Received fields.
func cleanHeader(raw []byte, body int, forged func(name, value string) bool) (cleaned []byte, hops int) {
	kept := body  // where the next line that stays goes
	strip := true // what a continued line belongs to; at the top, to nothing
	at := body
	for at < len(raw) {
		end := len(raw)
		if k := bytes.IndexByte(raw[at:], '\n'); k >= 0 {
			end = at + k + 1
		}
		line := raw[at:end]
		if line[0] == '\r' || line[0] == '\n' {
			break
		}
		folded := (line[0] == ' ' || line[0] == '\t') && at > body
		if !folded {
			name := bytes.TrimLeft(line, " \t")
			strip = hasFold(name, "x-mailgw-") || kept == body && isField(name, "return-path")
			if isField(line, "received") {
				hops++
			}
			if forged != nil && !strip {
				strip = isForged(raw[at:], name, forged)
			}
		}
		if !strip {
			if kept != at {
				copy(raw[kept:], line)
			}
			kept += len(line)
		}
		at = end
	}
	if kept == at {
		return raw, hops
	}
	return append(raw[:kept], raw[at:]...), hops
}

// watched are the fields that Options.Forged is asked about, in lower case.
var watched = [...]string{"authentication-results", "received"}

// isForged asks about the field whose first line, without white space before it,
// is line; header begins with that field.
//
// RFC 8601 §5: fields that claim our own id are removed at the border.
func isForged(header, line []byte, forged func(name, value string) bool) bool {
	for _, name := range watched {
		if isField(line, name) {
			_, value, _ := bytes.Cut(header[:fieldEnd(header)], []byte{':'})
			return forged(name, string(value))
		}
	}
	return false
}

// fieldEnd returns where the field ends that begins the header: before the first
// line that is not folded into it.
func fieldEnd(header []byte) int {
	for at := 0; ; {
		k := bytes.IndexByte(header[at:], '\n')
		if k < 0 {
			return len(header)
		}
		if at += k + 1; at >= len(header) || header[at] != ' ' && header[at] != '\t' {
			return at
		}
	}
}

// isField says whether a line is the field name, which is in lower case.
func isField(line []byte, name string) bool {
	return hasFold(line, name) && bytes.HasPrefix(bytes.TrimLeft(line[len(name):], " \t"), []byte{':'})
}

// hasFold says whether b begins with prefix, which is in lower case.
func hasFold(b []byte, prefix string) bool {
	if len(b) < len(prefix) {
		return false
	}
	for i := range len(prefix) {
		c := b[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != prefix[i] {
			return false
		}
	}
	return true
}
