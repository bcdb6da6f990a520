package letter

import (
	"bytes"
	"unicode/utf8"
)

// decodeBase64Text decodes a text that claims to be base64. Lists append their footer
// to it as it is, and some senders claim base64 and write plain text: what is none is
// returned as it came. The problem is "" when there was none.
func decodeBase64Text(src []byte) (text []byte, problem string) {
	end := base64End(src)
	var d base64Decoder
	text = d.finish(d.decode(make([]byte, 0, end/4*3+3), src[:end]))
	if isWords(src[:end]) && !utf8.Valid(text) {
		return src, "plain text that claims base64: read as it came"
	}
	if end < len(src) {
		text = append(append(text, "\n\n"...), bytes.TrimLeft(src[end:], "\r\n")...)
	}
	if d.junk > 0 {
		problem = strayInBase64
	}
	return text, problem
}

// base64End returns where base64 ends and a footer begins: at the first line, after
// padding or an empty line, from which on some line has what base64 never has.
func base64End(src []byte) int {
	ended := -1 // where what follows the end of the base64 begins
	for pos := 0; pos < len(src); {
		line := src[pos:]
		if nl := bytes.IndexByte(line, '\n'); nl >= 0 {
			line = line[:nl+1]
		}
		pos += len(line)
		line = bytes.TrimSpace(line)
		switch {
		case ended < 0 && pos > len(line)+2 && (len(line) == 0 || line[len(line)-1] == '='):
			ended = pos
		case ended >= 0 && !onlyBase64(line):
			return ended
		}
	}
	return len(src)
}

// onlyBase64 tells whether a line has nothing but the characters of base64.
func onlyBase64(line []byte) bool {
	for _, c := range line {
		if base64Values[c] == 0x80 {
			return false
		}
	}
	return true
}

// isWords tells whether a text is of words: spaces between pieces that are shorter
// than any sender cuts base64.
func isWords(src []byte) bool {
	words := bytes.Fields(src[:min(len(src), 4<<10)])
	length, inner := 0, 0
	for _, w := range words {
		length += len(w)
	}
	for line := range bytes.Lines(src[:min(len(src), 4<<10)]) {
		if bytes.IndexByte(bytes.TrimSpace(line), ' ') > 0 {
			inner++
		}
	}
	const short, few = 20, 3
	return inner > 0 && len(words) >= few && length < short*len(words)
}
