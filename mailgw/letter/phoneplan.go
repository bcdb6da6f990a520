package letter

import (
	_ "embed"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// phonePlanFile says which phone numbers there are; its first lines say how it is read.
//
//go:embed phoneplan.txt
var phonePlanFile string

// phonePlan is what the numbers of one calling code look like.
type phonePlan struct {
	trunk   string    // before a national number in the country itself; "" for nothing
	lengths uint32    // bit n: n digits may follow the code
	heads   [2]uint64 // which two digits they may begin with
}

// phonePlans are all of them.
type phonePlans struct {
	codes   map[int]*phonePlan
	domains map[string]int // calling codes by country-code domain
}

// phoneNumbers is the table of the file. Nothing changes it.
var phoneNumbers = mustReadPhonePlans()

func mustReadPhonePlans() *phonePlans {
	p, err := readPhonePlans(phonePlanFile)
	if err != nil {
		panic("letter: " + err.Error()) // TestPhonePlans reads the same file
	}
	return p
}

func readPhonePlans(file string) (*phonePlans, error) {
	all := &phonePlans{codes: map[int]*phonePlan{}, domains: map[string]int{}}
	number := 0
	for line := range strings.Lines(file) {
		number++
		if strings.HasPrefix(line, "#") {
			continue
		}
		words := strings.Fields(line)
		if len(words) != 5 {
			return nil, fmt.Errorf("phoneplan.txt: line %d: five words are wanted", number)
		}
		code, err := strconv.Atoi(words[0])
		if err != nil {
			return nil, fmt.Errorf("phoneplan.txt: line %d: %w", number, err)
		}
		p := &phonePlan{}
		if words[2] != "-" {
			p.trunk = words[2]
		}
		for n := range numberRanges(words[3], &err) {
			p.lengths |= 1 << (n % 32)
		}
		for n := range numberRanges(words[4], &err) {
			p.heads[n/64%2] |= 1 << (n % 64)
		}
		if err != nil {
			return nil, fmt.Errorf("phoneplan.txt: line %d: %w", number, err)
		}
		all.codes[code] = p
		for domain := range strings.SplitSeq(words[1], ",") {
			if domain != "-" {
				all.domains[domain] = code
			}
		}
	}
	return all, nil
}

// numberRanges yields the numbers of "1,3-5".
func numberRanges(s string, failed *error) func(func(uint) bool) {
	return func(yield func(uint) bool) {
		for part := range strings.SplitSeq(s, ",") {
			from, to, ok := strings.Cut(part, "-")
			if !ok {
				to = from
			}
			low, err := strconv.ParseUint(from, 10, 8)
			high, err2 := strconv.ParseUint(to, 10, 8)
			if err != nil || err2 != nil || low > high {
				*failed = fmt.Errorf("%q is no range of numbers", part)
				return
			}
			for n := low; n <= high; n++ {
				if !yield(uint(n)) {
					return
				}
			}
		}
	}
}

// has tells whether digits may follow the code.
func (p *phonePlan) has(digits string) bool {
	if len(digits) < 4 || p.lengths>>len(digits)&1 == 0 {
		return false
	}
	head := (digits[0]-'0')*10 + digits[1] - '0'
	return p.heads[head/64]>>(head%64)&1 != 0
}

// international makes +41446681800 of the digits behind a plus sign; "" when there
// is no such number. code is how many digits the calling code has.
//
// ITU-T E.164 §6.2.1: at most 15 digits, the first one to three of which are the
// calling code; none begins with another.
func (all *phonePlans) international(digits string) (number string, code int) {
	n := 0
	for i := 0; i < 3 && i < len(digits); i++ {
		n = n*10 + int(digits[i]-'0')
		p := all.codes[n]
		if p == nil || digits[0] == '0' {
			continue
		}
		rest := digits[i+1:]
		if !p.has(rest) && p.trunk != "" {
			rest = strings.TrimPrefix(rest, p.trunk) // "+41 044 …" is wrong, and written
		}
		return p.write(digits[:i+1], rest), i + 1
	}
	return "", 0
}

// national makes +41446681800 of the digits as they are dialled in the country of a
// domain; "" when there is no such number.
func (all *phonePlans) national(digits, domain string) string {
	const shortest = 6
	domain = domain[strings.LastIndexByte(domain, '.')+1:]
	code, ok := all.domains[domain]
	if !ok || len(digits) < shortest {
		return ""
	}
	p := all.codes[code]
	rest, trunk := strings.CutPrefix(digits, p.trunk)
	// Without what stands before it, a shorter number may lack the code of its town.
	if whole := bits.Len32(p.lengths) - 1; (!trunk || !p.has(rest)) && len(digits) == whole {
		rest, trunk = digits, true
	}
	if !trunk {
		return ""
	}
	return p.write(strconv.Itoa(code), rest)
}

// write returns the number of a code and what follows it; "" when there is none.
func (p *phonePlan) write(code, rest string) string {
	const shortest, longest = 7, 15
	if n := len(code) + len(rest); n < shortest || n > longest || !p.has(rest) {
		return ""
	}
	return "+" + code + rest
}
