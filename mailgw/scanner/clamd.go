package scanner

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// chunk is how much of a mail clamd is given at once.
const chunk = 64 << 10

// scan has clamd look at a mail (clamd(8), INSTREAM). The error is a *Refusal: the name
// of what was found, or that nothing can be said just now.
func (c *Clamd) scan(ctx context.Context, mail []byte) error {
	reply, err := c.ask(ctx, mail)
	switch {
	case err != nil:
	case reply == "stream: OK":
		return nil
	case strings.HasSuffix(reply, " FOUND"):
		name := strings.TrimSuffix(strings.TrimPrefix(reply, "stream: "), " FOUND")
		return &Refusal{Code: 554, Enhanced: [3]int{5, 7, 1}, Text: "the mail carries " + oneLine(name, maxReason), By: c.Address}
	default:
		err = fmt.Errorf("clamd says %q", oneLine(reply, maxReason))
	}
	return &Refusal{Code: 451, Enhanced: [3]int{4, 7, 1}, Text: "the mail cannot be checked for viruses just now; please try again later", By: c.Address, Cause: err}
}

// ask sends a mail and returns the answer without its end.
func (c *Clamd) ask(ctx context.Context, mail []byte) (string, error) {
	conn, err := dial(ctx, c.Address, c.Timeout)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	err = c.send(conn, mail)
	reply, rerr := bufio.NewReaderSize(conn, 4096).ReadString(0)
	if rerr != nil { // also when sending failed: it may have said why it closed
		return "", errors.Join(err, rerr)
	}
	return strings.TrimRight(reply, "\x00\n"), nil
}

func (c *Clamd) send(conn interface{ Write([]byte) (int, error) }, mail []byte) error {
	w := bufio.NewWriterSize(conn, chunk+4)
	if _, err := w.WriteString("zINSTREAM\x00"); err != nil {
		return err
	}
	for len(mail) > 0 {
		n := min(len(mail), chunk)
		if err := binary.Write(w, binary.BigEndian, uint32(n)); err != nil {
			return err
		}
		if _, err := w.Write(mail[:n]); err != nil {
			return err
		}
		mail = mail[n:]
	}
	if err := binary.Write(w, binary.BigEndian, uint32(0)); err != nil {
		return err
	}
	return w.Flush()
}
