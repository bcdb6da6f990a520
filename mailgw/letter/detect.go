package letter

import (
	"unicode"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// detect guesses the charset of a text that is no UTF-8 and of which nothing else
// is known, from how its high bytes stand. In a text of Western Europe they stand
// alone between ASCII letters; in Cyrillic they make words; in Japanese, Korean
// and Chinese they come in pairs.
func detect(b []byte) (name string, enc encoding.Encoding) {
	const far = 16 << 10
	b = b[:min(len(b), far)]
	r := highRuns(b)
	if r.high < 6 || 2*r.alone >= r.high {
		return "windows-1252", charmap.Windows1252
	}
	koi, win := cyrillic(charmap.KOI8R, b, r.high), cyrillic(charmap.Windows1251, b, r.high)
	switch {
	case koi > win:
		return "koi8-r", charmap.KOI8R
	case win > 0:
		return "windows-1251", charmap.Windows1251
	}
	for _, c := range []struct {
		name string
		enc  encoding.Encoding
		is   func(tally) bool
	}{
		{"euc-jp", japanese.EUCJP, func(t tally) bool { return 5*t.kana >= t.all }},
		{"shift_jis", japanese.ShiftJIS, func(t tally) bool { return 5*t.kana >= t.all }},
		{"euc-kr", korean.EUCKR, func(t tally) bool { return 10*t.hangul >= 9*t.all }},
		{"gbk", simplifiedchinese.GBK, func(t tally) bool { return r.pairs && 2*t.han > t.all && r.common }},
		{"big5", traditionalchinese.Big5, func(t tally) bool { return 2*t.han > t.all }},
		{"gbk", simplifiedchinese.GBK, func(t tally) bool { return 2*t.han > t.all }},
	} {
		if t := tallyOf(c.enc, b); t.all > 0 && 20*t.bad <= t.all && c.is(t) {
			return c.name, c.enc
		}
	}
	return "windows-1252", charmap.Windows1252
}

// runs is how the high bytes of a text stand.
type runs struct {
	high   int  // how many there are
	alone  int  // how many have none beside them
	pairs  bool // all stand in runs of even length
	common bool // most of the pairs begin as the common characters of GB 2312 do
}

func highRuns(b []byte) runs {
	r := runs{pairs: true}
	leads, common := 0, 0
	for i := 0; i < len(b); {
		if b[i] < 0x80 {
			i++
			continue
		}
		from := i
		for ; i < len(b) && b[i] >= 0x80; i++ {
			if (i-from)%2 == 0 {
				leads++
				if b[i] >= 0xb0 && b[i] <= 0xd7 || b[i] == 0xa3 || b[i] == 0xa1 {
					common++
				}
			}
		}
		n := i - from
		r.high += n
		if n == 1 {
			r.alone++
		}
		// The last run may have been cut in the middle of a character.
		r.pairs = r.pairs && (n%2 == 0 || i == len(b))
	}
	r.common = 5*common >= 4*leads
	return r
}

// cyrillic returns how well the high bytes read as Cyrillic in that charset: how
// many are small letters; 0 when they do not, or are mostly capital ones, which is
// what the other charset's small letters look like.
func cyrillic(enc *charmap.Charmap, b []byte, high int) int {
	small, large := 0, 0
	for _, c := range b {
		if c < 0x80 {
			continue
		}
		if r := enc.DecodeByte(c); unicode.Is(unicode.Cyrillic, r) {
			if unicode.IsLower(r) {
				small++
			} else {
				large++
			}
		}
	}
	if 100*(small+large) < 92*high || small <= large {
		return 0
	}
	return small
}

// tally counts the characters beyond ASCII of a text.
type tally struct{ all, bad, kana, hangul, han int }

// tallyOf counts what b holds when it is read in that charset.
func tallyOf(enc encoding.Encoding, b []byte) (t tally) {
	out, err := enc.NewDecoder().Bytes(b)
	if err != nil {
		return tally{}
	}
	for _, r := range string(out) {
		if r < 0x80 {
			continue
		}
		t.all++
		switch {
		case r == unicode.ReplacementChar || r >= 0xe000 && r < 0xf900 || r >= 0xff61 && r < 0xffa0 || r < 0xa0:
			t.bad++ // not read, private, or of half the width
		case r >= 0x3041 && r < 0x3100:
			t.kana++
		case r >= 0xac00 && r < 0xd7a4:
			t.hangul++
		case unicode.Is(unicode.Han, r):
			t.han++
		}
	}
	return t
}
