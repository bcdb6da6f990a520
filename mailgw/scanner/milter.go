package scanner

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/emersion/go-milter"

	"supportgw/mailgw/letter"
)

// milterScan is one mail in the hands of one milter.
type milterScan struct {
	o       *Milter
	scan    *Scan
	session *milter.ClientSession
	over    bool // it has said all that it will say
}

// wanted is what a milter may do here: change the header, and ask for quarantine.
// The words and the recipients of a mail are the sender's.
const wanted = milter.OptAddHeader | milter.OptChangeHeader | milter.OptQuarantine

// dialer dials for one mail.
type dialer struct {
	ctx context.Context
	o   *Milter
}

func (d dialer) Dial(string, string) (net.Conn, error) {
	return dial(d.ctx, d.o.Address, d.o.Timeout)
}

// begin says who sends.
func (m *milterScan) begin(a *letter.Arrival) error {
	// Workaround: go-milter v0.5.0 refuses a milter of version 2 when it is offered SKIP,
	// or anything else that came later (TestMilterSees). It also leaves the connection open
	// when the first words fail: that ends with ctx.
	client := milter.NewClientWithOptions("", "", milter.ClientOptions{
		Dialer: dialer{m.scan.ctx, m.o}, ReadTimeout: m.o.Timeout, WriteTimeout: m.o.Timeout, ActionMask: wanted,
	})
	session, err := client.Session()
	if err != nil {
		return m.down(err)
	}
	m.session = session
	family, addr := milter.FamilyInet, a.ClientIP.Unmap().String()
	name := "[" + addr + "]"
	switch {
	case !a.ClientIP.IsValid():
		family, addr, name = milter.FamilyUnknown, "", "localhost"
	case a.ClientIP.Unmap().Is6():
		family = milter.FamilyInet6
	}
	steps := []func() (*milter.Action, error){
		func() (*milter.Action, error) {
			if err := session.Macros(milter.CodeConn, "j", m.scan.set.o.Hostname, "daemon_name", "mailgw", "_", name); err != nil {
				return nil, err
			}
			return session.Conn(name, family, 0, addr)
		},
		func() (*milter.Action, error) { return session.Helo(a.Helo) },
		func() (*milter.Action, error) {
			if err := session.Macros(milter.CodeMail, "i", a.ID.String(), "mail_addr", a.ReversePath); err != nil {
				return nil, err
			}
			return session.Mail(a.ReversePath, nil)
		},
	}
	for _, step := range steps {
		if m.over {
			break
		}
		act, err := step()
		if err := m.obey(act, err); err != nil {
			return err
		}
	}
	return nil
}

// recipient asks about one recipient.
func (m *milterScan) recipient(addr string) error {
	if m.over {
		return nil
	}
	act, err := m.session.Rcpt(addr, nil)
	if err == nil && act.Code != milter.ActContinue && act.Code != milter.ActAccept && act.Code != milter.ActDiscard {
		return m.refusal(act) // of this recipient: the mail goes on
	}
	return m.obey(act, err)
}

// message shows header and body, and takes over what the milter changes.
func (m *milterScan) message(body int) error {
	if m.over {
		return nil
	}
	h := readHeader(m.scan.done.Raw[body:])
	for _, f := range h.fields {
		act, err := m.session.HeaderField(f.name(), f.value())
		if err := m.obey(act, err); err != nil || m.over {
			return err
		}
	}
	act, err := m.session.HeaderEnd()
	if err := m.obey(act, err); err != nil || m.over {
		return err
	}
	edits, act, err := m.session.BodyReadFrom(bytes.NewReader(h.rest))
	if err := m.obey(act, err); err != nil || act == nil {
		return err
	}
	changed := false
	for i := range edits {
		switch e := &edits[i]; e.Code {
		case milter.ActQuarantine:
			m.quarantine("for " + oneLine(e.Reason, maxReason))
		case milter.ActAddHeader, milter.ActInsertHeader, milter.ActChangeHeader:
			changed = h.edit(e) || changed
		}
	}
	if changed {
		m.scan.done.Raw = h.join(m.scan.done.Raw[:body:body])
	}
	m.over = true
	return nil
}

// maxReason is how much of a milter's reason is kept.
const maxReason = 200

// obey takes an answer over; the error is a *Refusal.
func (m *milterScan) obey(act *milter.Action, err error) error {
	if err != nil {
		return m.down(err)
	}
	switch act.Code {
	case milter.ActContinue, milter.ActSkip:
		return nil
	case milter.ActAccept:
		m.over = true
		return nil
	case milter.ActDiscard: // a mail that was taken is never thrown away
		m.over = true
		m.quarantine("it wants the mail discarded")
		return nil
	}
	m.over = true
	return m.refusal(act)
}

func (m *milterScan) quarantine(why string) {
	if m.scan.done.Quarantine == "" {
		m.scan.done.Quarantine = "the mail filter " + m.o.Address + " asks for it: " + why
	}
}

// refusal is the answer that a milter wants given.
func (m *milterScan) refusal(act *milter.Action) error {
	r := &Refusal{Code: 550, Enhanced: [3]int{5, 7, 1}, Text: "refused by a mail filter", By: m.o.Address}
	switch act.Code {
	case milter.ActTempFail:
		r.Code, r.Enhanced, r.Text = 451, [3]int{4, 7, 1}, "a mail filter asks to try again later"
	case milter.ActReplyCode:
		// RFC 5321 §4.2: the code tells whether to come again; another one than 4xx or
		// 5xx would not refuse, which is what the milter wants.
		if act.SMTPCode >= 400 && act.SMTPCode < 600 {
			r.Code, r.Enhanced = act.SMTPCode, [3]int{act.SMTPCode / 100, 7, 1}
		}
		text := oneLine(act.SMTPText, maxReason)
		if word, rest, _ := strings.Cut(text, " "); enhanced(word, r.Code) != [3]int{} {
			r.Enhanced, text = enhanced(word, r.Code), rest
		}
		if text != "" {
			r.Text = text
		}
	}
	return r
}

// enhanced reads "5.7.1" when it goes with the code; zero for anything else.
func enhanced(s string, code int) (out [3]int) {
	parts := strings.Split(s, ".")
	if len(parts) != 3 {
		return out
	}
	for i, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil || n < 0 || n > 999 {
			return [3]int{}
		}
		out[i] = n
	}
	if out[0] != code/100 {
		return [3]int{}
	}
	return out
}

// down is what happens when a milter cannot be asked.
func (m *milterScan) down(err error) error {
	m.over = true
	m.close()
	if m.o.Tempfail {
		return &Refusal{Code: 451, Enhanced: [3]int{4, 7, 1}, Text: "the mail cannot be checked just now; please try again later", By: m.o.Address, Cause: err}
	}
	m.scan.done.Notes = append(m.scan.done.Notes, fmt.Sprintf("not seen by the mail filter %s: %v", m.o.Address, err))
	return nil
}

func (m *milterScan) close() {
	if m.session == nil {
		return
	}
	// Its error is about a connection that nobody uses any more.
	_ = m.session.Close()
	m.session = nil
}
