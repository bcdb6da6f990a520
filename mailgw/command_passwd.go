package mailgw

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"supportgw/mailgw/config"
	"supportgw/mailgw/login"
	"supportgw/mailgw/passhash"
	"supportgw/mailgw/store"
)

// What a password of an agent has to have.
const (
	minPassword = 8  // characters
	maxDevice   = 60 // characters of a device's name
	maxDevices  = 50 // of one agent
)

// DeviceArgs of "passwd.device", "passwd.list" and "passwd.revoke".
type DeviceArgs struct {
	Agent  string `json:"agent"`  // as findAgent takes it
	Device string `json:"device"` // its name; not of "passwd.list"
}

// DeviceView is the password of one device, as "passwd --list" prints it. Password is
// there once, when it is made.
type DeviceView struct {
	Agent    string    `json:"agent"`
	Device   string    `json:"device"`
	Made     time.Time `json:"made_at"`
	Password string    `json:"password,omitempty"`
}

// SaltView is what "passwd.salt" answers: whose password is made, and the salt that the keys
// for SCRAM of all passwords of this agent share.
type SaltView struct {
	Agent string `json:"agent"`
	Salt  []byte `json:"salt"`
}

// PasswordView are the keys of [[agent]] that a password makes.
type PasswordView struct {
	Agent    string `json:"agent"`
	Password string `json:"password"`
	SCRAM    string `json:"scram"`
}

// MakePassword makes what the configuration keeps of a password. An error is one that the
// user can act on.
func MakePassword(v *SaltView, password string) (*PasswordView, error) {
	switch {
	case password == "":
		return nil, failure("there is no password; write it on the first line of standard input")
	case !utf8.ValidString(password) || strings.ContainsFunc(password, unicode.IsControl):
		return nil, failure("the password has a control character, or is not UTF-8: not all mail programs can send it")
	case utf8.RuneCountInString(password) < minPassword:
		return nil, failure("the password has %d characters; write at least %d", utf8.RuneCountInString(password), minPassword)
	case len(password) > passhash.MaxPassword:
		return nil, failure("the password has %d bytes; write at most %d", len(password), passhash.MaxPassword)
	}
	salt := make([]byte, passhash.SaltBytes)
	if _, err := rand.Read(salt); err != nil {
		return nil, fmt.Errorf("make a salt: %w", err)
	}
	keys, err := passhash.MakeKeys(password, v.Salt, passhash.Iterations)
	if err != nil {
		return nil, err
	}
	return &PasswordView{Agent: v.Agent, Password: passhash.Make(password, salt), SCRAM: keys.String()}, nil
}

// agentOf finds the agent of a command.
func (g *Gateway) agentOf(typed string) (*config.Agent, error) {
	a, err := findAgent(g.settings.Load().Config, typed)
	if err != nil {
		return nil, failure("%s", err)
	}
	return a, nil
}

func (g *Gateway) saltOf(a DeviceArgs, emit func(any) error) error {
	who, err := g.agentOf(a.Agent)
	if err != nil {
		return err
	}
	secret, err := g.loginSecret()
	if err != nil {
		return err
	}
	return emit(SaltView{who.Address, login.Salt(secret, who.Address)})
}

// makeDevice makes the password of one device, and shows it once.
func (g *Gateway) makeDevice(a DeviceArgs, emit func(any) error) error {
	who, err := g.agentOf(a.Agent)
	if err != nil {
		return err
	}
	name := strings.TrimSpace(a.Device)
	if n := utf8.RuneCountInString(name); n == 0 || n > maxDevice || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return usage("%q is no name for a device; write one like phone, of at most %d characters", a.Device, maxDevice)
	}
	secret, err := g.loginSecret()
	if err != nil {
		return err
	}
	salt := login.Salt(secret, who.Address)
	if keys, err := passhash.ParseKeys(who.SCRAM); err == nil && keys.Iterations == passhash.Iterations {
		salt = keys.Salt // an exchange of SCRAM has one salt for all passwords
	}
	fresh, password, err := login.NewDevice(name, salt, g.clock.Now())
	if err != nil {
		return err
	}
	err = g.store.Update(store.Background, func(tx store.Tx) error {
		l, err := readLogins(tx)
		if err != nil {
			return err
		}
		key := strings.ToLower(who.Address)
		all := l.Devices[key]
		switch {
		case slices.ContainsFunc(all, func(d storedDevice) bool { return strings.EqualFold(d.Name, name) }):
			return failure("%s has a password for %q already; write another name, or take that one back with --revoke", who.Address, name)
		case len(all) >= maxDevices:
			return failure("%s has passwords for %d devices; take one back with --revoke", who.Address, len(all))
		}
		if l.Devices == nil {
			l.Devices = map[string][]storedDevice{}
		}
		l.Devices[key] = append(all, storedDevice{Name: name, Made: fresh.Made, Sum: fresh.Sum, Keys: fresh.Keys.String()})
		return l.put(tx)
	})
	if err != nil {
		return err
	}
	g.log.Info("a password for one device was made", "agent", who.Address, "device", name)
	return emit(DeviceView{who.Address, name, fresh.Made, password})
}

func (g *Gateway) listDevices(a DeviceArgs, emit func(any) error) error {
	who, err := g.agentOf(a.Agent)
	if err != nil {
		return err
	}
	var all []DeviceView
	err = g.store.View(func(r store.Reader) error {
		l, err := readLogins(r)
		all = all[:0]
		for _, d := range l.Devices[strings.ToLower(who.Address)] {
			all = append(all, DeviceView{Agent: who.Address, Device: d.Name, Made: d.Made})
		}
		return err
	})
	return emitAll(all, err, emit)
}

// revokeDevice takes the password of one device back: it logs in no more. Of an agent who has
// left the configuration, the whole address says whose it was.
func (g *Gateway) revokeDevice(a DeviceArgs, emit func(any) error) error {
	address := strings.ToLower(a.Agent)
	if who, err := g.agentOf(a.Agent); err == nil {
		address = strings.ToLower(who.Address)
	}
	var gone DeviceView
	err := g.store.Update(store.Background, func(tx store.Tx) error {
		l, err := readLogins(tx)
		if err != nil {
			return err
		}
		all := l.Devices[address]
		i := slices.IndexFunc(all, func(d storedDevice) bool { return strings.EqualFold(d.Name, a.Device) })
		if i < 0 {
			return failure("%s has no password for %q; --list prints those that there are", address, a.Device)
		}
		gone = DeviceView{Agent: address, Device: all[i].Name, Made: all[i].Made}
		if l.Devices[address] = slices.Delete(all, i, i+1); len(l.Devices[address]) == 0 {
			delete(l.Devices, address)
		}
		return l.put(tx)
	})
	if err != nil {
		return err
	}
	g.passwordsChanged()
	g.log.Info("the password of one device was taken back", "agent", address, "device", gone.Device)
	return emit(gone)
}
