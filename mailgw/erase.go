package mailgw

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/erasure"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// The names under which the store keeps what erasing needs.
const (
	erasureKeyName = "erasure_key" // of the hashes by which erased mails are known
	erasureName    = "erasure"     // the erasure under way
)

// erasing is what a gateway knows of erasures.
type erasing struct {
	one     sync.Mutex             // one at a time
	key     atomic.Pointer[[]byte] // nil: nothing has ever been erased
	wake    chan struct{}          // has a value when the storage is to be purged
	keeping keeping                // of letGo
	at      func(step string)      // called before each step, for tests that stop there; nil: nobody looks
}

// loadErasureKey reads the key of the hashes by which erased mails are known.
func (g *Gateway) loadErasureKey() error {
	g.erasing.wake = make(chan struct{}, 1)
	return g.store.View(func(r store.Reader) error {
		key, err := r.Meta(erasureKeyName)
		if err == nil && key != nil {
			g.erasing.key.Store(&key)
		}
		return err
	})
}

// makeErasureKey makes that key, unless it is there.
func (g *Gateway) makeErasureKey() error {
	if g.erasing.key.Load() != nil {
		return nil
	}
	key := make([]byte, sha256.Size)
	if _, err := rand.Read(key); err != nil {
		return fmt.Errorf("make the key of erased mails: %w", err)
	}
	if err := g.store.Update(store.Background, func(tx store.Tx) error { return tx.PutMeta(erasureKeyName, key) }); err != nil {
		return fmt.Errorf("keep the key of erased mails: %w", err)
	}
	g.erasing.key.Store(&key)
	return nil
}

// keyed is by what a mail is known when it was erased; empty when it has no
// Message-ID, or nothing has ever been erased.
func (g *Gateway) keyed(messageID, author string, content []byte) (e ticket.Erased) {
	key := g.erasing.key.Load()
	if key == nil || messageID == "" {
		return e
	}
	sum := func(what string, parts ...string) []byte {
		h := hmac.New(sha256.New, *key)
		h.Write([]byte(what))
		for _, p := range parts {
			h.Write([]byte{0})
			h.Write([]byte(p))
		}
		return h.Sum(nil)[:ticket.ErasedHash]
	}
	return ticket.Erased{MessageID: sum("id", messageID), Same: sum("same", messageID, author, string(content))}
}

// repeatsErased finds a mail that was erased and comes again. It changes nothing, and
// nothing of it is kept anew.
func (d *decision) repeatsErased() error {
	keyed := d.g.keyed(d.in.mail.MessageID, d.in.author, d.in.hash)
	if keyed.Same == nil {
		return nil
	}
	first, err := d.r.ErasedSame(keyed.Same)
	if err != nil {
		return ignoreMissing(err)
	}
	d.outcome, d.original, d.final, d.erased = ticket.OutcomeDuplicate, first.ID, true, &keyed
	d.ticket.Number = first.Ticket
	return nil
}

// erasedLog is where it is kept what was erased: beside the data folder, so that a
// copy of that does not hold it.
func erasedLog(c *config.Config) string {
	if c.ErasedLog != "" {
		return c.ErasedLog
	}
	return filepath.Clean(c.Data) + "-erased.log"
}

// The steps of an erasure, in order.
const (
	stepLog     = "log"     // the log outside of the data folder names it
	stepTickets = "tickets" // tickets are closed, their promises withdrawn: nothing comes onto them any more
	stepClues   = "clues"   // by which mails to come would find what goes
	stepEntries = "entries" // their words
	stepMails   = "mails"   // mails on no ticket, and duplicates
	stepRows    = "rows"    // mails that wait to leave
	stepDrawers = "drawers"
	stepParts   = "parts" // what of others names them
	stepPeople  = "people"
	stepSent    = "sent"  // files of relay.kind = "file"
	stepPurge   = "purge" // the bytes: from here on nothing is known of whom it is about
)

// eraseSteps are all of them.
func eraseSteps() []string {
	return []string{stepLog, stepTickets, stepClues, stepEntries, stepMails, stepRows, stepDrawers, stepParts, stepPeople, stepSent, stepPurge}
}

// eraseJob is an erasure under way, as the store keeps it until nothing of it is left to do.
type eraseJob struct {
	ID        ticket.ID       `json:"id"`
	At        time.Time       `json:"at"`
	Kind      string          `json:"kind"` // person, company, retention, or again
	By        string          `json:"by"`
	Until     time.Time       `json:"until,omitzero"` // what came later stays; zero: all goes
	Addresses []string        `json:"addresses,omitempty"`
	Customers []uint64        `json:"customers,omitempty"` // companies that go
	Plan      erasure.Plan    `json:"plan"`
	Needles   erasure.Needles `json:"needles"`
	Step      string          `json:"step"` // the next one
	Counts    map[string]int  `json:"counts,omitempty"`
}

// eraser does an erasure.
type eraser struct {
	g   *Gateway
	job *eraseJob
	who *erasure.Who
	f   *erasure.Finder // what may not stay in records of others
}

func (g *Gateway) eraser(job *eraseJob) *eraser {
	who := erasure.NewWho(job.Addresses)
	if job.Counts == nil {
		job.Counts = map[string]int{}
	}
	return &eraser{g: g, job: job, who: who, f: job.Plan.Redactor(who)}
}

// late reports whether something came after what is erased.
func (e *eraser) late(at time.Time) bool { return !e.job.Until.IsZero() && at.After(e.job.Until) }

// keep writes the job, with the step that is next.
func (e *eraser) keep(step string) error {
	e.job.Step = step
	raw, err := json.Marshal(e.job)
	if err != nil {
		return fmt.Errorf("keep the erasure: %w", err)
	}
	return e.g.store.Update(store.Background, func(tx store.Tx) error { return tx.PutMeta(erasureName, raw) })
}

// jobUnderWay reads the erasure that has not ended; nil when there is none.
func (g *Gateway) jobUnderWay() (job *eraseJob, err error) {
	err = g.store.View(func(r store.Reader) error {
		raw, err := r.Meta(erasureName)
		if err != nil || len(raw) == 0 {
			job = nil
			return err
		}
		job = &eraseJob{}
		return json.Unmarshal(raw, job)
	})
	if err != nil {
		return nil, fmt.Errorf("read the erasure under way: %w", err)
	}
	return job, nil
}

// run does what is left of the job, but for the purge. Each step can be done again.
func (e *eraser) run() error {
	do := map[string]func() error{
		stepLog: e.log, stepTickets: e.tickets, stepEntries: e.entries, stepMails: e.mails, stepRows: e.rows, stepDrawers: e.drawers,
		stepClues: e.clues, stepParts: e.parts, stepPeople: e.people, stepSent: e.sent,
	}
	steps := eraseSteps()
	for i, step := range steps {
		if step != e.job.Step || step == stepPurge {
			continue
		}
		e.g.erasing.reached(step)
		if e.job.Kind == kindRetention && (step == stepParts || step == stepPeople) { // it is about nobody
			e.job.Step = steps[i+1]
			continue
		}
		if err := do[step](); err != nil {
			return fmt.Errorf("erase %s: %w", step, err)
		}
		if err := e.keep(steps[i+1]); err != nil {
			return err
		}
	}
	return nil
}

func (x *erasing) reached(step string) {
	if x.at != nil {
		x.at(step)
	}
}

// purge takes the bytes of what was erased out of the data folder, and then the mark
// that this was to be done. What it was about is forgotten first.
func (e *eraser) purge() (store.PurgeReport, error) {
	e.g.erasing.reached(stepPurge)
	bare := &eraser{g: e.g, job: &eraseJob{ID: e.job.ID, At: e.job.At, Kind: e.job.Kind}}
	if err := bare.keep(stepPurge); err != nil {
		return store.PurgeReport{}, err
	}
	p, ok := e.g.store.(store.Purger)
	if !ok {
		return store.PurgeReport{}, errors.New("this store cannot clear its storage")
	}
	e.g.erasing.reached("purging")
	if err := e.g.finder.forgetAll(); err != nil { // its files hold words that cannot be taken out one by one
		return store.PurgeReport{}, err
	}
	report, err := p.Purge(nil)
	if err != nil {
		return report, fmt.Errorf("clear the storage: %w", err)
	}
	e.g.erasing.reached("purged")
	return report, e.g.store.Update(store.Background, func(tx store.Tx) error { return tx.DeleteMeta(erasureName) })
}

// inPieces calls do with pieces of a list, each in a commit of its own, so that mail
// is accepted between them.
func inPieces[T any](g *Gateway, list []T, size int, do func(store.Tx, T) error) error {
	for len(list) > 0 {
		piece := list[:min(size, len(list))]
		list = list[len(piece):]
		err := g.store.Update(store.Background, func(tx store.Tx) error {
			for _, x := range piece {
				if err := do(tx, x); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// How much one commit of an erasure does.
const (
	ticketsAtOnce = 20
	entriesAtOnce = 50
)
