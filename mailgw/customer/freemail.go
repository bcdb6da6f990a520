package customer

import (
	"crypto/sha256"
	_ "embed" // the lists of mail providers
	"strings"
)

// freeMailText lists domains that never make a company, by hand.
//
//go:embed freemail.txt
var freeMailText string

// freeMailDomains is freeMailText as a set.
var freeMailDomains = readFreeMail(freeMailText)

func readFreeMail(text string) map[string]bool {
	set := map[string]bool{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			set[line] = true
		}
	}
	return set
}

// publicFreeMail are the 92,000 domains of a public list of mail providers and of
// disposable addresses (its licence is in freemail-LICENSE): the first bytes of
// their SHA-256, sorted, so that it costs neither time at the start nor memory but
// its own 462 kB. TestPublicFreeMail makes it of the list.
//
//go:embed freemail.sums
var publicFreeMail string

// sumBytes is the size of an entry of publicFreeMail. Of a million other domains,
// 0.08 are taken for one of the list.
const sumBytes = 5

// freeMailSum is a domain as publicFreeMail has it.
func freeMailSum(domain string) string {
	sum := sha256.Sum256([]byte(domain))
	return string(sum[:sumBytes])
}

// isPublicFreeMail tells whether the public list has a domain.
func isPublicFreeMail(domain string) bool {
	sum := freeMailSum(domain)
	low, high := 0, len(publicFreeMail)/sumBytes
	for low < high {
		middle := (low + high) / 2
		if publicFreeMail[middle*sumBytes:(middle+1)*sumBytes] < sum {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return strings.HasPrefix(publicFreeMail[low*sumBytes:], sum)
}

// isFreeMail tells whether a normal domain, or one above it, is a mail provider's;
// the nearest that is listed decides, and the administrator's word first.
func (d *Directory) isFreeMail(domain string) bool {
	for s := domain; s != ""; s = parent(s) {
		switch {
		case d.freeMail[s]:
			return true
		case d.companyDomains[s]:
			return false
		case freeMailDomains[s], isPublicFreeMail(s):
			return true
		}
	}
	return false
}
