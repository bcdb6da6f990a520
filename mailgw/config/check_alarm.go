package config

import (
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// AlarmKinds are what an alarm can be about, in the order of the alphabet.
func AlarmKinds() []string {
	return []string{"certificate", "drawers", "login", "outbox", "relay", "search", "store", "stuck", "sum_law", "token_ending"}
}

// AlarmFile is where it is kept what alarms have told.
func (c *Config) AlarmFile() string { return filepath.Join(c.Data, "alarms.json") }

// alarms checks who is told, and how.
func (c *checker) alarms() {
	seen := map[string]string{}
	for i := range c.Alarms {
		a, path := &c.Alarms[i], element("alarm", i)
		if !c.has(path + ".name") {
			c.unique(seen, path+".name", strings.ToLower(a.Name))
		}
		switch {
		case c.has(path+".url") || c.has(path+".command"):
		case a.URL == "" && len(a.Command) == 0:
			c.at(path+".url", `is missing, and so is command; write url = "https://ops.example.com/hooks/mailgw", or command = ["/usr/local/bin/page"]`)
		case a.URL != "" && len(a.Command) > 0:
			c.at(path+".command", "is a second way beside url; write one of the two, and a further [[alarm]] for the other")
		case a.URL != "":
			c.webhook(path, a)
		case a.Command[0] == "" || !filepath.IsAbs(a.Command[0]):
			c.at(path+".command", "the program needs its whole path (got %q), for no shell looks for it; write one like /usr/local/bin/page", a.Command[0])
		case a.SecretFile != "" && !c.has(path+".secret_file"):
			c.at(path+".secret_file", "is for url alone (got %q); take it out", a.SecretFile)
		}
		for k, kind := range a.On {
			if at := element(path+".on", k); !slices.Contains(AlarmKinds(), kind) && !c.has(at) {
				c.at(at, "is none of what an alarm can be about (got %q); write one of %s", kind, strings.Join(AlarmKinds(), ", "))
			}
		}
	}
}

// webhook checks where messages are posted.
func (c *checker) webhook(path string, a *Alarm) {
	u, err := url.Parse(a.URL)
	switch {
	case err != nil || u.Hostname() == "" || !isListenHost(u.Hostname()) || u.Fragment != "":
		c.at(path+".url", "is not a URL (got %q); write one like https://ops.example.com/hooks/mailgw", a.URL)
	case u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(net.JoinHostPort(u.Hostname(), "80"))):
		c.at(path+".url", "what is wrong here is nobody else's to read, so it must begin with https:// (got %q); write one like https://ops.example.com/hooks/mailgw", a.URL)
	case a.SecretFile == "" && !c.has(path+".secret_file"):
		c.at(path+".secret_file", `is missing, so nobody could tell our messages from others; write the file that "echo whsec_$(openssl rand -base64 32) > FILE" makes`)
	}
}

// alarms looks at secrets and programs.
func (f *fileChecker) alarms() {
	for i := range f.Alarms {
		a, path := &f.Alarms[i], element("alarm", i)
		if a.SecretFile != "" {
			at := path + ".secret_file"
			text := f.read(at, a.SecretFile, `the secret, whsec_ and base64, as "echo whsec_$(openssl rand -base64 32)" makes it`)
			if text != nil && !strings.HasPrefix(strings.TrimSpace(string(text)), "whsec_") {
				f.at(at, `has no secret (got %s); write what "echo whsec_$(openssl rand -base64 32)" prints`, show(a.SecretFile))
			}
			if info, err := os.Stat(a.SecretFile); err == nil && info.Mode().Perm()&0o077 != 0 {
				f.warn(at, "other users of this machine can read the secret (got mode %04o of %s); write chmod go-rwx to the shell", info.Mode().Perm(), show(a.SecretFile))
			}
		}
		if len(a.Command) > 0 {
			if info, err := os.Stat(a.Command[0]); err != nil || info.IsDir() || info.Mode().Perm()&0o111 == 0 {
				f.at(path+".command", "is no program that can be started (got %s); write the path of one", show(a.Command[0]))
			}
		}
	}
}
