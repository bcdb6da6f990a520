//go:build linux

package main_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tlsClient logs in with Python's libraries over TLS, in each of the four ways, and checks the
// certificate as a mail program does.
const tlsClient = `import imaplib, smtplib, ssl, sys
host, imap, submission, cert = sys.argv[1:]
trust = ssl.create_default_context(cafile=cert)

def read(c):
    assert c.login("anna@example.com", "demo")[0] == "OK"
    kind, (n,) = c.select("INBOX", readonly=True)
    assert kind == "OK" and int(n) >= 6, (kind, n)
    kind, got = c.fetch("1:*", "(UID RFC822.SIZE BODY.PEEK[])")
    assert kind == "OK" and any(b"page 9" in g[1] for g in got if isinstance(g, tuple)), kind
    c.logout()

c = imaplib.IMAP4(host, int(imap))
assert "STARTTLS" in c.capabilities, c.capabilities
c.starttls(trust)
assert "STARTTLS" not in c.capabilities, c.capabilities
read(c)
read(imaplib.IMAP4_SSL(host, 2993, ssl_context=trust))
try:
    imaplib.IMAP4_SSL(host, 2993, ssl_context=ssl.create_default_context())
    sys.exit("a certificate that nobody vouches for was taken")
except ssl.SSLCertVerificationError:
    pass

def hand_in(s, word):
    s.login("anna@example.com", "demo")
    s.sendmail("anna@example.com", ["mia@acme.example"], "From: anna@example.com\r\nTo: mia@acme.example\r\nSubject: " + word + "\r\n\r\nWe come by, " + word + ".\r\n")
    s.quit()

s = smtplib.SMTP(host, int(submission))
s.starttls(context=trust)
hand_in(s, "STARTTLS")
hand_in(smtplib.SMTP_SSL(host, 2465, context=trust), "TLS")
print("done")
`

// TestClientTLS: reading and handing in, by STARTTLS and by TLS from the first byte, with a
// certificate that the client checks; mbsync by both, too, with the same mails as without.
func TestClientTLS(t *testing.T) {
	needClients(t, "python3", "mbsync")
	t.Parallel()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	d := newDaemon(t)
	host, _, _ := strings.Cut(d.smtp, ":")
	writeCertificate(t, cert, key, 1, net.ParseIP(host))
	m := matterDesk(t, d,
		fmt.Sprintf("smtp.tls_certificate=%q", cert), fmt.Sprintf("smtp.tls_key=%q", key),
		fmt.Sprintf("imap.tls_listen=[%q]", host+":2993"), fmt.Sprintf("submission.tls_listen=[%q]", host+":2465"))
	_, imapPort, _ := strings.Cut(m.daemon.imap, ":")
	_, submissionPort, _ := strings.Cut(m.daemon.submission, ":")
	script := m.file("tls.py", tlsClient)
	if out := m.client(true, "python3", script, host, imapPort, submissionPort, cert); out != "done\n" {
		t.Errorf("Python says %s", out)
	}
	for _, word := range []string{"STARTTLS", "TLS"} {
		m.wantAnswerOnce("mia@acme.example", "We come by, "+word+".")
	}
	for name, how := range map[string]string{"starttls": "SSLType STARTTLS\nPort " + imapPort, "tls": "SSLType IMAPS\nPort 2993"} {
		if err := os.Mkdir(filepath.Join(m.home, name), 0o700); err != nil {
			t.Fatal(err)
		}
		rc := m.file(name+".rc", fmt.Sprintf(`IMAPStore desk
Host %s
%s
CertificateFile %s
User anna@example.com
Pass demo

MaildirStore local
Path {home}/%s/
Inbox {home}/%s/INBOX
SubFolders Verbatim

Channel desk
Far :desk:
Near :local:
Patterns INBOX Unassigned
Create Near
SyncState *
`, host, how, cert, name, name))
		m.client(true, "mbsync", "-c", rc, "-a")
		for _, folder := range []string{"INBOX", "Unassigned"} {
			m.wantSame(name+"/"+folder, folder)
		}
	}
}
