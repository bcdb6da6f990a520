package setup

import "testing"

func TestChoose(t *testing.T) {
	const name = "mail.example.com"
	for _, c := range []struct {
		what string
		l    Listeners
		host string
		want Server
	}{
		{"nothing", Listeners{}, name, Server{}},
		{"TLS first", Listeners{TLS: []string{"0.0.0.0:993"}, Plain: []string{"0.0.0.0:143"}}, name, Server{name, 993, TLS}},
		{"no host", Listeners{TLS: []string{":993"}}, name, Server{name, 993, TLS}},
		{"a name", Listeners{TLS: []string{"eth0.example.com:993"}}, name, Server{name, 993, TLS}},
		{"STARTTLS", Listeners{Plain: []string{"192.0.2.1:143"}}, name, Server{name, 143, StartTLS}},
		{"IPv6", Listeners{Plain: []string{"[2001:db8::1]:1143"}}, name, Server{name, 1143, StartTLS}},
		{"others before loopback", Listeners{TLS: []string{"127.0.0.1:993"}, Plain: []string{"127.0.0.1:143", "192.0.2.1:1143"}}, name, Server{name, 1143, StartTLS}},
		{"no certificate", Listeners{Plain: []string{"192.0.2.1:143"}}, "", Server{}},
		{"no certificate, but loopback", Listeners{Plain: []string{"192.0.2.1:143", "127.0.0.1:2143"}}, "", Server{"127.0.0.1", 2143, Plain}},
		{"loopback, with a certificate of another name", Listeners{Plain: []string{"127.0.0.1:2143"}}, name, Server{"127.0.0.1", 2143, Plain}},
		{"loopback by name", Listeners{Plain: []string{"localhost:2143"}}, "", Server{"127.0.0.1", 2143, Plain}},
		{"loopback, IPv6", Listeners{Plain: []string{"[::1]:2143"}}, "", Server{"::1", 2143, Plain}},
		{"loopback, TLS alone", Listeners{TLS: []string{"127.0.0.1:2993"}}, name, Server{}},
		{"a port that is chosen later", Listeners{Plain: []string{"127.0.0.1:0"}}, "", Server{}},
		{"a socket", Listeners{Plain: []string{"unix:/run/x"}}, "", Server{}},
	} {
		got, ok := Choose(c.l, c.host)
		if got != c.want || ok != (c.want != Server{}) {
			t.Errorf("%s: %+v, %v; want %+v", c.what, got, ok, c.want)
		}
	}
}
