package config

import (
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// oauthName is what a login may be called: its files have that name.
var oauthName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`)

// OAuthFolder is where logins are kept.
func (c *Config) OAuthFolder() string { return filepath.Join(c.Data, "oauth") }

// Ends is the moment at which the client's secret ends, the end of its last day in UTC;
// zero when that is not known.
func (o *OAuth) Ends() time.Time {
	last, err := time.Parse(time.DateOnly, o.Expires)
	if err != nil {
		return time.Time{} // none, or reported
	}
	return last.Add(day)
}

// oauth checks the logins at providers.
func (c *checker) oauth() {
	seen := map[string]string{}
	for i := range c.OAuth {
		o := &c.OAuth[i]
		path := element("oauth", i)
		if !c.has(path + ".name") {
			if !oauthName.MatchString(o.Name) {
				c.at(path+".name", "is not a name of a file (got %q); write letters, digits, - and _, like support", o.Name)
			}
			c.unique(seen, path+".name", strings.ToLower(o.Name))
		}
		c.address(path+".user", o.User)
		c.oauthOf(path, o)
		c.provider(path+".auth_url", o.AuthURL, "https://id.example.com/authorize")
		c.provider(path+".token_url", o.TokenURL, "https://id.example.com/token")
		c.provider(path+".device_url", o.DeviceURL, "https://id.example.com/device")
		for k, s := range o.Scopes {
			if at := element(path+".scopes", k); (s == "" || strings.ContainsAny(s, " \"\\")) && !c.has(at) {
				c.at(at, "is not one scope (got %q); write each one by itself", s)
			}
		}
		if o.Expires != "" && o.Ends().IsZero() && !c.has(path+".expires") {
			c.at(path+".expires", `is not a day (got %q); write it like "2027-11-30"`, o.Expires)
		}
	}
}

// oauthOf checks what each provider needs.
func (c *checker) oauthOf(path string, o *OAuth) {
	need := func(key, value, format string, args ...any) {
		if value == "" && !c.has(path+"."+key) {
			c.at(path+"."+key, format, args...)
		}
	}
	switch o.Provider {
	case "google":
		need("client_secret_file", o.ClientSecretFile, "is missing, and Google gives tokens to no program without its secret; write the file whose first line is the secret")
	case "custom":
		need("token_url", o.TokenURL, `is missing with provider = "custom"; write token_url = "https://id.example.com/token"`)
		if len(o.Scopes) == 0 {
			need("scopes", "", `is missing with provider = "custom"; write what the provider wants for IMAP and SMTP`)
		}
		if o.AuthURL == "" && o.DeviceURL == "" {
			need("auth_url", "", `is missing, and so is device_url, so nobody can log in; write auth_url = "https://id.example.com/authorize"`)
		}
	}
	if o.Tenant != "" && !c.has(path+".tenant") {
		switch {
		case o.Provider != "microsoft" && o.Provider != "":
			c.at(path+".tenant", `is for provider = "microsoft" alone (got %q); write provider = "microsoft", or take it out`, o.Tenant)
		case !oauthTenant.MatchString(o.Tenant):
			c.at(path+".tenant", "is neither a domain nor an id (got %q); write it like example.onmicrosoft.com", o.Tenant)
		}
	}
}

// oauthTenant is what can be a part of Microsoft's addresses.
var oauthTenant = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$`)

// provider checks the URL of a provider: secrets go there.
func (c *checker) provider(at, text, example string) {
	if text == "" || c.has(at) {
		return
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || !isListenHost(u.Hostname()) || u.User != nil || u.Fragment != "":
		c.at(at, "is not a URL (got %q); write one like %q", text, example)
	case u.Scheme == "http" && isLoopback(net.JoinHostPort(u.Hostname(), "80")):
	case u.Scheme != "https":
		c.at(at, "secrets go there, so it must begin with https:// (got %q); write one like %q", text, example)
	}
}

// relayOAuth checks the relay's login by token.
func (c *checker) relayOAuth() {
	r := &c.Relay
	if r.OAuth == "" {
		return
	}
	const at = "relay.oauth"
	var names []string
	for i := range c.OAuth {
		names = append(names, c.OAuth[i].Name)
	}
	c.known(at, "oauth", r.OAuth, names)
	switch {
	case c.has(at):
	case r.Username != "":
		c.at(at, "is a login, and there is a username (got %q); write one of the two", r.OAuth)
	case r.Kind != "smtp" && !c.has("relay.kind"):
		c.at(at, `is for kind = "smtp" alone (got %q); write kind = "smtp", or take it out`, r.OAuth)
	}
	if r.TLSMode() != "required" && !isLoopback(r.Address) && !c.has("relay.tls") && !c.has("relay.address") {
		c.at("relay.tls", `sends the token without verified TLS (got %q); write tls = "required"`, r.TLS)
	}
}

// oauth looks at the secrets of the logins, and at what is kept of them, which need not
// be there.
func (f *fileChecker) oauth() {
	for i := range f.OAuth {
		o, path := &f.OAuth[i], element("oauth", i)
		if o.ClientSecretFile != "" {
			at := path + ".client_secret_file"
			text := f.read(at, o.ClientSecretFile, "the program's secret, as the provider gave it")
			if line, _, _ := strings.Cut(string(text), "\n"); text != nil && strings.TrimSpace(line) == "" {
				f.at(at, "its first line is empty (got %s); write the secret there", show(o.ClientSecretFile))
			}
			if info, err := os.Stat(o.ClientSecretFile); err == nil && info.Mode().Perm()&0o077 != 0 {
				f.warn(at, "other users of this machine can read the secret (got mode %04o of %s); write chmod go-rwx to the shell", info.Mode().Perm(), show(o.ClientSecretFile))
			}
		}
		if _, err := os.Stat(filepath.Join(f.OAuthFolder(), o.Name+".json")); os.IsNotExist(err) {
			f.warn(path+".name", "nobody has logged in yet (got %s); write mailgw oauth login %s to the shell", show(o.Name), o.Name)
		}
		f.secretEnds(path+".expires", o)
	}
}

// secretEnds warns of a secret that ends soon.
func (f *fileChecker) secretEnds(path string, o *OAuth) {
	ends := o.Ends()
	if ends.IsZero() {
		return
	}
	switch left := ends.Sub(f.now); {
	case left <= 0:
		f.warn(path, "the client's secret has ended (got %q); make another one at the provider, and write its last day here", o.Expires)
	case left <= day:
		f.warn(path, "the client's secret ends today (got %q); make another one at the provider at once, and write its last day here", o.Expires)
	case left <= 30*day:
		f.warn(path, "the client's secret ends in %s (got %q); make another one at the provider in time, and write its last day here", inDays(left), o.Expires)
	}
}
