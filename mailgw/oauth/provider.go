package oauth

import (
	"bytes"
	"fmt"
	"os"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/endpoints"
)

// The providers.
const (
	Google    = "google"
	Microsoft = "microsoft"
	Custom    = "custom"
)

// DefaultScopes are what a provider wants to be asked for, so that a program may read
// by IMAP and send by SMTP; nil when it is not known.
func DefaultScopes(provider string) []string {
	switch provider {
	case Google:
		return []string{"https://mail.google.com/"}
	case Microsoft: // offline_access: else there is no refresh token
		return []string{"https://outlook.office.com/IMAP.AccessAsUser.All", "https://outlook.office.com/SMTP.Send", "offline_access"}
	}
	return nil
}

// fill puts in what the provider is known for.
func (o *Options) fill() {
	var known oauth2.Endpoint
	switch o.Provider {
	case Google:
		known = endpoints.Google
	case Microsoft:
		known = endpoints.AzureAD(o.Tenant)
	}
	for into, url := range map[*string]string{&o.AuthURL: known.AuthURL, &o.TokenURL: known.TokenURL, &o.DeviceURL: known.DeviceAuthURL} {
		if *into == "" {
			*into = url
		}
	}
	if o.Scopes == nil {
		o.Scopes = DefaultScopes(o.Provider)
	}
}

// client is who asks the provider, with the secret as it is now.
func (a *Account) client() (*oauth2.Config, error) {
	c := &oauth2.Config{ClientID: a.o.ClientID, Scopes: a.o.Scopes, Endpoint: oauth2.Endpoint{AuthURL: a.o.AuthURL, TokenURL: a.o.TokenURL, DeviceAuthURL: a.o.DeviceURL}}
	// Workaround: x/oauth2 v0.37.0 tries both styles when it is told none, and sends a
	// refresh token twice when the first answer is an error (TestOneRequest).
	c.Endpoint.AuthStyle = oauth2.AuthStyleInParams
	if a.o.SecretFile == "" {
		return c, nil
	}
	if a.o.Provider == Custom {
		// RFC 6749 §2.3.1: this one every server must take, and the other it may.
		c.Endpoint.AuthStyle = oauth2.AuthStyleInHeader
	}
	b, err := os.ReadFile(a.o.SecretFile)
	if err != nil {
		return nil, a.errorf(ErrSetup, "client_secret_file: %v", err)
	}
	line, _, _ := bytes.Cut(b, []byte("\n"))
	if c.ClientSecret = string(bytes.TrimSpace(line)); c.ClientSecret == "" {
		return nil, a.errorf(ErrSetup, "client_secret_file: the first line of %s is empty", a.o.SecretFile)
	}
	return c, nil
}

// redirect is where the provider sends the browser back to. RFC 8252 §7.3 wants the
// address; Microsoft's forms for redirect URIs take the name alone.
func (a *Account) redirect(port int) string {
	host := "127.0.0.1"
	if a.o.Provider == Microsoft {
		host = "localhost"
	}
	return fmt.Sprintf("http://%s:%d", host, port)
}
