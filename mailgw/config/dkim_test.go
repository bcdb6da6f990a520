package config

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

// checkKey stands in for the gateway, which knows what a key is.
func checkKey(text []byte) error {
	if string(text) != "key" {
		return errors.New("is no key")
	}
	return nil
}

// TestCheckSigningKeys: what would keep a key from signing is said before the start.
func TestCheckSigningKeys(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "right"), []byte("key"), 0o600)
	put(t, filepath.Join(dir, "open"), []byte("key"), 0o644)
	put(t, filepath.Join(dir, "words"), []byte("v=DKIM1"), 0o600)
	for _, tt := range []struct {
		file           string
		wrong, warning []string
	}{
		{"right", nil, nil},
		{"open", nil, []string{`--set dkim[0].key_file: every user of the machine can read the private key (got mode 0644 of "DIR/open"); write chmod o-rwx to the shell`}},
		{"words", []string{`--set dkim[0].key_file: is no key (got "DIR/words"); write the file of a private key, as "mailgw dkim new" makes one`}, nil},
		{"none", []string{`--set dkim[0].key_file: cannot be read: no such file or directory (got "DIR/none"); write the file of a private key, as "mailgw dkim new" makes one`}, nil},
	} {
		t.Run(tt.file, func(t *testing.T) {
			c, err := Parse("m.toml", []byte(minimal), []string{`data="` + dir + `/data"`, `dkim=[{domain="example.com", selector="one", key_file="` + dir + "/" + tt.file + `"}]`})
			if err != nil {
				t.Fatal(err)
			}
			compareFiles(t, c, noon, dir, tt.wrong, tt.warning)
		})
	}
}

// TestUnusedSigningKey: a key of a domain that no desk writes from is a mistake.
func TestUnusedSigningKey(t *testing.T) {
	for domain, want := range map[string]bool{"example.com": false, "com.example": true, "ample.com": true, "support.example.com": true} {
		c, err := Parse("m.toml", []byte(minimal), []string{`smtp.listen="127.0.0.1:25"`, `dkim=[{domain="` + domain + `", selector="one", key_file="k"}]`})
		if err != nil {
			t.Fatal(err)
		}
		said := false
		for _, p := range c.Warnings() {
			checkForm(t, p)
			said = said || strings.Contains(p.String(), "signs nothing")
		}
		if said != want {
			t.Errorf("%s: warned %v, want %v: %v", domain, said, want, c.Warnings())
		}
	}
}
