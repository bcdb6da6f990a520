package letter

import (
	"bytes"
	"strings"
)

// takeUU takes the uuencoded files out of a text, as old mail programs put them
// there: "begin 644 name", lines of known length, "end". What only looks like one
// stays text. Each line is looked at once.
func takeUU(text []byte, limit int) (rest []byte, files []File) {
	if !bytes.HasPrefix(text, []byte("begin ")) && !bytes.Contains(text, []byte("\nbegin ")) {
		return text, nil
	}
	u := uuReader{text: text}
	return u.run(limit)
}

// uuReader looks for files in a text.
type uuReader struct {
	text  []byte
	steps int // bytes that were looked at, for the tests
}

func (u *uuReader) run(limit int) (rest []byte, files []File) {
	text, kept := u.text, 0 // text[:kept] stands in rest, or in a file
	for pos := 0; pos < len(text) && len(files) < limit; {
		line, next := cutLine(text, pos)
		u.steps += next - pos
		name, ok := uuName(line)
		if !ok {
			pos = next
			continue
		}
		content, end, ok := u.lines(next)
		if ok {
			files = append(files, File{Name: name, Type: "application/octet-stream", Bytes: content})
			rest = append(rest, text[kept:pos]...)
			kept = end
		}
		pos = end
	}
	if files == nil {
		return text, nil
	}
	return append(rest, text[kept:]...), files
}

// cutLine returns the line at pos without its end, and where the next begins.
func cutLine(b []byte, pos int) (line []byte, next int) {
	next = len(b)
	if nl := bytes.IndexByte(b[pos:], '\n'); nl >= 0 {
		next = pos + nl + 1
	}
	return bytes.TrimRight(b[pos:next], "\r\n"), next
}

// uuName reads "begin 644 name".
func uuName(line []byte) (name string, ok bool) {
	rest, ok := bytes.CutPrefix(line, []byte("begin "))
	if !ok || len(rest) > 300 {
		return "", false
	}
	mode, file, ok := strings.Cut(strings.TrimLeft(string(rest), " "), " ")
	if !ok || len(mode) < 3 || len(mode) > 6 || strings.Trim(mode, "01234567") != "" {
		return "", false
	}
	return cleanLine(textOf([]byte(file), "")), true
}

// lines decodes the lines of a file from pos on; end is where the text goes on:
// behind "end", or at the line that is none of the file's.
func (u *uuReader) lines(pos int) (content []byte, end int, ok bool) {
	text := u.text
	for pos < len(text) {
		line, next := cutLine(text, pos)
		u.steps += next - pos
		if string(line) == "end" {
			return content, next, content != nil
		}
		var good bool
		if content, good = appendUU(content, line); !good {
			return nil, pos, false
		}
		pos = next
	}
	return nil, pos, false
}

// appendUU decodes one line: its length, then 4 characters for 3 bytes each. Spaces
// at its end may be lost, and a checksum may follow.
func appendUU(out, line []byte) ([]byte, bool) {
	if len(line) == 0 {
		return out, true
	}
	for _, c := range line {
		if c < ' ' || c > '`' {
			return out, false
		}
	}
	want := int(line[0]-' ') & 63
	chars := (want + 2) / 3 * 4
	line = line[1:]
	if len(line) > chars+2 || len(line) < chars*3/4 && want > 0 {
		return out, false
	}
	start := len(out)
	for i := 0; i < chars; i += 4 {
		var q [4]byte
		for j := range q {
			if i+j < len(line) {
				q[j] = (line[i+j] - ' ') & 63
			}
		}
		out = append(out, q[0]<<2|q[1]>>4, q[1]<<4|q[2]>>2, q[2]<<6|q[3])
	}
	if out == nil {
		out = []byte{}
	}
	return out[:start+want], true
}
