package login

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"sync"
	"time"
)

// cache knows passwords that were right a short while ago, by their keyed hash. What a
// person may log in with is part of each line: a password that is changed or revoked
// counts no more at once.
type cache struct {
	mu    sync.Mutex
	lines map[mac]cacheLine
}

type cacheLine struct {
	until time.Time
	print [sha256.Size]byte
	with  credential
}

// has returns which password one was that is known.
func (c *cache) has(m mac, now time.Time, print [sha256.Size]byte) (credential, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l, ok := c.lines[m]
	return l.with, ok && now.Before(l.until) && l.print == print
}

func (c *cache) put(m mac, now time.Time, print [sha256.Size]byte, with credential) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lines == nil || len(c.lines) >= remembered { // all log in anew then, which costs a hash each
		c.lines = make(map[mac]cacheLine)
	}
	c.lines[m] = cacheLine{until: now.Add(remember), print: print, with: with}
}

// print is what the person may log in with, in short.
func (p *Person) print() [sha256.Size]byte {
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00%x\x00", fold(p.Address), p.Hash.Sum())
	for i := range p.Devices {
		h.Write(p.Devices[i].Sum[:])
	}
	var out [sha256.Size]byte
	copy(out[:], h.Sum(nil))
	return out
}

// fold is an address as it is compared.
func fold(address string) string { return strings.ToLower(address) }

// accountOf names the account that a try is counted for: all names of one person are one.
func accountOf(p *Person, user string) string {
	if p != nil {
		return fold(p.Address)
	}
	return fold(user[:min(len(user), maxUser)])
}
