// Package shown says what an agent's mail client gets of a mail that stands on a ticket: a
// few lines of ours, with what is known of it, in front of the bytes as they came.
//
// It is pure. What a client was shown once never changes (RFC 9051 §2.3.1.1), so that
// only facts stand there that are settled when the mail is shown first; what moves with
// time is said by flags and folders. The lines are kept with a room for the reader's own
// token, which is of one length for all.
package shown

import (
	"bytes"
	"mime"
	"slices"
	"strconv"
	"strings"
)

// Facts are what our lines say.
type Facts struct {
	Ticket   uint64 // 0: the mail is on no ticket
	Entry    uint32 // which of its entries
	Kind     string // "customer", "answer", "automatic" or "note"; or the drawer that it waits in
	Customer string // the company's name, "" when not known
	Sure     string // how sure that is
	Sender   string // whether the sender is proven: "pass", "trusted", "none" or "fail"; "" of ours
	Evidence []string
	ReplyTo  string // where an answer goes, with Room where the reader's token stands; "" for none
}

// Room stands for a reader's token in our Reply-To.
const Room = "{token}"

// maxText bounds what one of our lines says of somebody's words.
const maxText = 300

// Lines are our lines: no words of a stranger's can make another one.
func Lines(f *Facts) []byte {
	var b bytes.Buffer
	line := func(name, text string) {
		if text != "" {
			b.WriteString(name + ": " + text + "\r\n")
		}
	}
	if f.Ticket != 0 {
		line("X-Mailgw-Ticket", strconv.FormatUint(f.Ticket, 10))
		line("X-Mailgw-Entry", strconv.FormatUint(uint64(f.Entry), 10))
	}
	line("X-Mailgw-Kind", word(f.Kind))
	if f.Customer != "" {
		line("X-Mailgw-Customer", word(f.Customer)+" ("+word(f.Sure)+")")
	}
	line("X-Mailgw-Sender", word(f.Sender))
	line("X-Mailgw-Evidence", word(strings.Join(f.Evidence, "; ")))
	line("Reply-To", f.ReplyTo)
	return b.Bytes()
}

// word is text in one line of a header: encoded where it is not plain (RFC 2047 §5), and
// folded (RFC 5322 §2.2.3).
func word(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " ")
	for len(s) > maxText {
		s = s[:strings.LastIndexFunc(s[:maxText+1], func(rune) bool { return true })]
	}
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if strings.IndexFunc(s, func(r rune) bool { return r > '~' }) >= 0 || strings.Contains(s, "=?") {
		return strings.ReplaceAll(mime.QEncoding.Encode("utf-8", s), "?= =?", "?=\r\n =?")
	}
	var out strings.Builder
	at := 0
	for i, w := range strings.Split(s, " ") {
		if i > 0 {
			if at+len(w) > foldAt {
				out.WriteString("\r\n ")
				at = 0
			} else {
				out.WriteByte(' ')
			}
		}
		out.WriteString(w)
		at += len(w) + 1
	}
	return out.String()
}

const foldAt = 58

// ours are the fields of a stranger's header that could be taken for ours, and what
// they are called instead: their words stay, byte for byte.
const (
	ourPrefix   = "x-mailgw-"
	otherPrefix = "X-Theirs-"
	replyTo     = "reply-to"
	otherReply  = "X-Mailgw-Original-Reply-To"
)

// Disarm returns a mail's bytes with those fields renamed that clients would take for
// ours: its Reply-To, when ours stands in front, and X-Mailgw-*. All else stays.
func Disarm(raw []byte, replies bool) []byte {
	var out []byte
	kept := 0 // raw up to here is in out
	for at := 0; at < len(raw); {
		end := bytes.IndexByte(raw[at:], '\n')
		if end < 0 {
			end = len(raw)
		} else {
			end += at + 1
		}
		line := raw[at:end]
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			break
		}
		name, _, _ := bytes.Cut(line, []byte(":"))
		trimmed := strings.ToLower(string(bytes.TrimRight(name, " \t")))
		instead := ""
		switch {
		case line[0] == ' ' || line[0] == '\t':
		case strings.HasPrefix(trimmed, ourPrefix):
			instead = otherPrefix + string(name)
		case replies && trimmed == replyTo:
			instead = otherReply
		}
		if instead != "" {
			out = append(append(out, raw[kept:at]...), instead...)
			kept = at + len(name)
		}
		at = end
	}
	if kept == 0 {
		return raw
	}
	return append(out, raw[kept:]...)
}

// HasRoom reports whether lines have room for a reader's token: in our Reply-To, which
// is their last field. What looks like it in a name or in evidence is somebody's text.
func HasRoom(lines []byte) bool { return room(lines) >= 0 }

// room is where it is, -1 for nowhere.
func room(lines []byte) int {
	last := bytes.LastIndex(lines, []byte("\r\nReply-To: "))
	if last < 0 && !bytes.HasPrefix(lines, []byte("Reply-To: ")) {
		return -1
	}
	last = max(last, 0)
	if i := bytes.Index(lines[last:], []byte(Room)); i >= 0 {
		return last + i
	}
	return -1
}

// Fill puts a reader's token where there is room for it.
func Fill(lines []byte, token string) []byte {
	at := room(lines)
	if at < 0 {
		return bytes.Clone(lines)
	}
	return slices.Concat(lines[:at], []byte(token), lines[at+len(Room):])
}

// Grows is by how much a token of a length makes lines longer.
func Grows(lines []byte, token int) int {
	if !HasRoom(lines) {
		return 0
	}
	return token - len(Room)
}
