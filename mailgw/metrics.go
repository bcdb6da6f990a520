package mailgw

import (
	"maps"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"supportgw/mailgw/promise"
	"supportgw/mailgw/smtpd"
	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/web"
)

// metrics are the figures of /metrics. What needs the store is read from one of its
// states; the work grows with what waits (rows, open promises, drawers), not with
// what was ever kept.
func (g *Gateway) metrics() ([]web.Metric, error) {
	accepted := float64(g.counters.before + g.counters.accepted.Load())
	var w waiting
	if err := g.store.View(func(r store.Reader) error { return w.read(r, g.clock.Now()) }); err != nil {
		return nil, err
	}
	out := []web.Metric{
		buildInfo(),
		web.Value("mailgw_mails_accepted_total", web.Counter, "Mails answered 250: those that the store had at the start and those accepted since.", accepted),
		w.mails(),
	}
	out = append(out, w.outbox()...)
	out = append(out, g.deliveryMetric())
	out = append(out, w.promises())
	out = append(out, g.commitMetrics()...)
	out = append(out, w.drawers()...)
	out = append(out, g.doorMetrics()...)
	said, err := g.saidMetric()
	if err != nil {
		return nil, err
	}
	out = append(out, said)
	out = append(out, g.searchMetrics()...)
	out = append(out, certificateMetric(g.certificates.Load().Leaf()))
	return append(out, g.reloadMetrics()...), nil
}

// waiting is what one state of the store says about all that waits.
type waiting struct {
	counts    map[ticket.Outcome]uint64
	rows, due int
	oldest    time.Duration // age of the oldest row, 0 when there is none
	open      map[bool]int  // promises, by whether they were told
	drawer    map[ticket.DrawerKind]int
	overdue   int // things in drawers, past their clock
	neglected int // of these, for longer than drawerGrace
}

func (w *waiting) read(r store.Reader, now time.Time) (err error) {
	*w = waiting{open: map[bool]int{}, drawer: map[ticket.DrawerKind]int{}}
	if w.counts, err = r.Counts(); err != nil {
		return err
	}
	if err := w.readOutbox(r, now); err != nil {
		return err
	}
	err = r.Timers(store.TimerPromise, endOfTime, func(t store.Timer) bool {
		p, err := r.Promise(t.Ref)
		if err == nil { // one that is damaged is verify's to name
			w.open[p.Told]++
		}
		return true
	})
	if err != nil {
		return err
	}
	if err := r.DrawerItems(func(d ticket.DrawerItem) bool { w.drawer[d.Kind]++; return true }); err != nil {
		return err
	}
	return w.readDrawers(r, now)
}

// readOutbox counts by the rows' timers, which is cheap, and reads one row only.
func (w *waiting) readOutbox(r store.Reader, now time.Time) error {
	err := r.Timers(store.TimerOutbox, endOfTime, func(t store.Timer) bool {
		w.rows++
		if !t.At.After(now) {
			w.due++
		}
		return true
	})
	if err != nil {
		return err
	}
	return r.OutgoingRows(func(o ticket.Outgoing) bool {
		// What waits for a person has a clock in its drawer, and what is told in its reader's
		// hours is not late before: neither must hide what cannot leave.
		if o.Waits != "" || o.Date.After(now) {
			return true
		}
		w.oldest = now.Sub(o.Date)
		return false
	})
}

func (w *waiting) readDrawers(r store.Reader, now time.Time) error {
	return r.Timers(store.TimerDrawer, now, func(t store.Timer) bool {
		w.overdue++
		if now.Sub(t.At) > drawerGrace {
			w.neglected++
		}
		return true
	})
}

func (w *waiting) mails() web.Metric {
	m := web.Metric{Name: "mailgw_mails_total", Kind: web.Counter, Help: "Accepted mails by the one outcome that each has, as the store counts them; survives restarts. Adds up to mailgw_mails_accepted_total."}
	for _, o := range ticket.Outcomes() {
		m.Add(float64(w.counts[o]), "outcome", string(o))
	}
	return m
}

func (w *waiting) outbox() []web.Metric {
	return []web.Metric{
		web.Value("mailgw_outbox_rows", web.Gauge, "Mails that wait to leave.", float64(w.rows)),
		web.Value("mailgw_outbox_due_rows", web.Gauge, "Mails that wait to leave and may leave now; the others rest until they are tried again.", float64(w.due)),
		web.Value("mailgw_outbox_oldest_age_seconds", web.Gauge, "Age of the oldest mail that waits to leave; 0 when none does.", w.oldest.Seconds()),
	}
}

func (w *waiting) promises() web.Metric {
	m := web.Metric{Name: "mailgw_promises_open", Kind: web.Gauge, Help: "Open promises, by whether the customer was told the time; one that nobody was told is a target."}
	for _, told := range []bool{true, false} {
		m.Add(float64(w.open[told]), "told", strconv.FormatBool(told))
	}
	return m
}

func (w *waiting) drawers() []web.Metric {
	m := web.Metric{Name: "mailgw_drawer_items", Kind: web.Gauge, Help: "Mails that wait for a person to look at them, by drawer."}
	for _, k := range []ticket.DrawerKind{ticket.DrawerHeld, ticket.DrawerJunk, ticket.DrawerUnacknowledged, ticket.DrawerUndelivered, ticket.DrawerUnsent} {
		m.Add(float64(w.drawer[k]), "kind", string(k))
	}
	return []web.Metric{m, web.Value("mailgw_drawer_overdue_items", web.Gauge, "Mails in drawers whose clock has run out.", float64(w.overdue))}
}

func (g *Gateway) deliveryMetric() web.Metric {
	m := web.Metric{Name: "mailgw_deliveries_total", Kind: web.Counter, Help: "Recipients of the attempts to hand a mail to the next hop, since the start, by what the mail is for and what became of it: delivered, deferred (it is tried again) or failed (given up)."}
	attempts := g.counters.attempts()
	var all []delivery
	for d := range attempts {
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b delivery) int {
		return strings.Compare(string(a.kind)+" "+a.result, string(b.kind)+" "+b.result)
	})
	for _, d := range all {
		m.Add(float64(attempts[d]), "kind", string(d.kind), "result", d.result)
	}
	return m
}

// commitMetrics are what the engine has counted, if it counts.
func (g *Gateway) commitMetrics() []web.Metric {
	var s store.Stats
	if engine, ok := g.store.(interface{ Stats() store.Stats }); ok {
		s = engine.Stats()
	}
	seconds := web.Metric{Name: "mailgw_commit_seconds", Kind: web.Histogram, Help: "Duration of the store's commits since the start, sync included; many mails share one."}
	for i, bound := range store.CommitBounds() {
		n := s.Commits
		if i < len(s.Slower) {
			n -= s.Slower[i]
		}
		seconds.AddPart("_bucket", float64(n), "le", strconv.FormatFloat(bound.Seconds(), 'g', -1, 64))
	}
	seconds.AddPart("_bucket", float64(s.Commits), "le", "+Inf")
	seconds.AddPart("_sum", s.CommitTime.Seconds())
	seconds.AddPart("_count", float64(s.Commits))
	moves := web.Metric{Name: "mailgw_promises_total", Kind: web.Counter, Help: "Promises that came to a state since the start, by state and whether the customer was told the time."}
	for _, state := range []promise.State{promise.Open, promise.Kept, promise.Broken, promise.Withdrawn} {
		for _, told := range []bool{true, false} {
			moves.Add(float64(s.Promises[store.PromiseMove{State: state, Told: told}]), "state", string(state), "told", strconv.FormatBool(told))
		}
	}
	return []web.Metric{moves, seconds, web.Value("mailgw_commits_failed_total", web.Counter, "Commits since the start that the storage failed; their mails were refused with 4xx.", float64(s.Failed))}
}

// doorMetrics are what the listeners have counted.
func (g *Gateway) doorMetrics() []web.Metric {
	open := web.Metric{Name: "mailgw_connections", Kind: web.Gauge, Help: "Connections that are open, by listener."}
	total := web.Metric{Name: "mailgw_connections_total", Kind: web.Counter, Help: "Connections admitted since the start, by listener."}
	refused := web.Metric{Name: "mailgw_refused_total", Kind: web.Counter, Help: "What was refused since the start, by listener and reason: connections, commands, senders, recipients and mails."}
	buffered := int64(0)
	for _, l := range g.listeners {
		c := l.server.Counters()
		open.Add(float64(c.Connections), "listener", l.name)
		total.Add(float64(c.ConnectionsTotal), "listener", l.name)
		for _, reason := range slices.Sorted(maps.Keys(c.Refused)) {
			refused.Add(float64(c.Refused[reason]), "listener", l.name, "reason", reason)
		}
		buffered = c.BufferedBytes // they share it
	}
	if g.folders != nil {
		c := g.folders.Counters()
		open.Add(float64(c.Connections), "listener", "imap")
		total.Add(float64(c.ConnectionsTotal), "listener", "imap")
		for _, reason := range slices.Sorted(maps.Keys(c.Refused)) {
			refused.Add(float64(c.Refused[reason]), "listener", "imap", "reason", reason)
		}
	}
	return []web.Metric{open, total, refused, web.Value("mailgw_buffered_bytes", web.Gauge, "Memory that mails on their way in have; smtp.max_buffered_bytes bounds it.", float64(buffered))}
}

// listener is a door for mail: what it counts, and what a reload changes.
type listener struct {
	name   string // smtp, lmtp, submission, submissions
	server *smtpd.Server
}

func (g *Gateway) reloadMetrics() []web.Metric {
	c, ok := g.counters, 1.0
	if c.reloadBad.Load() {
		ok = 0
	}
	return []web.Metric{
		web.Value("mailgw_config_reloads_total", web.Counter, "Configurations taken over since the start, not counting the first.", float64(c.reloads.Load())),
		web.Value("mailgw_config_reload_failures_total", web.Counter, "Configurations refused since the start; the old one stayed, and the log says why.", float64(c.reloadFailures.Load())),
		web.Value("mailgw_config_last_reload_success", web.Gauge, "1 when the last configuration that was read is in use, 0 when it was refused.", ok),
		web.Value("mailgw_config_loaded_timestamp_seconds", web.Gauge, "When the configuration in use was loaded, in Unix time.", float64(c.reloadedAt.Load())),
	}
}

// buildInfo says which program this is.
func buildInfo() web.Metric {
	version, revision := "(devel)", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Version != "" {
			version = info.Main.Version
		}
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = s.Value
			}
		}
	}
	m := web.Metric{Name: "mailgw_build_info", Kind: web.Gauge, Help: "Always 1; the labels say which program runs."}
	m.Add(1, "version", version, "revision", revision, "go", runtime.Version())
	return m
}
