package outbox

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// policy is what a domain demands of those who send it mail (MTA-STS, RFC 8461 §3.2).
type policy struct {
	ID      string        `json:"id"` // of the record that announced it
	Mode    string        `json:"mode"`
	MX      []string      `json:"mx,omitempty"` // names, in lower case; "*." stands for one label
	MaxAge  time.Duration `json:"max_age"`
	Fetched time.Time     `json:"fetched"`
}

// enforced reports whether mail goes to verified servers alone.
func (p *policy) enforced() bool { return p != nil && p.Mode == "enforce" }

// allows reports whether a policy names a host (RFC 8461 §4.1).
func (p *policy) allows(host string) bool {
	return slices.ContainsFunc(p.MX, func(pattern string) bool {
		if suffix, ok := strings.CutPrefix(pattern, "*."); ok {
			_, rest, found := strings.Cut(host, ".")
			return found && rest == suffix
		}
		return pattern == host
	})
}

func (p *policy) live(now time.Time) bool {
	return p != nil && now.Before(p.Fetched.Add(p.MaxAge)) && !now.Before(p.Fetched.Add(-time.Hour))
}

// The bounds of a policy.
const (
	maxPolicyBytes = 64 << 10
	maxPolicyAge   = 31_557_600 * time.Second // RFC 8461 §3.2
	policyTime     = 20 * time.Second         // to fetch one; RFC 8461 §3.3 suggests a minute
	policyAgain    = 5 * time.Minute          // after a fetch that failed: RFC 8461 §3.3
)

// policies are those of the domains that mail goes to. They are kept in files: who stands in
// the way after a restart must not be taken for a domain without.
type policies struct {
	o      MXOptions
	client *http.Client

	mu    sync.Mutex
	known map[string]*policy   // by domain; nil: there is none in a file
	again map[string]time.Time // when a fetch that failed may be tried again
}

// manyPolicies is how many are held in memory.
const manyPolicies = 4096

func newPolicies(o MXOptions) *policies {
	transport := o.Transport
	if transport == nil {
		transport = &http.Transport{DisableKeepAlives: true, TLSHandshakeTimeout: policyTime, DialContext: (&net.Dialer{Timeout: policyTime}).DialContext}
	}
	return &policies{
		o: o, known: map[string]*policy{}, again: map[string]time.Time{},
		client: &http.Client{
			Transport: transport, Timeout: policyTime,
			CheckRedirect: func(*http.Request, []*http.Request) error { return errors.New("it redirects, which a policy must not") }, // RFC 8461 §3.3
		},
	}
}

// of is the policy of a domain, nil for none. What the DNS or the server of the policy do not
// say is as it was before (RFC 8461 §5.1).
func (s *policies) of(ctx context.Context, domain string) *policy {
	now := time.Now()
	kept := s.kept(domain)
	if !kept.live(now) {
		kept = nil
	}
	id, err := s.announced(ctx, domain)
	if err != nil {
		if kept == nil { // nothing is known, and TLS is better than nothing
			s.o.Log.Warn("whether a domain has a policy (MTA-STS) is not known now", "domain", domain, "err", err)
		}
		return kept
	}
	if id == "" || kept != nil && id == kept.ID && now.Before(kept.Fetched.Add(kept.MaxAge/2)) || s.resting(domain, now) {
		return kept
	}
	fresh, err := s.fetch(ctx, domain)
	if err != nil {
		s.o.Log.Warn("the policy of a domain (MTA-STS) cannot be fetched", "domain", domain, "err", err, "have_older", kept != nil)
		s.rest(domain, now)
		return kept
	}
	fresh.ID, fresh.Fetched = id, now
	if err := s.keep(domain, fresh); err != nil {
		s.o.Log.Error("the policy of a domain (MTA-STS) cannot be kept", "domain", domain, "err", err)
	}
	return fresh
}

func (s *policies) resting(domain string, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return now.Before(s.again[domain])
}

func (s *policies) rest(domain string, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.again) >= manyPolicies {
		clear(s.again)
	}
	s.again[domain] = now.Add(policyAgain)
}

// announced is the id of the policy that the DNS tells of, "" for none (RFC 8461 §3.1).
func (s *policies) announced(ctx context.Context, domain string) (id string, err error) {
	records, err := s.o.Resolver.LookupTXT(ctx, "_mta-sts."+domain+".")
	var d *net.DNSError
	if errors.As(err, &d) && d.IsNotFound {
		return "", nil
	}
	if err != nil {
		return "", plainDNS(err)
	}
	records = slices.DeleteFunc(slices.Clone(records), func(r string) bool {
		version, _, _ := strings.Cut(r, ";")
		return strings.TrimSpace(version) != "v=STSv1"
	})
	if len(records) != 1 {
		return "", nil
	}
	for field := range strings.SplitSeq(records[0], ";") {
		if v, ok := strings.CutPrefix(strings.TrimSpace(field), "id="); ok && isPolicyID(v) {
			return v, nil
		}
	}
	return "", nil
}

func isPolicyID(v string) bool {
	return v != "" && len(v) <= 32 && !strings.ContainsFunc(v, func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z')
	})
}

// fetch gets a domain's policy from its server.
func (s *policies) fetch(ctx context.Context, domain string) (*policy, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://mta-sts."+domain+"/.well-known/mta-sts.txt", nil)
	if err != nil {
		return nil, err
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); resp.StatusCode != http.StatusOK || media != "text/plain" {
		return nil, fmt.Errorf("its server says %s, %q", resp.Status, resp.Header.Get("Content-Type"))
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxPolicyBytes+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxPolicyBytes {
		return nil, errors.New("it is longer than 64 KiB")
	}
	return parsePolicy(text)
}

// parsePolicy reads a policy (RFC 8461 §3.2).
func parsePolicy(text []byte) (*policy, error) {
	p := &policy{}
	seen := map[string]bool{}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		key, value, ok := strings.Cut(strings.TrimRight(lines.Text(), " \t\r"), ":")
		value = strings.TrimSpace(value)
		if !ok || key != "mx" && seen[key] { // of what stands there twice the first counts
			continue
		}
		seen[key] = true
		switch key {
		case "version":
			if value != "STSv1" {
				return nil, fmt.Errorf("its version is %q", value)
			}
		case "mode":
			if value != "enforce" && value != "testing" && value != "none" {
				return nil, fmt.Errorf("its mode is %q", value)
			}
			p.Mode = value
		case "max_age":
			seconds, err := strconv.ParseUint(value, 10, 32)
			if err != nil {
				return nil, fmt.Errorf("its max_age is %q", value)
			}
			p.MaxAge = min(time.Duration(seconds)*time.Second, maxPolicyAge)
		case "mx":
			p.MX = append(p.MX, strings.TrimSuffix(strings.ToLower(value), "."))
		}
	}
	switch {
	case lines.Err() != nil:
		return nil, lines.Err()
	case !seen["version"] || !seen["mode"] || !seen["max_age"] || p.Mode != "none" && len(p.MX) == 0:
		return nil, errors.New("it lacks version, mode, max_age or mx")
	}
	return p, nil
}

// file is where a domain's policy is kept; "" for a name that makes none.
func (s *policies) file(domain string) string {
	if s.o.Policies == "" || len(domain) > 253 || strings.ContainsFunc(domain, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' && c != '_'
	}) || strings.HasPrefix(domain, ".") {
		return ""
	}
	return filepath.Join(s.o.Policies, domain+".json")
}

// kept is the policy that was fetched last, nil for none.
func (s *policies) kept(domain string) *policy {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, ok := s.known[domain]; ok {
		return p
	}
	var p *policy
	if file := s.file(domain); file != "" {
		if text, err := os.ReadFile(file); err == nil {
			p = &policy{}
			if err := json.Unmarshal(text, p); err != nil {
				s.o.Log.Error("a policy that was kept cannot be read", "file", file, "err", err)
				p = nil
			}
		} else if !errors.Is(err, os.ErrNotExist) {
			s.o.Log.Error("a policy that was kept cannot be read", "file", file, "err", err)
		}
	}
	s.remember(domain, p)
	return p
}

// remember holds a policy in memory. The caller has the lock.
func (s *policies) remember(domain string, p *policy) {
	if len(s.known) >= manyPolicies {
		clear(s.known)
	}
	s.known[domain] = p
}

// keep keeps a policy for the restarts to come.
func (s *policies) keep(domain string, p *policy) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remember(domain, p)
	file := s.file(domain)
	if file == "" {
		return nil
	}
	if err := os.MkdirAll(s.o.Policies, 0o700); err != nil {
		return err
	}
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return replaceFile(file, text)
}

// replaceFile writes a file that is there as a whole, or not at all.
func replaceFile(name string, text []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(name), ".new-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // the older one stays
		}
	}()
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}
