package mailgw

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-sasl"

	"supportgw/mailgw/config"
	"supportgw/mailgw/login"
	"supportgw/mailgw/passhash"
	"supportgw/mailgw/smtpd"
	"supportgw/mailgw/store"
)

// storedLogins is what the store keeps for logins: what salts are made from, and the
// passwords of single devices by the addresses of agents, in lower case.
type storedLogins struct {
	Secret  []byte                    `json:"secret"`
	Devices map[string][]storedDevice `json:"devices,omitempty"`
}

// storedDevice is a password of one device; nothing in it leads back to the password.
type storedDevice struct {
	Name string    `json:"name"`
	Made time.Time `json:"made"`
	Sum  [32]byte  `json:"sum"`
	Keys string    `json:"keys"`
}

const loginsName = "logins"

func readLogins(r store.Reader) (l storedLogins, err error) {
	j, err := r.Meta(loginsName)
	if err != nil || j == nil {
		return l, err
	}
	if err := json.Unmarshal(j, &l); err != nil {
		return l, fmt.Errorf("read logins: %w", err)
	}
	return l, nil
}

func (l *storedLogins) put(tx store.Tx) error {
	j, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("keep logins: %w", err)
	}
	return tx.PutMeta(loginsName, j)
}

// devices are those of an agent.
func (l *storedLogins) devices(address string) ([]login.Device, error) {
	var out []login.Device
	for _, d := range l.Devices[strings.ToLower(address)] {
		keys, err := passhash.ParseKeys(d.Keys)
		if err != nil {
			return nil, fmt.Errorf("the device %q of %s: %w", d.Name, address, err)
		}
		out = append(out, login.Device{Name: d.Name, Made: d.Made, Sum: d.Sum, Keys: keys})
	}
	return out, nil
}

// loginSecret reads the secret that salts are made from, and makes it once.
func (g *Gateway) loginSecret() (secret []byte, err error) {
	err = g.store.View(func(r store.Reader) error {
		l, err := readLogins(r)
		secret = l.Secret
		return err
	})
	if err != nil || secret != nil {
		return secret, err
	}
	fresh := make([]byte, 32)
	if _, err := rand.Read(fresh); err != nil {
		return nil, fmt.Errorf("make the secret of logins: %w", err)
	}
	err = g.store.Update(store.Background, func(tx store.Tx) error {
		l, err := readLogins(tx)
		if err != nil {
			return err
		}
		if l.Secret == nil {
			l.Secret = fresh
			err = l.put(tx)
		}
		secret = l.Secret
		return err
	})
	return secret, err
}

// newDoor makes the door that agents log in at.
func (g *Gateway) newDoor() (*login.Door, error) {
	secret, err := g.loginSecret()
	if err != nil {
		return nil, err
	}
	return login.New(login.Options{Find: g.findLogin, Secret: secret, Log: g.log})
}

// mechanisms are the SASL mechanisms that are offered. Who logs in is not known then, and
// a client that knows SCRAM tries nothing else: it is offered when each agent with a
// password has the keys for it. Who asks for it unasked may use it all the same.
func (g *Gateway) mechanisms() []string {
	c := g.settings.Load().Config
	for i := range c.Agents {
		if a := &c.Agents[i]; a.Password != "" && a.SCRAM == "" {
			return slices.DeleteFunc(login.Mechanisms(), func(m string) bool { return strings.HasPrefix(m, "SCRAM-") })
		}
	}
	return login.Mechanisms()
}

// findLogin finds the agent of a user name, by the configuration and the devices of now:
// whoever is taken out of either logs in no more.
func (g *Gateway) findLogin(user string) (*login.Person, error) {
	a := agentByName(g.settings.Load().Config, user)
	if a == nil {
		return nil, nil
	}
	p := &login.Person{Address: a.Address}
	var err error
	if a.Password != "" {
		if p.Hash, err = passhash.Parse(a.Password); err != nil {
			return nil, fmt.Errorf("the password of %s: %w", a.Address, err)
		}
	}
	if a.SCRAM != "" {
		keys, err := passhash.ParseKeys(a.SCRAM)
		if err != nil {
			return nil, fmt.Errorf("the SCRAM keys of %s: %w", a.Address, err)
		}
		p.Keys = &keys
	}
	err = g.store.View(func(r store.Reader) error {
		l, err := readLogins(r)
		if err == nil {
			p.Devices, err = l.devices(a.Address)
		}
		return err
	})
	return p, err
}

// agentByName finds an agent by the address, or by what stands before its @ when that is
// one agent's alone; nil when it is nobody's.
func agentByName(c *config.Config, user string) (found *config.Agent) {
	if a := c.Agent(user); a != nil || strings.Contains(user, "@") {
		return a
	}
	for i := range c.Agents {
		if a := &c.Agents[i]; strings.EqualFold(localOf(a.Address), user) {
			if found != nil {
				return nil
			}
			found = a
		}
	}
	return found
}

// smtpLogins is the door as the listener for submission asks it.
type smtpLogins struct {
	door    *login.Door
	offered func() []string
}

// Mechanisms are those that are good for every agent.
func (l smtpLogins) Mechanisms() []string { return l.offered() }

// SASL is the door's exchange with replies of SMTP for what goes wrong.
func (l smtpLogins) SASL(ctx context.Context, peer netip.Addr, mechanism string) (sasl.Server, func() string) {
	s, who := l.door.SASL(ctx, peer, mechanism)
	if s == nil {
		return nil, nil
	}
	return smtpExchange{s}, func() string {
		p := who()
		if ok, err := l.door.Good(p); err == nil && !ok { // a failure of ours ends no login
			return ""
		}
		return p.Address
	}
}

type smtpExchange struct{ sasl.Server }

// Next says what went wrong as RFC 4954 §6 has it: 535 for who is not let in, 454 for who is to
// come again.
func (e smtpExchange) Next(response []byte) ([]byte, bool, error) {
	challenge, done, err := e.Server.Next(response)
	var wait *login.WaitError
	switch {
	case err == nil:
	case errors.Is(err, login.ErrWrong):
		err = &smtpd.ReplyError{Code: 535, Enhanced: [3]int{5, 7, 8}, Text: login.ErrWrong.Error(), Peer: true}
	case errors.As(err, &wait):
		err = &smtpd.ReplyError{Code: 454, Enhanced: [3]int{4, 7, 0}, Text: wait.Error(), Peer: true}
	case login.IsExchange(err):
		err = &smtpd.ReplyError{Code: 501, Enhanced: [3]int{5, 5, 2}, Text: "this is not what the mechanism asks for", Peer: true}
	}
	return challenge, done, err
}
