package config

import (
	"crypto/x509"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// Enabled says whether certificates come from an authority.
func (a *ACME) Enabled() bool { return len(a.Listen) > 0 }

// CertificateNames are the names that a certificate is asked for.
func (c *Config) CertificateNames() []string {
	if len(c.ACME.Names) > 0 {
		return c.ACME.Names
	}
	return []string{c.Hostname}
}

// ACMEFolder is where the account and the certificate of the authority are kept: a
// folder for each, so that another authority is asked anew.
func (c *Config) ACMEFolder() string {
	host := ""
	if u, err := url.Parse(c.ACME.Directory); err == nil {
		host = strings.ReplaceAll(strings.Trim(u.Host, "[]"), ":", "_")
	}
	return filepath.Join(c.Data, "acme", host)
}

// acme checks how certificates are got; listeners has the addresses that are taken.
func (c *checker) acme(listeners map[string]string) {
	a := &c.ACME
	c.listen(listeners, "acme.listen", a.Listen, "80")
	if !a.Enabled() {
		return
	}
	if c.SMTP.TLSCertificate != "" && !c.has("acme.listen") {
		c.at("acme.listen", "gets a certificate, and there is one in smtp.tls_certificate (got %q); write one of the two", a.Listen)
	}
	if len(a.Names) == 0 && !isPublicName(c.Hostname) && !c.has("acme.names") {
		c.at("acme.names", "is missing, and the hostname is not a name that an authority can prove (got %q); write the name of the MX record, like mx.example.com", c.Hostname)
	}
	seen := map[string]string{}
	for i, name := range a.Names {
		at := element("acme.names", i)
		switch a.Names[i] = strings.ToLower(name); {
		case c.has(at):
		case !isPublicName(name):
			c.at(at, "is not a name that an authority can prove (got %q); write one like mx.example.com, in ASCII", name)
		default:
			c.unique(seen, at, a.Names[i])
		}
	}
	if a.Email != "" {
		c.address("acme.email", a.Email)
	}
	u, err := url.Parse(a.Directory)
	if (err != nil || u.Scheme != "https" || u.Hostname() == "" || !isListenHost(u.Hostname())) && !c.has("acme.directory") {
		c.at("acme.directory", "is not the https URL of a directory (got %q); write %q", a.Directory, builtin().ACME.Directory)
	}
}

// isPublicName says whether a name is one for a certificate: a domain in ASCII, of
// more than one label, and no address.
func isPublicName(name string) bool {
	last := name[strings.LastIndexByte(name, '.')+1:]
	return isDomain(name) && last != name && strings.Trim(last, "0123456789") != "" && !strings.ContainsFunc(name, func(r rune) bool { return r > '~' || r == '_' })
}

// acme looks at the authority's certificates, and at the one that it gave, which need
// not be there.
func (f *fileChecker) acme() {
	a := &f.ACME
	if !a.Enabled() {
		return
	}
	if a.CAFile != "" {
		if text := f.read("acme.ca_file", a.CAFile, "the certificates of the directory's server"); text != nil && !x509.NewCertPool().AppendCertsFromPEM(text) {
			f.at("acme.ca_file", "has no certificate (got %s); write a PEM file", show(a.CAFile))
		}
	}
	text, err := os.ReadFile(filepath.Join(f.ACMEFolder(), "certificate.pem"))
	if err != nil {
		return // none yet, or serve's to read and no one else's
	}
	leaf, err := firstCertificate(text)
	if err != nil {
		return // serve replaces it
	}
	switch left := leaf.NotAfter.Sub(f.now); {
	case left < 0:
		f.warn("acme.listen", "the certificate has ended on %s, and no other one has come; the log of serve says why; write other names, or open port 80 to the authority", leaf.NotAfter.UTC().Format("2006-01-02"))
	case left <= 7*day && left < leaf.NotAfter.Sub(leaf.NotBefore)/4:
		f.warn("acme.listen", "the certificate ends in %s, on %s, and no other one has come; the log of serve says why; write other names, or open port 80 to the authority", inDays(left), leaf.NotAfter.UTC().Format("2006-01-02"))
	}
}
