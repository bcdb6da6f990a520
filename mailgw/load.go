package mailgw

import (
	"context"

	"supportgw/mailgw/probe"
)

// What "mailgw load" needs of package probe; commands know this package only.
type (
	// LoadOptions says what Load sends, and how.
	LoadOptions = probe.Options
	// LoadReport is what Load measured.
	LoadReport = probe.Report
	// LoadOptionError is returned by Load for options that make no sense.
	LoadOptionError = probe.OptionError
)

// Load sends many mails to a server and checks every reply; see [probe.Load].
func Load(ctx context.Context, o LoadOptions) (LoadReport, error) { return probe.Load(ctx, o) }
