package acme

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/netutil"
)

// maxConnections may be open at the same time on one listener; more wait. An authority
// asks from a few places.
const maxConnections = 32

// Serve answers the authority's questions on l until ctx ends, and closes l. The error
// is nil when ctx has ended.
func (r *Renewer) Serve(ctx context.Context, l net.Listener) error {
	s := &http.Server{
		Handler: r, ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, MaxHeaderBytes: 8 << 10,
		ErrorLog: slog.NewLogLogger(r.o.Log.Handler(), slog.LevelDebug), // what goes wrong is the peers' doing
	}
	s.SetKeepAlivesEnabled(false)
	ended := context.AfterFunc(ctx, func() { s.Close() })
	defer ended()
	err := s.Serve(netutil.LimitListener(l, maxConnections))
	if ctx.Err() != nil && errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("answer the authority: %w", err)
}
