package mailgw

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"supportgw/mailgw/smtpd"
)

// TestEndWatch: each step is told once, and one that is found near its end is told
// of at once.
func TestEndWatch(t *testing.T) {
	end := time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	const attrs = " ends=2027-03-01T12:00:00Z names=[mx.example.com]\n"
	for name, c := range map[string]struct {
		looks []time.Duration // before the end
		want  string
	}{
		"all the way": {[]time.Duration{31 * day, 30*day + 1, 30 * day, 29 * day, 7*day + 1, 7 * day, 6 * day, day + 1, day, time.Hour, 0, -1, -day},
			"720h0m0s WARN ends soon|168h0m0s WARN ends soon|24h0m0s ERROR ends within a day|-1ns ERROR has ended"},
		"found in the week": {[]time.Duration{3 * day, 3 * day, 2 * day}, "72h0m0s WARN ends soon"},
		"found ended":       {[]time.Duration{-40 * day, -41 * day}, "-960h0m0s ERROR has ended"},
		"far":               {[]time.Duration{90 * day, 31 * day}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			log := &bytes.Buffer{}
			w := endWatch{log: slog.New(slog.NewTextHandler(log, nil))}
			w.look(nil, end)
			var told []string
			for _, before := range c.looks {
				log.Reset()
				w.look(&x509.Certificate{NotAfter: end, DNSNames: []string{"mx.example.com"}}, end.Add(-before))
				if log.Len() == 0 {
					continue
				}
				_, line, _ := strings.Cut(log.String(), " level=")
				level, line, _ := strings.Cut(line, ` msg="the certificate `)
				text, rest, _ := strings.Cut(line, `"`)
				told = append(told, fmt.Sprintf("%s %s %s", before, level, text))
				if rest != attrs {
					t.Errorf("the line goes on %q, want %q", rest, attrs)
				}
			}
			if got := strings.Join(told, "|"); got != c.want {
				t.Errorf("told %q, want %q", got, c.want)
			}
		})
	}
}

// A renewed certificate begins anew.
func TestEndWatchRenewed(t *testing.T) {
	end := time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)
	log := &bytes.Buffer{}
	w := endWatch{log: slog.New(slog.NewTextHandler(log, nil))}
	w.look(&x509.Certificate{NotAfter: end}, end.Add(-time.Hour))
	for _, now := range []time.Time{end.Add(-time.Hour), end.Add(48 * time.Hour), end.Add(49 * time.Hour)} {
		w.look(&x509.Certificate{NotAfter: end.Add(72 * time.Hour)}, now)
	}
	if got := strings.Count(log.String(), "the certificate ends"); got != 3 {
		t.Errorf("%d lines, want 3: a day for the old one; a week and a day for the new one\n%s", got, log)
	}
}

// Of a certificate that is renewed by itself nothing is told before that is overdue.
func TestEndWatchOfRenewed(t *testing.T) {
	const day = 24 * time.Hour
	end := time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		lasts time.Duration
		looks []time.Duration
		lines int
	}{
		{90 * day, []time.Duration{30 * day, 29 * day, 23 * day}, 0},
		{90 * day, []time.Duration{30 * day, 22 * day, 21 * day}, 1},
		{6 * day, []time.Duration{6 * day, 2 * day, day + time.Hour, day}, 2},
		{90 * day, []time.Duration{-time.Hour}, 1},
	} {
		log := &bytes.Buffer{}
		w := endWatch{log: slog.New(slog.NewTextHandler(log, nil)), renewed: true}
		for _, before := range c.looks {
			w.look(&x509.Certificate{NotBefore: end.Add(-c.lasts), NotAfter: end}, end.Add(-before))
		}
		if got := strings.Count(log.String(), "\n"); got != c.lines {
			t.Errorf("lasts %s, looks %v: %d lines, want %d\n%s", c.lasts, c.looks, got, c.lines, log)
		}
	}
}

// TestCertificateFigures: the figure and the check follow the pair in use.
func TestCertificateFigures(t *testing.T) {
	h := newHouse(t)
	h.wantIll("")
	if m := certificateMetric(h.certificates.Load().Leaf()); len(m.Samples) > 0 {
		t.Error("there is an end, and no certificate")
	}
	cert, key := writeCertificate(t)
	pair, err := smtpd.LoadCertificates(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	h.certificates.Store(pair)
	h.wantFigure(1<<32, "mailgw_tls_certificate_not_after_seconds") // as writeCertificate says
	h.wantIll("")
	leaf := pair.Leaf()
	for _, c := range []struct {
		after time.Duration
		want  string
	}{{0, "true it ends on 2106-02-07"}, {time.Second, "false it has ended on 2106-02-07; replace its files"}} {
		got := checkCertificate(leaf, leaf.NotAfter.Add(c.after))
		if text := fmt.Sprint(got.OK, " ", got.Detail); text != c.want {
			t.Errorf("%s after the end: %q, want %q", c.after, text, c.want)
		}
	}
}
