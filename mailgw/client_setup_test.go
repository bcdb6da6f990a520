package mailgw

import (
	"strings"
	"testing"

	"supportgw/mailgw/config"
	"supportgw/mailgw/setup"
)

// TestMailAccountHost: clients connect to a name that the certificate has.
func TestMailAccountHost(t *testing.T) {
	for _, c := range []struct {
		what string
		acme config.ACME
		cert string
		want setup.Server
	}{
		{"a certificate of one's own", config.ACME{}, "cert.pem", setup.Server{Host: "support.example.com", Port: 993, Security: setup.TLS}},
		{"one for the hostname", config.ACME{Listen: []string{":80"}}, "", setup.Server{Host: "support.example.com", Port: 993, Security: setup.TLS}},
		{"the hostname among others", config.ACME{Listen: []string{":80"}, Names: []string{"mx.example.com", "support.example.com"}}, "", setup.Server{Host: "support.example.com", Port: 993, Security: setup.TLS}},
		{"other names", config.ACME{Listen: []string{":80"}, Names: []string{"mx.example.com"}}, "", setup.Server{Host: "mx.example.com", Port: 993, Security: setup.TLS}},
		{"none", config.ACME{}, "", setup.Server{Host: "127.0.0.1", Port: 2143, Security: setup.Plain}},
	} {
		conf := &config.Config{Hostname: "support.example.com", ACME: c.acme}
		conf.SMTP.TLSCertificate = c.cert
		conf.IMAP.TLSListen, conf.IMAP.Listen = []string{":993"}, []string{"127.0.0.1:2143"}
		conf.Submission.Listen = []string{":587", "127.0.0.1:2587"}
		a, err := mailAccount(conf)
		if err != nil || a.IMAP != c.want {
			t.Errorf("%s: %+v, %v", c.what, a, err)
		}
	}
}

// TestAutoconfigOff: without a way for clients there is no file, and a reload brings it.
func TestAutoconfigOff(t *testing.T) {
	conf := &config.Config{Hostname: "support.example.com"}
	g := &Gateway{}
	g.settings.Store(&settings{Config: conf})
	if got := g.autoconfig("anna@example.com"); got != "" {
		t.Errorf("without listeners: %s", got)
	}
	other := *conf
	other.IMAP.Listen, other.Submission.Listen = []string{"127.0.0.1:2143"}, []string{"127.0.0.1:2587"}
	g.settings.Store(&settings{Config: &other})
	if got := g.autoconfig("anna@example.com"); !strings.Contains(got, "<domain>example.com</domain>") {
		t.Errorf("with listeners: %s", got)
	}
}
