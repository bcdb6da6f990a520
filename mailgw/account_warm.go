package mailgw

import (
	"context"
	"errors"
	"time"

	"supportgw/mailgw/store"
)

// mostWarm is how many mails of folders are read before anybody asks, those of a folder
// once for each agent; the memory for one is some fifty bytes.
const mostWarm = 1_000_000

// warmFolders opens the subscribed folders of those who have read them with a mail client
// before, so that who comes first after a start waits for no reading of places. It ends
// when all are open, or with ctx. Nobody needs it: what it leaves out is read when it is asked for.
func (g *Gateway) warmFolders(ctx context.Context) {
	if !g.settings.Load().ShowsFolders() {
		return
	}
	begun, mails, folders := time.Now(), 0, 0
	for _, address := range g.agentAddresses() {
		a, err := g.account(address)
		if err != nil || !a.hasLooked() {
			continue
		}
		list, err := a.Folders()
		for _, f := range list {
			if err != nil || ctx.Err() != nil || mails >= mostWarm {
				break
			}
			if !f.Subscribed || f.NoSelect {
				continue
			}
			v, failed := a.Open(f.Name)
			if err = failed; err == nil {
				mails, folders = mails+len(v.Mails), folders+1
			}
		}
		if err != nil && ctx.Err() == nil && !errors.Is(err, store.ErrClosed) {
			g.log.Warn("folders are not read ahead", "agent", address, "error", err)
		}
	}
	if folders > 0 {
		g.log.Info("folders are read ahead", "folders", folders, "mails", mails, "took", time.Since(begun).Round(time.Millisecond))
	}
}

// hasLooked reports whether the account was opened before, also before a start.
func (a *account) hasLooked() (is bool) {
	_ = a.g.store.View(func(r store.Reader) error {
		was, err := r.Meta(a.recordName())
		is = err == nil && was != nil
		return nil
	})
	return is
}
