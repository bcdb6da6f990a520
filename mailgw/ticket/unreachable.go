package ticket

import "time"

// Unreachable is an address that no mail reaches: a server said for good that nobody
// is there.
type Unreachable struct {
	Address string    `json:"address"` // bare, in lower case
	Since   time.Time `json:"since"`   // when it was last said
	Until   time.Time `json:"until"`   // before that nothing automatic goes there
	Status  string    `json:"status"`  // enhanced code such as 5.1.1 (RFC 3463); "" when none was given
	Reply   string    `json:"reply"`   // the server's words, on one line
	Ticket  uint64    `json:"ticket"`  // that the mail was about; 0 for none
}
