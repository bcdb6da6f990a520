package mailgw

import (
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/heard"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/promise"
)

// NeedView is a time by which a customer says that they need something. Nobody has
// promised it.
type NeedView struct {
	At    *time.Time `json:"at"`    // null when no time could be made of the words
	Sure  bool       `json:"sure"`  // the words can be understood in one way only
	Words string     `json:"words"` // their sentence
}

// maxNeeds is how many such times of one mail are shown.
const maxNeeds = 5

// needs finds by when a customer's mail needs something. It is shown to people, and
// nothing follows from it by itself.
func (s *settings) needs(m *letter.Mail, lang string, desk *config.Desk, at time.Time) []NeedView {
	words := m.NewText
	if words == "" {
		words = m.Matter()
	}
	c := heard.Context{Now: at.In(promise.Zone(m.Date, m.HasZone, s.zone(desk), at)), Lang: lang, Hours: s.Hours[desk.Calendar]}
	out := []NeedView{}
	for _, p := range heard.Needs(words, c) {
		v := NeedView{Sure: p.Sure && !p.At.IsZero(), Words: p.Words}
		if v.Sure {
			v.At = &p.At
		}
		if out = append(out, v); len(out) == maxNeeds {
			break
		}
	}
	return out
}

// needs are those of this mail, when a customer wrote it.
func (d *decision) needs() []NeedView {
	if !d.isPerson() || d.in.isAgent() || d.desk == nil {
		return []NeedView{}
	}
	if d.desk == d.in.desk && d.in.needs != nil {
		return d.in.needs
	}
	return d.in.s.needs(d.in.mail, d.in.mail.Language, d.desk, d.now)
}

// saidNeeds says them to the desk: of what is not sure the words alone.
func (d *decision) saidNeeds() (out []string) {
	s := d.in.s
	for _, n := range d.needs() {
		if n.At == nil {
			out = append(out, n.Words)
			continue
		}
		out = append(out, promise.Say(*n.At, d.now, s.zone(d.desk), s.Words.Match(d.desk.Language))+" – "+n.Words)
	}
	return out
}
