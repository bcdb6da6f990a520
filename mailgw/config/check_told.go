package config

import (
	"time"

	"supportgw/mailgw/notify"
)

// told looks at when an agent is told.
func (c *checker) told(path string, a *Agent) {
	var minutes [notify.MinutesOfDay]bool
	for k, q := range a.Quiet {
		span, err := notify.ParseSpan(q)
		if err != nil {
			c.at(element(path+".quiet", k), "%s", err)
			return
		}
		span.Mark(&minutes)
	}
	free := false
	for _, quiet := range minutes {
		free = free || !quiet
	}
	if !free {
		c.at(path+".quiet", "leaves no time of the day for any notice (got %s); write shorter ones: 22:00-07:00", list(a.Quiet))
	}
	if a.DigestEvery%(15*time.Minute) != 0 && !c.has(path+".digest_every") {
		c.at(path+".digest_every", `must be in quarters of an hour (got %q); write %q`, a.DigestEvery, a.DigestEvery.Round(15*time.Minute))
	}
}

// Told is what an agent wants to be told, and when, as package notify reads it. Their
// hours are the caller's to add.
func (a *Agent) Told() notify.Person {
	p := notify.Person{
		Working: a.NoticesAt == NoticesWorking, Digest: a.Notices == NoticesDigest, Every: a.DigestEvery,
		OnlyMine: a.OnlyMine,
	}
	if a.NoticesFrom != "" {
		p.From = notify.Rank(a.NoticesFrom)
	}
	for _, q := range a.Quiet {
		if span, err := notify.ParseSpan(q); err == nil { // the check has said so
			p.Quiet = append(p.Quiet, span)
		}
	}
	return p
}

// The values of [Agent.Notices] and [Agent.NoticesAt].
const (
	NoticesEach    = "each"
	NoticesDigest  = "digest"
	NoticesWorking = "working"
	NoticesAlways  = "always"
)
