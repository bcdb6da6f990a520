package rules

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// folder folds texts for comparing: compatibility forms, case and accents
// go, runs of white space become one space, none stands at the ends. Its
// buffers are reused, so it serves one goroutine at a time.
type folder struct{ wide, narrow []byte }

// foldString folds a pattern.
func foldString(s string) string {
	var f folder
	return string(f.append(nil, s))
}

// append adds the folded s to dst, which must be empty. The result is valid
// UTF-8. It ends soon after [MaxTextBytes], since there are characters that fold to
// eighteen.
func (f *folder) append(dst []byte, s string) []byte {
	for i := 0; i < len(s) && len(dst) <= MaxTextBytes; {
		if s[i] < utf8.RuneSelf {
			var n int
			dst, n = foldASCII(dst, s[i:])
			i += n
			continue
		}
		if i+1 < len(s) {
			if at := twoByteAt(s[i], s[i+1]); at >= 0 {
				if twoByteFold[at] != foldDrop {
					dst = append(dst, twoByteFold[at])
					if twoByteFold[at+1] != foldNone {
						dst = append(dst, twoByteFold[at+1])
					}
				}
				i += 2
				continue
			}
		}
		if n := plain(s[i:]); n > 0 {
			dst = append(dst, s[i:i+n]...)
			i += n
			continue
		}
		// A run without ASCII can be folded by itself: the only marks that
		// compose with what comes before it are dropped.
		end := i + 1
		for end < len(s) && s[end] >= utf8.RuneSelf {
			end++
		}
		end = i + runEnd(s[i:end])
		dst = f.run(dst, s[i:end])
		i = end
	}
	if len(dst) > 0 && dst[len(dst)-1] == ' ' {
		dst = dst[:len(dst)-1]
	}
	return dst
}

// foldASCII folds up to the first byte that is not ASCII, and returns how
// many bytes those were. It is most of the work for most mail.
func foldASCII(dst []byte, s string) ([]byte, int) {
	n := len(dst)
	dst = slices.Grow(dst, len(s))
	buf := dst[:n+len(s)]
	last := byte(' ')
	if n > 0 {
		last = min(buf[n-1], 0x7f) // all but a space are the same here
	}
	i := 0
	for i+8 <= len(s) {
		word, ok := foldEight(s[i:i+8], last)
		binary.LittleEndian.PutUint64(buf[n:n+8], word)
		if ok == 8 {
			last = byte(word >> 56)
			n, i = n+8, i+8
			continue
		}
		if ok > 0 {
			n, i = n+ok, i+ok
			last = buf[n-1]
		}
		if s[i] >= utf8.RuneSelf {
			return buf[:n], i
		}
		if last != ' ' {
			last = ' '
			buf[n] = ' '
			n++
		}
		for i++; i < len(s) && s[i] <= ' '; {
			i++
		}
	}
	for ; i < len(s); i++ {
		c := asciiFold[s[i]]
		if c == foldNone {
			break
		}
		// One comparison, since one that asks for a space alone would be
		// guessed wrong by the processor at every word.
		if uint16(c)<<8|uint16(last) == uint16(' ')<<8|uint16(' ') {
			continue
		}
		buf[n] = c
		last = c
		n++
	}
	return buf[:n], i
}

// foldEight folds eight bytes at once, the first one lowest, and returns how many
// of them are right: up to the first one that is not ASCII, a control character,
// or a space behind a space (the byte before is last).
func foldEight(s string, last byte) (word uint64, ok int) {
	const ones, high = 0x0101010101010101, 0x8080808080808080
	_ = s[7]
	x := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	// The high bit of each byte carries its answer. No sum reaches the next byte
	// where both are ASCII, and behind one that is not no answer counts.
	printable := (x + (0x80-' ')*ones) &^ (x + (0x80-0x7f)*ones)
	// Two spaces are two bytes whose differences to one are both zero.
	off := x ^ ' '*ones
	pair := ^((off | off<<8 | uint64(last^' ')) + 0x7f*ones)
	upper := (x + (0x80-'A')*ones) &^ (x + (0x80-'Z'-1)*ones) & high
	return x + upper>>2, bits.TrailingZeros64((x|^printable|pair)&high) / 8
}

// runBytes is from where on a run is taken in parts.
const runBytes = 64 << 10

// runEnd returns where the first part of a long run ends: before a character that goes
// together with none before it.
func runEnd(run string) int {
	if len(run) > runBytes {
		if next := norm.NFKC.FirstBoundaryInString(run[runBytes:]); next >= 0 {
			return runBytes + next
		}
	}
	return len(run)
}

// run folds a run of characters outside of ASCII.
func (f *folder) run(dst []byte, run string) []byte {
	f.wide = norm.NFKD.AppendString(f.wide[:0], run)
	f.narrow = f.narrow[:0]
	for i := 0; i < len(f.wide); {
		r, n := utf8.DecodeRune(f.wide[i:])
		i += n
		if !dropped(r) {
			f.narrow = appendLower(f.narrow, r)
		}
	}
	// Composed again, so that a Korean syllable is one character and が is
	// not か with something behind it.
	f.wide = norm.NFC.Append(f.wide[:0], f.narrow...)
	for i := 0; i < len(f.wide); {
		r, n := utf8.DecodeRune(f.wide[i:])
		switch {
		case !unicode.IsSpace(r) && !unicode.IsControl(r):
			dst = append(dst, f.wide[i:i+n]...)
		case len(dst) > 0 && dst[len(dst)-1] != ' ':
			dst = append(dst, ' ')
		}
		i += n
	}
	return dst
}

// dropped reports whether folding removes a character of a decomposed text:
// accents, Hebrew and Arabic points, and what is invisible (soft hyphens,
// joiners, direction marks). Marks that spell a word stay: kana's voicing
// (U+3099, U+309A), the vowel signs of Indic and Thai.
func dropped(r rune) bool {
	switch { // the most frequent, before the search in large tables
	case r < 0x80, r >= 0x3041 && r <= 0x30fc, r >= 0x4e00 && r <= 0x9fff, r >= 0xac00 && r <= 0xd7a3:
		return false
	case r >= 0x5d0 && r <= 0x5ea, r >= 0x620 && r <= 0x64a: // Hebrew and Arabic letters
		return false
	}
	if unicode.Is(unicode.Cf, r) {
		return true
	}
	return unicode.Is(unicode.Mn, r) &&
		(unicode.Is(unicode.Inherited, r) || unicode.Is(unicode.Hebrew, r) || unicode.Is(unicode.Arabic, r))
}

// appendLower adds r without its case, and letters that only look like one
// with an accent as that letter.
func appendLower(dst []byte, r rune) []byte {
	if r >= 0x5d0 && r <= 0x64a || r >= 0x3041 && r <= 0x9fff || r >= 0xac00 && r <= 0xd7a3 {
		return utf8.AppendRune(dst, r) // Hebrew, Arabic, kana, Han, Hangul have no case
	}
	switch r {
	case 'ß', 'ẞ':
		return append(dst, "ss"...)
	case 'æ', 'Æ':
		return append(dst, "ae"...)
	case 'œ', 'Œ':
		return append(dst, "oe"...)
	case 'ø', 'Ø':
		return append(dst, 'o')
	case 'ł', 'Ł':
		return append(dst, 'l')
	case 'đ', 'Đ', 'ð', 'Ð':
		return append(dst, 'd')
	}
	// By way of the capital: the final ς becomes σ, the dotless ı an i.
	return utf8.AppendRune(dst, unicode.ToLower(unicode.ToUpper(r)))
}

// plain returns the length of the first character of s when folding does not
// change it, whatever follows; 0 when that is not so or not known. It knows
// Han, kana, Hangul syllables and the quotes and dashes of mail programs.
func plain(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	switch {
	case r >= 0x4e00 && r <= 0x9fff, r >= 0xac00 && r <= 0xd7a3:
	case r >= 0x3041 && r <= 0x3096, r >= 0x30a1 && r <= 0x30fc, r == 0x3001, r == 0x3002:
	case r >= 0x2012 && r <= 0x2022 && r != 0x2017:
	default:
		return 0
	}
	// No mark may follow, nor a Hangul letter that joins a syllable.
	switch r, _ := utf8.DecodeRuneInString(s[n:]); {
	case r < 0x80 || len(s) == n:
	case r >= 0x3000 && r <= 0x30ff && (r < 0x302a || r > 0x302f) && r != 0x3099 && r != 0x309a:
	case r >= 0x4e00 && r <= 0x9fff, r >= 0xac00 && r <= 0xd7a3, r >= 0xff00 && r <= 0xff7f:
	default:
		return 0
	}
	return n
}
