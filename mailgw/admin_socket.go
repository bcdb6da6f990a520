package mailgw

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"supportgw/mailgw/config"
	"supportgw/mailgw/store"
	"supportgw/mailgw/store/bolt"
)

// Admin runs commands on a gateway: in the daemon, through its socket in the data
// folder, when one runs; else on the store itself.
type Admin struct {
	client *http.Client // nil: no daemon
	local  *Gateway
}

// ConnectDaemon finds the daemon of a configuration; nil when none runs.
func ConnectDaemon(c *config.Config) *Admin {
	path := socketPath(c)
	conn, err := dialSocket(context.Background(), path)
	if err != nil || conn.Close() != nil {
		return nil
	}
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) { return dialSocket(ctx, path) }
	return &Admin{client: &http.Client{Transport: &http.Transport{DialContext: dial}}}
}

// Connect finds the daemon of a configuration, or opens its store.
func Connect(c *config.Config, log *slog.Logger) (*Admin, error) {
	if a := ConnectDaemon(c); a != nil {
		return a, nil
	}
	if !bolt.Exists(c.Data) { // to look at what is not there must not make it
		return nil, noStore(c)
	}
	clock, err := ParseClock("")
	if err != nil {
		return nil, err
	}
	g, err := Open(c, clock, log)
	if errors.Is(err, store.ErrLocked) {
		return nil, fmt.Errorf("%s is in use by a process that does not answer on %s", c.Data, socketPath(c))
	}
	if err != nil {
		return nil, err
	}
	return &Admin{local: g}, nil
}

func noStore(c *config.Config) error {
	return failure("there is no store in %s; start the gateway once (mailgw serve), or name its folder: --set data=…", c.Data)
}

// connectToRead is Connect for commands that only look: without a daemon the folder is
// opened to be read, and nothing in it changes. The settings are not there then.
func connectToRead(c *config.Config) (*Admin, error) {
	if a := ConnectDaemon(c); a != nil {
		return a, nil
	}
	if !bolt.Exists(c.Data) {
		return nil, noStore(c)
	}
	s, err := bolt.OpenToRead(c.Data)
	if errors.Is(err, store.ErrLocked) {
		if a := ConnectDaemon(c); a != nil { // it started meanwhile
			return a, nil
		}
		return nil, fmt.Errorf("%s is in use by a process that does not answer on %s", c.Data, socketPath(c))
	}
	if err != nil {
		return nil, err
	}
	return &Admin{local: &Gateway{store: s}}, nil
}

// Close releases the store, if Connect had to open it.
func (a *Admin) Close() error {
	if a.local == nil {
		a.client.CloseIdleConnections()
		return nil
	}
	return a.local.Close()
}

// trailer is the last line of an answer on the socket: whether it is complete.
type trailer struct {
	Done  bool   `json:"_done"`
	Error string `json:"_error,omitempty"`
	Kind  string `json:"_kind,omitempty"`
}

// Do runs one command and calls emit with each JSON object that it answers with.
func (a *Admin) Do(ctx context.Context, command string, args any, emit func(json.RawMessage) error) error {
	j, err := json.Marshal(args)
	if err != nil {
		return fmt.Errorf("encode arguments: %w", err)
	}
	if a.local != nil {
		return a.local.command(command, j, func(v any) error {
			var line bytes.Buffer
			if err := newEncoder(&line).Encode(v); err != nil {
				return err
			}
			return emit(bytes.TrimSuffix(line.Bytes(), []byte("\n")))
		})
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://mailgw/"+command, bytes.NewReader(j))
	if err != nil {
		return err
	}
	resp, err := a.client.Do(req)
	if err != nil {
		return fmt.Errorf("ask the daemon: %w", err)
	}
	defer resp.Body.Close()
	return readAnswer(json.NewDecoder(resp.Body), emit)
}

// newEncoder writes JSON for people and scripts: an address keeps its < and >.
func newEncoder(w io.Writer) *json.Encoder {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc
}

func readAnswer(dec *json.Decoder, emit func(json.RawMessage) error) error {
	for {
		var line json.RawMessage
		if err := dec.Decode(&line); err != nil {
			return fmt.Errorf("the daemon's answer ended early: %w", err)
		}
		var t trailer
		if err := json.Unmarshal(line, &t); err == nil && t.Done {
			if t.Error != "" {
				return &CommandError{t.Error, t.Kind == "usage"}
			}
			return nil
		}
		if err := emit(line); err != nil {
			return err
		}
	}
}

// serveAdmin answers commands on the socket. Its folder is only the owner's, and
// so is the socket: who can open it may do everything.
func (g *Gateway) serveAdmin(ctx context.Context, l net.Listener) error {
	srv := &http.Server{Handler: http.HandlerFunc(g.handleCommand), ReadHeaderTimeout: 10 * time.Second}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := srv.Shutdown(grace); err != nil {
			err = errors.Join(err, srv.Close())
			stopped <- err
			return
		}
		stopped <- nil
	})
	err := srv.Serve(l)
	if stop() {
		return err // it failed by itself
	}
	<-stopped
	return nil
}

// maxArguments bounds a command's arguments: explain sends a whole mail.
const maxArguments = 128 << 20

func (g *Gateway) handleCommand(w http.ResponseWriter, r *http.Request) {
	args, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxArguments))
	enc := newEncoder(w)
	if err == nil {
		out, flushed := http.NewResponseController(w), time.Now()
		err = g.command(r.URL.Path[1:], args, func(v any) error {
			err := enc.Encode(v)
			if err == nil && time.Since(flushed) > 100*time.Millisecond { // who waits sees how far it is
				flushed = time.Now()
				err = out.Flush()
			}
			return err
		})
	}
	t := trailer{Done: true}
	if err != nil {
		t.Error = err.Error()
		var ce *CommandError
		if errors.As(err, &ce) && ce.Usage {
			t.Kind = "usage"
		}
	}
	if err := enc.Encode(t); err != nil {
		g.log.Warn("answer on admin socket", "err", err)
	}
}
