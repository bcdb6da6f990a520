package scanner

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"net/textproto"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-milter"

	"supportgw/mailgw/letter"
)

// filter is a milter that does what a test wants, and remembers what it saw.
type filter struct {
	milter.NoOpMilter
	at     string // where it answers with reply: connect, helo, mail, rcpt, header, eoh, body, end
	reply  milter.Response
	edits  func(m *milter.Modifier) error
	mu     *sync.Mutex
	seen   *[]string
	onRcpt string
	slow   time.Duration // before each answer
}

func (f *filter) say(where, what string) (milter.Response, error) {
	time.Sleep(f.slow)
	f.mu.Lock()
	*f.seen = append(*f.seen, where+" "+what)
	f.mu.Unlock()
	if f.at == where && (where != "rcpt" || f.onRcpt == "" || strings.Contains(what, f.onRcpt)) {
		return f.reply, nil
	}
	return milter.RespContinue, nil
}

func (f *filter) Connect(host, family string, _ uint16, addr net.IP, _ *milter.Modifier) (milter.Response, error) {
	return f.say("connect", host+" "+family+" "+addr.String())
}
func (f *filter) Helo(name string, _ *milter.Modifier) (milter.Response, error) {
	return f.say("helo", name)
}
func (f *filter) MailFrom(from string, _ *milter.Modifier) (milter.Response, error) {
	return f.say("mail", from)
}
func (f *filter) RcptTo(to string, _ *milter.Modifier) (milter.Response, error) {
	return f.say("rcpt", to)
}
func (f *filter) Header(name, value string, _ *milter.Modifier) (milter.Response, error) {
	return f.say("header", name+": "+value)
}
func (f *filter) Headers(textproto.MIMEHeader, *milter.Modifier) (milter.Response, error) {
	return f.say("eoh", "")
}
func (f *filter) BodyChunk(b []byte, _ *milter.Modifier) (milter.Response, error) {
	return f.say("body", string(b[:min(len(b), 20)]))
}
func (f *filter) Body(m *milter.Modifier) (milter.Response, error) {
	if f.edits != nil {
		if err := f.edits(m); err != nil {
			return nil, err
		}
	}
	if r, err := f.say("end", ""); r != milter.RespContinue || err != nil {
		return r, err
	}
	return milter.RespAccept, nil
}

// run starts a milter and returns its address, and what it has seen.
func (f filter) run(t *testing.T) (addr string, seen func() []string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "m")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	f.mu, f.seen = &sync.Mutex{}, &[]string{}
	s := &milter.Server{NewMilter: func() milter.Milter { return &f }, Actions: wanted}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() { l.Close(); <-done })
	return "unix:" + path, func() []string {
		f.mu.Lock()
		defer f.mu.Unlock()
		return append([]string(nil), *f.seen...)
	}
}

const (
	top  = "Return-Path: <a@acme.example>\r\nReceived: from a by b\r\n"
	mail = "From: a@acme.example\r\nSubject: one\r\n two\r\nX-Spam: no\r\nX-Spam: maybe\r\n\r\nHello,\r\nworld\r\n"
)

func arrival() *letter.Arrival {
	return &letter.Arrival{ID: 77, ClientIP: netip.MustParseAddr("192.0.2.7"), Helo: "client.example", ReversePath: "a@acme.example"}
}

// through shows the mail to scanners and returns what they made of it.
func through(t *testing.T, o Options, rcpts ...string) (Verdict, []error) {
	t.Helper()
	o.Hostname = "gw.example.com"
	scan, err := New(o).Begin(t.Context(), arrival())
	t.Cleanup(scan.Close) // also when it was refused
	errs := []error{err}
	for _, r := range rcpts {
		errs = append(errs, scan.Recipient(r))
	}
	v, err := scan.Message([]byte(top+mail), len(top))
	return v, append(errs, err)
}

func milters(addrs ...string) (o Options) {
	for _, a := range addrs {
		o.Milters = append(o.Milters, Milter{Address: a, Timeout: 10 * time.Second})
	}
	return o
}

// TestMilterSees: all of the mail, and nothing of what stands on top of it.
func TestMilterSees(t *testing.T) {
	addr, seen := filter{}.run(t)
	v, errs := through(t, milters(addr), "support@example.com", "b@example.com")
	if err := errors.Join(errs...); err != nil || string(v.Raw) != top+mail || v.Quarantine != "" || len(v.Notes) != 0 {
		t.Fatalf("%+v %v", v, err)
	}
	want := "connect [192.0.2.7] tcp4 192.0.2.7|helo client.example|mail a@acme.example|rcpt support@example.com|rcpt b@example.com|" +
		"header From: a@acme.example|header Subject: one\n two|header X-Spam: no|header X-Spam: maybe|eoh |body Hello,\r\nworld\r\n|end "
	if got := strings.Join(seen(), "|"); got != want {
		t.Errorf("it saw\n%q, want\n%q", got, want)
	}
}

// TestMilterRefuses at each step, with its own words where it has some.
func TestMilterRefuses(t *testing.T) {
	own := milter.NewResponseStr(byte(milter.ActReplyCode), "554 5.7.9 no\r\nthank\tyou")
	bad := milter.NewResponseStr(byte(milter.ActReplyCode), "250 5.7.9 fine")
	for _, c := range []struct {
		at    string
		reply milter.Response
		want  string // of the error
		which int    // of the errors: 0 begin, 1 and 2 recipients, 3 message
	}{
		{"connect", milter.RespReject, "550 5.7.1 refused by a mail filter", 0},
		{"helo", milter.RespTempFail, "451 4.7.1 a mail filter asks", 0},
		{"mail", own, "554 5.7.9 no thank you", 0},
		{"rcpt", own, "554 5.7.9 no thank you", 2},
		{"header", milter.RespReject, "550 5.7.1", 3},
		{"eoh", milter.RespReject, "550 5.7.1", 3},
		{"body", milter.RespTempFail, "451 4.7.1", 3},
		{"end", own, "554 5.7.9 no thank you", 3},
		{"end", bad, "550 5.7.9 fine", 3},
	} {
		t.Run(c.at+" "+c.want, func(t *testing.T) {
			addr, _ := filter{at: c.at, reply: c.reply, onRcpt: "second"}.run(t)
			_, errs := through(t, milters(addr), "first@example.com", "second@example.com")
			for i, err := range errs {
				var r *Refusal
				if i != c.which && err != nil || i == c.which && (!errors.As(err, &r) || !strings.HasPrefix(err.Error(), c.want) || r.Cause != nil || r.By != addr) {
					t.Errorf("step %d: %v, want %q at step %d", i, err, c.want, c.which)
				}
			}
		})
	}
}

// TestMilterAcceptsEarly: it is asked no more.
func TestMilterAcceptsEarly(t *testing.T) {
	addr, seen := filter{at: "mail", reply: milter.RespAccept}.run(t)
	if _, errs := through(t, milters(addr), "a@example.com"); errors.Join(errs...) != nil {
		t.Fatal(errs)
	}
	if got := strings.Join(seen(), "|"); strings.Contains(got, "rcpt") || strings.Contains(got, "end") {
		t.Errorf("it saw %q", got)
	}
}

// TestMilterKeepsFromPeople: quarantine, and what wants to throw a mail away.
func TestMilterKeepsFromPeople(t *testing.T) {
	asks, _ := filter{edits: func(m *milter.Modifier) error { return m.Quarantine("too\r\nmuch spam") }}.run(t)
	throws, _ := filter{at: "end", reply: milter.RespDiscard}.run(t)
	for addr, want := range map[string]string{asks: "too much spam", throws: "discarded"} {
		if v, errs := through(t, milters(addr)); errors.Join(errs...) != nil || !strings.Contains(v.Quarantine, want) || string(v.Raw) != top+mail {
			t.Errorf("%+v %v", v, errs)
		}
	}
}

// TestMilterEdits: what it writes is in the mail, in order, and the next one sees it;
// no value makes a field of its own, and the sender's words stay.
func TestMilterEdits(t *testing.T) {
	first, _ := filter{edits: func(m *milter.Modifier) error {
		return errors.Join(m.AddHeader("X-Score", "7"), m.InsertHeader(0, "X-Top", "yes"), m.InsertHeader(99, "X-Last", "yes"),
			m.ChangeHeader(2, "x-spam", "YES"), m.ChangeHeader(1, "X-Spam", ""), m.ChangeHeader(1, "X-New", "made"), m.ChangeHeader(1, "X-None", ""),
			m.AddHeader("X-Evil", "a\nFrom: b@attacker.example\n\nBody"), m.AddHeader("Bad Name", "x"), m.AddHeader("", "x"), m.ReplaceBody([]byte("other words")))
	}}.run(t)
	second, seen := filter{edits: func(m *milter.Modifier) error { return m.AddHeader("X-Second", "yes") }}.run(t)
	v, errs := through(t, milters(first, second))
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	want := top + "X-Top: yes\r\nFrom: a@acme.example\r\nSubject: one\r\n two\r\nx-spam: YES\r\nX-Score: 7\r\nX-Last: yes\r\nX-New: made\r\n" +
		"X-Evil: a\r\n\tFrom: b@attacker.example\r\n\tBody\r\nX-Second: yes\r\n\r\nHello,\r\nworld\r\n"
	if string(v.Raw) != want {
		t.Errorf("got\n%s\nwant\n%s", v.Raw, want)
	}
	if got := strings.Join(seen(), "|"); !strings.Contains(got, "header X-Score: 7|") || strings.Contains(got, "X-Spam: no") {
		t.Errorf("the second saw %q", got)
	}
}

// TestMilterDown: not there, closing at once, silent, and breaking off in the middle.
func TestMilterDown(t *testing.T) {
	for name, answer := range map[string]func(net.Conn){
		"none":   nil,
		"closes": func(c net.Conn) {},
		"silent": func(c net.Conn) { io.Copy(io.Discard, c) },
		"breaks": func(c net.Conn) { // it negotiates, and takes the rest without a word
			b := make([]byte, 4096)
			c.Read(b)
			c.Write([]byte{0, 0, 0, 13, 'O', 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0})
			c.Read(b)
		},
		"babbles": func(c net.Conn) { c.Write([]byte{0xff, 0xff, 0xff, 0xff, 1, 2, 3}); io.Copy(io.Discard, c) },
	} {
		t.Run(name, func(t *testing.T) {
			addr := "unix:" + filepath.Join(t.TempDir(), "none")
			if answer != nil {
				addr = listen(t, answer)
			}
			working, seen := filter{}.run(t)
			o := milters(addr, working)
			o.Milters[0].Timeout = 300 * time.Millisecond
			v, errs := through(t, o)
			if err := errors.Join(errs...); err != nil || len(v.Notes) != 1 || !strings.Contains(v.Notes[0], addr) || len(seen()) == 0 {
				t.Errorf("%+v %v, the next one saw %q", v, err, seen())
			}
			o.Milters[0].Tempfail = true
			_, errs = through(t, o)
			var r *Refusal
			if !errors.As(errors.Join(errs...), &r) || r.Code != 451 || r.Cause == nil {
				t.Errorf("with tempfail: %v", errs)
			}
		})
	}
}

// TestMilterTakesTooLong: no answer is late, and all together are.
func TestMilterTakesTooLong(t *testing.T) {
	addr, seen := filter{slow: 100 * time.Millisecond}.run(t)
	o := milters(addr)
	o.Milters[0].Timeout = 350 * time.Millisecond
	v, errs := through(t, o)
	if err := errors.Join(errs...); err != nil || len(v.Notes) != 1 {
		t.Errorf("%+v %v, it saw %q", v, err, seen())
	}
}

// listen answers each connection with a function.
func listen(t *testing.T, answer func(net.Conn)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() { defer c.Close(); answer(c) })
		}
	})
	t.Cleanup(func() { l.Close(); running.Wait() })
	return "unix:" + path
}

// TestClamd: what is found is refused, and what cannot be said has the mail come later.
func TestClamd(t *testing.T) {
	var got strings.Builder
	says := func(reply string) func(net.Conn) {
		return func(c net.Conn) {
			r := bufio.NewReader(c)
			if _, err := r.ReadString(0); err != nil {
				return
			}
			got.Reset()
			for {
				var n uint32
				if binary.Read(r, binary.BigEndian, &n) != nil || n == 0 {
					break
				}
				io.CopyN(&got, r, int64(n))
			}
			c.Write([]byte(reply))
		}
	}
	for _, c := range []struct{ name, reply, want string }{
		{"clean", "stream: OK\x00", ""},
		{"found", "stream: Win.Test.EICAR_HDB-1 FOUND\x00", "554 5.7.1 the mail carries Win.Test.EICAR_HDB-1"},
		{"too large for it", "INSTREAM size limit exceeded. ERROR\x00", "451 4.7.1"},
		{"no end", "stream: OK", "451 4.7.1"},
		{"nothing", "", "451 4.7.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, errs := through(t, Options{Clamd: Clamd{Address: listen(t, says(c.reply)), Timeout: 10 * time.Second}})
			err := errors.Join(errs...)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)) {
				t.Errorf("%v, want %q", err, c.want)
			}
			if got.String() != mail {
				t.Errorf("it was shown %q", got.String())
			}
		})
	}
	for name, addr := range map[string]string{"none": "unix:/nowhere", "silent": listen(t, func(c net.Conn) { io.Copy(io.Discard, c) })} {
		_, errs := through(t, Options{Clamd: Clamd{Address: addr, Timeout: 200 * time.Millisecond}})
		var r *Refusal
		if !errors.As(errors.Join(errs...), &r) || r.Code != 451 || r.Cause == nil {
			t.Errorf("%s: %v", name, errs)
		}
	}
}

// FuzzHeader: a mail that was cut and joined is the same mail, and no edit reaches the
// body or makes more than one field.
func FuzzHeader(f *testing.F) {
	for _, m := range []string{mail, "", "\r\n", "no header", "A: b", "A: b\r\n c", "A : b\nB: c\n\nx", ": x\r\n", "A:\r\n\r\n\r\n"} {
		f.Add([]byte(m), "X-A", "v\nw", uint32(1), byte(0))
	}
	f.Fuzz(func(t *testing.T, m []byte, name, value string, index uint32, what byte) {
		h := readHeader(m)
		n, joined := len(h.fields), h.join(nil)
		if s := string(joined); s != string(m) && s != string(m)+"\r\n" {
			t.Fatalf("%q became %q", m, s)
		}
		e := &milter.ModifyAction{Code: []milter.ModifyActCode{milter.ActAddHeader, milter.ActInsertHeader, milter.ActChangeHeader}[what%3], HeaderName: name, HeaderValue: value, HeaderIndex: index}
		changed := h.edit(e)
		again := readHeader(h.join(nil))
		if string(again.rest) != string(h.rest) || changed && len(again.fields) != len(h.fields) || len(again.fields) > n+1 {
			t.Errorf("%q with %+v: %d fields, %d before; rest %q, was %q", m, e, len(again.fields), n, again.rest, h.rest)
		}
	})
}
