package promise

import (
	"testing"
	"time"
)

func TestZone(t *testing.T) {
	zurich, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		t.Fatal(err)
	}
	summer, winter := "2026-07-14T09:12:00", "2026-12-14T09:12:00"
	cases := []struct {
		name    string
		header  string
		unknown bool
		at      string
		want    string // the zone's name
		says    string // in the mail, at the time of at
	}{
		{"no date", "0001-01-01T00:00:00Z", true, summer + "Z", "Europe/Zurich", "CEST"},
		{"-0000", summer + "Z", true, summer + "Z", "Europe/Zurich", "CEST"},
		{"the desk's, in summer", summer + "+02:00", false, summer + "Z", "Europe/Zurich", "CEST"},
		{"the desk's, in winter", winter + "+01:00", false, winter + "Z", "Europe/Zurich", "CET"},
		{"written before the clock changed", "2026-10-24T23:00:00+02:00", false, "2026-10-26T08:00:00Z", "Europe/Zurich", "CET"},
		{"a date of long ago, an offset of now", "1970-01-01T00:00:00+02:00", false, summer + "Z", "Europe/Zurich", "CEST"},
		{"the desk's of the other season", winter + "+02:00", false, winter + "Z", "UTC+2", "UTC+2"},
		{"Tokyo", summer + "+09:00", false, summer + "Z", "UTC+9", "UTC+9"},
		{"Newfoundland", winter + "-03:30", false, winter + "Z", "UTC-3:30", "UTC-3:30"},
		{"Kathmandu", winter + "+05:45", false, winter + "Z", "UTC+5:45", "UTC+5:45"},
		{"universal time", summer + "+00:00", false, summer + "Z", "UTC", "UTC"},
		{"the first to see the day", summer + "+14:00", false, summer + "Z", "UTC+14", "UTC+14"},
		{"the last", summer + "-12:00", false, summer + "Z", "UTC-12", "UTC-12"},
		{"nobody lives there", summer + "+14:01", false, summer + "Z", "Europe/Zurich", "CEST"},
		{"nor there", summer + "-23:00", false, summer + "Z", "Europe/Zurich", "CEST"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			now := at(t, c.at)
			got := Zone(at(t, c.header), !c.unknown, zurich, now)
			if got.String() != c.want {
				t.Errorf("got %v, want %s", got, c.want)
			}
			if says := zoneName(now.In(got)); says != c.says {
				t.Errorf("says %q, want %q", says, c.says)
			}
		})
	}
}

// A header's time may come with a zone that the time package left nameless.
func TestZoneNameOfNamelessZones(t *testing.T) {
	for _, c := range []struct {
		name   string
		offset int
		want   string
	}{
		{"", 7200, "UTC+2"}, {"", 0, "UTC"}, {"-03", -3 * 3600, "UTC-3"}, {"+0330", 12600, "UTC+3:30"}, {"Local", 3600, "UTC+1"}, {"IST", 19800, "IST, UTC+5:30"},
	} {
		if got := zoneName(time.Unix(0, 0).In(time.FixedZone(c.name, c.offset))); got != c.want {
			t.Errorf("%q %d: %q, want %q", c.name, c.offset, got, c.want)
		}
	}
}
