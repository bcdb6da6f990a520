package mailgw

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"supportgw/mailgw/letter"
	"supportgw/mailgw/outbox"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
	"supportgw/threading"
)

// material is what a row tells of, beside its facts: read when it leaves.
type material struct {
	raw  []byte       // the mail of row.Entry; nil when there is none
	read *letter.Mail // of raw, for a notice; nil of others
	more noticeMore   // of a notice

	digest  wording.DigestFacts      // of a list of news, as far as the store says it
	tickets map[uint64]ticket.Ticket // of digest
}

// historyShown is how many earlier entries a notice looks at.
const historyShown = 40

// materialOf reads what a row tells of.
func (g *Gateway) materialOf(r store.Reader, row *ticket.Outgoing) (m material, err error) {
	if row.Template == wording.TemplateDigest {
		m.digest, m.tickets, err = digestMaterial(r, row)
		return m, err
	}
	if row.Entry == 0 {
		return m, nil
	}
	if m.raw, err = r.Raw(row.Entry); err != nil {
		return m, fmt.Errorf("the mail that %s tells of: %w", row.ID, err)
	}
	if row.Template == wording.TemplateNotice {
		m.read = letter.Parse(m.raw, "", letter.DefaultLimits())
		m.more, err = g.noticeMore(r, row, m.read)
	}
	return m, err
}

// compose says a row, as it goes over the wire: the same words each time, as long as
// the phrases are the same; its signatures name the time when they were made.
func (g *Gateway) compose(row *ticket.Outgoing, m material) ([]outbox.Mail, error) {
	s := g.settings.Load()
	mails, err := g.say(s, row, m)
	if err == nil && row.Kind == ticket.Answer && row.Ticket != 0 && s.ShowsFolders() {
		mails[0].Bytes, err = g.asShown(s, row, mails[0].Bytes)
	}
	if err != nil {
		return nil, err
	}
	return s.signed(row, mails)
}

// say writes the mails of a row.
func (g *Gateway) say(s *settings, row *ticket.Outgoing, m material) ([]outbox.Mail, error) {
	facts, err := withMore(row, m)
	if row.Template == wording.TemplateDigest {
		facts, err = g.digestFacts(s, row, &m)
	}
	if err != nil {
		return nil, err
	}
	msg, err := s.Words.Render(row.Template, row.Language, facts)
	if err != nil {
		return nil, fmt.Errorf("say %s: %w", row.Template, err)
	}
	draft := letter.Draft{
		From: row.From, To: row.To, Cc: row.Cc, ReplyTo: row.ReplyTo, Subject: tagged(msg.Subject, row.Tag), MessageID: row.MessageID,
		InReplyTo: row.InReplyTo, References: row.References, Date: row.Date, Text: msg.Text, HTML: msg.HTML, Headers: ownHeaders(row),
	}
	switch row.Kind {
	case ticket.Notice, ticket.Page:
		return g.composeEach(row, draft)
	case ticket.Forward:
		draft.Files = []letter.File{original(m.raw)}
	case ticket.Answer:
		draft.Subject = row.Subject
		if len(row.Files) > 0 && !row.Omitted {
			draft.Files = carried(row, m.raw)
		}
	}
	b, err := letter.Compose(draft)
	if err != nil {
		return nil, fmt.Errorf("compose %s: %w", row.ID, err)
	}
	return []outbox.Mail{{Name: row.ID.String(), From: row.EnvelopeFrom, To: row.EnvelopeTo, Bytes: b, ID: row.MessageID}}, nil
}

// carried are the files of an agent's mail that its answer carries.
func carried(row *ticket.Outgoing, raw []byte) (out []letter.File) {
	all := letter.Files(raw, letter.DefaultLimits())
	for _, f := range row.Files {
		if f.Number < len(all) {
			out = append(out, all[f.Number])
		}
	}
	return out
}

// composeEach makes one mail for each person of the house, with an id and an
// address for answers of their own.
func (g *Gateway) composeEach(row *ticket.Outgoing, draft letter.Draft) ([]outbox.Mail, error) {
	copies := make([]letter.Copy, 0, len(row.EnvelopeTo))
	out := make([]outbox.Mail, 0, len(row.EnvelopeTo))
	rooms := g.rooms(row, draft.Text, draft.HTML, row.ReplyTo)
	for _, to := range row.EnvelopeTo {
		tag := g.keys.PersonTag(to)
		fill := g.fillRooms(row, rooms, tag)
		one := letter.Copy{To: []string{to}, ReplyTo: strings.NewReplacer(fill...).Replace(row.ReplyTo), MessageID: g.personalID(row, tag), Rooms: fill}
		if strings.Contains(row.ReplyTo, tokenRoom) {
			token := g.keys.Seal(threading.Ref{Purpose: threading.AgentReply, Ticket: row.Ticket, Entry: row.EntrySeq, Person: tag})
			one.ReplyTo = strings.Replace(one.ReplyTo, tokenRoom, token, 1)
		}
		if strings.Contains(row.ReplyTo, clockRoom) {
			token := g.keys.Seal(threading.Ref{Purpose: threading.Clock, Ticket: row.Ticket, Entry: row.EntrySeq, Person: tag})
			one.ReplyTo = strings.Replace(one.ReplyTo, clockRoom, token, 1)
		}
		copies = append(copies, one)
		reports := g.keys.Seal(threading.Ref{Purpose: threading.Bounce, Ticket: row.Ticket, Entry: row.EntrySeq, Person: tag})
		from := strings.Replace(row.EnvelopeFrom, tokenRoom, reports, 1)
		name := row.ID.String() + "-" + strconv.FormatUint(uint64(tag), 16)
		out = append(out, outbox.Mail{Name: name, From: from, To: one.To, ID: one.MessageID})
	}
	all, err := letter.ComposeEach(draft, copies)
	if err != nil {
		return nil, fmt.Errorf("compose %s: %w", row.ID, err)
	}
	for i := range all {
		out[i].Bytes = all[i]
	}
	return out, nil
}

// personalID is the Message-ID of what one person is told: two rows about one
// entry have two.
func (g *Gateway) personalID(row *ticket.Outgoing, tag uint32) string {
	mark := uint32(row.ID) ^ uint32(row.ID>>32)
	return g.keys.MessageID(threading.Ref{Purpose: threading.MessageID, Ticket: row.Ticket, Entry: row.EntrySeq, Person: tag ^ mark}, domainOf(row.MessageID))
}

// moreFacts are facts that are read when a row leaves.
type moreFacts struct {
	Words   string   `json:"words,omitempty"`
	HTML    string   `json:"words_html,omitempty"`
	Omitted []string `json:"omitted,omitempty"`
	noticeMore
}

// withMore puts into a row's facts the words of the mail that it tells of, and
// what went before it. An answer's words are facts of its own: they were cleaned
// when it was accepted.
func withMore(row *ticket.Outgoing, m material) (json.RawMessage, error) {
	more := moreFacts{noticeMore: m.more}
	switch {
	case row.Kind == ticket.Answer && row.Omitted:
		more.Omitted = row.FileNames()
	case bytes.Contains(row.Facts, []byte(`"words":"`)): // fixed already: an agent's, without the commands
	case row.Kind == ticket.Forward: // the mail itself goes with it
	case row.Kind != ticket.Answer && m.raw != nil:
		read := m.read
		if read == nil {
			read = letter.Parse(m.raw, "", letter.DefaultLimits())
		}
		more.Words = read.Matter()
		if row.Template == wording.TemplateNotice {
			more.HTML, _ = read.MatterHTML() // without it the plain words are shown
		}
	}
	j, err := json.Marshal(more)
	if err != nil {
		return nil, fmt.Errorf("facts of %s: %w", row.ID, err)
	}
	facts := bytes.TrimSpace(row.Facts)
	switch {
	case len(facts) < 2 || facts[0] != '{' || facts[len(facts)-1] != '}':
		return nil, fmt.Errorf("facts of %s: no object: %.40q", row.ID, facts)
	case len(j) == 2:
		return row.Facts, nil
	case len(facts) == 2:
		return j, nil
	}
	// The last of two equal keys counts (encoding/json), and no fact is called so.
	return slices.Concat(facts[:len(facts)-1], []byte(","), j[1:]), nil
}

// ownHeaders are the fields that only our mails have: that a program wrote it
// (RFC 3834 §5), unless a person did, and the clock of a rehearsal.
func ownHeaders(row *ticket.Outgoing) (h [][2]string) {
	switch {
	case row.Kind == ticket.Answer:
	case row.Kind == ticket.Acknowledgement && (row.Template == wording.TemplateAcknowledgement || row.Template == wording.TemplateStatus): // others answer no mail: the clock or a word of ours sends them
		h = [][2]string{{"Auto-Submitted", "auto-replied"}, {"X-Auto-Response-Suppress", "All"}}
	default:
		h = [][2]string{{"Auto-Submitted", "auto-generated"}, {"X-Auto-Response-Suppress", "All"}}
	}
	if row.Clock != "" {
		h = append(h, [2]string{"X-Mailgw-Clock", row.Clock})
	}
	return h
}
