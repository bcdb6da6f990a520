package mailgw

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-smtp"

	"supportgw/mailgw/letter"
)

// DemoMail is a mail that left the gateway of a Demo, as its reader sees it.
type DemoMail struct {
	Name       string    `json:"name"`        // of the file in sent/
	EnvelopeTo string    `json:"envelope_to"` // whom it was handed over for, "a@b, c@d"
	From       string    `json:"from"`        // Name <addr>
	To         string    `json:"to"`          // the same; several with commas between them
	ReplyTo    string    `json:"reply_to"`    // where an answer goes, the address alone; "" when the field is missing
	Subject    string    `json:"subject"`     // decoded
	Date       time.Time `json:"date"`        // by the gateway's clock
	MessageID  string    `json:"message_id"`  // without brackets, as the two below
	InReplyTo  string    `json:"in_reply_to"` // "" when the field is missing
	References []string  `json:"references"`  // the oldest first
	Automatic  string    `json:"automatic"`   // Auto-Submitted; "" when a person wrote it
	Text       string    `json:"text"`        // the words, with "\n" line ends
}

// Sent returns the mails that have left since the last call, in the order in which
// they were decided.
func (d *Demo) Sent() ([]DemoMail, error) {
	dir := filepath.Join(d.g.settings.Load().Data, "sent")
	files, err := os.ReadDir(dir) // sorted, and names begin with an id, which only grow
	if err != nil {
		return nil, fmt.Errorf("read sent mails: %w", err)
	}
	var out []DemoMail
	for _, f := range files {
		if d.shown[f.Name()] || filepath.Ext(f.Name()) != ".eml" {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return nil, fmt.Errorf("read sent mail: %w", err)
		}
		d.shown[f.Name()] = true
		out = append(out, demoMail(f.Name(), raw))
	}
	return out, nil
}

func demoMail(name string, raw []byte) DemoMail {
	m := letter.Parse(raw, "", letter.DefaultLimits())
	out := DemoMail{
		Name: name, EnvelopeTo: strings.NewReplacer("<", "", ">", "").Replace(m.Header.Get("X-Envelope-To")), From: addressList(m.From), To: addressList(m.To),
		Subject: m.Subject, Date: m.Date, MessageID: m.MessageID, References: slices.Clone(m.References),
		Automatic: m.Header.Get("Auto-Submitted"), Text: m.Text,
	}
	if len(m.ReplyTo) > 0 {
		out.ReplyTo = m.ReplyTo[0].Addr
	}
	if len(m.InReplyTo) > 0 {
		out.InReplyTo = m.InReplyTo[0]
	}
	return out
}

func addressList(list []letter.Address) string {
	var out []string
	for _, a := range list {
		out = append(out, a.String())
	}
	return strings.Join(out, ", ")
}

// demoPatience is how long a Demo waits for one reply of its own listener.
const demoPatience = 30 * time.Second

// Deliver hands a mail to the gateway's SMTP listener and returns the text of the
// 250 that the final dot got.
func (d *Demo) Deliver(ctx context.Context, from string, to []string, mail []byte) (reply string, err error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", d.addrs["smtp"])
	if err != nil {
		return "", fmt.Errorf("deliver: %w", err)
	}
	c := smtp.NewClient(conn)
	c.CommandTimeout, c.SubmissionTimeout = demoPatience, demoPatience
	defer func() { err = errors.Join(err, c.Close()) }()
	if err := c.Mail(from, nil); err != nil {
		return "", fmt.Errorf("deliver: MAIL: %w", err)
	}
	for _, addr := range to {
		if err := c.Rcpt(addr, nil); err != nil {
			return "", fmt.Errorf("deliver: RCPT: %w", err)
		}
	}
	data, err := c.Data()
	if err != nil {
		return "", fmt.Errorf("deliver: DATA: %w", err)
	}
	if _, err := data.Write(mail); err != nil {
		return "", fmt.Errorf("deliver: %w", err)
	}
	said, err := data.CloseWithResponse()
	if err != nil {
		return "", fmt.Errorf("deliver: the final dot: %w", err)
	}
	return said.StatusText, nil
}
