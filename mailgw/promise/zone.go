package promise

import (
	"fmt"
	"time"
)

// The offsets of the places where people live; what lies outside is a broken
// clock, not a customer.
const (
	westmost = -12 * 60 * 60
	eastmost = 14 * 60 * 60
)

// Zone returns the zone in which to tell a customer a time: that of the Date
// header of their mail. known is false when there is no such header or it says
// "-0000"; then, and when its offset exists nowhere, it is the desk's zone.
// When its offset is the desk's own, at the time of the header or at the time at
// which the mail came in, it is the desk's zone too: the customer most likely
// lives there, and that zone knows when the clocks change. Otherwise it is a zone
// of that fixed offset, named "UTC+9".
//
// RFC 5322 §3.3: "-0000" says that the time was made by a system that may be in
// a local zone, and that the date contains no information about it.
func Zone(dateHeaderTime time.Time, known bool, desk *time.Location, at time.Time) *time.Location {
	if !known {
		return desk
	}
	_, offset := dateHeaderTime.Zone()
	if offset < westmost || offset > eastmost {
		return desk
	}
	if offset == offsetIn(desk, dateHeaderTime) || offset == offsetIn(desk, at) {
		return desk
	}
	if offset == 0 {
		return time.UTC
	}
	return time.FixedZone(offsetName(offset), offset)
}

func offsetIn(loc *time.Location, t time.Time) int {
	_, offset := t.In(loc).Zone()
	return offset
}

// zoneName returns the name of the zone that t is shown in: its abbreviation
// where it has one made of letters and known to mean one offset, with the offset
// where it means several, and the offset alone for the rest.
func zoneName(t time.Time) string {
	name, offset := t.Zone()
	switch name {
	case "CST", "CDT", "IST", "PST": // Chicago or Shanghai, Chicago or Havana, Delhi or Jerusalem, Los Angeles or Manila
		return name + ", " + offsetName(offset)
	}
	for _, c := range name {
		if c < 'A' || c > 'Z' {
			return offsetName(offset)
		}
	}
	if name == "" {
		return offsetName(offset)
	}
	return name
}

// offsetName returns "UTC", "UTC+9" or "UTC-3:30" for seconds east of UTC.
func offsetName(offset int) string {
	if offset == 0 {
		return "UTC"
	}
	sign := '+'
	if offset < 0 {
		sign, offset = '-', -offset
	}
	name := fmt.Sprintf("UTC%c%d", sign, offset/3600)
	if offset%3600 != 0 {
		name += fmt.Sprintf(":%02d", offset/60%60)
	}
	return name
}
