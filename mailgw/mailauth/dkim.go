package mailauth

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/emersion/go-msgauth/dkim"
)

// Limits on what signatures cost.
const (
	maxSignatures = 5         // that are verified; each reads the whole mail
	maxHeader     = 256 << 10 // bytes of the header of a mail that is verified
	maxKeyRecord  = 4 << 10   // bytes of a key's record: RSA of 8192 bits needs 1.5 KiB
)

// signature is a DKIM-Signature field.
type signature struct {
	start, end int    // in the mail, to behind its line end
	domain     string // d=, "" when it is none that could be somebody's
	tags       map[string]string
}

// checkDKIM verifies the signatures of a mail, those first that would speak for the
// From domain. One finding says that there is none.
func checkDKIM(ctx context.Context, r Resolver, raw []byte, from string) (all []finding) {
	list, why := signatures(raw)
	return verifyAll(ctx, r, raw, from, list, why)
}

// verifyAll is checkDKIM for the signatures that were found, and why they do not count.
func verifyAll(ctx context.Context, r Resolver, raw []byte, from string, list []signature, why string) (all []finding) {
	switch {
	case len(list) == 0 && why == "":
		return []finding{{method: methodDKIM, result: resultNone, why: "no signature"}}
	case len(list) == 0:
		return []finding{{method: methodDKIM, result: resultNone, why: why}}
	case why != "":
		return []finding{{method: methodDKIM, result: resultPermError, domain: list[0].domain, why: why}}
	}
	slices.SortStableFunc(list, func(a, b signature) int {
		return cmp.Compare(rank(b.domain, from), rank(a.domain, from))
	})
	for i := range list[:min(len(list), maxSignatures)] {
		all = append(all, list[i].verify(ctx, r, raw))
	}
	return all
}

// rank is how much a signature of a domain is worth to a From domain.
func rank(domain, from string) int {
	switch {
	case domain == from:
		return 2
	case aligned(domain, from):
		return 1
	}
	return 0
}

// signatures finds the signatures of a mail, and why none of them counts, "" when
// they do. All who read the mail must agree where its body begins and what its
// fields are: each line of the header is a field, an empty line ends it, and no
// field stands twice that may not. A signature speaks for the last of several,
// while readers show the first.
func signatures(raw []byte) (list []signature, why string) {
	seen := map[string]bool{}
	end := 0
	for f := range fields(raw) {
		if end = f.end; end > maxHeader {
			return list, "the header is too long, so no signature counts"
		}
		name := strings.ToLower(f.name)
		if seen[name] && onlyOnce(name) {
			why = "there are several fields " + name + ", so no signature counts"
		}
		seen[name] = true
		if name == fieldSignature {
			s := signature{start: f.start, end: f.end, tags: parseTags(string(raw[f.value:f.end]))}
			s.domain = domainOf(s.tags["d"])
			list = append(list, s)
		}
	}
	if rest := raw[end:]; !bytes.HasPrefix(rest, []byte("\r\n")) && !bytes.HasPrefix(rest, []byte("\n")) {
		why = "a line of the header is no field, so no signature counts"
	}
	return list, why
}

// fieldSignature is the field of a signature, in lower case.
const fieldSignature = "dkim-signature"

// onlyOnce reports fields of which a mail has one at most. RFC 5322 §3.6, RFC 2045 §3.
func onlyOnce(name string) bool {
	switch name {
	case "from", "sender", "reply-to", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references",
		"mime-version", "content-type", "content-transfer-encoding":
		return true
	}
	return false
}

// verify verifies one signature.
//
// Workaround: go-msgauth v0.7.0 verifies several signatures in goroutines of its
// own, where nobody recovers from a panic, and does not say which result is whose.
// So it gets one at a time: the one in question on top (TestDKIMSeveral).
func (s *signature) verify(ctx context.Context, r Resolver, raw []byte) (f finding) {
	f = finding{method: methodDKIM, domain: s.domain}
	if s.domain == "" {
		f.result, f.why = resultPermError, "its d= names no domain"
		return f
	}
	defer func() {
		if p := recover(); p != nil {
			f.result, f.why = resultPermError, clip(fmt.Sprint("cannot be verified: ", p))
		}
	}()
	var key string
	lookUp := func(name string) ([]string, error) {
		txts, err := r.LookupTXT(ctx, name)
		if err == nil && len(txts) == 1 {
			if key = txts[0]; len(key) > maxKeyRecord {
				return nil, errors.New("the record of the key is too long")
			}
		}
		return txts, err
	}
	mail := io.MultiReader(bytes.NewReader(raw[s.start:s.end]), bytes.NewReader(raw[:s.start]), bytes.NewReader(raw[s.end:]))
	all, err := dkim.VerifyWithOptions(mail, &dkim.VerifyOptions{LookupTXT: lookUp, MaxVerifications: 1})
	if len(all) != 1 {
		f.result, f.why = resultPermError, clip(fmt.Sprint("cannot be read: ", err))
		return f
	}
	f.result, f.why = s.result(all[0].Err, parseTags(key))
	return f
}

// result says what the outcome of a verification means under the flags of the key.
//
// RFC 6376 §3.6.1: with t=y a mail counts as if it were not signed, and with t=s the
// domain of i= is d= itself.
func (s *signature) result(err error, key map[string]string) (result, why string) {
	switch {
	case dkim.IsTempFail(err):
		return resultTempError, reason(err)
	case dkim.IsPermFail(err):
		return resultPermError, reason(err)
	case err != nil:
		return resultFail, reason(err)
	}
	identity := s.tags["i"]
	identity = domainOf(identity[strings.LastIndexByte(identity, '@')+1:])
	for flag := range strings.SplitSeq(key["t"], ":") {
		switch {
		case flag == "y":
			return resultNeutral, "the key is for tests (t=y): it counts as unsigned"
		case flag == "s" && identity != "" && identity != s.domain:
			return resultPermError, "the key is not for subdomains (t=s), and i= names one"
		}
	}
	return resultPass, ""
}

// reason is an error of package dkim in a few words.
func reason(err error) string { return clip(strings.TrimPrefix(err.Error(), "dkim: ")) }

// parseTags reads a list of tags, without any white space.
// RFC 6376 §3.2: tag=value, with semicolons between them.
func parseTags(s string) map[string]string {
	tags := map[string]string{}
	for tag := range strings.SplitSeq(s, ";") {
		if name, value, ok := strings.Cut(strings.Join(strings.Fields(tag), ""), "="); ok {
			tags[name] = value
		}
	}
	return tags
}
