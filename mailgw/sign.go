package mailgw

import (
	"fmt"
	"os"

	"supportgw/mailgw/config"
	"supportgw/mailgw/dkim"
	"supportgw/mailgw/letter"
	"supportgw/mailgw/outbox"
	"supportgw/mailgw/ticket"
)

// CheckSigningKey says what is wrong with the text of a private key that shall sign
// mail; nil when nothing is.
func CheckSigningKey(text []byte) error {
	_, err := dkim.ParseKey(text)
	return err
}

// SigningKey is a key that signs outgoing mail, with the DNS record that publishes it.
type SigningKey struct {
	Domain   string // that signs
	Selector string // under which it publishes the key
	Kind     string // rsa or ed25519
	Name     string // of the record, without a dot at its end
	Record   string // its text
	Zone     string // the record as a line of a zone file
}

// NewSigningKey makes a key of a kind, rsa or ed25519, and the text of its file. The
// error says what of the three names is wrong.
func NewSigningKey(domain, selector, kind string) (SigningKey, []byte, error) {
	if kind != string(dkim.RSA) && kind != string(dkim.Ed25519) {
		return SigningKey{}, nil, fmt.Errorf("no kind of key is called %q; write rsa, ed25519 or both", kind)
	}
	if err := config.CheckSigner(domain, selector); err != nil {
		return SigningKey{}, nil, err
	}
	signer, text, err := dkim.NewKey(dkim.Kind(kind))
	if err != nil {
		return SigningKey{}, nil, err
	}
	k, err := describe(dkim.Key{Domain: domain, Selector: selector, Signer: signer})
	return k, text, err
}

// SigningKeys reads the keys that a configuration names, in its order.
func SigningKeys(c *config.Config) (all []SigningKey, err error) {
	keys, err := readSigners(c)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		k, err := describe(key)
		if err != nil {
			return nil, err
		}
		all = append(all, k)
	}
	return all, nil
}

func describe(k dkim.Key) (SigningKey, error) {
	record, err := k.Record()
	if err != nil {
		return SigningKey{}, err
	}
	name := k.RecordName()
	return SigningKey{k.Domain, k.Selector, string(k.Kind()), name, record, dkim.ZoneLine(name, record)}, nil
}

// loadSigner reads the keys that sign outgoing mail.
func (s *settings) loadSigner() error {
	keys, err := readSigners(s.Config)
	if err != nil {
		return err
	}
	s.sign = dkim.New(keys)
	return nil
}

func readSigners(c *config.Config) ([]dkim.Key, error) {
	keys := make([]dkim.Key, 0, len(c.DKIM))
	for _, k := range c.DKIM {
		text, err := os.ReadFile(k.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("dkim.key_file: %w", err)
		}
		signer, err := dkim.ParseKey(text)
		if err != nil {
			return nil, fmt.Errorf("dkim.key_file: %s %w", k.KeyFile, err)
		}
		keys = append(keys, dkim.Key{Domain: k.Domain, Selector: k.Selector, Signer: signer})
	}
	return keys, nil
}

// signed puts the signatures of the From domain above each mail of a row.
func (s *settings) signed(row *ticket.Outgoing, mails []outbox.Mail) ([]outbox.Mail, error) {
	domain := domainOf(letter.ParseAddress(row.From).Addr)
	for i := range mails {
		b, err := s.sign.Sign(domain, mails[i].Bytes)
		if err != nil {
			return nil, fmt.Errorf("sign %s: %w", row.ID, err)
		}
		mails[i].Bytes = b
	}
	return mails, nil
}
