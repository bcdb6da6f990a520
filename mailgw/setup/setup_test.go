package setup

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the files of testdata anew")

// accounts are a usual one, one on the gateway's own machine, and one with every sign that a format could stumble over.
var accounts = map[string]Account{
	"usual":  {"Anna Keller", "anna@example.com", "support.example.com", Server{"support.example.com", 993, TLS}, Server{"support.example.com", 465, TLS}},
	"laptop": {"Ben Meier", "ben@example.com", "laptop", Server{"127.0.0.1", 2143, Plain}, Server{"127.0.0.1", 2587, Plain}},
	"odd":    {"Zoë \"Z\" <O'Neil> & `ls` $HOME\\", "zoe+a&b%c`d@xn--bcher-kva.example", "Mail.Example.com", Server{"mail.example.com", 143, StartTLS}, Server{"::1", 587, StartTLS}},
}

// TestFiles holds each form of each account to its file.
func TestFiles(t *testing.T) {
	for name, a := range accounts {
		for file, got := range map[string]string{".txt": a.Card(), ".muttrc": a.Muttrc(), ".xml": a.Autoconfig(a.Address), ".mobileconfig": a.MobileConfig()} {
			file = filepath.Join("testdata", name+file)
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s is now\n%s", file, got)
			}
		}
	}
}

// clientConfig is what Mozilla's reader wants of an autoconfig file.
type clientConfig struct {
	XMLName  xml.Name `xml:"clientConfig"`
	Version  string   `xml:"version,attr"`
	Provider []struct {
		ID       string          `xml:"id,attr"`
		Domains  []string        `xml:"domain"`
		Name     string          `xml:"displayName"`
		Short    string          `xml:"displayShortName"`
		Incoming []serverElement `xml:"incomingServer"`
		Outgoing []serverElement `xml:"outgoingServer"`
	} `xml:"emailProvider"`
}

type serverElement struct {
	Type   string   `xml:"type,attr"`
	Host   string   `xml:"hostname"`
	Port   int      `xml:"port"`
	Socket string   `xml:"socketType"`
	Auth   []string `xml:"authentication"`
	User   string   `xml:"username"`
}

// TestAutoconfig: what is asked for comes back as a domain or not at all, and nothing
// says whether there is such an address.
func TestAutoconfig(t *testing.T) {
	a := accounts["usual"]
	for asked, domain := range map[string]string{
		"":                             "support.example.com",
		"anna@example.com":             "example.com",
		"nobody@example.com":           "example.com",
		"Anna@EXAMPLE.com":             "example.com",
		"a@b@c.example":                "c.example",
		"example.org":                  "example.org",
		`x@"><evil/>`:                  "support.example.com",
		"x@a..b":                       "support.example.com",
		"x@-a.example":                 "support.example.com",
		"x@a_b.example":                "support.example.com",
		"x@" + strings.Repeat("a", 64): "support.example.com",
		"x@" + strings.Repeat("abc.", 64) + "example": "support.example.com",
		"x@bücher.example":                            "support.example.com",
		"x@\x00":                                      "support.example.com",
	} {
		var c clientConfig
		text := a.Autoconfig(asked)
		if err := xml.Unmarshal([]byte(text), &c); err != nil {
			t.Fatalf("%q: %v\n%s", asked, err, text)
		}
		if len(c.Provider) != 1 || c.Version != "1.1" {
			t.Fatalf("%q: %+v", asked, c)
		}
		p := c.Provider[0]
		if p.ID != domain || len(p.Domains) != 1 || p.Domains[0] != domain {
			t.Errorf("%q: the provider is %+v, want %s", asked, p, domain)
		}
		if want := a.Autoconfig("somebody@" + domain); text != want {
			t.Errorf("%q: not the same answer as to another address of the domain:\n%s\n%s", asked, text, want)
		}
		if len(p.Incoming) != 1 || len(p.Outgoing) != 1 {
			t.Fatalf("%q: %+v", asked, p)
		}
		if got, want := p.Incoming[0], (serverElement{"imap", "support.example.com", 993, "SSL", []string{"password-cleartext"}, "%EMAILADDRESS%"}); !same(got, want) {
			t.Errorf("%q: incoming %+v", asked, got)
		}
		if got, want := p.Outgoing[0], (serverElement{"smtp", "support.example.com", 465, "SSL", []string{"password-cleartext"}, "%EMAILADDRESS%"}); !same(got, want) {
			t.Errorf("%q: outgoing %+v", asked, got)
		}
		if strings.Contains(text, "Keller") || strings.Contains(text, "anna") {
			t.Errorf("%q: the answer names an agent:\n%s", asked, text)
		}
	}
}

func same(a, b serverElement) bool {
	return a.Type == b.Type && a.Host == b.Host && a.Port == b.Port && a.Socket == b.Socket && strings.Join(a.Auth, " ") == strings.Join(b.Auth, " ") && a.User == b.User
}

var uuidForm = regexp.MustCompile(`^[0-9A-F]{8}-[0-9A-F]{4}-5[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}$`)

// TestMobileConfig reads the profile as a property list, and looks at its identifiers.
func TestMobileConfig(t *testing.T) {
	seen := map[string]bool{}
	for name, a := range accounts {
		text := a.MobileConfig()
		if err := wellFormed(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if strings.Contains(text, "<key>IncomingPassword") || strings.Contains(text, "<key>OutgoingPassword<") {
			t.Errorf("%s: there is a password in it:\n%s", name, text)
		}
		for _, m := range regexp.MustCompile(`<key>PayloadUUID</key>\s*<string>(.*)</string>`).FindAllStringSubmatch(text, -1) {
			if !uuidForm.MatchString(m[1]) || seen[m[1]] {
				t.Errorf("%s: the identifier %s is none, or was there before", name, m[1])
			}
			seen[m[1]] = true
		}
		other := a
		other.IMAP.Port, other.Name = 1, "Another"
		if a.uuid("mail") != other.uuid("mail") {
			t.Errorf("%s: another port makes another profile", name)
		}
	}
	if len(seen) != 2*len(accounts) {
		t.Errorf("identifiers: %v", seen)
	}
}

func wellFormed(text string) error {
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// TestPropertyList has Python's own reader read the profile: a strict one that is not ours.
func TestPropertyList(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3: nobody but this test's own reader has read the profile")
	}
	a := accounts["odd"]
	cmd := exec.Command(python, "-c", `import plistlib, sys
p = plistlib.loads(sys.stdin.buffer.read())
m = p["PayloadContent"][0]
print(p["PayloadType"], m["PayloadType"], m["EmailAccountName"], m["IncomingMailServerUsername"], m["IncomingMailServerPortNumber"], m["OutgoingMailServerUseSSL"], m["OutgoingMailServerHostName"], sep="|")`)
	cmd.Stdin = strings.NewReader(a.MobileConfig())
	cmd.Env = append(os.Environ(), "PYTHONIOENCODING=utf-8")
	out, err := cmd.CombinedOutput()
	if want := "Configuration|com.apple.mail.managed|" + a.Name + "|" + a.Address + "|143|True|::1\n"; err != nil || string(out) != want {
		t.Errorf("%v: %q, want %q", err, out, want)
	}
}

// TestMuttReads has mutt itself say what it made of the lines.
func TestMuttReads(t *testing.T) {
	if _, err := exec.LookPath("mutt"); err != nil {
		t.Skip("there is no mutt: nobody has read the lines for it")
	}
	a := accounts["odd"]
	file := filepath.Join(t.TempDir(), "muttrc")
	if err := os.WriteFile(file, []byte(a.Muttrc()), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("mutt", "-n", "-F", file, "-Q", "realname", "-Q", "imap_user", "-Q", "folder", "-Q", "ssl_force_tls", "-Q", "smtp_url", "-Q", "copy")
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir(), "LC_ALL=C.UTF-8", "TERM=dumb")
	out, err := cmd.CombinedOutput()
	want := `realname="Zoë \"Z\" <O'Neil> & ` + "`ls`" + ` $HOME\\"
imap_user="zoe+a&b%c` + "`" + `d@xn--bcher-kva.example"
folder="imap://zoe+a&b%25c` + "`" + `d@xn--bcher-kva.example@mail.example.com:143/"
ssl_force_tls is set
smtp_url="smtp://zoe+a&b%25c%60d%40xn--bcher-kva.example@[::1]:587/"
copy=no
`
	if err != nil || string(out) != want {
		t.Errorf("%v:\n%s\nwant\n%s", err, out, want)
	}
}
