package ticket

import (
	"testing"
	"time"
)

// A no raises by one step, and wakes nobody.
func TestRaised(t *testing.T) {
	for from, want := range map[Priority]Priority{Low: Normal, Normal: High, High: High, Urgent: Urgent, "": ""} {
		if got := from.Raised(); got != want {
			t.Errorf("%s raised is %s, want %s", from, got, want)
		}
	}
}

// The alarm is the notice's, then the end's, and none when nothing is to be done.
func TestClosingAlarm(t *testing.T) {
	notice, end := time.Unix(1000, 0), time.Unix(2000, 0)
	for name, c := range map[string]struct {
		of   *Closing
		want time.Time
	}{
		"none":       {nil, time.Time{}},
		"never":      {&Closing{AskedAt: notice, CloseAt: end}, time.Time{}},
		"not told":   {&Closing{NoticeAt: notice, CloseAt: end}, notice},
		"told":       {&Closing{NoticeAt: notice, ToldAt: notice, CloseAt: end}, end},
		"closed now": {&Closing{NoticeAt: notice, ToldAt: notice, CloseAt: end, Silent: true}, time.Time{}},
	} {
		if got := c.of.Alarm(); !got.Equal(c.want) {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
