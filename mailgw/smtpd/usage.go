package smtpd

import (
	"net/netip"
	"sync"
)

// Usage counts the open connections, and the room that mails in flight have, of
// all Servers that share it. Each Server holds the counts against limits of its
// own. The zero value is ready; its methods may be called from many goroutines.
type Usage struct {
	mu          sync.Mutex
	connections int
	byHost      map[netip.Addr]int
	byNet       map[netip.Prefix]int
	bytes       int64
}

// connect counts one more connection of ip. When that is one too many for o it
// counts nothing and says why.
func (u *Usage) connect(ip netip.Addr, o *Options) (why reason, ok bool) {
	host, network := hostOf(ip), netOf(ip)
	bounded := o.MaxConnectionsPerNet > 0 && network.IsValid() && !o.isHouse(ip)
	u.mu.Lock()
	defer u.mu.Unlock()
	if o.MaxConnections > 0 && u.connections >= o.MaxConnections {
		return refusedConnections, false
	}
	if o.MaxConnectionsPerIP > 0 && host.IsValid() && u.byHost[host] >= o.MaxConnectionsPerIP {
		return refusedHost, false
	}
	if bounded && u.byNet[network] >= o.MaxConnectionsPerNet {
		return refusedNet, false
	}
	if u.byHost == nil {
		u.byHost, u.byNet = make(map[netip.Addr]int), make(map[netip.Prefix]int)
	}
	u.connections++
	u.byHost[host]++
	u.byNet[network]++
	return 0, true
}

// disconnect takes back what connect has counted.
func (u *Usage) disconnect(ip netip.Addr) {
	host, network := hostOf(ip), netOf(ip)
	u.mu.Lock()
	defer u.mu.Unlock()
	u.connections--
	if u.byNet[network]--; u.byNet[network] <= 0 {
		delete(u.byNet, network)
	}
	if u.byHost[host]--; u.byHost[host] <= 0 {
		delete(u.byHost, host)
	}
}

// reserve counts n more bytes of mails. When they would be more than limit (0 =
// none) it counts nothing and says so.
func (u *Usage) reserve(n, limit int64) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if limit > 0 && u.bytes+n > limit {
		return false
	}
	u.bytes += n
	return true
}

// release takes back n bytes that reserve has counted.
func (u *Usage) release(n int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.bytes -= n
}

// buffered returns the bytes that are counted now.
func (u *Usage) buffered() int64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.bytes
}
