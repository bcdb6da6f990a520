package config

import (
	"errors"

	"supportgw/mailgw/passhash"
)

// Clients says whether agents' mail programs can connect.
func (c *Config) Clients() bool {
	return len(c.Submission.Listen)+len(c.Submission.TLSListen)+len(c.IMAP.Listen)+len(c.IMAP.TLSListen) > 0
}

// ShowsFolders says whether agents' mail programs can read the queue.
func (c *Config) ShowsFolders() bool { return len(c.IMAP.Listen)+len(c.IMAP.TLSListen) > 0 }

// clients checks where mail programs connect; seen has the addresses that are taken.
func (c *checker) clients(seen map[string]string) {
	certificate := c.SMTP.TLSCertificate != "" || c.ACME.Enabled()
	for _, l := range []struct {
		path  string
		addrs []string
		usual string
		tls   bool
	}{
		{"submission.listen", c.Submission.Listen, "2587", false},
		{"submission.tls_listen", c.Submission.TLSListen, "2465", true},
		{"imap.listen", c.IMAP.Listen, "2143", false},
		{"imap.tls_listen", c.IMAP.TLSListen, "2993", true},
	} {
		c.listen(seen, l.path, l.addrs, l.usual)
		for i, addr := range l.addrs {
			if at := element(l.path, i); !certificate && (l.tls || !isLoopback(addr)) && !c.has(at) {
				c.at(at, "needs a certificate: passwords come in there, through TLS only (got %q); write smtp.tls_certificate and tls_key, or acme.listen", addr)
			}
		}
	}
}

// passwords reports what is no hash. It never shows what was written: it may be the
// password.
func (c *checker) passwords(path string, a *Agent) {
	if at := path + ".password"; a.Password != "" && !c.has(at) {
		_, err := passhash.Parse(a.Password)
		more := ""
		if errors.Is(err, passhash.ErrForm) {
			more = ", and a password itself must not stand here"
		}
		if err != nil {
			c.at(at, "%s%s (got %d characters); write what \"mailgw passwd %s\" prints", err, more, len(a.Password), a.Address)
		}
	}
	if at := path + ".scram"; a.SCRAM != "" && !c.has(at) {
		if _, err := passhash.ParseKeys(a.SCRAM); err != nil {
			c.at(at, "%s (got %d characters); write what \"mailgw passwd %s\" prints", err, len(a.SCRAM), a.Address)
		}
	}
}

// clients warns of passwords that nobody can use, and of people who have none in the
// configuration.
func (w *warner) clients() {
	for i, a := range w.Agents {
		at := element("agent", i)
		switch {
		case a.SCRAM != "" && a.Password == "":
			w.at(at+".scram", `only clients that know SCRAM-SHA-256 can log in, since there is no password; write what "mailgw passwd %s" prints`, a.Address)
		case !w.Clients() || a.Password != "":
		default:
			w.at(at+".password", `there is none, so %s can log in with passwords of single devices only; write what "mailgw passwd %s" prints`, a.Address, a.Address)
		}
	}
}
