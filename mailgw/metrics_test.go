package mailgw

import (
	"os"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/web"
)

// figure is one sample of the metrics; labels are names and values in turn.
func (h *house) figure(name string, labels ...string) float64 {
	h.t.Helper()
	all, err := h.metrics()
	if err != nil {
		h.t.Fatal(err)
	}
	want := strings.Join(labels, " ")
	for _, m := range all {
		for _, s := range m.Samples {
			var have []string
			for _, l := range s.Labels {
				have = append(have, l.Name, l.Value)
			}
			if m.Name+s.Suffix == name && strings.Join(have, " ") == want {
				return s.Value
			}
		}
	}
	h.t.Fatalf("no figure %s %v", name, labels)
	return 0
}

func (h *house) wantFigure(want float64, name string, labels ...string) {
	h.t.Helper()
	if got := h.figure(name, labels...); got != want {
		h.t.Errorf("%s %v is %v, want %v", name, labels, got, want)
	}
}

func TestMetrics(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{})
	h.deliver(mail{head: []string{"Auto-Submitted: auto-replied"}})
	h.wantFigure(2, "mailgw_mails_accepted_total")
	h.wantFigure(0, "mailgw_mails_total", "outcome", "duplicate")
	sum := 0.0
	for _, o := range ticket.Outcomes() {
		sum += h.figure("mailgw_mails_total", "outcome", string(o))
	}
	if sum != 2 {
		t.Errorf("the outcomes add up to %v, want 2", sum)
	}
	rows := float64(len(h.rows()))
	if rows == 0 {
		t.Fatal("nothing waits to leave")
	}
	h.wantFigure(rows, "mailgw_outbox_rows")
	h.wantFigure(rows, "mailgw_outbox_due_rows")
	h.wantFigure(1, "mailgw_promises_open", "told", "true")
	h.wantFigure(1, "mailgw_promises_total", "state", "open", "told", "true")

	h.at(monday.Add(90 * time.Minute))
	h.wantFigure(5400, "mailgw_outbox_oldest_age_seconds")

	h.runOut(1, 2)
	h.wantFigure(0, "mailgw_promises_open", "told", "true")
	h.wantFigure(3, "mailgw_promises_total", "state", "broken", "told", "true")

	h.counters.delivered(ticket.Answer, resultDelivered)
	h.wantFigure(1, "mailgw_deliveries_total", "kind", "answer", "result", "delivered")

	commits := h.figure("mailgw_commit_seconds_count")
	if commits < 3 || h.figure("mailgw_commit_seconds_bucket", "le", "+Inf") != commits || h.figure("mailgw_commit_seconds_sum") <= 0 {
		t.Errorf("%v commits", commits)
	}
	h.reopen()
	h.wantFigure(2, "mailgw_mails_accepted_total") // survives
	h.wantFigure(0, "mailgw_promises_total", "state", "broken", "told", "true")
}

func TestDrawerFigures(t *testing.T) {
	h := newHouse(t)
	first := h.deliver(mail{})
	err := h.store.Update(store.Background, func(tx store.Tx) error {
		return tx.PutDrawerItem(&ticket.DrawerItem{ID: first.ID, Kind: ticket.DrawerUnacknowledged, Ticket: first.Ticket, Desk: "support", Since: monday, DueAt: monday.Add(time.Hour)})
	})
	if err != nil {
		t.Fatal(err)
	}
	h.wantFigure(1, "mailgw_drawer_items", "kind", "unacknowledged")
	h.wantFigure(0, "mailgw_drawer_items", "kind", "held")
	h.wantFigure(0, "mailgw_drawer_overdue_items")
	h.at(monday.Add(time.Hour))
	h.wantFigure(1, "mailgw_drawer_overdue_items")
}

// TestMetricsAreTold: each figure is explained where operators look, and says its
// kind and unit by its name.
func TestMetricsAreTold(t *testing.T) {
	h := newHouse(t)
	doors, err := h.bind()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range doors {
		defer d.listen.Close()
	}
	docs, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	all, err := h.metrics()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, m := range all {
		switch {
		case seen[m.Name]:
			t.Errorf("%s is there twice", m.Name)
		case !strings.Contains(string(docs), "`"+m.Name+"`"):
			t.Errorf("docs/operations.md does not tell of %s", m.Name)
		case !strings.HasPrefix(m.Name, "mailgw_"), m.Help == "", strings.Contains(m.Help, "\n"):
			t.Errorf("%s: help %q", m.Name, m.Help)
		case (m.Kind == web.Counter) != strings.HasSuffix(m.Name, "_total"):
			t.Errorf("%s is a %s", m.Name, m.Kind)
		}
		seen[m.Name] = true
	}
	for _, line := range strings.Split(string(docs), "\n") {
		name, _, _ := strings.Cut(strings.TrimPrefix(line, "| `"), "`")
		if strings.HasPrefix(line, "| `mailgw_") && !seen[name] {
			t.Errorf("docs/operations.md tells of %s, which is not there", name)
		}
	}
}

// Nothing that a mail says gets into the figures or the checks.
func TestFiguresShowNoMail(t *testing.T) {
	h := newHouse(t)
	h.deliver(mail{from: "Very Secret <secret@acme.example>", subject: "secret words", body: "secret body"})
	all, err := h.metrics()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		for _, s := range m.Samples {
			for _, l := range s.Labels {
				if strings.Contains(l.Value, "secret") || strings.Contains(l.Value, "@") {
					t.Errorf("%s shows %q", m.Name, l.Value)
				}
			}
		}
	}
	for _, c := range h.health() {
		if !c.OK || strings.Contains(c.Detail, "secret") || strings.Contains(c.Detail, "@") {
			t.Errorf("%+v", c)
		}
	}
}
