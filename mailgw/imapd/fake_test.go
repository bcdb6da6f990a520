package imapd

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-message/textproto"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is an account of folders in memory: a mail that is moved takes those with the same
// ticket along, and all get new UIDs.
type fake struct {
	mu       sync.Mutex
	next     uint32
	validity uint32
	folders  map[string][]fakeMail
	views    map[string]*View
	keywords []string
	unsubbed map[string]bool
	watchers map[chan struct{}]bool
	appended [][]byte
	ended    string          // why nobody may use it any more
	with     map[string]bool // tickets that are with somebody else: moving them is refused
}

type fakeMail struct {
	Mail
	raw []byte
}

// newFake has tickets with so many mails each in Unassigned.
func newFake(each ...int) *fake {
	f := &fake{next: 100, validity: 7, folders: map[string][]fakeMail{}, views: map[string]*View{}, unsubbed: map[string]bool{}, watchers: map[chan struct{}]bool{}}
	for _, name := range []string{"INBOX", "Mine", "Unassigned", "Drafts", "Sent", "Trash", "Customer/Zürich & Söhne", "R&D/Q & A"} {
		f.folders[name] = nil
	}
	for i, n := range each {
		for j := range n {
			f.add("Unassigned", uint64(i+1), uint32(j+1), fakeRaw(i+1, j+1))
		}
	}
	return f
}

func fakeRaw(ticket, n int) []byte {
	return fmt.Appendf(nil, "From: Paula =?utf-8?q?M=C3=BCller?= <paula%d@acme.example>\r\nTo: support@example.com\r\nSubject: Scale %d\r\nMessage-ID: <%d.%d@acme.example>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0100\r\nX-Long: one\r\n two\r\n\r\nLine %d of ticket %d.\r\n", ticket, ticket, ticket, n, n, ticket)
}

func (f *fake) add(folder string, ticket uint64, seq uint32, raw []byte) uint32 {
	f.next++
	f.folders[folder] = append(f.folders[folder], fakeMail{Mail{UID: f.next, Ticket: ticket, Seq: seq}, raw})
	f.changed()
	return f.next
}

// changed forgets the views, and tells those who watch.
func (f *fake) changed() {
	clear(f.views)
	for w := range f.watchers {
		select {
		case w <- struct{}{}:
		default:
		}
	}
}

// arrive is a new mail from outside.
func (f *fake) arrive(folder string, ticket uint64, raw []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.add(folder, ticket, 9, raw)
}

func (f *fake) Name() string { return "anna" }

func (f *fake) Ended() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ended
}

func (f *fake) Folders() ([]Folder, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := []Folder{{Name: "Customer", NoSelect: true}}
	for name := range f.folders {
		one := Folder{Name: name, Subscribed: !f.unsubbed[name] && !strings.Contains(name, "/")}
		if name == "Drafts" || name == "Sent" || name == "Trash" {
			one.Attributes = []imap.MailboxAttr{imap.MailboxAttr("\\" + name)}
		}
		out = append(out, one)
	}
	slices.SortFunc(out, func(a, b Folder) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

func (f *fake) Subscribe(name string, on bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.unsubbed[name] = !on
	return nil
}

func (f *fake) Open(name string) (*View, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	mails, ok := f.folders[name]
	if !ok {
		return nil, no(imap.ResponseCodeNonExistent, "there is no such folder")
	}
	v := f.views[name]
	if v == nil {
		v = &View{Name: name, Validity: f.validity, Next: f.next + 1, Keywords: slices.Clone(f.keywords)}
		for _, m := range mails {
			v.Mails = append(v.Mails, m.Mail)
		}
		f.views[name] = v
	}
	return v, nil
}

func (f *fake) Watch() (<-chan struct{}, func()) {
	w := make(chan struct{}, 1)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.watchers[w] = true
	return w, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.watchers, w)
	}
}

func (f *fake) find(uid uint32) *fakeMail {
	for _, mails := range f.folders {
		for i := range mails {
			if mails[i].UID == uid {
				return &mails[i]
			}
		}
	}
	return nil
}

func (f *fake) Listings(mails []Mail, fn func(int, *Listing) error) error {
	for i, m := range mails {
		raw, err := f.Bytes(m)
		if err != nil {
			return err
		}
		h, err := textproto.ReadHeader(bufio.NewReader(bytes.NewReader(raw)))
		if err != nil {
			return err
		}
		l := &Listing{Size: int64(len(raw)), Date: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), Envelope: imapserver.ExtractEnvelope(h), Structure: imapserver.ExtractBodyStructure(bytes.NewReader(raw))}
		if err := fn(i, l); err != nil {
			return err
		}
	}
	return nil
}

func (f *fake) Bytes(m Mail) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, mails := range f.folders {
		for _, one := range mails {
			if one.Ticket == m.Ticket && one.Seq == m.Seq {
				return one.raw, nil
			}
		}
	}
	return nil, errors.New("a mail that is nowhere")
}

func (f *fake) Mark(folder string, mails []Mail, set, clear Flags) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range mails {
		if one := f.find(m.UID); one != nil {
			one.Flags = one.Flags&^(clear&^(Flagged|Answered)) | set&^(Flagged|Answered)
		}
	}
	f.changed()
	return nil
}

func (f *fake) Keyword(name string) (Flags, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	i := slices.Index(f.keywords, name)
	if i < 0 {
		i = len(f.keywords)
		f.keywords = append(f.keywords, name)
		f.changed()
	}
	return FirstKeyword << i, nil
}

func (f *fake) Move(from string, mails []Mail, to string, copied bool) (Moved, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.folders[to]; !ok {
		return Moved{}, no(imap.ResponseCodeTryCreate, "there is no such folder")
	}
	out := Moved{Validity: 7, To: map[uint32]uint32{}}
	for _, m := range mails {
		if f.with[fmt.Sprint(m.Ticket)] {
			return Moved{}, no(imap.ResponseCodeCannot, fmt.Sprintf("Ticket %d is with Ben Ortiz.", m.Ticket))
		}
		if f.find(m.UID) == nil {
			continue // it went with another one of its ticket
		}
		var stay []fakeMail
		for _, one := range f.folders[from] {
			if one.Ticket != m.Ticket {
				stay = append(stay, one)
				continue
			}
			f.next++
			out.To[one.UID] = f.next
			one.UID = f.next
			one.Flags &^= Deleted
			f.folders[to] = append(f.folders[to], one)
		}
		f.folders[from] = stay
	}
	f.changed()
	return out, nil
}

func (f *fake) Append(folder string, raw []byte, flags Flags, _ time.Time) (imap.AppendData, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.folders[folder]; !ok {
		return imap.AppendData{}, no(imap.ResponseCodeTryCreate, "there is no such folder")
	}
	f.appended = append(f.appended, raw)
	uid := f.add(folder, uint64(1000+len(f.appended)), 1, raw)
	f.find(uid).Flags = flags
	return imap.AppendData{UIDValidity: 7, UID: imap.UID(uid)}, nil
}

func (f *fake) Expunge(folder string, mails []Mail) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.folders[folder] = slices.DeleteFunc(f.folders[folder], func(one fakeMail) bool {
		return slices.ContainsFunc(mails, func(m Mail) bool { return m.UID == one.UID })
	})
	f.changed()
	return nil
}

func (f *fake) FindText(_ *View, words string, body bool) (func(Mail) bool, error) {
	return func(m Mail) bool {
		raw, err := f.Bytes(m)
		if err != nil {
			return false
		}
		if body {
			raw = raw[headerEnd(raw):]
		}
		return contains(string(raw), words)
	}, nil
}

// served is a server with one account, "anna" with the password "demo".
func served(t testing.TB, f *fake, change func(*Options)) (addr string, s *Server) {
	t.Helper()
	addr, s, stop, over := serving(t, f, change)
	t.Cleanup(func() {
		stop()
		if err := <-over; err != nil {
			t.Error(err)
		}
	})
	return addr, s
}

// serving is served until it is stopped; over says how it ended.
func serving(t testing.TB, f *fake, change func(*Options)) (addr string, s *Server, stop context.CancelFunc, over chan error) {
	t.Helper()
	o := Options{MaxAppend: 100_000, Login: func(_ context.Context, _ netip.Addr, user, password string) (Account, error) {
		if user != "anna" || password != "demo" {
			return nil, errors.New("no such agent")
		}
		return f, nil
	}}
	if change != nil {
		change(&o)
	}
	s = New(o)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	over = make(chan error, 1)
	go func() { over <- s.Serve(ctx, l) }()
	return l.Addr().String(), s, stop, over
}

// wire is a client that speaks by hand.
type wire struct {
	t testing.TB
	net.Conn
	r *bufio.Reader
}

func newWire(t testing.TB, c net.Conn) *wire { return &wire{t, c, bufio.NewReader(c)} }

func dialed(t testing.TB, addr string) *wire {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	w := newWire(t, c)
	if line := w.line(); !strings.HasPrefix(line, "* OK") {
		t.Fatalf("greeting %q", line)
	}
	return w
}

func (w *wire) say(format string, args ...any) {
	w.t.Helper()
	if _, err := fmt.Fprintf(w.Conn, format, args...); err != nil {
		w.t.Fatal(err)
	}
}

// line is the next line, with its literals; "" at the end of the connection.
func (w *wire) line() string {
	w.t.Helper()
	var all strings.Builder
	for {
		if err := w.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			w.t.Fatal(err)
		}
		s, err := w.r.ReadString('\n')
		all.WriteString(s)
		if err == io.EOF || errors.Is(err, net.ErrClosed) {
			return all.String()
		}
		if err != nil {
			w.t.Fatalf("after %q: %v", all.String(), err)
		}
		n, _ := literalOf([]byte(s))
		if n < 0 {
			return all.String()
		}
		b := make([]byte, n)
		if _, err := io.ReadFull(w.r, b); err != nil {
			w.t.Fatal(err)
		}
		all.Write(b)
	}
}

// until reads to the line that begins so, and returns all.
func (w *wire) until(begin string) (all []string) {
	w.t.Helper()
	for {
		line := w.line()
		if line == "" {
			return append(all, "(end)")
		}
		all = append(all, strings.TrimRight(line, "\r\n"))
		if strings.HasPrefix(line, begin) {
			return all
		}
	}
}

// do says a command and returns its answer, the tagged line last.
func (w *wire) do(format string, args ...any) string {
	w.t.Helper()
	command := fmt.Sprintf(format, args...)
	tag, _, _ := strings.Cut(command, " ")
	w.say("%s\r\n", command)
	return strings.Join(w.until(tag+" "), "\n")
}

// in is a client that has logged in and selected a folder.
func in(t testing.TB, addr, folder string) *wire {
	t.Helper()
	w := dialed(t, addr)
	if got := w.do("l LOGIN anna demo"); !strings.HasPrefix(got, "l OK") {
		t.Fatal(got)
	}
	if folder != "" {
		if got := w.do("s SELECT %s", folder); !strings.Contains(got, "\ns OK") {
			t.Fatal(got)
		}
	}
	return w
}
