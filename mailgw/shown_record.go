package mailgw

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/view"
	"supportgw/threading"
)

// shownMail is what is kept of a mail since it was first shown to a client, so that it
// never changes by a byte: our lines, with which key its readers' tokens are sealed, and
// the bytes behind them where they are not those of a mail that came in.
type shownMail struct {
	entry   ticket.ID         // whose mail it is; 0: what is behind the lines is an item's
	key     byte              // the id of the key
	purpose threading.Purpose // of the token
	lines   []byte            // of ours, with room for it
	own     []byte            // what is behind them; nil: the mail as it came in, disarmed
	listing []byte            // of the whole, see imapd.ReadListing
}

// shownFormat is the first byte of a record.
const shownFormat = 1

// errShown is returned for bytes that are no record.
var errShown = errors.New("damaged record of a mail as it is shown")

// bytes is the record.
func (m *shownMail) bytes() ([]byte, error) {
	out := []byte{shownFormat, m.key, byte(m.purpose)}
	out = binary.BigEndian.AppendUint64(out, uint64(m.entry))
	var own bytes.Buffer
	if m.own != nil {
		w, err := flate.NewWriter(&own, flate.BestSpeed)
		if err != nil {
			return nil, err
		}
		_, err = w.Write(m.own)
		if err := errors.Join(err, w.Close()); err != nil {
			return nil, err
		}
	}
	for _, part := range [][]byte{m.lines, own.Bytes(), m.listing} {
		out = binary.AppendUvarint(out, uint64(len(part)))
		out = append(out, part...)
	}
	return out, nil
}

// put keeps the record.
func (m *shownMail) put(tx store.Tx, ref view.MailRef) error {
	b, err := m.bytes()
	if err != nil {
		return err
	}
	return tx.PutShown(ref, b)
}

// carriedShown is the record of the same mail under another name: its own bytes stay, and what
// stands in front of them is made anew when it is shown. It is nil where there are none.
func carriedShown(b []byte) ([]byte, error) {
	m, err := readShown(b, true)
	if err != nil || m.own == nil || m.purpose != threading.AgentReply { // a note names where it stands
		return nil, err
	}
	m.lines, m.listing = nil, nil
	return m.bytes()
}

// halfShown reports whether a record has only the mail's own bytes.
func halfShown(b []byte) bool {
	m, err := readShown(b, false)
	return err == nil && len(m.listing) == 0
}

// readShown reads a record; own is read only when it is wanted.
func readShown(b []byte, withOwn bool) (m shownMail, err error) {
	if len(b) < 11 || b[0] != shownFormat {
		return m, errShown
	}
	m.key, m.purpose, m.entry = b[1], threading.Purpose(b[2]), ticket.ID(binary.BigEndian.Uint64(b[3:]))
	b = b[11:]
	var parts [3][]byte
	for i := range parts {
		n, size := binary.Uvarint(b)
		if size <= 0 || n > uint64(len(b)-size) {
			return m, errShown
		}
		parts[i], b = b[size:size+int(n)], b[size+int(n):]
	}
	m.lines, m.listing = parts[0], parts[2]
	if len(parts[1]) > 0 && withOwn {
		r := flate.NewReader(bytes.NewReader(parts[1]))
		if m.own, err = io.ReadAll(r); err != nil {
			return m, fmt.Errorf("%w: %w", errShown, err)
		}
	}
	return m, nil
}
