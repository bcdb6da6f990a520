package hours

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestCompileErrors(t *testing.T) {
	cases := []struct {
		name string
		spec Spec
		want []string // the start of each error
	}{
		{"nothing given", Spec{}, []string{`zone: is missing; write an IANA name such as "Europe/Zurich"`, `week: no day is ever open; write`}},
		{"a Windows zone", office("W. Europe Standard Time"), []string{`zone: "W. Europe Standard Time" is not a known time zone; write an IANA name`}},
		{"the machine's zone", office("Local"), []string{`zone: "Local" is not a place; write`}},
		{"a path as zone", office("../../etc/passwd"), []string{`zone: "../../etc/passwd" is not a known`}},
		{"short interval", weekOf("UTC", "mon", "9-17"), []string{`week.mon: "9-17" is not an interval; write "09:00-17:00"`}},
		{"typed dash", weekOf("UTC", "mon", "9:00 – 17.30"), []string{`week.mon: "9:00 – 17.30" is not an interval; write "09:00-17:30"`}},
		{"no interval at all", weekOf("UTC", "mon", "morning"), []string{`week.mon: "morning" is not an interval; write "09:00-17:00"`}},
		{"minute 60", weekOf("UTC", "mon", "09:60-17:00"), []string{`week.mon: "09:60-17:00" is not an interval`}},
		{"after 24:00", weekOf("UTC", "mon", "09:00-24:01"), []string{`week.mon: "09:00-24:01" is not an interval`}},
		{"over midnight", weekOf("UTC", "fri", "22:00-06:00"), []string{`week.fri: "22:00-06:00" ends before it starts; for a night write "22:00-24:00" on this day and "00:00-06:00" on the next`}},
		{"until 00:00", weekOf("UTC", "fri", "22:00-00:00"), []string{`week.fri: "22:00-00:00" ends before it starts; write "22:00-24:00"`}},
		{"empty interval", weekOf("UTC", "fri", "09:00-09:00"), []string{`week.fri: "09:00-09:00" is empty; write "00:00-24:00"`}},
		{"overlap", weekOf("UTC", "fri", "09:00-12:00", "fri", "11:00-17:00"), []string{`week.fri: "09:00-12:00" and "11:00-17:00" overlap; write "09:00-17:00" instead of both`}},
		{"long day name", weekOf("UTC", "monday", "09:00-12:00"), []string{`week.monday: "monday" is not a day or a range of days; write mon, tue`}},
		{"half a range", weekOf("UTC", "mon-", "09:00-12:00"), []string{`week.mon-: "mon-" is not a day or a range`}},
		{"day named twice", weekOf("UTC", "fri", "09:00-12:00", "mon-fri", "09:00-17:00"), []string{`week.mon-fri: fri is already in week.fri; name each day once`}},
		{"only closed days", Spec{Zone: "UTC", Week: map[string][]string{"mon-sun": {}}}, []string{`week: no day is ever open`}},
		{"bad holidays", office("UTC", "2026-12-25", "25.12.2026", "2026-02-30"), []string{
			`holidays[1]: "25.12.2026" is not a date; write year, month and day as "2026-12-25"`, `holidays[2]: "2026-02-30" is not a date`}},
		{"always, with hours", Spec{Zone: "UTC", AlwaysOpen: true, Week: map[string][]string{"mon": {"09:00-12:00"}}, Holidays: []string{"2026-12-25"}},
			[]string{`always_open: says around the clock, but there is a week too; remove one`, `always_open: says around the clock, but there are holidays too; remove one`}},
		{"all at once", Spec{Zone: "Zurich", Week: map[string][]string{"mo": nil, "tue": {"9"}}, Holidays: []string{"Christmas"}},
			[]string{`zone: `, `week.mo: `, `week.tue: `, `holidays[0]: `}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			cal, errs := Compile(c.spec)
			if cal != nil {
				t.Error("a calendar came with the errors")
			}
			if len(errs) != len(c.want) {
				t.Fatalf("errors %q, want %q", errs, c.want)
			}
			for i, err := range errs {
				if !strings.HasPrefix(err.Error(), c.want[i]) {
					t.Errorf("got  %s\nwant %s", err, c.want[i])
				}
				if se := (*SpecError)(nil); !errors.As(err, &se) || !strings.HasPrefix(err.Error(), se.Key+": ") {
					t.Errorf("%T is no SpecError with its key", err)
				}
			}
		})
	}
	_, errs := Compile(office("UTC", "x"))
	if len(errs) != 1 || !errors.Is(errs[0], ErrBadDate) {
		t.Errorf("the cause is lost: %v", errs)
	}
}

func TestCompileRanges(t *testing.T) {
	cal := compile(t, weekOf("UTC", "sat-mon", "10:00-11:00", "tue-fri", "09:00-10:00", "tue-fri", "10:00-11:00"))
	for day := time.Sunday; day <= time.Saturday; day++ {
		want := fmt.Sprint([]span{{9 * 3600, 11 * 3600}}) // touching intervals are one
		if day == time.Saturday || day <= time.Monday {
			want = fmt.Sprint([]span{{10 * 3600, 11 * 3600}})
		}
		if got := fmt.Sprint(cal.week[day]); got != want {
			t.Errorf("%v: %v, want %v", day, got, want)
		}
	}
}

func FuzzParseInterval(f *testing.F) {
	for _, s := range []string{"09:00-17:30", "00:00-24:00", "9-17", "22:00-06:00", "-", "9:5-10", "24:00-24:00", "+9:00-10:00", "９:00-10:00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		iv, err := ParseInterval(s)
		if err != nil {
			if _, wanted, ok := strings.Cut(err.Error(), "; "); !ok || !strings.Contains(wanted, `"`) {
				t.Errorf("%v: does not say what to write", err)
			}
			return
		}
		if iv.From < 0 || iv.From >= iv.To || iv.To > dayMinutes || iv.String() != s {
			t.Errorf("%q became %+v", s, iv)
		}
	})
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2026-12-25", "0000-01-01", "2026-02-29", "9999-12-31", "2026-1-1", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDate(s)
		if err != nil {
			return
		}
		if d.String() != s {
			t.Errorf("%q became %v", s, d)
		}
		day := time.Unix(d.unixDay()*daySeconds, 0).UTC()
		if DateOf(day) != d {
			t.Errorf("%v counts as %v", d, day)
		}
	})
}
