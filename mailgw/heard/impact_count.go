package heard

import "supportgw/rules"

// everybody is what is counted when all are affected.
const everybody = int64(rules.Everybody)

// several is what "several" is counted as.
const several = 3

// numeral reads the number that begins with hit i: "twenty five", "10-15", "5 of 50"; the end is
// behind the last hit of it. It is 0 when it is none.
func (s *impactSegment) numeral(t *impactText, i int) (n int64, end int) {
	h := s.hits[i]
	n, end = h.value, i+1
	joins := func(k int) bool { return k < len(s.hits) && s.hits[k].from-s.hits[k-1].to <= 0 }
	if h.kind&impactTens != 0 && joins(end) {
		if u := s.hits[end]; u.kind&impactNumber != 0 && !t.tokens[u.from].digits && u.value < 20 {
			n, end = n+u.value, end+1
		} else if end+1 < len(s.hits) && u.kind&impactSplit != 0 && joins(end+1) && s.hits[end+1].value < 10 && s.hits[end+1].kind&impactNumber != 0 {
			n, end = n+s.hits[end+1].value, end+2
		}
	}
	if joins(end) { // "10-15", "10 to 15"
		u := s.hits[end]
		switch {
		case u.kind&impactNumber != 0 && t.tokens[u.from].dash && u.value >= n:
			n, end = u.value, end+1
		case u.kind&impactRange != 0 && joins(end+1) && s.hits[end+1].kind&impactNumber != 0 && s.hits[end+1].value >= n:
			n, end = s.hits[end+1].value, end+2
		}
	}
	if joins(end) && s.hits[end].kind&impactOf != 0 && end+1 < len(s.hits) && s.hits[end+1].from-s.hits[end].to <= 1 && s.hits[end+1].kind&impactNumber != 0 {
		end += 2
	}
	if i > 0 && s.hits[i-1].kind&impactNumber != 0 && s.hits[i-1].to == h.from || joins(end) && s.hits[end].kind&impactNumber != 0 {
		return 0, end // "044 123 45": no count
	}
	return n, end
}

// persons reads a number of people: "about 20 of our users", "me and 2 colleagues".
func (s *impactSegment) persons(t *impactText, i int) (n int64, end int) {
	n, end = s.numeral(t, i)
	if n == 0 {
		return 0, end
	}
	for k := end; k < len(s.hits) && s.hits[k].from == s.hits[k-1].to; k++ {
		switch kind := s.hits[k].kind; {
		case kind&impactPerson != 0:
			end = k + 1
			if i > 0 && s.hits[i-1].kind&impactPlus != 0 {
				n++
			}
			if end < len(s.hits) && s.hits[end].kind&impactAndMe != 0 && s.hits[end].from == s.hits[k].to {
				n, end = n+1, end+1
			}
			return n, end
		case kind&(impactSoft|impactOf|impactAbout) == 0:
			return 0, end
		}
	}
	return 0, end
}
