package threading

import "strings"

// BareSubject returns what a subject says without the prefixes that mail
// programs add when they reply or forward, in some forty languages, repeated,
// counted or not ("Re: AW: RE[2]: 回复：", "[Fwd: …]", "… (fwd)"), and without
// the marks of gateways ("[EXTERNAL]") and those that turn the direction of
// writing. White space is folded to single spaces. Tags of ticket systems
// and lists stay; what stands behind one at the beginning is made bare, too
// ("[list] Re: …"). Compare bare subjects with [SameSubject]. Time is linear in len(s).
func BareSubject(s string) string {
	if !isTidy(s) {
		s = strings.Join(strings.Fields(strings.Map(visible, s)), " ")
	}
	b := barer{rest: s}
	return b.run()
}

// isTidy tells whether s is ASCII with single spaces only, as most subjects are.
func isTidy(s string) bool {
	space := true
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c > '~' || c == ' ' && space {
			return false
		}
		space = c == ' '
	}
	return !space
}

// SameSubject tells whether two bare subjects say the same, in any case of
// letters. Two empty subjects say nothing, so they are not the same.
func SameSubject(a, b string) bool { return a != "" && strings.EqualFold(a, b) }

// visible drops the characters that nobody sees and that come and go in
// replies: marks of direction, byte order marks, zero-width spaces. The joiners
// U+200C and U+200D belong to words.
func visible(r rune) rune {
	switch {
	case r == 0x200b, r == 0x200e, r == 0x200f, r == 0x061c, r == 0xfeff,
		r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return -1
	}
	return r
}

// barer makes one subject bare.
type barer struct {
	rest  string // not looked at yet
	kept  strings.Builder
	steps int // bytes looked at: a test holds them to be linear
}

func (b *barer) run() string {
	for {
		before := len(b.rest)
		b.strip()
		stripped := len(b.rest) < before
		n := leadingTag(b.rest)
		b.steps += n + 1
		if n == 0 || n == len(b.rest) {
			if b.kept.Len() == 0 {
				return b.rest
			}
			b.keep(b.rest, stripped)
			return b.kept.String()
		}
		b.keep(b.rest[:n], stripped)
		b.rest = b.rest[n:]
	}
}

// keep adds to the bare subject; gap asks for a space before it.
func (b *barer) keep(s string, gap bool) {
	if gap && s != "" && b.kept.Len() > 0 {
		b.kept.WriteByte(' ')
	}
	b.kept.WriteString(s)
}

// strip removes everything from the rest's beginning and end that was added by
// programs.
func (b *barer) strip() {
	for {
		before := len(b.rest)
		b.steps += min(before, maxPrefixBytes)
		s := strings.TrimSpace(cutFwdBrackets(cutPrefix(cutMark(b.rest))))
		// RFC 5256 §2.1: "(fwd)" at the end is a mark of a forward.
		if n := len(s) - len("(fwd)"); n >= 0 && strings.EqualFold(s[n:], "(fwd)") {
			s = strings.TrimSpace(s[:n])
		}
		if b.rest = s; len(s) == before {
			return
		}
	}
}

// leadingTag is the length of a "[…]" that s begins with, 0 when there is none.
func leadingTag(s string) int {
	if s == "" || s[0] != '[' {
		return 0
	}
	return 1 + strings.IndexByte(clip(s, maxPrefixBytes), ']')
}
