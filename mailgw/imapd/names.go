package imapd

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"regexp"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// folderCommands have the name of a folder in them.
var folderCommands = [][]byte{
	[]byte("SELECT"), []byte("EXAMINE"), []byte("STATUS"), []byte("LIST"), []byte("LSUB"), []byte("SUBSCRIBE"), []byte("UNSUBSCRIBE"),
	[]byte("APPEND"), []byte("COPY"), []byte("MOVE"), []byte("CREATE"), []byte("DELETE"), []byte("RENAME"),
}

// shifted is what can stand for characters beyond ASCII, or for "&" itself.
var shifted = regexp.MustCompile(`^&[A-Za-z0-9+,]*-`)

// isShifted reports whether a text that begins with "&" is modified UTF-7 there: octets of
// UTF-16 without ASCII in them.
func isShifted(text []byte) bool {
	m := shifted.Find(text)
	if len(m) <= 2 {
		return len(m) == 2
	}
	b, err := base64.RawStdEncoding.DecodeString(string(bytes.ReplaceAll(m[1:len(m)-1], []byte(","), []byte("/"))))
	if err != nil || len(b) == 0 || len(b)%2 != 0 {
		return false
	}
	for i := 0; i < len(b); i += 2 {
		if u := binary.BigEndian.Uint16(b[i:]); u >= ' ' && u < 0x7f {
			return false
		}
	}
	return true
}

// asUTF7 writes what is not ASCII, and "&", in a command with a folder's name in modified UTF-7
// (RFC 3501 §5.1.3), as go-imap reads names.
//
// Workaround: go-imap lets clients enable UTF8=ACCEPT, tells them names in UTF-8, and
// reads modified UTF-7 alone; TestProtocol/names.
func asUTF7(line []byte) []byte {
	if !utf8.Valid(line) || !slices.ContainsFunc(line, func(c byte) bool { return c >= utf8.RuneSelf || c == '&' }) {
		return line
	}
	word := bytes.Fields(line)
	if len(word) > 2 && bytes.EqualFold(word[1], []byte("UID")) {
		word = word[1:]
	}
	if len(word) < 2 || !slices.ContainsFunc(folderCommands, func(c []byte) bool { return bytes.EqualFold(c, word[1]) }) {
		return line
	}
	var out []byte
	var wide []rune
	end := func() {
		if len(wide) == 0 {
			return
		}
		var b []byte
		for _, u := range utf16.Encode(wide) {
			b = binary.BigEndian.AppendUint16(b, u)
		}
		out = append(out, '&')
		out = append(out, bytes.ReplaceAll([]byte(base64.RawStdEncoding.EncodeToString(b)), []byte("/"), []byte(","))...)
		out, wide = append(out, '-'), nil
	}
	for i, r := range string(line) {
		if r >= utf8.RuneSelf {
			wide = append(wide, r)
			continue
		}
		end()
		out = append(out, byte(r))
		if r == '&' && !isShifted(line[i:]) {
			out = append(out, '-')
		}
	}
	end()
	return out
}
