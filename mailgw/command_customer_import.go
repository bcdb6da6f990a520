package mailgw

import (
	"encoding/json"
	"errors"
	"fmt"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/roster"
	"supportgw/mailgw/store"
)

// ImportArgs of "customer.import".
type ImportArgs struct {
	File   string   `json:"file"` // what it is called, for what is said of it
	Data   []byte   `json:"data"`
	Ignore []string `json:"ignore"`  // columns, or keys, that nobody needs
	DryRun bool     `json:"dry_run"` // say what would be done, and do nothing
	Show   bool     `json:"show"`    // name each customer that is made or changed
	Absent bool     `json:"absent"`  // name the customers that the file has not
	By     string   `json:"by"`      // who does it; "" = import
}

// ImportView is one line of what "customer import" answers with; the last one is a "sum".
type ImportView struct {
	Kind     string  `json:"kind"` // progress, problem, made, changed, absent, note or sum
	File     string  `json:"file,omitempty"`
	Line     int     `json:"line,omitempty"`
	Text     string  `json:"text,omitempty"`
	Customer string  `json:"customer,omitempty"`
	ID       *uint64 `json:"id,omitempty"`

	// Of progress:

	Done int `json:"done,omitempty"`
	Of   int `json:"of,omitempty"`

	// Of sum:

	Sum *ImportSum `json:"sum,omitempty"`
}

// ImportSum says what an import did.
type ImportSum struct {
	Made    int  `json:"made"`
	Changed int  `json:"changed"`
	Same    int  `json:"same"`
	DryRun  bool `json:"dry_run"`
}

// importChunk is how many rows are written in one transaction: mail waits for no more.
const importChunk = 1000

// importName is where the store keeps how far an import is; its rows are beside it.
const importName = "customers_import"

// importJournal is a customer import under way.
type importJournal struct {
	File   string `json:"file"`
	By     string `json:"by"`
	Chunks int    `json:"chunks"`
	Ready  bool   `json:"ready"` // all rows are kept: it is done, whatever happens; else it is not
}

func importChunkName(n int) string { return fmt.Sprintf("%s/%06d", importName, n) }

// importer is one import.
type importer struct {
	g    *Gateway
	a    ImportArgs
	emit func(any) error
	rows []roster.Row
	sum  roster.Plan
	err  error // of emit
}

// importCustomers takes customers of a file: all of it, or nothing.
func (g *Gateway) importCustomers(a ImportArgs, emit func(any) error) error {
	if !g.imports.TryLock() {
		return failure("another import is running; wait until it is done")
	}
	defer g.imports.Unlock()
	m := &importer{g: g, a: a, emit: emit}
	rows, problems := roster.ReadSheet(a.Data, a.Ignore)
	m.rows = rows
	if len(problems) > 0 {
		return m.refuse(problems)
	}
	if err := g.finishImport(); err != nil {
		return err
	}
	if a.DryRun {
		if _, err := m.plan(); err != nil {
			return err
		}
	} else if err := m.do(); err != nil {
		return err
	}
	if err := m.absent(); err != nil {
		return err
	}
	return emit(ImportView{Kind: "sum", Sum: &ImportSum{m.sum.Made, m.sum.Changed, m.sum.Same, a.DryRun}})
}

// do keeps the rows, all together, and writes them.
func (m *importer) do() error {
	g := m.g
	journal := importJournal{File: m.a.File, By: m.a.By, Chunks: (len(m.rows) + importChunk - 1) / importChunk}
	if journal.By == "" {
		journal.By = "import"
	}
	version, err := m.plan()
	if err != nil {
		return err
	}
	if m.sum.Made+m.sum.Changed == 0 {
		return nil
	}
	if err := g.putJournal(&journal, nil); err != nil {
		return err
	}
	for n := range journal.Chunks {
		raw, err := json.Marshal(m.rows[n*importChunk : min(len(m.rows), (n+1)*importChunk)])
		if err == nil {
			err = g.store.Update(store.Background, func(tx store.Tx) error { return tx.PutMeta(importChunkName(n), raw) })
		}
		if err != nil {
			return errors.Join(err, g.dropJournal(&journal))
		}
	}
	journal.Ready = true
	if err := g.putJournal(&journal, &version); err != nil {
		return errors.Join(err, g.dropJournal(&journal))
	}
	return g.writeRows(&journal, func(v ImportView) { m.say(v) })
}

// say emits a line that nothing depends on.
func (m *importer) say(v ImportView) {
	if m.err == nil {
		m.err = m.emit(v)
	}
}

// plan looks at what the file would do, and returns the version of the customers that it
// looked at.
func (m *importer) plan() (version uint64, err error) {
	s := m.g.settings.Load()
	rules := roster.Rules{NotFound: store.ErrNotFound, Check: m.g.roster.Check, Levels: s.levelNames(), Desks: s.deskNames()}
	var views []ImportView
	err = m.g.store.View(func(r store.Reader) error {
		views = views[:0]
		changed := func(line int, now, was *customer.Customer) {
			if !m.a.Show {
				return
			}
			v := ImportView{Kind: "changed", File: m.a.File, Line: line, Customer: now.Name, ID: orNull(was.ID)}
			if was.ID == 0 {
				v.Kind = "made"
			}
			views = append(views, v)
		}
		var err error
		if version, err = r.CustomersVersion(); err == nil {
			m.sum, err = roster.PlanRows(r, m.rows, rules, changed)
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	if len(m.sum.Problems) > 0 {
		return 0, m.refuse(m.sum.Problems)
	}
	for i := range views {
		if err := m.emit(views[i]); err != nil {
			return 0, err
		}
	}
	return version, nil
}

func (s *settings) deskNames() (names []string) {
	for i := range s.Desks {
		names = append(names, s.Desks[i].Name)
	}
	return names
}

// refuse names what is wrong with the file.
func (m *importer) refuse(problems []roster.LineProblem) error {
	for _, p := range problems {
		if err := m.emit(ImportView{Kind: "problem", File: m.a.File, Line: p.Line, Text: p.Text}); err != nil {
			return err
		}
	}
	things := "1 thing is"
	if n := len(problems); n > 1 {
		things = fmt.Sprintf("%d things are", n)
	}
	return failure("nothing was imported: %s wrong in %s", things, m.a.File)
}

// absent names the customers that the file has not. They stay.
func (m *importer) absent() error {
	if !m.a.Absent {
		return nil
	}
	err := m.g.store.View(func(r store.Reader) error { // those that it made have their numbers only now
		for i := range m.rows {
			id, err := r.CustomerBy(customer.Key{Kind: customer.KeyName, Text: customer.NameKey(m.rows[i].Want.Name)})
			if err == nil {
				m.sum.Seen[id] = true
			} else if !errors.Is(err, store.ErrNotFound) {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return m.g.listCustomers(CustomersArgs{}, func(v any) error {
		c := v.(CustomerView)
		if m.sum.Seen[c.ID] {
			return nil
		}
		return m.emit(ImportView{Kind: "absent", Customer: c.Name, ID: &c.ID})
	})
}

// putJournal notes how far an import is. It refuses when the customers are not those any
// more that were looked at.
func (g *Gateway) putJournal(j *importJournal, version *uint64) error {
	raw, err := json.Marshal(j)
	if err != nil {
		return fmt.Errorf("encode import: %w", err)
	}
	return g.store.Update(store.Background, func(tx store.Tx) error {
		now, err := tx.CustomersVersion()
		if err == nil && version != nil && now != *version {
			return failure("nothing was imported: a customer was changed at the same time; import %s again", j.File)
		}
		return errors.Join(err, tx.PutMeta(importName, raw))
	})
}

// dropJournal forgets an import, a few rows at a time.
func (g *Gateway) dropJournal(j *importJournal) (err error) {
	for n := range j.Chunks {
		err = errors.Join(err, g.store.Update(store.Background, func(tx store.Tx) error { return tx.DeleteMeta(importChunkName(n)) }))
	}
	return errors.Join(err, g.store.Update(store.Background, func(tx store.Tx) error { return tx.DeleteMeta(importName) }))
}

// finishImport ends an import that a crash has cut off: when all of its rows were kept
// it is done, else it was none.
func (g *Gateway) finishImport() error {
	var j importJournal
	var raw []byte
	err := g.store.View(func(r store.Reader) (err error) {
		raw, err = r.Meta(importName)
		return err
	})
	if err != nil || raw == nil {
		return err
	}
	if err := json.Unmarshal(raw, &j); err != nil {
		return fmt.Errorf("read the import under way: %w", err)
	}
	if !j.Ready {
		g.log.Warn("an import of customers was cut off before it began; nothing was imported", "file", j.File)
		return g.dropJournal(&j)
	}
	g.log.Warn("an import of customers was cut off and is finished now", "file", j.File)
	return g.writeRows(&j, func(v ImportView) {
		if v.Kind == "note" {
			g.log.Warn(v.Text)
		}
	})
}

// writeRows writes the rows of an import. What another customer has must first be given
// up by that one, so what was left is tried again behind the others.
func (g *Gateway) writeRows(j *importJournal, say func(ImportView)) error {
	wrote, follow := make(chan struct{}, 1), make(chan error, 1)
	go func() { // beside the writing; whether all were followed is asked below
		for range wrote {
			if err := g.followCustomers(); err != nil {
				g.log.Error("follow the customers of an import", "err", err)
			}
		}
		follow <- g.followCustomers()
	}()
	err := g.writeChunks(j, say, wrote)
	close(wrote)
	return errors.Join(err, <-follow)
}

func (g *Gateway) writeChunks(j *importJournal, say func(ImportView), wrote chan<- struct{}) error {
	for pass := range 2 {
		left := false
		for n := range j.Chunks {
			told, again, err := g.writeChunk(j, n)
			if err != nil {
				return err
			}
			left = left || again
			select {
			case wrote <- struct{}{}:
			default:
			}
			if pass == 0 {
				say(ImportView{Kind: "progress", Done: n + 1, Of: j.Chunks})
				continue
			}
			for _, line := range told {
				say(ImportView{Kind: "note", Text: line})
			}
		}
		if !left {
			break
		}
	}
	return g.dropJournal(j)
}

func (g *Gateway) writeChunk(j *importJournal, n int) (told []string, left bool, err error) {
	err = g.store.Update(store.Background, func(tx store.Tx) error {
		raw, err := tx.Meta(importChunkName(n))
		if err != nil || raw == nil { // it was written, and forgotten
			return err
		}
		var rows []roster.Row
		if err := json.Unmarshal(raw, &rows); err != nil {
			return fmt.Errorf("read rows %d of the import: %w", n, err)
		}
		told, left, err = g.editor(tx, j.By, "").Import(rows, j.File)
		return err
	})
	return told, left, err
}
