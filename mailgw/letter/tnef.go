package letter

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"
	"unicode/utf16"
)

// tnefContent is what Outlook put into a winmail.dat (MS-OXTNEF). The bytes of the
// files are parts of the input.
type tnefContent struct {
	text  string // the words; "" when it holds none
	html  string // the same as HTML, when there is no plain text
	files []File

	subject, fromName, fromAddress, messageID string // not cleaned

	steps int // bytes that were looked at, for the tests
}

// tnefReader walks over the attributes of one winmail.dat. Work is bounded by its
// bytes: each is looked at once, at each depth.
type tnefReader struct {
	content  tnefContent
	codepage string
	limit    int    // files that may still be taken
	file     *File  // the one that is being read
	rtf      []byte // the words in RTF, packed
	body     []byte // the words of the attribute
}

// tnefDepth is how many messages may lie in one another.
const tnefDepth = 4

// The attributes and properties that are read (MS-OXTNEF §2.1.3.2, MS-OXPROPS).
const (
	tnefSignature    = 0x223e9f78
	tnefBody         = 0x800c
	tnefFileBytes    = 0x800f
	tnefFileTitle    = 0x8010
	tnefFileBegins   = 0x9002
	tnefProperties   = 0x9003
	tnefFileProps    = 0x9005
	tnefCodepage     = 0x9007
	propSubject      = 0x0037
	propSenderName   = 0x0c1a
	propBody         = 0x1000
	propRTF          = 0x1009
	propHTML         = 0x1013
	propMessageID    = 0x1035
	propFileObject   = 0x3701
	propFileName     = 0x3704
	propFileLongName = 0x3707
	propFileType     = 0x370e
	propFileID       = 0x3712
	propSenderSMTP   = 0x5d01
)

// readTNEF reads a winmail.dat; ok is false when it is none. What is cut off or
// does not fit together ends the reading, and what was found until then is kept.
func readTNEF(b []byte, limit, depth int) (content tnefContent, ok bool) {
	if len(b) < 6 || binary.LittleEndian.Uint32(b) != tnefSignature {
		return content, false
	}
	r := tnefReader{limit: limit, codepage: "windows-1252"}
	const head = 9 // level, attribute, length
	for b = b[6:]; len(b) >= head; {
		id, n := binary.LittleEndian.Uint16(b[1:]), int64(binary.LittleEndian.Uint32(b[5:]))
		b = b[head:]
		if n > int64(len(b)) {
			n = int64(len(b))
		}
		r.content.steps += head + int(n)
		r.attribute(id, b[:n], depth)
		b = b[min(int64(len(b)), n+2):] // a checksum follows
	}
	r.endFile()
	r.words()
	return r.content, true
}

// attribute reads one attribute.
func (r *tnefReader) attribute(id uint16, data []byte, depth int) {
	switch id {
	case tnefCodepage:
		if len(data) >= 4 {
			r.codepage = "cp" + strconv.Itoa(int(binary.LittleEndian.Uint32(data)))
		}
	case tnefBody:
		r.body = data
	case tnefProperties:
		eachProperty(data, func(id, kind uint16, value []byte) {
			switch id {
			case propBody:
				r.content.text = r.say(kind, value)
			case propSubject:
				r.content.subject = r.say(kind, value)
			case propSenderName:
				r.content.fromName = r.say(kind, value)
			case propSenderSMTP:
				r.content.fromAddress = r.say(kind, value)
			case propMessageID:
				r.content.messageID = r.say(kind, value)
			case propHTML:
				r.content.html = textOf(value, r.codepage)
			case propRTF:
				r.rtf = value
			}
		})
	case tnefFileBegins:
		r.endFile()
		r.file = &File{Type: "application/octet-stream"}
	case tnefFileTitle:
		if r.file != nil && r.file.Name == "" {
			r.file.Name = cleanLine(textOf(untilNul(data), r.codepage))
		}
	case tnefFileBytes:
		if r.file != nil {
			r.file.Bytes = data
		}
	case tnefFileProps:
		if r.file != nil {
			eachProperty(data, func(id, kind uint16, value []byte) { r.fileProperty(id, kind, value, depth) })
		}
	}
}

// fileProperty reads one property of a file.
func (r *tnefReader) fileProperty(id, kind uint16, value []byte, depth int) {
	switch id {
	case propFileLongName:
		if name := cleanLine(r.say(kind, value)); name != "" {
			r.file.Name = name
		}
	case propFileName:
		if r.file.Name == "" {
			r.file.Name = cleanLine(r.say(kind, value))
		}
	case propFileType:
		if m := parseMediaType(r.say(kind, value)); strings.Contains(m.value, "/") {
			r.file.Type = m.value
		}
	case propFileID:
		r.file.ContentID = strings.Trim(cleanLine(r.say(kind, value)), "<> ")
	case propFileObject:
		const iid = 16
		if len(value) <= iid {
			return
		}
		// A message in the message, which only Outlook could read.
		if depth < tnefDepth {
			inner, ok := readTNEF(value[iid:], r.limit, depth+1)
			r.content.steps += inner.steps
			if ok {
				f := inner.mail()
				r.file.Type, r.file.Bytes = f.Type, f.Bytes
				return
			}
		}
		r.file.Bytes = value[iid:]
	}
}

// readable returns the words as plain text.
func (c tnefContent) readable() string {
	if c.text == "" {
		return htmlText(c.html, nil)
	}
	return c.text
}

// endFile keeps the file that was read.
func (r *tnefReader) endFile() {
	if r.file != nil && r.limit > 0 && (r.file.Name != "" || len(r.file.Bytes) > 0) {
		r.content.files = append(r.content.files, *r.file)
		r.limit--
	}
	r.file = nil
}

// words chooses the best form of the words.
func (r *tnefReader) words() {
	if r.content.text == "" {
		r.content.text = textOf(untilNul(r.body), r.codepage)
	}
	if strings.TrimSpace(r.content.text) == "" && r.content.html == "" {
		r.content.text = cutRunes(rtfText(unpackRTF(r.rtf)), 3*len(r.rtf))
	}
	r.content.text = cleanText(string(normalLines([]byte(r.content.text))))
}

// untilNul cuts b at its first zero byte.
func untilNul(b []byte) []byte {
	b, _, _ = bytes.Cut(b, []byte{0})
	return b
}

// The types of properties (MS-OXCDATA §2.11.1).
const (
	propString8   = 0x1e
	propUnicode   = 0x1f
	propObject    = 0x0d
	propBinary    = 0x102
	propManyFlag  = 0x1000
	propNamedFrom = 0x8000
)

// say reads the text of a property.
func (r *tnefReader) say(kind uint16, value []byte) string {
	if kind != propUnicode {
		return textOf(untilNul(value), r.codepage)
	}
	units := make([]uint16, 0, len(value)/2)
	for i := 0; i+1 < len(value); i += 2 {
		u := binary.LittleEndian.Uint16(value[i:])
		if u == 0 {
			break
		}
		units = append(units, u)
	}
	return string(utf16.Decode(units))
}

// eachProperty calls f with the properties of a list, of those with many values
// with each value. It ends where the list does not fit into b.
func eachProperty(b []byte, f func(id, kind uint16, value []byte)) {
	p := propertyList{b: b}
	for n := p.number(); n > 0 && !p.broken; n-- {
		kind := binary.LittleEndian.Uint16(p.take(2))
		id := binary.LittleEndian.Uint16(p.take(2))
		if id >= propNamedFrom {
			p.take(16)
			if p.number() == 0 {
				p.number()
			} else {
				p.padded(p.number())
			}
		}
		base := kind &^ propManyFlag
		size, values := fixedSize(base), uint32(1)
		if size == 0 || kind&propManyFlag != 0 {
			values = p.number()
		}
		for ; values > 0 && !p.broken; values-- {
			n := size
			if size == 0 {
				n = p.number()
			}
			if value := p.padded(n); !p.broken {
				f(id, base, value)
			}
		}
	}
}

// fixedSize returns the bytes of a value, 0 for those that say their length.
func fixedSize(kind uint16) uint32 {
	switch kind {
	case propString8, propUnicode, propObject, propBinary:
		return 0
	case 0x05, 0x06, 0x07, 0x14, 0x40:
		return 8
	case 0x48:
		return 16
	}
	return 4
}

// propertyList reads values one after the other.
type propertyList struct {
	b      []byte
	broken bool // it ended too early
}

// take returns the next n bytes; zeros past the end.
func (p *propertyList) take(n int) []byte {
	if n > len(p.b) {
		p.broken, p.b = true, nil
		return make([]byte, min(n, 16))
	}
	v := p.b[:n]
	p.b = p.b[n:]
	return v
}

// number returns the next 32 bits.
func (p *propertyList) number() uint32 { return binary.LittleEndian.Uint32(p.take(4)) }

// padded returns the next n bytes, and skips what fills them up to 4.
func (p *propertyList) padded(n uint32) []byte {
	if int64(n) > int64(len(p.b)) {
		p.broken, p.b = true, nil
		return nil
	}
	v := p.b[:n]
	p.b = p.b[min(len(p.b), int(n+3)&^3):]
	return v
}
