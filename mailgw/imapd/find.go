package imapd

import (
	"bytes"
	"mime"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-message/charset"
)

// Search is SEARCH (RFC 9051 §6.4.4, RFC 4731).
func (x *session) Search(kind imapserver.NumKind, c *imap.SearchCriteria, o *imap.SearchOptions) (*imap.SearchData, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	q := &search{x: x, v: x.view, known: make([]*Listing, len(x.view.Mails)), words: map[string]func(Mail) bool{}}
	if err := q.prepare(c); err != nil {
		return nil, x.told(err)
	}
	data := &imap.SearchData{}
	var seqs imap.SeqSet
	var uids imap.UIDSet
	var saved []uint32
	for i := range q.v.Mails {
		ok, err := q.meets(i, c)
		if err != nil {
			return nil, x.told(err)
		}
		if !ok {
			continue
		}
		n := uint32(i) + 1
		saved = append(saved, q.v.Mails[i].UID)
		if kind == imapserver.NumKindUID {
			n = q.v.Mails[i].UID
			uids.AddNum(imap.UID(n))
		} else {
			seqs.AddNum(n)
		}
		if data.Min == 0 {
			data.Min = n
		}
		data.Max = n
		data.Count++
	}
	if o != nil && o.ReturnSave {
		x.saved = saved
	}
	data.All = seqs
	if kind == imapserver.NumKindUID {
		data.All = uids
	}
	return data, nil
}

// search is one SEARCH.
type search struct {
	x     *session
	v     *View
	known []*Listing
	words map[string]func(Mail) bool // what the account finds, by kind and words
	sets  map[*imap.SearchCriteria][]spans
}

// prepare asks the account for words, and for what is known of mails, once.
func (q *search) prepare(c *imap.SearchCriteria) error {
	if q.sets == nil {
		q.sets = map[*imap.SearchCriteria][]spans{}
	}
	for kind, words := range map[string][]string{"t": c.Text, "b": c.Body} {
		for _, w := range words {
			if q.words[kind+w] != nil {
				continue
			}
			has, err := q.x.account.FindText(q.v, w, kind == "b")
			if err != nil {
				return err
			}
			q.words[kind+w] = has
		}
	}
	if err := q.prepareSets(c); err != nil {
		return err
	}
	needs := !c.Since.IsZero() || !c.Before.IsZero() || !c.SentSince.IsZero() || !c.SentBefore.IsZero() || c.Larger != 0 || c.Smaller != 0 || len(c.Header) > 0
	if needs && len(q.known) > 0 && q.known[0] == nil {
		err := q.x.account.Listings(q.v.Mails, func(i int, l *Listing) error {
			q.known[i] = l
			return nil
		})
		if err != nil {
			return err
		}
	}
	for i := range c.Not {
		if err := q.prepare(&c.Not[i]); err != nil {
			return err
		}
	}
	for i := range c.Or {
		for j := range c.Or[i] {
			if err := q.prepare(&c.Or[i][j]); err != nil {
				return err
			}
		}
	}
	return nil
}

// prepareSets finds the mails of sets of numbers.
func (q *search) prepareSets(c *imap.SearchCriteria) error {
	var sets []imap.NumSet
	for _, s := range c.SeqNum {
		sets = append(sets, s)
	}
	for _, s := range c.UID {
		sets = append(sets, s)
	}
	for _, s := range sets {
		in, err := q.x.named(s)
		if err != nil {
			return err
		}
		q.sets[c] = append(q.sets[c], in)
	}
	return nil
}

// meets reports whether a mail meets criteria, cheapest first.
func (q *search) meets(i int, c *imap.SearchCriteria) (bool, error) {
	m := q.v.Mails[i]
	for _, in := range q.sets[c] {
		if !in.contains(i) {
			return false, nil
		}
	}
	for _, f := range c.Flag {
		if !q.hasFlag(m, f) {
			return false, nil
		}
	}
	for _, f := range c.NotFlag {
		if q.hasFlag(m, f) {
			return false, nil
		}
	}
	if l := q.known[i]; l != nil && !meetsListing(l, c) {
		return false, nil
	}
	for _, w := range c.Text {
		if !q.words["t"+w](m) {
			return false, nil
		}
	}
	for _, w := range c.Body {
		if !q.words["b"+w](m) {
			return false, nil
		}
	}
	for _, h := range c.Header {
		if ok, err := q.hasHeader(i, h); !ok || err != nil {
			return false, err
		}
	}
	for j := range c.Not {
		if ok, err := q.meets(i, &c.Not[j]); ok || err != nil {
			return false, err
		}
	}
	for j := range c.Or {
		one, err := q.meets(i, &c.Or[j][0])
		if err != nil {
			return false, err
		}
		if !one {
			if one, err = q.meets(i, &c.Or[j][1]); !one || err != nil {
				return false, err
			}
		}
	}
	return true, nil
}

func (q *search) hasFlag(m Mail, f imap.Flag) bool {
	for _, s := range systemFlags {
		if strings.EqualFold(string(s.name), string(f)) {
			return m.Flags&s.bit != 0
		}
	}
	for i, k := range q.v.Keywords {
		if strings.EqualFold(k, string(f)) {
			return m.Flags&(FirstKeyword<<i) != 0
		}
	}
	return false
}

// meetsListing looks at dates and sizes. Only the date counts (§6.4.4).
func meetsListing(l *Listing, c *imap.SearchCriteria) bool {
	day := func(t time.Time) time.Time { y, m, d := t.Date(); return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }
	in, sent := day(l.Date), time.Time{}
	if l.Envelope != nil && !l.Envelope.Date.IsZero() {
		sent = day(l.Envelope.Date)
	}
	switch {
	case !c.Since.IsZero() && in.Before(day(c.Since)), !c.Before.IsZero() && !in.Before(day(c.Before)),
		!c.SentSince.IsZero() && (sent.IsZero() || sent.Before(day(c.SentSince))), !c.SentBefore.IsZero() && (sent.IsZero() || !sent.Before(day(c.SentBefore))),
		c.Larger != 0 && l.Size <= c.Larger, c.Smaller != 0 && l.Size >= c.Smaller:
		return false
	}
	return true
}

// hasHeader reports whether a field has some text in it; without one, whether it is there.
func (q *search) hasHeader(i int, h imap.SearchCriteriaHeaderField) (bool, error) {
	if e := q.known[i]; e != nil && e.Envelope != nil && h.Value != "" {
		if text, ok := inEnvelope(e.Envelope, strings.ToLower(h.Key)); ok {
			return contains(text, h.Value), nil
		}
	}
	raw, err := q.x.account.Bytes(q.v.Mails[i])
	if err != nil {
		return false, err
	}
	found := fields(raw[:headerEnd(raw)], []string{h.Key}, nil)
	if len(found) <= 2 {
		return false, nil
	}
	return h.Value == "" || contains(decoded(found), h.Value), nil
}

// inEnvelope is what an envelope says of a field; ok is false when it does not have it.
func inEnvelope(e *imap.Envelope, key string) (text string, ok bool) {
	list := func(all []imap.Address) (string, bool) {
		var b strings.Builder
		for _, a := range all {
			b.WriteString(a.Name + " <" + a.Addr() + ">, ")
		}
		return b.String(), true
	}
	switch key {
	case "subject":
		return e.Subject, true
	case "from":
		return list(e.From)
	case "to":
		return list(e.To)
	case "cc":
		return list(e.Cc)
	case "bcc":
		return list(e.Bcc)
	case "message-id":
		return "<" + e.MessageID + ">", true
	}
	return "", false
}

// contains is the substring match of SEARCH, in any case.
func contains(text, what string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(what))
}

// decoded are header lines in their words, unfolded.
func decoded(lines []byte) string {
	text := string(bytes.ReplaceAll(lines, []byte("\r\n"), nil))
	out, err := (&mime.WordDecoder{CharsetReader: charset.Reader}).DecodeHeader(text)
	if err != nil {
		return text
	}
	return out
}
