//go:build linux

package main_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

// The filters that check mail for a Postfix, in the two ways that they have to
// say what they found: a milter, and a policy service that answers PREPEND.

// servers are the hosts outside, each with the domain that it may send for.
var servers = map[string]string{
	"198.51.100.7": "acme.example",
	"198.51.100.8": "example.com",
	"192.0.2.66":   "evil.example",
}

const authservID = "mx.example.com"

// results are what an honest filter says about a mail.
func results(client, author string) string {
	_, domain, _ := strings.Cut(strings.Trim(author, "<> \r\n"), "@")
	if at := strings.LastIndexByte(domain, '<'); at >= 0 {
		domain = domain[at+1:]
	}
	word := "fail"
	if servers[client] == domain {
		word = "pass"
	}
	return fmt.Sprintf("%s; spf=%s smtp.mailfrom=%s; dmarc=%s (p=reject) header.from=%s", authservID, word, domain, word, domain)
}

// policy is a policy service that says what it found in a field in front of
// Postfix's own Received. It knows only the envelope.
func policy(t testing.TB) string {
	return service(t, func(c net.Conn) {
		asked := map[string]string{}
		for lines := bufio.NewScanner(c); lines.Scan(); {
			if name, value, ok := strings.Cut(lines.Text(), "="); ok {
				asked[name] = value
				continue
			}
			if _, err := fmt.Fprintf(c, "action=PREPEND Authentication-Results: %s\n\n", results(asked["client_address"], asked["sender"])); err != nil {
				return
			}
		}
	})
}

// The commands of a milter that are used, and what it asks for (sendmail's
// include/libmilter/mfdef.h).
const (
	milterNegotiate, milterConnect, milterHeader, milterEnd = 'O', 'C', 'L', 'E'
	milterMacro, milterAbort, milterQuit                    = 'D', 'A', 'Q'
	milterInsert, milterContinue                            = 'i', 'c'

	milterVersion  = 6
	milterAdds     = 1                                                // SMFIF_ADDHDRS
	milterWithout  = 0x02 | 0x04 | 0x08 | 0x10 | 0x40 | 0x100 | 0x200 // no HELO, MAIL, RCPT, body, end of header, unknown commands, DATA
	milterMaxFrame = 1 << 20
)

// milter is a filter that says what it found in the first field below Postfix's own
// Received, as opendmarc does.
func milter(t testing.TB) string {
	return service(t, func(c net.Conn) {
		client, author := "", ""
		for in := bufio.NewReader(c); ; {
			command, data, err := milterRead(in)
			if err != nil {
				return
			}
			switch command {
			case milterNegotiate:
				var said [12]byte
				binary.BigEndian.PutUint32(said[0:], milterVersion)
				binary.BigEndian.PutUint32(said[4:], milterAdds)
				binary.BigEndian.PutUint32(said[8:], milterWithout)
				err = milterWrite(c, milterNegotiate, said[:])
			case milterConnect: // host NUL family port port address NUL
				if _, peer, _ := bytes.Cut(data, []byte{0}); len(peer) > 3 {
					client = strings.TrimRight(string(peer[3:]), "\x00")
				}
				err = milterWrite(c, milterContinue, nil)
			case milterHeader:
				if name, value, _ := strings.Cut(string(data), "\x00"); strings.EqualFold(name, "From") {
					author = strings.TrimRight(value, "\x00")
				}
				err = milterWrite(c, milterContinue, nil)
			case milterEnd:
				err = milterWrite(c, milterInsert, fmt.Appendf(nil, "\x00\x00\x00\x01Authentication-Results\x00%s\x00", results(client, author)))
				if err == nil {
					err = milterWrite(c, milterContinue, nil)
				}
			case milterMacro, milterAbort: // no answer
			case milterQuit:
				return
			default:
				err = milterWrite(c, milterContinue, nil)
			}
			if err != nil {
				return
			}
		}
	})
}

func milterRead(in *bufio.Reader) (command byte, data []byte, err error) {
	var size uint32
	if err := binary.Read(in, binary.BigEndian, &size); err != nil {
		return 0, nil, err
	}
	if size == 0 || size > milterMaxFrame {
		return 0, nil, fmt.Errorf("a frame of %d bytes", size)
	}
	frame := make([]byte, size)
	_, err = io.ReadFull(in, frame)
	return frame[0], frame[1:], err
}

func milterWrite(c net.Conn, command byte, data []byte) error {
	frame := binary.BigEndian.AppendUint32(nil, uint32(len(data)+1))
	_, err := c.Write(append(append(frame, command), data...))
	return err
}
