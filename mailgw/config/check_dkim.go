package config

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// dkim checks the keys that sign: names that DNS can hold, each once.
func (c *checker) dkim() {
	seen := map[string]string{}
	for i := range c.DKIM {
		k := &c.DKIM[i]
		path := element("dkim", i)
		k.Domain, k.Selector = strings.ToLower(k.Domain), strings.ToLower(k.Selector)
		if text := wrongDomain(k.Domain); text != "" && !c.has(path+".domain") {
			c.at(path+".domain", "%s", text)
		}
		if text := wrongSelector(k.Selector); text != "" && !c.has(path+".selector") {
			c.at(path+".selector", "%s", text)
		}
		c.unique(seen, path+".selector", k.Selector+"._domainkey."+k.Domain)
	}
}

// CheckSigner says what is wrong with the names of a key that shall sign; nil when
// nothing is.
func CheckSigner(domain, selector string) error {
	if text := wrongDomain(domain); text != "" {
		return errors.New("the domain " + text)
	}
	if text := wrongSelector(selector); text != "" {
		return errors.New("the selector " + text)
	}
	return nil
}

// wrongDomain says why a domain cannot sign; "" when it can.
func wrongDomain(domain string) string {
	switch {
	case !isDomain(domain) || !strings.Contains(domain, "."):
		return fmt.Sprintf("is not a domain (got %q); write it like example.com", domain)
	case strings.ContainsFunc(domain, func(r rune) bool { return r > '~' }):
		return fmt.Sprintf("is not in its ASCII form, which signatures name (got %q); write it like xn--bcher-kva.example", domain)
	}
	return ""
}

// wrongSelector says why a name cannot be a selector; "" when it can.
func wrongSelector(name string) string {
	if !isDomain(name) || strings.ContainsFunc(name, func(r rune) bool { return r > '~' }) {
		return fmt.Sprintf("is not a name that DNS can hold (got %q); write one like mailgw-2026: letters, digits and -", name)
	}
	return ""
}

// unsigned warns of a key that signs no desk's mail.
func (w *warner) unsigned() {
	for i, k := range w.DKIM {
		used := false
		for _, d := range w.Desks {
			domain := strings.ToLower(d.Address[strings.LastIndexByte(d.Address, '@')+1:])
			used = used || domain == k.Domain || strings.HasSuffix(domain, "."+k.Domain)
		}
		if !used {
			w.at(element("dkim", i)+".domain", "signs nothing, since no desk has an address in that domain (got %q); write the domain of a desk, or one above it", k.Domain)
		}
	}
}

// dkim checks that each key can sign; readKey tells what is wrong with a file's text.
func (f *fileChecker) dkim(readKey func(text []byte) error) {
	for i, k := range f.DKIM {
		path := element("dkim", i) + ".key_file"
		text := f.read(path, k.KeyFile, "a private key, as \"mailgw dkim new\" makes one")
		if text == nil {
			continue
		}
		if err := readKey(text); err != nil {
			f.at(path, "%v (got %s); write the file of a private key, as \"mailgw dkim new\" makes one", err, show(k.KeyFile))
		}
		if info, err := os.Stat(k.KeyFile); err == nil && info.Mode().Perm()&0o007 != 0 {
			f.warn(path, "every user of the machine can read the private key (got mode %04o of %s); write chmod o-rwx to the shell", info.Mode().Perm(), show(k.KeyFile))
		}
	}
}
