package mailgw

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"supportgw/mailgw/alarm"
	"supportgw/mailgw/config"
	"supportgw/mailgw/outbox"
)

// pager is a webhook's server.
type pager struct {
	mu   sync.Mutex
	got  []string // "state kind: text"
	fail bool
}

func (p *pager) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var m struct {
		Data struct{ Conditions []alarm.Report }
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := json.NewDecoder(r.Body).Decode(&m); err != nil || p.fail || !strings.HasPrefix(r.Header.Get("webhook-signature"), "v1,") {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	for _, c := range m.Data.Conditions {
		p.got = append(p.got, c.State+" "+c.Kind+": "+c.Text)
	}
}

func (p *pager) has(begin string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.ContainsFunc(p.got, func(s string) bool { return strings.HasPrefix(s, begin) })
}

// paged is a house with an alarm that posts to a pager.
func paged(t *testing.T) (*house, *pager) {
	p := &pager{}
	s := httptest.NewServer(p)
	t.Cleanup(s.Close)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return newHouse(t, `alarm=[{name="ops", url="`+s.URL+`", secret_file="`+secret+`"}]`), p
}

// quick lets a house's alarms run at a pace for tests until something is so.
func (h *house) quick(until func() bool) {
	h.t.Helper()
	o := alarmOptions(h.Gateway, h.c, h.log)
	o.Every, o.Settle, o.Limit = 10*time.Millisecond, 50*time.Millisecond, 5*time.Second
	h.Gateway.alarms = alarm.New(o)
	ctx, stop := context.WithCancel(context.Background())
	over := make(chan struct{})
	go func() { defer close(over); h.Gateway.alarms.Run(ctx) }()
	for limit := time.Now().Add(20 * time.Second); !until(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(limit) {
			h.t.Error("it was waited for in vain")
			break
		}
	}
	stop()
	<-over
}

// refusingRelay refuses our login.
type refusingRelay struct{ memoryRelay }

func (*refusingRelay) Send(_ context.Context, m *outbox.Mail) outbox.Sent {
	s := outbox.Sent{HopAway: true}
	for _, to := range m.To {
		s.Failures = append(s.Failures, outbox.Failure{To: to, Reply: "AUTH: 535 5.7.8 wrong", Code: 535, Login: true})
	}
	return s
}

// TestAlarmOfTheRelay: when the relay refuses the login no mail can tell anybody; the alarm does, and says
// when it is over.
func TestAlarmOfTheRelay(t *testing.T) {
	t.Parallel()
	h, p := paged(t)
	h.deliver(mail{})
	o := outboxOptions(h.Gateway, h.c, h.log)
	o.Relay, o.Workers, o.Yield = &refusingRelay{}, 1, 0
	h.outbox = outbox.New(o)
	ctx, stop := context.WithCancel(context.Background())
	over := make(chan struct{})
	go func() { defer close(over); h.outbox.Run(ctx) }()
	h.quick(func() bool { return p.has("raised login: the relay refuses our login, so no mail leaves: ") })
	if out, err := ask(t, &Admin{local: h.Gateway}, "alarm.list", struct{}{}); err != nil || len(out) != 2 || out[0]["alarm"] != "ops" || out[0]["last_at"] == nil || out[1]["kind"] != "login" || out[1]["alarm"] != nil {
		t.Errorf("listed %v, %v", out, err)
	}
	stop()
	<-over
	h.outbox = outbox.New(outboxOptions(h.Gateway, h.c, h.log)) // nothing is known to be wrong
	h.quick(func() bool { return p.has("cleared login") })
}

// TestAlarmOfTheStore: an alarm goes out while nothing can be read or written, which its own file
// cannot be either, and while the question about it hangs.
func TestAlarmOfTheStore(t *testing.T) {
	t.Parallel()
	h, p := paged(t)
	h.c.Data = filepath.Join(h.c.Data, "gone")
	held := make(chan struct{})
	started := make(chan struct{})
	go func() {
		defer close(started)
		_ = h.writes.ask(func() error { <-held; return nil })
	}()
	h.quick(func() bool {
		return p.has("raised store: a commit is under way for longer than") || p.has("raised stuck")
	})
	close(held)
	<-started
}

// TestAlarmKinds: what the configuration takes as kinds is what there is.
func TestAlarmKinds(t *testing.T) {
	t.Parallel()
	h, _ := paged(t)
	kinds := []string{alarm.Stuck, "login", "token_ending"}
	for _, c := range alarmOptions(h.Gateway, h.c, h.log).Checks {
		if c.Name != "logins" {
			kinds = append(kinds, c.Name)
		}
	}
	slices.Sort(kinds)
	if !slices.Equal(kinds, config.AlarmKinds()) {
		t.Errorf("kinds are %q, the configuration takes %q", kinds, config.AlarmKinds())
	}
}

// TestMuteAlarm: a place that takes nothing makes health ill, in words that name no secret.
func TestMuteAlarm(t *testing.T) {
	t.Parallel()
	h, p := paged(t)
	p.fail = true
	h.quick(func() bool { return len(h.Gateway.alarms.Status()) > 0 })
	if v := h.checkAlarms(time.Now()); !v.OK {
		t.Errorf("%+v", v)
	}
	all, err := TryAlarms(context.Background(), h.c, "")
	if err != nil || len(all) != 1 || all[0].Error == nil || !strings.Contains(*all[0].Error, "500") {
		t.Errorf("%+v, %v", all, err)
	}
	p.mu.Lock()
	p.fail = false
	p.mu.Unlock()
	if all, err = TryAlarms(context.Background(), h.c, "OPS"); err != nil || all[0].Error != nil || !p.has("test test: this is a test") {
		t.Errorf("%+v, %v", all, err)
	}
	if _, err := TryAlarms(context.Background(), h.c, "nobody"); err == nil || !strings.Contains(err.Error(), "write one of ops") {
		t.Error(err)
	}
	if _, err := TryAlarms(context.Background(), houseConfig(t, t.TempDir()), ""); err == nil {
		t.Error("a configuration without alarms was tested")
	}
	var b bytes.Buffer
	_ = json.NewEncoder(&b).Encode(all)
	if strings.Contains(b.String(), "whsec") {
		t.Errorf("a secret is printed: %s", b.String())
	}
}
