package mailgw

import (
	"context"
	"crypto/x509"
	"fmt"
	"log/slog"
	"time"

	"supportgw/mailgw/acme"
	"supportgw/mailgw/config"
	"supportgw/mailgw/web"
)

// watchEvery is how often the certificate's end is looked at. Its time is the real
// one, whatever the gateway's clock says: other machines go by it.
const watchEvery = time.Hour

// newRenewer gets certificates from the authority of a configuration.
func newRenewer(c *config.Config, log *slog.Logger) *acme.Renewer {
	return acme.New(acme.Options{
		Folder: c.ACMEFolder(), Names: c.CertificateNames(), Email: c.ACME.Email,
		Directory: c.ACME.Directory, CAFile: c.ACME.CAFile, Log: log,
	})
}

// watchCertificate tells the log before the certificate ends, until ctx ends.
func (g *Gateway) watchCertificate(ctx context.Context) {
	w := endWatch{log: g.log, renewed: g.renewer != nil}
	look := time.NewTicker(watchEvery)
	defer look.Stop()
	for {
		w.look(g.certificates.Load().Leaf(), time.Now())
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
}

// endStep is how near a certificate's end is; each is told once.
type endStep int

const (
	endFar   endStep = iota
	endMonth         // 30 days or less
	endWeek          // 7 days or less
	endDay           // a day or less
	ended
)

// stepTo says how near the end of a certificate is.
func stepTo(end, now time.Time) endStep {
	const day = 24 * time.Hour
	switch left := end.Sub(now); {
	case left < 0:
		return ended
	case left <= day:
		return endDay
	case left <= 7*day:
		return endWeek
	case left <= 30*day:
		return endMonth
	}
	return endFar
}

// endWatch tells of each step of a certificate to its end once. A certificate with
// another end begins anew.
type endWatch struct {
	log     *slog.Logger
	renewed bool // by the gateway itself, when a third of its time is left
	end     time.Time
	told    endStep
}

// look tells of a step that is new. leaf is nil when there is no certificate.
func (w *endWatch) look(leaf *x509.Certificate, now time.Time) {
	if leaf == nil {
		return
	}
	if !leaf.NotAfter.Equal(w.end) {
		w.end, w.told = leaf.NotAfter, endFar
	}
	step := stepTo(w.end, now)
	if step <= w.told || w.renewed && 4*w.end.Sub(now) > w.end.Sub(leaf.NotBefore) {
		return
	}
	w.told = step
	level, text := slog.LevelWarn, "the certificate ends soon"
	switch step {
	case endDay:
		level, text = slog.LevelError, "the certificate ends within a day"
	case ended:
		level, text = slog.LevelError, "the certificate has ended"
	}
	w.log.Log(context.Background(), level, text, "ends", w.end.UTC().Format(time.RFC3339), "names", leaf.DNSNames)
}

// certificateMetric has no value while there is no certificate.
func certificateMetric(leaf *x509.Certificate) web.Metric {
	m := web.Metric{Name: "mailgw_tls_certificate_not_after_seconds", Kind: web.Gauge, Help: "When the certificate ends that STARTTLS shows, in Unix time; no value while there is none."}
	if leaf != nil {
		m.Add(float64(leaf.NotAfter.Unix()))
	}
	return m
}

// checkCertificate is ill when the certificate has ended: servers that verify it
// send nothing any more.
func checkCertificate(leaf *x509.Certificate, now time.Time) web.Check {
	const name = "certificate"
	if leaf == nil {
		return checkOf(name, "there is none, and STARTTLS is not offered", nil)
	}
	end := leaf.NotAfter.UTC().Format(time.DateOnly)
	if stepTo(leaf.NotAfter, now) == ended {
		return checkOf(name, "", fmt.Errorf("it has ended on %s; replace its files", end))
	}
	return checkOf(name, "it ends on "+end, nil)
}
