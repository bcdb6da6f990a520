package letter

import (
	"slices"
	"strings"
)

// notWords are the types of texts that are for programs.
var notWords = makeSet(`text/css text/javascript text/ecmascript text/x-amp-html text/watch-html text/vcard text/x-vcard text/directory`)

// isBinary tells bytes that no charset makes a text of: every twentieth or more is
// a control character that no text has.
func isBinary(b []byte, charset string) bool {
	const far, few, share = 4 << 10, 16, 20
	wide := len(b) > 1 && (b[0] == 0xfe && b[1] == 0xff || b[0] == 0xff && b[1] == 0xfe)
	if charset = strings.ToLower(charset); wide || strings.Contains(charset, "utf-16") || strings.Contains(charset, "utf-32") || strings.Contains(charset, "ucs") || strings.Contains(charset, "unicode") {
		return false
	}
	b = b[:min(len(b), far)]
	bad := 0
	for _, c := range b {
		if badInText[c] && c != '\r' && c != 0x1b && c != 0x0e && c != 0x0f { // the last three switch charsets
			bad++
		}
	}
	return bad >= few && bad*share >= len(b)
}

// isStub tells a plain text that only says that the words stand in the HTML beside it,
// as senders write who have no plain text: few of its words stand at the top there.
func isStub(plain string, all []block) bool {
	const short, top, enough = 300, 16 << 10, 20 // bytes, bytes, words
	i := slices.IndexFunc(all, func(b block) bool { return b.isHTML })
	if len(plain) > short || i < 0 || !strings.Contains(strings.ToLower(plain), "html") {
		return false
	}
	said := strings.Fields(strings.ToLower(plain))
	said = said[:min(len(said), enough)]
	text := strings.ToLower(htmlText(cutRunes(all[i].html, top), nil))
	found := 0
	for _, word := range said {
		if strings.Contains(text, word) {
			found++
		}
	}
	return 2*found < len(said)
}
