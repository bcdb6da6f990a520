package rules

// MaxSteps is how much the globs and regexps of all rules may do with one mail,
// whatever the rules and the mail are: bytes looked at times steps for each, where a
// regexp has as many as its compiled form has instructions. When those that have to be
// tried could need more, each sees less of its text, all of them the same: as much as
// makes the sum come out.
const MaxSteps = 1 << 25

const (
	globSteps     = 1 // for each byte: to search for the parts of a glob
	wildGlobSteps = 8 // the same of one that has ?, and one more for each 64 characters
)

// reach is how many bytes of its field a pattern sees at most.
func (a *atom) reach() int {
	if a.form == formRegexp {
		return MaxRegexpBytes
	}
	return MaxTextBytes
}

// pattern says that the atom is tried on its texts, and not found by an index.
func (a *atom) pattern() bool { return a.form == formGlob || a.form == formRegexp }

// allot sets how much of their texts the patterns see that have to be tried. It knows
// which ones those are before the first rule is asked, so that the verdict does not
// depend on which conditions were looked at.
func (sc *scratch) allot() {
	sc.limit = MaxTextBytes
	total, each := 0, 0
	for _, id := range sc.set.patterns {
		if a := &sc.set.atoms[id]; sc.known[id] == unknown {
			bytes := sc.texts[a.field].bytes
			if a.form == formGlob {
				bytes = sc.texts[a.field].wide
			}
			if a.field == fieldTags {
				bytes += sc.set.tagBytes
			}
			total += a.steps * min(bytes, a.reach()+1)
			each += a.steps
		}
	}
	if total > MaxSteps {
		sc.limit = max(0, MaxSteps/each-1)
	}
}

// Reach returns how many bytes of a text each regexp sees at the worst, when all those
// that no literal text can rule out meet a long mail, and the rule that has the
// largest of these, by its index: [MaxRegexpBytes] and -1 when they see as much as is
// ever seen.
func (s *Set) Reach() (bytes, rule int) {
	if s == nil {
		return MaxRegexpBytes, -1
	}
	each, largest := 0, 0
	for _, id := range s.patterns {
		a := &s.atoms[id]
		if a.form != formRegexp || s.base[id] != unknown {
			continue
		}
		each += a.steps
		if a.steps > largest {
			largest, rule = a.steps, a.rule
		}
	}
	if each*(MaxRegexpBytes+1) <= MaxSteps {
		return MaxRegexpBytes, -1
	}
	return MaxSteps/each - 1, rule
}
