package mailgw

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/imapd"
	"supportgw/mailgw/store"
)

// sessionWire is a mail client that says what it is told to.
type sessionWire struct {
	t *testing.T
	net.Conn
	r *bufio.Reader
}

// imapWire logs an agent in at a server of the house's folders.
func (h *house) imapWire(agent string) *sessionWire {
	h.t.Helper()
	s := imapd.New(imapd.Options{MaxAppend: 1 << 20, Login: func(context.Context, netip.Addr, string, string) (imapd.Account, error) { return h.account(agent) }})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		h.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	over := make(chan error, 1)
	go func() { over <- s.Serve(ctx, l) }()
	h.t.Cleanup(func() { stop(); <-over })
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { c.Close() })
	w := &sessionWire{h.t, c, bufio.NewReader(c)}
	if _, err := w.r.ReadString('\n'); err != nil {
		h.t.Fatal(err)
	}
	w.do("l LOGIN x y")
	return w
}

// do says a command and reads up to its answer, or to the end of the connection.
func (w *sessionWire) do(command string) string {
	w.t.Helper()
	_, _ = fmt.Fprintf(w.Conn, "%s\r\n", command) // what came of it is read
	tag, _, _ := strings.Cut(command, " ")
	var out strings.Builder
	for {
		if err := w.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			w.t.Fatal(err)
		}
		line, err := w.r.ReadString('\n')
		out.WriteString(line)
		if err == io.EOF {
			return out.String() + "(end)"
		}
		if err != nil {
			w.t.Fatalf("%s: %v after %q", command, err, out.String())
		}
		if strings.HasPrefix(line, tag+" ") {
			return out.String()
		}
	}
}

// A session goes on with what its client knows; mails that have gone to a desk of others are
// not read by it, and who is no agent any more is served no more.
func TestSessionOfFormerDesk(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	for i := range 3 {
		h.deliver(mail{body: fmt.Sprintf("Secret %d.", i)})
	}
	h.flush()
	v := h.folderOf(benAt, "INBOX")
	w := h.imapWire(benAt)
	if got := w.do("s SELECT INBOX"); !strings.Contains(got, "* 6 EXISTS") {
		t.Fatal(got)
	}
	h.set(SetArgs{Number: 2, Desk: "billing"})
	h.set(SetArgs{Number: 3, Desk: "billing"})
	if got := w.do("f FETCH 1 BODY.PEEK[TEXT]"); !strings.Contains(got, "Secret 0.") {
		t.Errorf("what is on his desk: %q", got)
	}
	for i, m := range v.Mails {
		got := w.do(fmt.Sprintf("g FETCH %d (BODY.PEEK[] ENVELOPE BODYSTRUCTURE)", i+1))
		if may, reads := m.Ticket == 1, strings.Contains(got, "BODY[] {") || strings.Contains(got, "Printer portal"); may != reads {
			t.Errorf("mail %d, of ticket %d: %q", i+1, m.Ticket, got)
		}
	}
	if got := w.do("h SEARCH TEXT Secret"); !strings.Contains(got, "* SEARCH 1 4\r\n") {
		t.Errorf("it is searched: %q", got)
	}
	idle := h.imapWire(benAt)
	idle.do("s SELECT INBOX")
	if _, err := fmt.Fprint(idle.Conn, "i IDLE\r\n"); err != nil {
		t.Fatal(err)
	}
	if line, err := idle.r.ReadString('\n'); err != nil || !strings.HasPrefix(line, "+") {
		t.Fatal(line, err)
	}
	c := *h.settings.Load().Config
	c.Agents = slices.DeleteFunc(slices.Clone(c.Agents), func(a config.Agent) bool { return a.Address == benAt })
	c.Desks = slices.Clone(c.Desks)
	for i := range c.Desks {
		c.Desks[i].Agents = slices.DeleteFunc(slices.Clone(c.Desks[i].Agents), func(a string) bool { return a == benAt })
	}
	if _, err := h.reload("test", func() (*config.Config, error) { return &c, nil }); err != nil {
		t.Fatal(err)
	}
	if got := w.do("j FETCH 1 BODY.PEEK[]"); strings.Contains(got, "BODY[] {") {
		t.Errorf("he is no agent any more, and reads: %q", got)
	}
	if got := w.do("k APPEND Drafts {3+}\r\nabc"); strings.Contains(got, "k OK") || !strings.Contains(got, "* BYE "+benAt+" is no agent any more") {
		t.Errorf("he puts mails into Drafts: %q", got)
	}
	if err := idle.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if got, err := idle.r.ReadString('\n'); err != nil || !strings.HasPrefix(got, "* BYE") {
		t.Errorf("in IDLE: %q, %v", got, err)
	}
}

// Nor does a program read them that keeps to what it knows.
func TestReadOfFormerDesk(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	n := h.deliver(mail{}).Ticket
	a := h.accountOf(benAt)
	v := h.folderOf(benAt, "INBOX")
	for _, m := range v.Mails {
		if _, err := a.Bytes(m); err != nil {
			t.Error(err)
		}
	}
	h.set(SetArgs{Number: n, Desk: "billing"})
	for _, m := range v.Mails {
		if b, err := a.Bytes(m); err == nil {
			t.Errorf("entry %d of a ticket that went to another desk is read: %q", m.Seq, b)
		}
	}
	if err := a.Listings(v.Mails, func(i int, l *imapd.Listing) error {
		if l.Size > 0 || l.Envelope != nil && l.Envelope.Subject != "" {
			t.Errorf("entry %d of it is listed: %+v", v.Mails[i].Seq, l)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}

// nestedIn is a mail of n multiparts, one in the other.
func nestedIn(n int) (head []string, body string) {
	var b strings.Builder
	for i := 1; i < n; i++ {
		fmt.Fprintf(&b, "--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n", i-1, i)
	}
	fmt.Fprintf(&b, "--b%d\r\n\r\nMy scale is broken.\r\n", n-1)
	for i := n - 1; i >= 0; i-- {
		fmt.Fprintf(&b, "--b%d--\r\n", i)
	}
	return []string{"Content-Type: multipart/mixed; boundary=b0"}, b.String()
}

// A mail with parts in one another a hundred times keeps nobody from the others of a folder.
func TestDeepMailIsListed(t *testing.T) {
	t.Parallel()
	for _, n := range []int{90, 99, 100, 101, 102, 130, 400} {
		h := threeOfTwoDesks(t)
		h.deliver(mail{body: "An ordinary mail."})
		head, body := nestedIn(n)
		a := h.arrival(mail{client: stranger, from: "eve@evil.example", head: head, body: body})
		if err := h.Deliver(context.Background(), a); err != nil {
			t.Fatal(err)
		}
		h.flush()
		v := h.folderOf(annaAt, "INBOX")
		seen := 0
		err := h.accountOf(annaAt).Listings(v.Mails, func(_ int, l *imapd.Listing) error {
			if l.Size > 0 && l.Structure != nil {
				seen++
			}
			return nil
		})
		if err != nil || seen != len(v.Mails) || seen < 3 {
			t.Errorf("%d parts in one another: of %d mails in INBOX %d are listed: %v", n, len(v.Mails), seen, err)
		}
		w := h.imapWire(annaAt)
		w.do("s SELECT INBOX")
		for _, c := range []string{"f FETCH 1:* (FLAGS ENVELOPE BODYSTRUCTURE RFC822.SIZE)", "f SEARCH SUBJECT portal", "f STATUS INBOX (SIZE)"} {
			if got := w.do(c); !strings.Contains(got, "f OK") {
				t.Errorf("%d: %s: %.300q", n, c, got)
			}
		}
	}
}

// Nor does a record of it that cannot be read, as they were kept before.
func TestDamagedListing(t *testing.T) {
	t.Parallel()
	h := threeOfTwoDesks(t)
	h.deliver(mail{subject: "Scale"})
	h.deliver(mail{subject: "Printer"})
	v := h.folderOf(annaAt, "INBOX")
	ref := mailRef(v.Mails[0])
	err := h.store.Update(store.Background, func(tx store.Tx) error {
		b, err := tx.Shown(ref)
		if err != nil {
			return err
		}
		m, err := readShown(b, true)
		if err != nil {
			return err
		}
		m.listing = m.listing[:len(m.listing)-3]
		if b, err = m.bytes(); err != nil {
			return err
		}
		return tx.PutShown(ref, b)
	})
	if err != nil {
		t.Fatal(err)
	}
	var subjects []string
	if err := h.accountOf(annaAt).Listings(v.Mails, func(i int, l *imapd.Listing) error {
		raw, err := h.accountOf(annaAt).Bytes(v.Mails[i])
		if err != nil || l.Size != int64(len(raw)) || l.Date.Year() < 2020 {
			t.Errorf("%v: %d octets are listed of %d, of %s", err, l.Size, len(raw), l.Date)
		}
		subjects = append(subjects, l.Envelope.Subject)
		return nil
	}); err != nil || !slices.Contains(subjects, "Scale") || !slices.Contains(subjects, "Printer") {
		t.Errorf("%v: %q", err, subjects)
	}
}
