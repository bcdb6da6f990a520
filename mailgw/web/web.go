// Package web answers three questions over HTTP: /metrics has the figures in
// Prometheus' text format, /healthz says whether all is well, and mail clients are
// told how an account is set up ([setup.AutoconfigPaths]). There is nothing else to
// see, and nothing to change.
//
// It knows neither mails nor stores: what it shows is asked of functions.
// Whoever can connect gets the answers, so these must hold no words and no
// addresses of mails.
//
// Concurrency: one goroutine for each connection, at most [Options.MaxConnections]
// of them; the functions are called by one at a time, and their answers are good
// for [Options.Fresh]: however often somebody asks, the gateway's work is bounded.
//
// Failure policy: figures that cannot be read are answered 500 with a constant
// text, and the reason goes to the log. A peer that is slow, or sends more than
// a small header, is cut off.
package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"supportgw/mailgw/setup"
)

// Options says what a Server answers with.
type Options struct {
	Metrics        func() ([]Metric, error) // the figures, in the order in which they are shown; required
	Health         func() []Check           // all checks, each with its result; required
	Autoconfig     func(addr string) string // the file for a client that was given that address, or none; "" = there is none; nil = never
	Fresh          time.Duration            // how long an answer is given again; 0 = one second
	MaxConnections int                      // open at the same time, all listeners together; more wait; 0 = 32
	Log            *slog.Logger             // nil = no log
}

// Check is one thing that health is made of.
type Check struct {
	Name   string `json:"name"`             // stable, snake_case
	OK     bool   `json:"ok"`               // whether it is well
	Detail string `json:"detail,omitempty"` // for people: what was found, what to do
}

// health is the answer of /healthz.
type health struct {
	OK     bool    `json:"ok"`
	Checks []Check `json:"checks"`
}

// Server answers on any number of listeners. Make it with New.
type Server struct {
	opts            Options
	metrics, health answer
	slots           chan struct{}
}

// New returns a Server that is ready to Serve.
func New(o Options) *Server {
	if o.Fresh == 0 {
		o.Fresh = time.Second
	}
	if o.MaxConnections == 0 {
		o.MaxConnections = 32
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{opts: o, slots: make(chan struct{}, o.MaxConnections)}
	s.metrics.make, s.health.make = s.makeMetrics, s.makeHealth
	return s
}

// The limits of a connection.
const (
	headerTimeout  = 5 * time.Second
	answerTimeout  = 30 * time.Second // from the end of the header to the end of the answer
	idleTimeout    = time.Minute
	maxHeaderBytes = 8 << 10
	stopGrace      = 2 * time.Second
)

// Serve answers on l until ctx ends, and closes l. It returns nil then, or an
// error when l failed.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	srv := &http.Server{
		Handler: s, ReadHeaderTimeout: headerTimeout, ReadTimeout: headerTimeout, WriteTimeout: answerTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeaderBytes, ErrorLog: slog.NewLogLogger(s.opts.Log.Handler(), slog.LevelInfo),
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
		defer cancel()
		if srv.Shutdown(grace) != nil {
			srv.Close()
		}
	})
	err := srv.Serve(&gate{Listener: l, slots: s.slots, done: ctx.Done()})
	if stop() {
		return errors.Join(fmt.Errorf("accept connections: %w", err), srv.Close())
	}
	<-stopped
	return nil
}

// ServeHTTP answers one request. Any name of the host will do.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var get func() (page, error)
	switch {
	case r.URL.Path == "/metrics":
		get = func() (page, error) { return s.metrics.get(s.opts.Fresh) }
	case r.URL.Path == "/healthz":
		get = func() (page, error) { return s.health.get(s.opts.Fresh) }
	case slices.Contains(setup.AutoconfigPaths[:], r.URL.Path) && s.opts.Autoconfig != nil:
		file := s.opts.Autoconfig(r.URL.Query().Get("emailaddress"))
		if file == "" {
			http.NotFound(w, r)
			return
		}
		get = func() (page, error) { return page{http.StatusOK, "application/xml; charset=utf-8", []byte(file)}, nil }
	default:
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	p, err := get()
	if err != nil {
		s.opts.Log.Error("answer over HTTP", "path", r.URL.Path, "err", err)
		p = page{http.StatusInternalServerError, "text/plain; charset=utf-8", []byte("the figures cannot be read; the log says why\n")}
	}
	h := w.Header()
	h.Set("Content-Type", p.kind)
	h.Set("Content-Length", strconv.Itoa(len(p.body)))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(p.status)
	if r.Method == http.MethodGet {
		w.Write(p.body) // when it fails, nobody is there to be told
	}
}

func (s *Server) makeMetrics() (page, error) {
	metrics, err := s.opts.Metrics()
	if err != nil {
		return page{}, err
	}
	return page{http.StatusOK, "text/plain; version=0.0.4; charset=utf-8", appendMetrics(nil, metrics)}, nil
}

func (s *Server) makeHealth() (page, error) {
	h := health{OK: true, Checks: s.opts.Health()}
	for _, c := range h.Checks {
		h.OK = h.OK && c.OK
	}
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(h); err != nil {
		return page{}, fmt.Errorf("encode health: %w", err)
	}
	status := http.StatusOK
	if !h.OK {
		status = http.StatusServiceUnavailable
	}
	return page{status, "application/json", body.Bytes()}, nil
}

// page is an answer as it is sent.
type page struct {
	status int
	kind   string // Content-Type
	body   []byte
}

// answer makes a page, one request at a time, and keeps it while it is fresh.
type answer struct {
	make func() (page, error)

	mu   sync.Mutex
	at   time.Time
	page page
}

func (a *answer) get(fresh time.Duration) (p page, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.page.status != 0 && time.Since(a.at) < fresh {
		return a.page, nil
	}
	if p, err = a.make(); err == nil {
		a.at, a.page = time.Now(), p
	}
	return p, err
}

// gate is a listener that takes a connection only when one of the slots is free.
type gate struct {
	net.Listener
	slots chan struct{}
	done  <-chan struct{}
}

// Accept waits for a slot, then for a connection.
func (g *gate) Accept() (net.Conn, error) {
	select {
	case g.slots <- struct{}{}:
	case <-g.done:
		return nil, net.ErrClosed
	}
	c, err := g.Listener.Accept()
	if err != nil {
		<-g.slots
		return nil, err
	}
	return &conn{Conn: c, free: sync.OnceFunc(func() { <-g.slots })}, nil
}

// conn gives its slot back when it is closed.
type conn struct {
	net.Conn
	free func()
}

// Close closes the connection.
func (c *conn) Close() error {
	defer c.free()
	return c.Conn.Close()
}
