package config

import (
	"errors"
	"path/filepath"
	"slices"

	"supportgw/rules/hours"
	"supportgw/rules/hours/holiday"
)

func (c *checker) calendars() {
	c.Hours = map[string]*hours.Calendar{}
	seen := map[string]string{}
	for i, cal := range c.Calendars {
		path := element("calendar", i)
		c.unique(seen, path+".name", cal.Name)
		say := c.theirs()
		file := c.holidaysFile(path+".holidays_file", cal.HolidaysFile)
		found, errs := cal.Find(file, cal.Holidays)
		c.Calendars[i].More, c.Calendars[i].Unused = found.Days, found.Unused
		cal.More = found.Days
		compiled, more := hours.Compile(cal.Spec)
		for _, err := range append(more, errs...) {
			key, text := path, err.Error()
			var wrong *hours.SpecError
			if errors.As(err, &wrong) {
				key, text = path+"."+wrong.Key, wrong.Text
			}
			say(key, text)
		}
		if cal.AlwaysOpen && cal.HolidaysFile != "" {
			say(path+".always_open", "says around the clock, but there is a holidays_file too; remove one of the two")
		}
		c.Hours[cal.Name] = compiled
	}
}

// HolidaysSuffix is how the name of every holidays_file ends.
const HolidaysSuffix = ".ics"

// holidaysFile reads the file of a calendar, nil when there is none or it is wrong.
func (c *checker) holidaysFile(key, name string) []hours.Holiday {
	if name == "" || c.has(key) {
		return nil
	}
	if filepath.Ext(name) != HolidaysSuffix {
		c.at(key, "is no iCalendar file by its name (got %s); write one that ends with %s", show(name), HolidaysSuffix)
		return nil
	}
	if c.read == nil {
		return nil
	}
	path := c.beside(name)
	text, err := c.read(path)
	if err != nil {
		c.at(key, "%s (got %s); write an iCalendar file, or leave it out", reason(err), show(name))
		return nil
	}
	days, errs := holiday.ParseFile(filepath.Base(name), text)
	for _, err := range errs {
		p := Problem{File: path, Text: err.Error()}
		var wrong *holiday.FileError
		if errors.As(err, &wrong) {
			p.Line, p.Text = wrong.Line, wrong.Text
		}
		c.other(p)
	}
	return days
}

// holidays warns of calendars whose list ends: somebody has forgotten the next year.
func (f *fileChecker) holidays() {
	for i := range f.Calendars {
		cal := &f.Calendars[i]
		path, compiled := element("calendar", i), f.Hours[cal.Name]
		if compiled == nil || len(cal.Holidays)+len(cal.More) == 0 {
			continue
		}
		now := f.now.In(compiled.Location())
		today := hours.DateOf(now)
		if len(compiled.Holidays(today, hours.DateOf(now.AddDate(1, 0, 0)))) == 0 {
			f.warn(path, `no holiday is known in the next 12 months; write holidays_of = ["CH-ZH"], or next year's days into holidays or holidays_file`)
		}
		var last string
		for _, h := range cal.More {
			if h.Source == filepath.Base(cal.HolidaysFile) {
				last = max(last, h.Date.String())
			}
		}
		if last != "" && last < today.String() {
			f.warn(path+".holidays_file", "its last holiday was on %s (got %s); write next year's days into it", last, show(cal.HolidaysFile))
		}
		for _, k := range cal.Unused {
			f.warn(element(path+".not_holidays", k), "is no holiday of holidays_of or holidays_file (got %q); remove it", cal.NotHolidays[k])
		}
	}
}

// beside is a path that begins in the folder of the configuration file.
func (c *Config) beside(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(c.Path), name)
}

// HolidayFiles are the holidays_file of all calendars as they are opened, each once, in order.
func (c *Config) HolidayFiles() []string {
	var files []string
	for _, cal := range c.Calendars {
		if path := c.beside(cal.HolidaysFile); path != "" && !slices.Contains(files, path) {
			files = append(files, path)
		}
	}
	return files
}
