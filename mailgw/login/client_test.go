package login

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
)

// clientProof is what a client computes (RFC 5802 §3): its proof, what the server has to
// prove, and the last message without the proof.
func clientProof(password string, salt []byte, rounds int, header, bare, asked, nonce string) (proof, server, final string) {
	sign := func(key []byte, text string) []byte {
		m := hmac.New(sha256.New, key)
		m.Write([]byte(text))
		return m.Sum(nil)
	}
	salted, err := pbkdf2.Key(sha256.New, password, salt, rounds, sha256.Size)
	if err != nil {
		panic(err)
	}
	final = "c=" + base64.StdEncoding.EncodeToString([]byte(header)) + ",r=" + nonce
	exchange := bare + "," + asked + "," + final
	key := sign(salted, "Client Key")
	stored := sha256.Sum256(key)
	for i, b := range sign(stored[:], exchange) {
		key[i] ^= b
	}
	return base64.StdEncoding.EncodeToString(key), base64.StdEncoding.EncodeToString(sign(sign(salted, "Server Key"), exchange)), final
}
