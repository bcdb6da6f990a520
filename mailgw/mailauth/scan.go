package mailauth

import "strings"

// scanner reads the structured fields of mail: words, quoted strings and comments
// (RFC 5322 §3.2). What a peer wrote stands inside such fields, so a quote or a
// comment that is not closed makes all of the field bad: where its next word
// begins is then the peer's to say.
type scanner struct {
	text     string
	pos      int
	comments []string // passed by skip, in order
	bad      bool     // a quote or a comment is not closed
}

// skip steps over white space and comments.
func (p *scanner) skip() {
	for p.pos < len(p.text) {
		switch c := p.text[p.pos]; {
		case isSpace(c):
			p.pos++
		case c == '(':
			p.comment()
		default:
			return
		}
	}
}

// comment reads a comment; they nest (RFC 5322 §3.2.2). Quotes mean nothing in a
// comment, but an odd number of them is what an address leaves that holds a
// parenthesis, and was written into a comment as it came.
func (p *scanner) comment() {
	start, depth, quotes := p.pos+1, 0, 0
	for ; p.pos < len(p.text); p.pos++ {
		switch p.text[p.pos] {
		case '\\':
			p.pos++
		case '"':
			quotes++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				p.comments = append(p.comments, p.text[start:p.pos])
				p.bad = p.bad || quotes%2 != 0
				p.pos++
				return
			}
		}
	}
	p.pos, p.bad = len(p.text), true
}

// word reads up to white space, a comment, a semicolon or one of the bytes in
// stop. Quoted strings in it lose their quotes, and hold any byte.
func (p *scanner) word(stop string) string {
	var b strings.Builder
	for p.pos < len(p.text) {
		c := p.text[p.pos]
		switch {
		case isSpace(c) || c == '(' || c == ';' || strings.IndexByte(stop, c) >= 0:
			return b.String()
		case c == '"':
			p.quoted(&b)
		default:
			b.WriteByte(c)
			p.pos++
		}
	}
	return b.String()
}

// quoted reads a quoted string. RFC 5322 §3.2.4: a backslash quotes the next byte.
func (p *scanner) quoted(b *strings.Builder) {
	for p.pos++; p.pos < len(p.text); p.pos++ {
		switch c := p.text[p.pos]; {
		case c == '"':
			p.pos++
			return
		case c == '\\' && p.pos+1 < len(p.text):
			p.pos++
			b.WriteByte(p.text[p.pos])
		default:
			b.WriteByte(c)
		}
	}
	p.pos, p.bad = len(p.text), true
}

// at reports whether the next byte is c.
func (p *scanner) at(c byte) bool { return p.pos < len(p.text) && p.text[p.pos] == c }

// done reports the end of the text.
func (p *scanner) done() bool { return p.pos >= len(p.text) }

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }
