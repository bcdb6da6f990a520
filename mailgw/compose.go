package mailgw

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/outbox"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
	"supportgw/threading"
)

// compose says a row: the same bytes each time. raw is the mail that it tells of,
// nil when it tells of none.
func (g *Gateway) compose(row *ticket.Outgoing, raw []byte) ([]outbox.Mail, error) {
	facts, err := withWords(row, raw)
	if err != nil {
		return nil, err
	}
	msg, err := wording.Render(row.Template, row.Language, facts)
	if err != nil {
		return nil, fmt.Errorf("say %s: %w", row.Template, err)
	}
	draft := letter.Draft{
		From: row.From, To: row.To, ReplyTo: row.ReplyTo, Subject: msg.Subject, MessageID: row.MessageID,
		InReplyTo: row.InReplyTo, References: row.References, Date: row.Date, Text: msg.Text, HTML: msg.HTML, Headers: automaticHeaders(row),
	}
	if row.Kind != ticket.Notice && row.Kind != ticket.Page {
		b, err := letter.Compose(draft)
		if err != nil {
			return nil, fmt.Errorf("compose %s: %w", row.ID, err)
		}
		return []outbox.Mail{{Name: row.ID.String(), From: row.EnvelopeFrom, To: row.EnvelopeTo, Bytes: b}}, nil
	}
	return g.composeEach(row, draft)
}

// composeEach makes one mail for each person of the house, with an id of its own.
func (g *Gateway) composeEach(row *ticket.Outgoing, draft letter.Draft) ([]outbox.Mail, error) {
	var out []outbox.Mail
	for _, to := range row.EnvelopeTo {
		tag := g.keys.PersonTag(to)
		draft.To = []string{to}
		draft.MessageID = g.keys.MessageID(threading.Ref{Purpose: threading.MessageID, Ticket: row.Ticket, Entry: row.EntrySeq, Person: tag ^ kindMark(row.Kind)}, domainOf(row.MessageID))
		b, err := letter.Compose(draft)
		if err != nil {
			return nil, fmt.Errorf("compose %s: %w", row.ID, err)
		}
		name := row.ID.String() + "-" + strconv.FormatUint(uint64(tag), 16)
		out = append(out, outbox.Mail{Name: name, From: row.EnvelopeFrom, To: []string{to}, Bytes: b})
	}
	return out, nil
}

// kindMark tells the Message-IDs of a notice and a page to one person apart.
func kindMark(k ticket.OutgoingKind) uint32 {
	if k == ticket.Page {
		return 1
	}
	return 0
}

// withWords puts the customer's words, read from the raw mail, into a notice's facts.
func withWords(row *ticket.Outgoing, raw []byte) (json.RawMessage, error) {
	if raw == nil {
		return row.Facts, nil
	}
	words, err := json.Marshal(letter.Parse(raw, "", letter.DefaultLimits()).NewText)
	if err != nil {
		return nil, fmt.Errorf("words of %s: %w", row.ID, err)
	}
	facts := bytes.TrimSpace(row.Facts)
	if len(facts) < 2 || facts[len(facts)-1] != '}' {
		return nil, fmt.Errorf("facts of %s: no object: %.40q", row.ID, facts)
	}
	// The last of two equal keys counts (encoding/json), and no fact is called so.
	out := append([]byte{}, facts[:len(facts)-1]...)
	if len(facts) > 2 {
		out = append(out, ',')
	}
	return append(append(append(out, `"words":`...), words...), '}'), nil
}

// automaticHeaders tell programs that a program wrote this (RFC 3834 §5).
func automaticHeaders(row *ticket.Outgoing) [][2]string {
	kind := "auto-generated"
	if row.Kind == ticket.Acknowledgement {
		kind = "auto-replied"
	}
	h := [][2]string{{"Auto-Submitted", kind}, {"X-Auto-Response-Suppress", "All"}}
	if row.Clock != "" {
		h = append(h, [2]string{"X-Mailgw-Clock", row.Clock})
	}
	return h
}
