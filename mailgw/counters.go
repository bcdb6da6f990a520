package mailgw

import (
	"sync"
	"sync/atomic"
	"time"

	"supportgw/mailgw/store"
	"supportgw/mailgw/ticket"
)

// What became of a mail that was handed to the next hop.
const (
	resultDelivered = "delivered" // the next hop took it
	resultDeferred  = "deferred"  // it is tried again
	resultFailed    = "failed"    // given up: refused for good, or too old
)

// counters is what the gateway counts in memory, from its start on.
type counters struct {
	accepted atomic.Uint64 // mails whose commit succeeded
	before   uint64        // mails that the store had at the start; not changed afterwards

	mu         sync.Mutex
	deliveries map[delivery]uint64

	reloads        atomic.Uint64 // configurations taken over
	reloadFailures atomic.Uint64 // configurations refused
	reloadBad      atomic.Bool   // the last one was refused
	reloadedAt     atomic.Int64  // when the configuration in use was loaded, in Unix seconds of the real time
}

// delivery is a kind of mail and what became of it.
type delivery struct {
	kind   ticket.OutgoingKind
	result string
}

func newCounters(before uint64) *counters {
	c := &counters{before: before, deliveries: map[delivery]uint64{}}
	c.reloadedAt.Store(time.Now().Unix())
	return c
}

// reloaded counts a configuration that was read again: taken over, or refused.
func (c *counters) reloaded(err error, at time.Time) {
	c.reloadBad.Store(err != nil)
	if err != nil {
		c.reloadFailures.Add(1)
		return
	}
	c.reloads.Add(1)
	c.reloadedAt.Store(at.Unix())
}

// outcomeSum returns how many mails the outcomes' counters stand for.
func outcomeSum(r store.Reader) (sum uint64, err error) {
	counts, err := r.Counts()
	for _, n := range counts {
		sum += n
	}
	return sum, err
}

// delivered counts one recipient of an attempt to hand a mail to the next hop.
func (c *counters) delivered(kind ticket.OutgoingKind, result string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deliveries[delivery{kind, result}]++
}

// attempts returns how many recipients of each kind and result there were.
func (c *counters) attempts() map[delivery]uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make(map[delivery]uint64, len(c.deliveries))
	for d, n := range c.deliveries {
		out[d] = n
	}
	return out
}
