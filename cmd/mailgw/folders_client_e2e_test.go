//go:build linux

package main_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/smtp"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// folderClient is a mail client of an agent in a [folderModel].
type folderClient struct {
	m           *folderModel
	agent, addr string
	rng         *rand.Rand
	conn        *imapclient.Client             // nil when there is none
	cache       map[string]map[uint32]mailSeen // by folder and UID: what it has downloaded
}

func (c *folderClient) hangUp() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}

// dial connects, however long that takes.
func (c *folderClient) dial() error {
	if c.conn != nil && c.conn.Noop().Wait() == nil {
		return nil
	}
	c.hangUp() // a kill has ended it
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); breathe() {
		var conn *imapclient.Client
		if conn, err = imapclient.DialInsecure(c.addr, nil); err != nil {
			continue
		}
		if err = conn.Login(c.agent, "demo").Wait(); err == nil {
			c.conn = conn
			return nil
		}
		conn.Close()
	}
	return fmt.Errorf("log in: %w", err)
}

// mailSeen is a mail as a client has it.
type mailSeen struct {
	uid         uint32
	name        string
	number      uint64
	id, replyTo string
	word        string // of an answer, see answerWord
	flags       []imap.Flag
}

// look reads a folder: the flags of all mails, and the bytes of those that it has not
// downloaded. What a folder shows of a UID stays what it was: so clients count on it.
func (c *folderClient) look(folder string) (mails []mailSeen, err error) {
	box, err := c.conn.Select(folder, nil).Wait()
	if err != nil || box.NumMessages == 0 {
		return nil, err
	}
	have := c.cache[folder]
	if have == nil {
		have = map[uint32]mailSeen{}
		c.cache[folder] = have
	}
	all := imap.UIDSet{}
	all.AddRange(1, 0)
	got, err := c.conn.Fetch(all, &imap.FetchOptions{UID: true, Flags: true}).Collect()
	if err != nil {
		return nil, err
	}
	var fresh imap.UIDSet
	last := imap.UID(0)
	for _, g := range got {
		if g.UID <= last || g.UID >= box.UIDNext {
			return nil, fmt.Errorf("UID %d of %s after %d, UIDNEXT is %d", g.UID, folder, last, box.UIDNext)
		}
		last = g.UID
		if _, ok := have[uint32(g.UID)]; !ok {
			fresh.AddNum(g.UID)
		}
	}
	if len(got) != int(box.NumMessages) {
		return nil, fmt.Errorf("%s has %d mails, and shows %d", folder, box.NumMessages, len(got))
	}
	if err := c.download(folder, box.UIDValidity, fresh, have); err != nil {
		return nil, err
	}
	for _, g := range got {
		m, ok := have[uint32(g.UID)]
		if !ok { // it left before it was downloaded; UID 0 would be "*", another mail
			continue
		}
		m.flags = g.Flags
		mails = append(mails, m)
	}
	return mails, nil
}

// download fetches mails.
func (c *folderClient) download(folder string, validity uint32, uids imap.UIDSet, have map[uint32]mailSeen) error {
	if len(uids) == 0 {
		return nil
	}
	whole := &imap.FetchItemBodySection{Peek: true}
	got, err := c.conn.Fetch(uids, &imap.FetchOptions{UID: true, RFC822Size: true, BodySection: []*imap.FetchItemBodySection{whole}}).Collect()
	if err != nil {
		return err
	}
	for _, g := range got {
		raw := g.FindBodySection(whole)
		if int64(len(raw)) != g.RFC822Size {
			return fmt.Errorf("UID %d of %s is said to have %d bytes, and has %d", g.UID, folder, g.RFC822Size, len(raw))
		}
		if err := c.m.shows(c.agent, folder, validity, uint32(g.UID), raw); err != nil {
			return err
		}
		m, err := seenMail(uint32(g.UID), raw)
		if err != nil {
			return err
		}
		have[uint32(g.UID)] = m
	}
	return nil
}

// compare looks at all folders; anew is without what it has downloaded.
func (c *folderClient) compare(want map[string]map[string]bool, anew bool) error {
	if err := c.dial(); err != nil {
		return err
	}
	if anew {
		clear(c.cache)
	}
	for _, folder := range modelFolders {
		mails, err := c.look(folder)
		if err != nil {
			return fmt.Errorf("%s: %w", folder, err)
		}
		var names []string
		for _, m := range mails {
			names = append(names, m.name)
			if c.m.wasRead(c.agent, m.name) && !slices.Contains(m.flags, imap.FlagSeen) {
				return fmt.Errorf("%s: %s was read, and is not said to be", folder, m.name)
			}
		}
		c.m.compared++
		if d := differences(want[folder], names, c.m.hidden[c.agent]); len(d) > 0 {
			return fmt.Errorf("%s: %s", folder, strings.Join(d, "; "))
		}
	}
	if err := c.lookAtSent(); err != nil {
		return err
	}
	return c.lookAtTrash()
}

// lookAtSent looks whether each of her answers is there, once.
func (c *folderClient) lookAtSent() error {
	mails, err := c.look("Sent")
	if err != nil {
		return err
	}
	there := map[string]int{}
	for _, m := range mails {
		there[m.word]++
	}
	for word, agent := range c.m.answers {
		if agent == c.agent && there[word] != 1 {
			return fmt.Errorf("Sent has %s %d times", word, there[word])
		}
		delete(there, word)
	}
	if len(there) > 0 {
		return fmt.Errorf("Sent has what she has not sent: %v", there)
	}
	return nil
}

// lookAtTrash learns what became of what was cut off while it was put away.
func (c *folderClient) lookAtTrash() error {
	mails, err := c.look("Trash")
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, m := range mails {
		there[m.name] = true
	}
	for name, how := range c.m.hidden[c.agent] {
		if how == 1 && !there[name] {
			return fmt.Errorf("%s was put away, and is not in Trash", name)
		}
		c.m.hides(c.agent, name, true, there[name])
	}
	for name := range there {
		if c.m.hidden[c.agent][name] != 1 {
			return fmt.Errorf("%s is in Trash, and nobody has put it there", name)
		}
	}
	return nil
}

// step does one thing at random. What a kill cuts off is not tried again.
func (c *folderClient) step() {
	err := c.dial()
	if err == nil {
		err = c.try()
	}
	var no *imap.Error
	switch {
	case err == nil:
	case errors.As(err, &no) && no.Type == imap.StatusResponseTypeNo:
		c.m.refused.Add(1)
		if no.Code == imap.ResponseCodeServerBug {
			c.m.t.Errorf("%s: %v", c.agent, err)
		}
	default:
		c.hangUp()
		c.m.cut.Add(1)
	}
}

func (c *folderClient) try() error {
	from := append([]string{"Trash"}, modelFolders...)[c.rng.IntN(1+len(modelFolders))]
	mails, err := c.look(from)
	if err != nil || len(mails) == 0 {
		return err
	}
	one := mails[c.rng.IntN(len(mails))]
	set := imap.UIDSetNum(imap.UID(one.uid))
	if from == "Trash" {
		return c.takeOut(one, set)
	}
	switch n := c.rng.IntN(12); {
	case n < 2:
		return c.answer(one)
	case n < 6:
		return c.move(one, set, c.target())
	case n < 9:
		return c.copyAndDelete(one, set, c.target())
	case n < 10:
		return c.putAway(one, set)
	}
	return c.read(one, set)
}

func (c *folderClient) target() string {
	return []string{"Mine", "Unassigned", "Waiting", "Solved"}[c.rng.IntN(4)]
}

// acted keeps what became of an action.
func (c *folderClient) acted(one mailSeen, to string, err error) error {
	var no *imap.Error
	if errors.As(err, &no) {
		return err // it was refused, and nothing happened
	}
	c.m.note(one.number, folderAct{c.agent, to, err == nil})
	if err == nil {
		c.m.done.Add(1)
	}
	return err
}

func (c *folderClient) move(one mailSeen, set imap.UIDSet, to string) error {
	_, err := c.conn.Move(set, to).Wait()
	return c.acted(one, to, err)
}

// copyAndDelete moves as clients do that know no MOVE.
func (c *folderClient) copyAndDelete(one mailSeen, set imap.UIDSet, to string) error {
	_, err := c.conn.Copy(set, to).Wait()
	if err := c.acted(one, to, err); err != nil {
		return err
	}
	if err := c.conn.Store(set, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{imap.FlagDeleted}}, nil).Close(); err != nil {
		return err
	}
	return c.conn.Expunge().Close()
}

func (c *folderClient) putAway(one mailSeen, set imap.UIDSet) error {
	c.m.hides(c.agent, one.name, false, true)
	_, err := c.conn.Move(set, "Trash").Wait()
	if err == nil {
		c.m.done.Add(1)
	}
	return err
}

func (c *folderClient) takeOut(one mailSeen, set imap.UIDSet) error {
	c.m.hides(c.agent, one.name, false, true)
	_, err := c.conn.Move(set, "Mine").Wait()
	return c.acted(one, "Mine", err)
}

func (c *folderClient) read(one mailSeen, set imap.UIDSet) error {
	got, err := c.conn.Store(set, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagSeen}}, nil).Collect()
	if err == nil && len(got) > 0 { // none: it has left meanwhile
		c.m.reads(c.agent, one.name)
		c.m.done.Add(1)
	}
	return err
}

// plainLogin is AUTH PLAIN of an agent of the example; smtp.PlainAuth says no without TLS.
type plainLogin string

func (a plainLogin) Start(*smtp.ServerInfo) (string, []byte, error) {
	return "PLAIN", []byte("\x00" + string(a) + "\x00demo"), nil
}
func (plainLogin) Next([]byte, bool) ([]byte, error) { return nil, nil }

// answer answers a mail, as clients do: by submission, the same mail until it is accepted,
// and then by putting a copy into Sent.
func (c *folderClient) answer(one mailSeen) error {
	if one.replyTo == "" {
		return nil
	}
	word := fmt.Sprintf("answer-word-%d", c.rng.Uint32())
	mail := fmt.Sprintf("From: <%s>\r\nTo: %s\r\nSubject: Re: Scale\r\nDate: %s\r\nMessage-ID: <%s@laptop.example>\r\nIn-Reply-To: %s\r\nReferences: %s\r\n\r\nWe send a new one, %s.\r\n",
		c.agent, one.replyTo, time.Now().Format(time.RFC1123Z), word, one.id, one.id, word)
	c.m.note(one.number, folderAct{c.agent, "an answer", false})
	host, _, _ := strings.Cut(c.addr, ":")
	for end := time.Now().Add(patience); ; breathe() {
		err := smtp.SendMail(host+":2587", plainLogin(c.agent), c.agent, []string{one.replyTo}, []byte(mail))
		var refused *textproto.Error
		if errors.As(err, &refused) && refused.Code >= 500 {
			return fmt.Errorf("an answer to %s: %w", one.replyTo, err)
		}
		if err == nil {
			break
		}
		if time.Now().After(end) {
			c.m.t.Errorf("%s: an answer is not accepted: %v", c.agent, err)
			return err
		}
	}
	c.m.answered(word, c.agent)
	if c.rng.IntN(2) == 0 {
		return nil
	}
	if err := c.dial(); err != nil {
		return err
	}
	w := c.conn.Append("Sent", int64(len(mail)), nil)
	if _, err := w.Write([]byte(mail)); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	_, err := w.Wait()
	return err
}
