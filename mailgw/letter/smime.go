package letter

import (
	"bytes"
	"strings"
)

// isSMIME tells a part that holds a mail signed or encrypted as a whole.
func isSMIME(media, name string) bool {
	return media == "application/pkcs7-mime" || media == "application/x-pkcs7-mime" || strings.EqualFold(name, "smime.p7m")
}

// opaque reads what an opaque-signed part holds (RFC 8551 §3.5.2): the mail itself,
// which other clients than Outlook show beside its signature. Nothing is verified.
// What is encrypted stays closed.
func (w *walker) opaque(p part) []block {
	body := w.decode(p)
	content := signedContent(body)
	if isEnveloped(body) {
		w.closed("S/MIME")
	}
	w.decoded -= int64(len(body)) // it is decoded once more, as the file that it is
	if len(content) == 0 || p.depth >= w.lim.Depth {
		return nil
	}
	w.note("signed as a whole: read without asking the signature")
	h, at := readHeader(content, w.lim.HeaderBytes, w.note)
	return w.walk(w.newPart(h, content[at:], p.depth+1))
}

// signedContent finds the signed bytes in a CMS message (RFC 5652 §5.1), nil when
// it is of another kind. Bytes that are in pieces (BER) are joined.
func signedContent(b []byte) []byte {
	const (
		signed = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02" // id-signedData
		data   = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01" // id-data
		near   = 32
	)
	if !bytes.Contains(b[:min(len(b), near)], []byte(signed)) {
		return nil
	}
	_, rest, ok := bytes.Cut(b, []byte(data))
	if !ok || len(rest) < 2 || rest[0] != 0xa0 {
		return nil
	}
	_, rest, ok = berLength(rest[1:])
	if !ok {
		return nil
	}
	content, _, _ := octets(nil, rest, 0)
	return content
}

// berLength reads a length (X.690 §8.1.3); -1 is one that is told by its end.
func berLength(b []byte) (n int, rest []byte, ok bool) {
	const longest = 4
	switch {
	case len(b) == 0:
		return 0, nil, false
	case b[0] == 0x80:
		return -1, b[1:], true
	case b[0] < 0x80:
		return int(b[0]), b[1:], true
	}
	size := int(b[0] & 0x7f)
	if size > longest || len(b) <= size {
		return 0, nil, false
	}
	for _, c := range b[1 : 1+size] {
		n = n<<8 | int(c)
	}
	return n, b[1+size:], true
}

// octets appends an octet string, whole or in pieces, to out. Each byte is looked at
// once a depth; what is cut off is kept as far as it goes.
func octets(out, b []byte, depth int) (content, rest []byte, ok bool) {
	const whole, pieces, deepest = 0x04, 0x24, 3
	if len(b) < 2 || b[0] != whole && b[0] != pieces || depth > deepest {
		return out, b, false
	}
	tag := b[0]
	n, rest, ok := berLength(b[1:])
	if !ok || tag == whole && n < 0 {
		return out, rest, false
	}
	inside := rest
	if n >= 0 {
		inside, rest = rest[:min(n, len(rest))], rest[min(n, len(rest)):]
	}
	if tag == whole {
		return append(out, inside...), rest, true
	}
	for len(inside) > 0 {
		if n < 0 && bytes.HasPrefix(inside, []byte{0, 0}) {
			return out, inside[2:], true
		}
		if out, inside, ok = octets(out, inside, depth+1); !ok {
			return out, rest, false
		}
	}
	return out, rest, true
}
