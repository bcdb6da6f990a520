package login

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"strings"

	"supportgw/mailgw/passhash"
)

// scram is SCRAM-SHA-256 (RFC 5802, RFC 7677), without binding to a channel. The server
// is ours: one exchange has to count for any of an agent's passwords, which share a
// salt for that; the libraries look up one.
type scram struct {
	*exchange
	step     int
	user     string
	person   *Person
	header   string // GS2, as the client sent it
	first    string // client-first-message-bare
	asked    string // server-first-message
	nonce    string
	salt     []byte
	rounds   int
	finished bool
}

// Next takes the client's messages in turn.
func (s *scram) Next(response []byte) (challenge []byte, done bool, err error) {
	s.step++
	switch {
	case s.over && !s.finished:
		return nil, false, errExchange
	case s.finished:
		s.finished = false
		if len(response) > 0 {
			s.who = Pass{}
			return nil, false, errExchange
		}
		return nil, true, nil
	case s.step == 1 && response == nil: // RFC 5802 §5: the client speaks first
		s.step = 0
		return nil, false, nil
	case s.step == 1:
		challenge, err = s.begin(string(response))
	default:
		challenge, err = s.finish(string(response))
	}
	if err != nil {
		s.over = true
		return nil, false, err
	}
	return challenge, false, nil
}

// maxNonce bounds what of the client's is sent back.
const maxNonce = 512

// begin reads client-first-message and answers with salt and count.
//
// RFC 5802 §5.1: "y" says that the client can bind to a channel and thinks that we cannot,
// which is so; "p" asks for it. "m=" announces what must be understood, and nothing is.
func (s *scram) begin(msg string) ([]byte, error) {
	parts := strings.SplitN(msg, ",", 4)
	if len(parts) != 4 || parts[0] != "n" && parts[0] != "y" {
		return nil, errExchange
	}
	s.header = parts[0] + "," + parts[1] + ","
	s.first = msg[len(s.header):]
	fields := strings.Split(s.first, ",")
	if len(fields) < 2 || !strings.HasPrefix(fields[0], "n=") || !strings.HasPrefix(fields[1], "r=") || len(fields[1]) < 3 || len(fields[1]) > maxNonce {
		return nil, errExchange
	}
	var ok bool
	if s.user, ok = saslName(fields[0][2:]); !ok {
		return nil, errExchange
	}
	identity, ok := strings.CutPrefix(parts[1], "a=")
	if identity, ok2 := saslName(identity); ok && (!ok2 || fold(identity) != fold(s.user)) || !ok && parts[1] != "" {
		return nil, errExchange
	}
	var err error
	if s.person, err = s.door.find(s.user); err != nil {
		return nil, err
	}
	var own [18]byte
	if _, err := rand.Read(own[:]); err != nil {
		return nil, fmt.Errorf("login: %w", err)
	}
	s.nonce = fields[1][2:] + base64.StdEncoding.EncodeToString(own[:])
	s.salt, s.rounds = s.door.Salt(accountOf(s.person, s.user)), passhash.Iterations
	if s.person != nil && s.person.Keys != nil {
		s.salt, s.rounds = s.person.Keys.Salt, s.person.Keys.Iterations
	}
	s.asked = fmt.Sprintf("r=%s,s=%s,i=%d", s.nonce, base64.StdEncoding.EncodeToString(s.salt), s.rounds)
	return []byte(s.asked), nil
}

// finish reads client-final-message and, when its proof is right, proves ourselves.
func (s *scram) finish(msg string) ([]byte, error) {
	without, proof, ok := strings.Cut(msg, ",p=")
	p, err := base64.StdEncoding.DecodeString(proof)
	want := "c=" + base64.StdEncoding.EncodeToString([]byte(s.header)) + ",r=" + s.nonce
	if !ok || err != nil || without != want {
		return nil, errExchange
	}
	s.over = true
	exchange := s.first + "," + s.asked + "," + without
	var signature []byte
	// Each exchange has another proof, so what was wrong before is not known again.
	s.who, err = s.door.try(s.ctx, s.peer, s.user, s.person, s.door.mac("scram", s.nonce), func(context.Context) (with credential, err error) {
		for _, k := range s.keys() {
			if k.Proves(exchange, p) {
				signature, with = k.Signature(exchange), k.of
			}
		}
		return with, nil
	})
	if err != nil {
		return nil, err
	}
	s.finished = true
	return []byte("v=" + base64.StdEncoding.EncodeToString(signature)), nil
}

// scramKeys are those of one password.
type scramKeys struct {
	passhash.Keys
	of credential
}

// keys are those of the person's passwords that have the salt of this exchange.
func (s *scram) keys() []scramKeys {
	if s.person == nil {
		return nil
	}
	var all, out []scramKeys
	if s.person.Keys != nil {
		all = append(all, scramKeys{*s.person.Keys, s.person.keysCredential()})
	}
	for i := range s.person.Devices {
		d := &s.person.Devices[i]
		all = append(all, scramKeys{d.Keys, d.credential()})
	}
	for _, k := range all {
		if k.Iterations == s.rounds && string(k.Salt) == string(s.salt) {
			out = append(out, k)
		}
	}
	return out
}

// saslName undoes the writing of a name (RFC 5802 §5.1: =2C is a comma, =3D an equals sign).
func saslName(s string) (string, bool) {
	out := strings.NewReplacer("=2C", ",", "=3D", "=").Replace(s)
	return out, strings.Count(s, "=") == strings.Count(s, "=2C")+strings.Count(s, "=3D")
}
