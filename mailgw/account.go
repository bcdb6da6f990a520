package mailgw

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/emersion/go-imap/v2"

	"supportgw/mailgw/imapd"
	"supportgw/mailgw/view"
)

// account is what one agent sees as folders of mail: an [imapd.Account], which all of her
// sessions share.
//
// What folders show follows from shelves that many look at. Its own are only her marks,
// and a small record.
type account struct {
	g       *Gateway
	address string // in lower case
	news    news

	mu        sync.Mutex
	seen      *settings      // that record is in step with
	record    *accountRecord // nil: not read yet
	marks     marks
	opened    map[string]*opened // folders, by their keys
	held      int                // mails in opened
	customers customersSeen
}

var _ interface { // what is here of [imapd.Account]
	Name() string
	Folders() ([]imapd.Folder, error)
	Subscribe(folder string, on bool) error
	Open(folder string) (*imapd.View, error)
	Watch() (news <-chan struct{}, stop func())
	Mark(folder string, mails []imapd.Mail, set, clear imapd.Flags) error
	Keyword(name string) (imapd.Flags, error)
	Expunge(folder string, mails []imapd.Mail) error
} = (*account)(nil)

// accounts are those that were asked for since the start.
type accounts struct {
	mu sync.Mutex
	of map[string]*account // by address
}

// account returns that of an agent.
func (g *Gateway) account(address string) (*account, error) {
	address = strings.ToLower(address)
	if g.settings.Load().Agent(address) == nil {
		return nil, fmt.Errorf("%s is no agent", address)
	}
	g.accounts.mu.Lock()
	defer g.accounts.mu.Unlock()
	if g.accounts.of == nil {
		g.accounts.of = map[string]*account{}
	}
	a := g.accounts.of[address]
	if a == nil {
		a = &account{g: g, address: address}
		a.news.wants = a.wants
		g.accounts.of[address] = a
	}
	return a, nil
}

// agentAddresses are those of all agents, in lower case.
func (g *Gateway) agentAddresses() (out []string) {
	for _, a := range g.settings.Load().Agents {
		out = append(out, strings.ToLower(a.Address))
	}
	return out
}

// Name is how the log calls it.
func (a *account) Name() string { return a.address }

// reader is who looks. Her desks are those that she is on now, by their names; who is no
// agent any more has none.
func (a *account) reader(s *settings) view.Reader {
	r := view.Reader{Agent: a.address}
	if s.Agent(a.address) == nil {
		return r
	}
	for i := range s.Desks {
		if s.Desks[i].HasAgent(a.address) {
			r.Desks = append(r.Desks, s.Desks[i].Name)
		}
	}
	slices.Sort(r.Desks)
	return r
}

// Ended says why nobody may use the account any more, "" while somebody may.
func (a *account) Ended() string {
	if a.g.settings.Load().Agent(a.address) == nil {
		return a.address + " is no agent any more"
	}
	return ""
}

// cannot is what a client is told of something that is never done.
func cannot(format string, args ...any) error {
	return &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeCannot, Text: fmt.Sprintf(format, args...)}
}

// noFolder is what a client is told of a folder that the account does not have.
func noFolder(name string) error {
	return &imap.Error{Type: imap.StatusResponseTypeNo, Code: imap.ResponseCodeNonExistent, Text: fmt.Sprintf("There is no folder %q.", name)}
}
