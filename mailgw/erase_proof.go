package mailgw

import (
	"errors"
	"slices"
	"time"

	"supportgw/mailgw/erasure"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// learn reads the mails that go for what must not be found afterwards, and those of
// others for what they say of whom they were on a ticket with; with deep, all.
func (e *eraser) learn(r store.Reader, deep bool, v *EraseView) error {
	gone := map[ticket.ID]bool{}
	for _, id := range slices.Concat(e.job.Plan.Mails, e.job.Plan.Entries) {
		if gone[id] {
			continue
		}
		gone[id] = true
		raw, err := r.Raw(id)
		if errors.Is(err, store.ErrNotFound) { // ours, a note, or a duplicate
			continue
		}
		if err != nil {
			return err
		}
		m := letter.Parse(raw, "", letter.DefaultLimits())
		if e.who.Is(m.Author().Addr) {
			e.job.Needles.Mail(m, true)
		}
	}
	return e.mentions(r, e.finder(), gone, deep, v)
}

// finder looks for whom it is about in what others wrote: addresses, full names, and
// lines of their own words.
func (e *eraser) finder() *erasure.Finder {
	return erasure.NewFinder(slices.Concat(e.job.Addresses, e.job.Needles.Words))
}

// mentions lists the mails of others that f finds something in.
func (e *eraser) mentions(r store.Reader, f *erasure.Finder, gone map[ticket.ID]bool, deep bool, v *EraseView) error {
	numbers := e.job.Plan.Parts
	if deep {
		numbers = nil
		if err := r.Tickets(0, func(t ticket.Ticket) bool { numbers = append(numbers, t.Number); return true }); err != nil {
			return err
		}
		slices.Sort(numbers)
	}
	for _, n := range numbers {
		list, err := r.Entries(n)
		if err != nil {
			return err
		}
		for i := range list {
			if en := &list[i]; !gone[en.ID] && en.ErasedAt.IsZero() {
				if err := e.mention(r, f, en, v); err != nil {
					return err
				}
			}
		}
	}
	if !deep {
		return nil
	}
	var bad error // mails on no ticket
	err := r.Receipts(func(rc ticket.Receipt) bool {
		if rc.Ticket == 0 && rc.Erased == nil && !gone[rc.ID] {
			bad = e.mention(r, f, &ticket.Entry{ID: rc.ID, Kind: ticket.MailIn, From: rc.Author}, v)
		}
		return bad == nil
	})
	return errors.Join(err, bad)
}

// mention lists one mail, answer or note, when it names them.
func (e *eraser) mention(r store.Reader, f *erasure.Finder, en *ticket.Entry, v *EraseView) error {
	text := en.Excerpt + "\n" + en.Text + "\n" + en.Subject
	if en.Outgoing != nil {
		text += "\n" + string(en.Outgoing.Facts)
	}
	raw, err := r.Raw(en.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if err == nil {
		text += "\n" + everything(letter.Parse(raw, "", letter.DefaultLimits())) + "\n" + string(raw)
	}
	if what := f.First(text); what != "" {
		v.Mentions = append(v.Mentions, MentionView{ID: en.ID, Ticket: orNull(en.Ticket), From: orNull(en.From), Names: what})
	}
	return nil
}

// prove looks for whom it was about in every byte of the data folder, and checks what
// is left.
func (e *eraser) prove(v *EraseView) (*ProofView, error) {
	p := &ProofView{At: e.g.clock.Now(), Hits: []erasure.Hit{}, Verify: []string{}}
	texts := e.job.Needles.All()
	p.Texts = len(texts)
	err := e.search(p, texts, v)
	for try := 0; err == nil && len(p.Hits) > 0 && try < searchedAgain; try++ { // a mail was on its way meanwhile: its row stood in pages that were freed since
		if purger, ok := e.g.store.(store.Purger); ok {
			_, err = purger.Purge(nil)
		}
		if err == nil {
			err = e.search(p, texts, v)
		}
	}
	if err != nil {
		return p, err
	}
	err = e.g.store.View(func(r store.Reader) error {
		rep, err := store.Verify(r, nil)
		p.Verify = append(p.Verify[:0], rep.Problems...)
		return err
	})
	if c, ok := e.g.store.(interface{ Check() []error }); ok && err == nil {
		for _, bad := range c.Check() {
			p.Verify = append(p.Verify, "database: "+bad.Error())
		}
	}
	p.Clean = len(p.Hits) == 0 && len(p.Verify) == 0
	return p, err
}

// searchedAgain is how often the storage is cleared and searched again where something
// was found.
const searchedAgain = 2

// search looks for texts in the data folder.
func (e *eraser) search(p *ProofView, texts []string, v *EraseView) error {
	found, err := erasure.Search(e.g.settings.Load().Data, erasure.NewFinder(erasure.Forms(texts)))
	if err != nil {
		return err
	}
	p.Files, p.Bytes, p.Hits = found.Files, found.Bytes, []erasure.Hit{}
	if len(found.Hits) > 0 {
		p.Hits, err = e.explain(found.Hits, v)
	}
	return err
}

// explain lists the mails of others in which the texts stand that were found, and
// returns the places that these do not explain. All mails are read for it. What has
// come since the erasure began is as others' words are.
func (e *eraser) explain(hits []erasure.Hit, v *EraseView) (left []erasure.Hit, err error) {
	texts := map[string]bool{} // as they were found
	for _, h := range hits {
		texts[h.Text] = true
	}
	list := make([]string, 0, len(texts))
	for t := range texts {
		list = append(list, t)
	}
	more := EraseView{}
	kept := map[string]bool{}
	err = e.g.store.View(func(r store.Reader) error {
		more.Mentions = more.Mentions[:0]
		for _, t := range list {
			n := len(more.Mentions)
			if err := e.mentions(r, erasure.NewFinder([]string{t}), nil, true, &more); err != nil {
				return err
			}
			kept[t] = len(more.Mentions) > n
		}
		return nil
	})
	for _, m := range more.Mentions {
		if !slices.ContainsFunc(v.Mentions, func(have MentionView) bool { return have.ID == m.ID }) {
			v.Mentions = append(v.Mentions, m)
		}
	}
	for _, h := range hits {
		if !kept[h.Text] {
			left = append(left, h)
		}
	}
	return append([]erasure.Hit{}, left...), err
}

// eraseAgain ends the erasure that was cut short, and erases again what the log of
// erasures names and the store still has: an old copy of the data folder was put back.
// It runs before any mail is accepted; the bytes go afterwards, see purgeErased.
func (g *Gateway) eraseAgain() error {
	g.erasing.one.Lock()
	defer g.erasing.one.Unlock()
	job, err := g.jobUnderWay()
	if err != nil {
		return err
	}
	if job != nil && job.Step != stepPurge {
		g.log.Warn("an erasure was cut short; it goes on", "id", job.ID, "kind", job.Kind, "step", job.Step)
		if err := g.eraser(job).run(); err != nil {
			return err
		}
	}
	log, err := erasure.OpenLog(erasedLog(g.settings.Load().Config))
	if err != nil {
		return err
	}
	again := false
	for i := range log.Lines {
		did, err := g.reapply(log, &log.Lines[i])
		if err != nil {
			return err
		}
		again = again || did
	}
	if job != nil || again {
		g.wantPurge()
	}
	return nil
}

// wantPurge has the storage cleared by purgeErased.
func (g *Gateway) wantPurge() {
	select {
	case g.erasing.wake <- struct{}{}:
	default:
	}
}

// reapply erases again what one line names, as far as it is there.
func (g *Gateway) reapply(log *erasure.Log, line *erasure.Line) (bool, error) {
	var job *eraseJob
	err := g.store.View(func(r store.Reader) (err error) {
		job, err = g.cameBackOf(r, log, line)
		return err
	})
	if err != nil || job == nil {
		return false, err
	}
	if err := g.makeErasureKey(); err != nil {
		return false, err
	}
	g.log.Warn("what was erased is back: an old copy of the data folder was put here; it is erased again", "id", line.ID, "erased_at", line.At.Format(time.RFC3339), "tickets", len(job.Plan.Whole), "mails", len(job.Plan.Mails))
	e := g.eraser(job)
	if err := e.keep(stepTickets); err != nil {
		return false, err
	}
	return true, e.run()
}
