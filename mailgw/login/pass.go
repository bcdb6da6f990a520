package login

import (
	"crypto/sha256"
	"slices"
)

// Pass is a login that was let in: who it is, and by which password. It outlives the
// connection's memory of the password, and nothing in it leads back to that.
type Pass struct {
	Address string // the agent's
	with    credential
}

// credential names one password of a person; the zero credential is none.
type credential [sha256.Size]byte

// Good reports whether the password that let somebody in would do so now: it was not
// changed, not taken back, and is still that person's. Nothing is counted. An error is a
// failure of our own, which says neither.
func (d *Door) Good(p Pass) (bool, error) {
	if p.with == (credential{}) {
		return false, nil
	}
	now, err := d.find(p.Address)
	if err != nil || now == nil {
		return false, err
	}
	return fold(now.Address) == fold(p.Address) && slices.Contains(now.credentials(), p.with), nil
}

// credentials are all that the person may log in with.
func (p *Person) credentials() (out []credential) {
	if p.Hash.Usable() {
		out = append(out, p.hashCredential())
	}
	if p.Keys != nil {
		out = append(out, p.keysCredential())
	}
	for i := range p.Devices {
		out = append(out, p.Devices[i].credential())
	}
	return out
}

func (p *Person) hashCredential() credential {
	sum := p.Hash.Sum()
	return credentialOf("hash", sum[:])
}

func (p *Person) keysCredential() credential { return credentialOf("keys", []byte(p.Keys.String())) }

// credential is the same whichever mechanism its password was used with.
func (v *Device) credential() credential { return credentialOf("device", v.Sum[:]) }

func credentialOf(kind string, of []byte) credential {
	return sha256.Sum256(append([]byte(kind+"\x00"), of...))
}
