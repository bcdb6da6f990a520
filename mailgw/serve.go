package mailgw

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"

	"supportgw/mailgw/acme"
	"supportgw/mailgw/config"
	"supportgw/mailgw/smtpd"
	"supportgw/mailgw/web"
)

// ServeOptions says how Serve runs.
type ServeOptions struct {
	Clock  string                         // a rehearsal clock, see ParseClock; "" = the real time
	Load   func() (*config.Config, error) // reads the configuration again, when its file has changed or Reload says so; nil = never
	Reload <-chan os.Signal               // each value has the configuration read again; nil = none comes
	Log    *slog.Logger                   // nil = silent
}

// door is a listener with the server behind it.
type door struct {
	name   string
	listen net.Listener
	serve  func(context.Context, net.Listener) error
}

// Serve runs the gateway until ctx ends. All listeners are bound and the store is
// open before any of them accepts; then the log says "ready". At the end mails in
// flight get a true answer, what is being sent is recorded, and the store is closed.
func Serve(ctx context.Context, c *config.Config, o ServeOptions) error {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	tuneCollector()
	clock, err := ParseClock(o.Clock)
	if err != nil {
		return err
	}
	g, err := Open(c, clock, o.Log)
	if err != nil {
		return err
	}
	if err := g.eraseAgain(); err != nil {
		return errors.Join(err, g.Close())
	}
	doors, err := g.bind()
	if err != nil {
		return errors.Join(err, g.Close())
	}
	if clock.Rehearsal() != "" {
		o.Log.Warn("this is a rehearsal: the gateway's clock is not the real time", "clock", clock.Rehearsal())
	}
	warnOpenFolder(c.Data, o.Log)
	g.warnTests(c)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var followers sync.WaitGroup
	followers.Go(func() { g.followConfig(ctx, o) })
	followers.Go(func() { g.watchCertificate(ctx) })
	followers.Go(func() { g.watchTokens(ctx) })
	followers.Go(func() { g.warmFolders(ctx) })
	if g.renewer != nil {
		followers.Go(func() { g.renewer.Run(ctx) })
	}
	err = g.serve(ctx, doors)
	stop()
	followers.Wait()
	return errors.Join(err, g.Close())
}

// warnOpenFolder says so when others on the machine can read what people wrote.
func warnOpenFolder(dir string, log *slog.Logger) {
	if info, err := os.Stat(dir); err == nil && info.Mode().Perm()&0o077 != 0 {
		log.Warn("the data folder is open to other users of this machine; run: chmod 700 "+dir, "mode", info.Mode().Perm())
	}
}

// collectorPercent is how much garbage may pile up, relative to what lives, before
// it is collected. What lives is small (about 10 MiB), so the default of 100
// collects after every few hundred mails, which takes a tenth of the CPU.
const collectorPercent = 200

// collectorLimit is the memory beyond which garbage is collected sooner: a few
// mails of 30 MiB must not let it pile up to gigabytes.
const collectorLimit = 512 << 20

// tuneCollector sets the collector, unless the user did by GOGC or GOMEMLIMIT.
func tuneCollector() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(collectorLimit)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectorPercent)
	}
}

// serve runs the machines until ctx ends or one fails: first the doors are closed
// and emptied, then the outbox rests.
func (g *Gateway) serve(ctx context.Context, doors []door) error {
	inner, stopMachines := context.WithCancel(context.WithoutCancel(ctx))
	defer stopMachines()
	outer, stopDoors := context.WithCancel(ctx)
	defer stopDoors()
	var machines, open sync.WaitGroup
	machines.Go(func() { g.Run(inner) })
	failures := make(chan error, len(doors))
	where := []any{"data", g.settings.Load().Data}
	for _, d := range doors {
		where = append(where, d.name, d.listen.Addr().String())
		open.Go(func() {
			if err := d.serve(outer, d.listen); err != nil {
				failures <- fmt.Errorf("%s on %s: %w", d.name, d.listen.Addr(), err)
			}
			stopDoors()
		})
	}
	g.log.Info("ready", where...)
	open.Wait()
	stopMachines()
	machines.Wait()
	close(failures)
	var err error
	for f := range failures {
		err = errors.Join(err, f)
	}
	g.log.Info("stopped")
	return err
}

// bind opens all listeners, or none.
func (g *Gateway) bind() ([]door, error) {
	c := g.settings.Load()
	certs, err := certificates(c.Config, g.log)
	if err != nil {
		return nil, err
	}
	var doors []door
	add := func(name string, addrs []string, serve func(context.Context, net.Listener) error) {
		for _, a := range addrs {
			l, lerr := listen(a)
			if lerr != nil {
				err = errors.Join(err, fmt.Errorf("%s.listen: %w", name, lerr))
				continue
			}
			doors = append(doors, door{name, l, serve})
		}
	}
	shared := &smtpd.Usage{}
	if g.door, err = g.newDoor(); err != nil {
		return nil, err
	}
	mx := smtpd.New(g, g.doorOptions("smtp", c, certs, shared))
	lmtp := smtpd.New(g, g.doorOptions("lmtp", c, certs, shared))
	submission := smtpd.New(submitter{g}, g.doorOptions("submission", c, certs, shared))
	submissions := smtpd.New(submitter{g}, g.doorOptions("submissions", c, certs, shared))
	g.listeners = []listener{{"smtp", mx}, {"lmtp", lmtp}, {"submission", submission}, {"submissions", submissions}}
	g.certificates.Store(certs)
	add("smtp", c.SMTP.Listen, mx.Serve)
	add("lmtp", c.LMTP.Listen, lmtp.Serve)
	add("submission", c.Submission.Listen, submission.Serve)
	add("submissions", c.Submission.TLSListen, submissions.Serve)
	if c.ShowsFolders() {
		g.folders = g.newIMAP(c, certs)
		add("imap", c.IMAP.Listen, g.folders.Serve)
		add("imaps", c.IMAP.TLSListen, g.folders.ServeTLS)
	}
	add("http", c.HTTP.Listen, web.New(web.Options{Metrics: g.metrics, Health: g.health, Autoconfig: g.autoconfig, Log: g.log}).Serve)
	if c.ACME.Enabled() {
		g.renewer = newRenewer(c.Config, g.log)
		add("acme", c.ACME.Listen, g.renewer.Serve)
	}
	add("admin", []string{"unix:" + socketPath(c.Config)}, g.serveAdmin)
	if err != nil {
		for _, d := range doors {
			err = errors.Join(err, d.listen.Close())
		}
		return nil, err
	}
	return doors, nil
}

// doorOptions are how a listener for mail works: smtp, lmtp, submission with STARTTLS, or
// submissions with TLS from the first byte (RFC 8314 §7.3).
func (g *Gateway) doorOptions(name string, c *settings, certs *smtpd.Certificates, shared *smtpd.Usage) smtpd.Options {
	o := smtpd.Options{
		Hostname: c.Hostname, LMTP: name == "lmtp", MaxMessageBytes: c.SMTP.MaxMessageBytes, MaxRecipients: c.SMTP.MaxRecipients,
		MaxBufferedBytes: c.SMTP.MaxBufferedBytes, Usage: shared,
		MaxConnections: c.SMTP.MaxConnections, MaxConnectionsPerIP: c.SMTP.MaxConnectionsPerIP, MaxConnectionsPerNet: c.SMTP.MaxConnectionsPerNetwork,
		GreetPause: c.greetPause(name == "lmtp"), House: c.isPeerOfHouse, MaxCommands: c.SMTP.MaxCommands,
		MaxErrors: c.SMTP.MaxErrors, MaxReceivedHops: c.SMTP.MaxReceivedHops, CommandTimeout: c.SMTP.CommandTimeout,
		MessageTimeout: c.SMTP.MessageTimeout, ShutdownGrace: c.SMTP.ShutdownGrace, BareNewline: c.SMTP.BareNewline,
		Certificates: certs, NewID: g.ids.Next, Now: g.clock.Now, Log: g.log, Forged: c.auth.Door, Early: g.beginEarly, Scan: g.scanWith(c),
	}
	if name == "submission" || name == "submissions" {
		o.Source, o.Logins, o.ImplicitTLS = sourceSubmission, smtpLogins{g.door, g.mechanisms}, name == "submissions"
		o.GreetPause, o.Early = 0, nil // people at home, whose network proves nothing
	}
	return o
}

// certificates are those that a configuration names; nil when it names none.
func certificates(c *config.Config, log *slog.Logger) (*smtpd.Certificates, error) {
	if c.ACME.Enabled() {
		file := acme.File(c.ACMEFolder())
		certs := smtpd.WatchCertificates(file, file)
		certs.Log = log
		return certs, nil
	}
	if c.SMTP.TLSCertificate == "" {
		return nil, nil
	}
	certs, err := smtpd.LoadCertificates(c.SMTP.TLSCertificate, c.SMTP.TLSKey)
	if err != nil {
		return nil, fmt.Errorf("smtp.tls_certificate: %w", err)
	}
	certs.Log = log
	return certs, nil
}

// listen binds host:port or unix:/path. A socket that a killed process left is replaced.
func listen(addr string) (net.Listener, error) {
	path, isUnix := strings.CutPrefix(addr, "unix:")
	if !isUnix {
		return net.Listen("tcp", addr)
	}
	if c, err := dialSocket(context.Background(), path); err == nil {
		return nil, errors.Join(fmt.Errorf("%s: another process listens there", path), c.Close())
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	var l net.Listener
	err := throughShortPath(path, func(short string) (err error) {
		l, err = net.Listen("unix", short)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
}

// socketPath is where the daemon of a configuration takes commands.
func socketPath(c *config.Config) string { return filepath.Join(c.Data, "mailgw.sock") }

// maxSocketPath is how long a Unix socket's path may be everywhere (sockaddr_un
// has 104 bytes on BSD, 108 on Linux).
const maxSocketPath = 100

// throughShortPath hands do a path to a socket that is short enough: its own, or
// one through a link in a folder that only we can enter.
func throughShortPath(path string, do func(short string) error) error {
	if len(path) <= maxSocketPath {
		return do(path)
	}
	full, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "mailgw-")
	if err != nil {
		return err
	}
	link := filepath.Join(dir, "d")
	err = os.Symlink(filepath.Dir(full), link)
	if err == nil {
		err = do(filepath.Join(link, filepath.Base(full)))
	}
	return errors.Join(err, os.RemoveAll(dir))
}

// dialSocket connects to a socket.
func dialSocket(ctx context.Context, path string) (c net.Conn, err error) {
	err = throughShortPath(path, func(short string) (err error) {
		c, err = (&net.Dialer{}).DialContext(ctx, "unix", short)
		return err
	})
	return c, err
}
