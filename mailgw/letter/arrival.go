package letter

import (
	"net/netip"
	"time"

	"supportgw/mailgw/ticket"
)

// Arrival is one mail as it came in, before anything was decided about it.
// Whatever the source, every mail becomes an Arrival and goes through
// Gateway.Deliver.
type Arrival struct {
	ID          ticket.ID  // given when the transaction began; shown in the 250 reply and in logs
	Source      string     // "mx", "lmtp", "submission" …
	ReversePath string     // MAIL FROM without brackets; "" is the null reverse path. Of a submission the address of the agent who has logged in
	Recipients  []string   // RCPT TO without brackets, in order, each once
	ClientIP    netip.Addr // the peer; invalid when there is none
	Helo        string     // what the peer called itself, unverified
	TLS         bool       // the mail came over TLS
	At          time.Time  // when the mail was complete, by the gateway's clock
	Raw         []byte     // the mail as it will be kept: our Return-Path and Received lines, then the peer's bytes
	Body        int        // offset in Raw where the peer's bytes begin
	Sent        []byte     // the peer's bytes, when a scanner has changed the header in Raw; nil: those in Raw
	Quarantine  string     // why a scanner wants the mail kept from people; "" when none does
	Notes       []string   // what the scanners could not do
	Early       any        // what was begun about the sender while the mail still came in; nil when nothing was
}
