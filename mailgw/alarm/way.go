package alarm

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Way is one place that is told.
type Way struct {
	Name   string
	Kinds  []string      // of conditions that it is told of; nil: all
	Repeat time.Duration // after which what is still so is told again; 0: never
	Send   Sender
}

// Sender hands one message over. An error is one line; [ErrGone] says that nothing is to be
// sent there any more.
type Sender interface {
	Send(ctx context.Context, m *Message) error
}

// ErrGone is returned by a Sender whose place wants no messages any more.
var ErrGone = errors.New("it wants no more messages (410 Gone); they end until the next start")

// The states of a condition in a message.
const (
	Raised  = "raised"  // it is so, and was not
	Still   = "still"   // it is so, and was told before
	Cleared = "cleared" // it is so no more
	Test    = "test"    // it is a test of the way
)

// Report is a condition in a message.
type Report struct {
	Key   string    `json:"key"`
	Kind  string    `json:"kind"`
	State string    `json:"state,omitempty"`
	Text  string    `json:"text"`
	Since time.Time `json:"since"`
	step  string
}

// Message is what a place is told at once.
type Message struct {
	ID   string    // the same each time it is sent
	At   time.Time // when it was made
	Host string
	List []Report
}

// Body is the message as it is sent, in the form of Standard Webhooks
// (https://www.standardwebhooks.com, "Payload structure").
func (m *Message) Body() ([]byte, error) {
	kind := "mailgw.alarm." + Cleared
	for _, r := range m.List {
		if r.State != Cleared {
			kind = "mailgw.alarm." + r.State
			if r.State == Raised {
				break
			}
		}
	}
	type data struct {
		Host       string   `json:"host"`
		Conditions []Report `json:"conditions"`
	}
	return json.Marshal(struct {
		Type string    `json:"type"`
		At   time.Time `json:"timestamp"`
		Data data      `json:"data"`
	}{kind, m.At.UTC(), data{m.Host, m.List}})
}

// NewTest is a message that tests a way.
func NewTest(host string, now time.Time) *Message {
	return &Message{ID: newID(), At: now, Host: host, List: []Report{{Key: Test, Kind: Test, State: Test, Text: "this is a test: alarms of " + host + " come here", Since: now}}}
}

func newID() string {
	var b [15]byte
	_, _ = rand.Read(b[:]) // it never fails
	return "msg_" + strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
}

// toldOf is when somebody was told of a condition, and what.
type toldOf struct {
	Report
	At    time.Time `json:"at"`
	Check string    `json:"check"` // that found it
	Step  string    `json:"step,omitempty"`
}

// wayState is what is known of a way.
type wayState struct {
	Way
	told    map[string]toldOf // by key: what it believes to be so
	sending bool
	gone    bool
	last    time.Time // the last message that was taken
	failure string    // of the last try; "" when that went well
	failed  time.Time
	begun   time.Time // the first of the tries that failed since
}

// next is the message that a way is due, nil for none.
func (a *Alarms) next(w *wayState, now time.Time) *Message {
	a.mu.Lock()
	defer a.mu.Unlock()
	if w.sending || w.gone {
		return nil
	}
	var list []Report
	for key, r := range a.raised {
		if !r.ripe || w.Kinds != nil && !slices.Contains(w.Kinds, r.Kind) {
			continue
		}
		is := Report{Key: key, Kind: r.Kind, State: Raised, Text: r.Text, Since: r.since, step: r.Step}
		if told, ok := w.told[key]; ok {
			is.State, is.Since = Still, told.Since
			switch age := now.Sub(told.At).Abs(); { // a clock that was put back counts, too
			case r.Step != "" && told.Step == r.Step:
				continue
			case r.Step == "" && (w.Repeat == 0 || age < w.Repeat):
				continue
			}
		}
		list = append(list, is)
	}
	for key, told := range w.told {
		if a.raised[key] == nil && a.back(told.Check) && now.Sub(a.begun) >= a.o.Settle { // behind a start nothing was looked at for long enough
			told.State = Cleared
			list = append(list, told.Report)
		}
	}
	if len(list) == 0 {
		return nil
	}
	slices.SortFunc(list, func(x, y Report) int { return strings.Compare(x.Key, y.Key) })
	w.sending = true
	return &Message{ID: newID(), At: now, Host: a.o.Host, List: list}
}

// The pauses between two tries of one message.
const (
	firstPause = 5 * time.Second
	longPause  = 10 * time.Minute
)

// tell sends one message until it is taken.
func (a *Alarms) tell(ctx context.Context, w *wayState, m *Message) {
	for pause := firstPause; ; pause = min(3*pause, longPause) {
		err := w.Send.Send(ctx, m)
		now := time.Now()
		a.mu.Lock()
		if err == nil {
			w.sending, w.last, w.failure, w.failed, w.begun = false, now, "", time.Time{}, time.Time{}
			for _, r := range m.List {
				if r.State == Cleared {
					delete(w.told, r.Key)
				} else {
					was := w.told[r.Key].Check
					if is := a.raised[r.Key]; is != nil {
						was = is.check
					}
					w.told[r.Key] = toldOf{r, now, was, r.step}
				}
			}
			a.mu.Unlock()
			a.write()
			return
		}
		w.failure, w.failed = oneLine(err.Error()), now
		if w.begun.IsZero() {
			w.begun = now
		}
		if w.gone = errors.Is(err, ErrGone); w.gone {
			w.sending = false
		}
		gone := w.gone
		a.mu.Unlock()
		if ctx.Err() != nil {
			return
		}
		a.o.Log.Error("an alarm cannot be told", "alarm", w.Name, "conditions", len(m.List), "first", m.List[0].Text, "err", err)
		if gone {
			return
		}
		t := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
		}
	}
}

// Status is what is known of a way.
type Status struct {
	Name    string
	Last    time.Time // the last message that was taken; zero: none since the start
	Failure string    // of the last try; "" when it went well, or there was none
	Failed  time.Time // when that was
	Begun   time.Time // since when nothing was taken that was sent; zero: all is
}

// Status tells of all ways.
func (a *Alarms) Status() (out []Status) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, w := range a.ways {
		out = append(out, Status{w.Name, w.last, w.failure, w.failed, w.begun})
	}
	return out
}

// kept is the file: what each way was told, by its name.
type kept map[string]map[string]toldOf

// read takes up what was told before a restart. A file that cannot be read is none.
func (a *Alarms) read() {
	if a.o.File == "" {
		return
	}
	text, err := os.ReadFile(a.o.File)
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	var k kept
	if err == nil {
		err = json.Unmarshal(text, &k)
	}
	if err != nil {
		a.o.Log.Error("what alarms have told cannot be read; they may tell it again", "err", err)
		return
	}
	for _, w := range a.ways {
		for key, told := range k[w.Name] {
			w.told[key] = told
		}
	}
}

// write keeps what was told.
func (a *Alarms) write() {
	if a.o.File == "" {
		return
	}
	a.file.Lock()
	defer a.file.Unlock()
	k := kept{}
	a.mu.Lock()
	for _, w := range a.ways {
		of := map[string]toldOf{}
		for key, told := range w.told {
			of[key] = told
		}
		k[w.Name] = of
	}
	a.mu.Unlock()
	text, err := json.Marshal(k)
	if err == nil {
		err = replace(a.o.File, text)
	}
	if err != nil && !a.failed {
		a.o.Log.Error("what alarms have told cannot be kept; after a restart they tell it again", "err", err)
	}
	a.failed = err != nil
}

// replace writes a file that is there as a whole, or as before.
func replace(name string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".alarm-*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// maxText is how many bytes of a text of others are told.
const maxText = 500

// oneLine is a text as one short line.
func oneLine(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }), " ")
	if len(s) > maxText {
		s = s[:maxText]
	}
	return strings.ToValidUTF8(s, "?")
}
