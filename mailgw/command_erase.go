package mailgw

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/erasure"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// The kinds of erasures.
const (
	kindPerson    = "person"
	kindCompany   = "company"
	kindRetention = "retention"
	kindAgain     = "again" // what was erased came back with an old copy of the data folder
)

// EraseArgs of "customer.erase".
type EraseArgs struct {
	Who      string `json:"who"`      // an address, or a customer's name or number
	DryRun   bool   `json:"dry_run"`  // only say what would go
	Mentions bool   `json:"mentions"` // others' mails that name them go, too
	Deep     bool   `json:"deep"`     // read all mails for such, not only those of tickets that they were on
	By       string `json:"by"`       // who does it, for the audit trail; "" = admin
}

// EraseView is what "customer erase" prints: what goes or went, what stays, and the proof.
type EraseView struct {
	ID        *ticket.ID     `json:"id"` // of the erasure; null with --dry-run
	Who       string         `json:"who"`
	Kind      string         `json:"kind"` // person or company
	Addresses []string       `json:"addresses"`
	Customer  *string        `json:"customer"` // the company that goes with its record
	DryRun    bool           `json:"dry_run"`
	Counts    map[string]int `json:"counts"`   // by kind of record
	Tickets   []uint64       `json:"tickets"`  // all theirs
	Parts     []uint64       `json:"parts"`    // others', from which they are taken out
	Mentions  []MentionView  `json:"mentions"` // others' mails that name them, and stay
	Kept      []string       `json:"kept"`     // what stays, and why
	Proof     *ProofView     `json:"proof"`    // null with --dry-run
}

// MentionView is somebody else's mail that names who was erased.
type MentionView struct {
	ID     ticket.ID `json:"id"`
	Ticket *uint64   `json:"ticket"`
	From   *string   `json:"from"`
	Names  string    `json:"names"` // what of theirs stands in it
}

// ProofView is what was looked at when all was done.
type ProofView struct {
	At     time.Time          `json:"at"`
	Files  int                `json:"files"` // of the data folder, searched byte by byte
	Bytes  int64              `json:"bytes"`
	Texts  int                `json:"texts"` // that were looked for
	Hits   []erasure.Hit      `json:"hits"`  // that nothing in mentions explains
	Purge  *store.PurgeReport `json:"purge"`
	Verify []string           `json:"verify"` // problems of the store; none: it is whole
	Clean  bool               `json:"clean"`  // no such hit, and no problem
}

// subject is whose data is asked for.
type subject struct {
	kind      string
	addresses []string
	names     []string          // of people, as the customers have them
	company   customer.Customer // of kindCompany
}

// findSubject finds whom a user means.
func (g *Gateway) findSubject(r store.Reader, who string) (s subject, err error) {
	who = strings.TrimSpace(who)
	switch {
	case who == "":
		return s, usage("write an address, or the name of a customer")
	case strings.Contains(who, "@"):
		return g.findPerson(r, who)
	}
	id, err := r.CustomerBy(customer.Key{Kind: customer.KeyName, Text: customer.NameKey(who)})
	if n, nerr := strconv.ParseUint(who, 10, 64); errors.Is(err, store.ErrNotFound) && nerr == nil {
		id, err = n, nil
	}
	if err == nil {
		s.company, err = r.Customer(id)
	}
	if errors.Is(err, store.ErrNotFound) {
		return s, failure("there is no customer %q; write a name or number as customer list shows it, or an address", who)
	}
	if err != nil {
		return s, err
	}
	s.kind = kindCompany
	return s, g.companyAddresses(r, &s)
}

// findPerson finds all addresses of the one person who has this one.
func (g *Gateway) findPerson(r store.Reader, who string) (subject, error) {
	addr := letter.ParseAddress(who).Addr
	if addr == "" {
		return subject{}, usage("%q is not an address; write it as mia@acme.example", who)
	}
	if st := g.settings.Load(); st.isOwn(addr) || st.Agent(addr) != nil {
		return subject{}, failure("%s is of the house: its mails are the tickets of others", addr)
	}
	s := subject{kind: kindPerson, addresses: []string{addr}}
	err := r.Customers(0, func(c customer.Customer) bool {
		for _, p := range c.People {
			if slices.ContainsFunc(p.Addresses, func(a string) bool { return strings.EqualFold(a, addr) }) {
				s.addresses = append(s.addresses, p.Addresses...)
				s.names = append(s.names, p.Name)
			}
		}
		return true
	})
	s.addresses = erasure.NewWho(s.addresses).Addresses()
	return s, err
}

// companyAddresses are those of its people, and those of its domains that ever wrote
// or were written to.
func (g *Gateway) companyAddresses(r store.Reader, s *subject) error {
	var all []string
	st := g.settings.Load()
	for _, p := range s.company.People {
		all, s.names = append(all, p.Addresses...), append(s.names, p.Name)
	}
	all = append(append(all, s.company.Addresses...), s.company.Claimed...)
	seen := map[string]bool{}
	add := func(addr string) {
		if addr = strings.ToLower(addr); addr == "" || seen[addr] || st.isOwn(addr) || st.Agent(addr) != nil {
			return
		}
		seen[addr] = true
		if g.roster.Identify(addr, true).ID == s.company.ID {
			all = append(all, addr)
		}
	}
	err := r.Receipts(func(rc ticket.Receipt) bool { add(rc.Author); return true })
	err = errors.Join(err, r.Tickets(0, func(t ticket.Ticket) bool {
		add(t.Address)
		for _, p := range t.People {
			add(p)
		}
		return true
	}))
	s.addresses = erasure.NewWho(all).Addresses()
	return err
}

// eraseCustomer erases a person or a company, and proves it.
func (g *Gateway) eraseCustomer(a EraseArgs, emit func(any) error) error {
	if !a.DryRun {
		g.erasing.one.Lock()
		defer g.erasing.one.Unlock()
		g.imports.Lock() // one under way keeps its rows where nobody looks
		defer g.imports.Unlock()
		if err := g.endErasure(); err != nil {
			return err
		}
	}
	job, v, err := g.planErasure(a)
	if err != nil {
		return err
	}
	if a.DryRun {
		return emit(v)
	}
	if err := g.beginErasure(job); err != nil {
		return err
	}
	e := g.eraser(job)
	if err := e.run(); err != nil {
		return err
	}
	report, err := e.purge()
	if err != nil {
		return err
	}
	v.ID = &job.ID
	if v.Proof, err = e.prove(&v); err != nil {
		return err
	}
	v.Proof.Purge = &report
	g.log.Info("erased", "id", job.ID, "kind", job.Kind, "tickets", len(job.Plan.Whole), "mails", len(job.Plan.Mails), "by", job.By, "clean", v.Proof.Clean)
	g.outbox.Wake()
	return emit(v)
}

// beginErasure keeps the job, from when on it will be done whatever happens.
func (g *Gateway) beginErasure(job *eraseJob) error {
	log, err := erasure.OpenLog(erasedLog(g.settings.Load().Config))
	if err == nil {
		err = log.Begin()
	}
	if err != nil {
		return failure("nothing was erased: %v; name a file that can be written: erased_log", err)
	}
	if err := g.makeErasureKey(); err != nil {
		return err
	}
	return g.eraser(job).keep(eraseSteps()[0])
}

// endErasure ends the erasure that a crash or an error has cut short. The caller has
// erasing.one.
func (g *Gateway) endErasure() error {
	job, err := g.jobUnderWay()
	if err != nil || job == nil {
		return err
	}
	e := g.eraser(job)
	if err := e.run(); err != nil {
		return err
	}
	if _, err := e.purge(); err != nil {
		return err
	}
	g.log.Warn("an erasure that was cut short is done", "id", job.ID, "kind", job.Kind)
	return nil
}

// planErasure finds out what would go.
func (g *Gateway) planErasure(a EraseArgs) (*eraseJob, EraseView, error) {
	job := &eraseJob{ID: g.ids.Next(), At: g.clock.Now(), By: a.By}
	if job.By == "" {
		job.By = "admin"
	}
	v := EraseView{Who: a.Who, DryRun: a.DryRun, Tickets: []uint64{}, Parts: []uint64{}, Mentions: []MentionView{}}
	err := g.store.View(func(r store.Reader) error {
		s, err := g.findSubject(r, a.Who)
		if err != nil {
			return err
		}
		job.Kind, job.Addresses = s.kind, s.addresses
		if s.kind == kindCompany {
			job.Customers = []uint64{s.company.ID}
			v.Customer = orNull(s.company.Name)
		}
		if err := g.planFor(r, job, a, &v); err != nil {
			return err
		}
		if err := g.somethingOf(r, job, a.Who); err != nil {
			return err
		}
		job.Needles.Addresses, job.Needles.IDs = job.Addresses, job.Plan.MessageIDs
		for _, name := range s.names {
			job.Needles.Name(name)
		}
		return nil
	})
	v.Kind, v.Addresses = job.Kind, job.Addresses
	v.Tickets, v.Parts = append(v.Tickets, job.Plan.Whole...), append(v.Parts, job.Plan.Parts...)
	v.Counts = countPlan(&job.Plan)
	v.Kept = g.keptSentences(job, &v)
	return job, v, err
}

// planFor selects, with the mails of others that name them when these shall go, too.
func (g *Gateway) planFor(r store.Reader, job *eraseJob, a EraseArgs, v *EraseView) error {
	asked := erasure.Asked{Who: erasure.NewWho(job.Addresses)}
	if job.Kind == kindCompany {
		asked.Customer = job.Customers[0]
	}
	for {
		plan, err := erasure.Select(r, asked)
		if err != nil {
			return err
		}
		job.Plan, job.Needles = *plan, erasure.Needles{}
		if err := g.eraser(job).learn(r, a.Deep, v); err != nil {
			return err
		}
		if !a.Mentions || len(v.Mentions) == 0 {
			return nil
		}
		if asked.Mails == nil {
			asked.Mails = map[ticket.ID]bool{}
		}
		for _, m := range v.Mentions {
			asked.Mails[m.ID] = true
		}
		v.Mentions = v.Mentions[:0]
	}
}

// countPlan says how much goes of each kind of record.
func countPlan(p *erasure.Plan) map[string]int {
	return map[string]int{
		"tickets": len(p.Whole), "tickets_of_others": len(p.Parts), "entries": len(p.Entries), "mails": len(p.Mails), "outbox": len(p.Rows), "drawers": len(p.Drawer),
	}
}

// keptSentences say what stays, and why.
func (g *Gateway) keptSentences(job *eraseJob, v *EraseView) []string {
	kept := []string{
		"of each mail: its id, dates and outcome, and two keyed hashes, so that the sums hold and a late copy of it is known",
		"of each ticket: its number, dates, desk, priority, and what agents did; of each promise: its times and how it ended",
		"agents' mail clients have the notices that were sent to them: delete those there",
		"backups of the data folder have it until they are overwritten: with " + erasedLog(g.settings.Load().Config) + " it is erased again when one is put back",
		"the gateway's log (standard error) names addresses: it is kept elsewhere",
	}
	if n := len(v.Mentions); n > 0 {
		kept = append(kept, fmt.Sprintf("%d mails and answers of others that name them are listed: those are others' words (--mentions erases them, too)", n))
	}
	who := erasure.NewWho(job.Addresses)
	for _, c := range g.settings.Load().Customers {
		if who.Any(c.AllAddresses()) || v.Customer != nil && customer.NameKey(c.Name) == customer.NameKey(*v.Customer) {
			kept = append(kept, fmt.Sprintf("the configuration names them in [[customer]] %q: take them out there, or the next start has them again", c.Name))
		}
	}
	return kept
}

// somethingOf returns an error for the user when nothing is kept of whom they name.
func (g *Gateway) somethingOf(r store.Reader, job *eraseJob, who string) error {
	if !job.Plan.Empty() || len(job.Customers) > 0 {
		return nil
	}
	e := g.eraser(job)
	named, err := e.customersNaming(r)
	if err != nil || len(named) > 0 {
		return err
	}
	any := false
	err = r.AllUnreachable(func(u ticket.Unreachable) bool {
		any = e.who.Is(u.Address)
		return !any
	})
	if err == nil && !any {
		err = failure("nothing is kept of %s", who)
	}
	return err
}
