package probe

import (
	"fmt"
	"strings"
	"time"
)

// acceptedAs stands in the gateway's 250 before the id of the mail.
const acceptedAs = "accepted as "

// send offers one mail. It returns the id in the 250, "" when the server names
// none, and the time from the final dot to that 250.
func (c *client) send(m *message, pipeline bool) (id string, took time.Duration, err error) {
	if err := c.envelope(m, pipeline); err != nil {
		return "", 0, err
	}
	if err := c.write(m.parts...); err != nil {
		return "", 0, fmt.Errorf("mail text: %w", withoutPorts(err))
	}
	dot := time.Now()
	// RFC 2033 §4.2: with LMTP one reply for each recipient, and there is one.
	text, err := c.expect(atDot, 250)
	if err != nil {
		return "", 0, err
	}
	took = time.Since(dot)
	if _, rest, ok := strings.Cut(text, acceptedAs); ok {
		id, _, _ = strings.Cut(rest, " ")
	}
	return id, took, nil
}

// envelope says from whom and to whom, and waits for the go-ahead.
func (c *client) envelope(m *message, pipeline bool) error {
	mail := "MAIL FROM:<" + m.from + ">"
	if m.eightBit && c.offers["8BITMIME"] {
		mail += " BODY=8BITMIME" // RFC 6152 §3
	}
	dialogue := [...]struct {
		at   stage
		want int
		line string
	}{
		{atMail, 250, mail + "\r\n"},
		{atRcpt, 250, "RCPT TO:<" + m.to + ">\r\n"},
		{atData, 354, "DATA\r\n"},
	}
	if pipeline { // RFC 2920 §3.1: DATA may end a group
		if err := c.write(dialogue[0].line, dialogue[1].line, dialogue[2].line); err != nil {
			return fmt.Errorf("%s: %w", atMail, withoutPorts(err))
		}
	}
	for _, d := range dialogue {
		if !pipeline {
			if err := c.write(d.line); err != nil {
				return fmt.Errorf("%s: %w", d.at, withoutPorts(err))
			}
		}
		if _, err := c.expect(d.at, d.want); err != nil {
			return err
		}
	}
	return nil
}
