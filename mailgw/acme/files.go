package acme

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// keyType is what the key files say of themselves.
const keyType = "PRIVATE KEY"

// accountKey reads the key of our account, or makes one when there is none.
func (r *Renewer) accountKey() (*ecdsa.PrivateKey, error) {
	file := filepath.Join(r.o.Folder, "account.pem")
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return r.newAccountKey(file)
	}
	if err != nil {
		return nil, fmt.Errorf("read the key of the account: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("read the key of the account: %s has no private key in it", file)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read the key of the account in %s: %w", file, err)
	}
	own, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("read the key of the account: %s has a key of another kind", file)
	}
	return own, nil
}

func (r *Renewer) newAccountKey(file string) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the key of the account: %w", err)
	}
	text, err := keyText(key)
	if err != nil {
		return nil, err
	}
	return key, r.replace(file, text)
}

func keyText(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("write a key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: keyType, Bytes: der}), nil
}

// write puts a chain and its key into the one file that has both, so that no reader
// ever finds one without the other.
func (r *Renewer) write(chain [][]byte, key *ecdsa.PrivateKey) error {
	text, err := keyText(key)
	if err != nil {
		return err
	}
	for _, der := range chain {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	return r.replace(File(r.o.Folder), text)
}

// tryFolder is an error when nothing can be written.
func (r *Renewer) tryFolder() error {
	file := filepath.Join(r.o.Folder, "room")
	if err := r.replace(file, make([]byte, 32<<10)); err != nil {
		return err
	}
	if err := os.Remove(file); err != nil {
		return fmt.Errorf("keep the certificate: %w", err)
	}
	return nil
}

// replace writes a file that only we can read, and gives it its name when all of it
// is on the disk.
func (r *Renewer) replace(file string, text []byte) error {
	if err := os.MkdirAll(r.o.Folder, 0o700); err != nil {
		return fmt.Errorf("keep the certificate: %w", err)
	}
	f, err := os.CreateTemp(r.o.Folder, "new-*") // its mode is 0600
	if err != nil {
		return fmt.Errorf("keep the certificate: %w", err)
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("keep the certificate: %w", err), os.Remove(f.Name()))
	}
	return nil
}
