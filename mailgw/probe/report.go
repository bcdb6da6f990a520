package probe

import (
	"slices"
	"time"
)

// Report is what a run measured. Times are milliseconds. A mail that was neither
// accepted nor counted as an error was not sent, because the run ended before.
type Report struct {
	Addr        string   `json:"addr"`
	Run         string   `json:"run"`
	Connections int      `json:"connections"`
	Messages    int      `json:"messages"` // that were to be sent
	Accepted    int      `json:"accepted"` // mails with a 250
	Errors      int      `json:"errors"`   // mails given up
	Retries     int      `json:"retries"`  // attempts beyond the first
	Bytes       int      `json:"bytes"`    // of the mails accepted
	Seconds     float64  `json:"seconds"`
	PerSecond   float64  `json:"per_second"` // mails accepted
	DotP50      float64  `json:"dot_p50_ms"` // from the final dot to its 250
	DotP90      float64  `json:"dot_p90_ms"`
	DotP99      float64  `json:"dot_p99_ms"`
	DotMax      float64  `json:"dot_max_ms"`
	MailP50     float64  `json:"mail_p50_ms"` // the whole mail with its connection and attempts; with a rate, since it was due
	MailP90     float64  `json:"mail_p90_ms"`
	MailP99     float64  `json:"mail_p99_ms"`
	MailMax     float64  `json:"mail_max_ms"`
	FirstErrors []string `json:"first_errors"` // the first different ones, those of attempts that were repeated among them
}

func (r *run) report(workers []*worker, seconds float64) Report {
	rep := Report{
		Addr: r.Addr, Run: r.Run, Connections: r.Connections, Messages: r.Messages, Accepted: int(r.accepted.Load()),
		Seconds: seconds, FirstErrors: append([]string{}, r.errors...),
	}
	var dot, whole []time.Duration
	for _, w := range workers {
		dot, whole = append(dot, w.dot...), append(whole, w.whole...)
		rep.Errors, rep.Retries, rep.Bytes = rep.Errors+w.failed, rep.Retries+w.retries, rep.Bytes+w.bytes
	}
	if seconds > 0 {
		rep.PerSecond = float64(rep.Accepted) / seconds
	}
	slices.Sort(dot)
	slices.Sort(whole)
	rep.DotP50, rep.DotP90, rep.DotP99, rep.DotMax = percentile(dot, 50), percentile(dot, 90), percentile(dot, 99), percentile(dot, 100)
	rep.MailP50, rep.MailP90, rep.MailP99, rep.MailMax = percentile(whole, 50), percentile(whole, 90), percentile(whole, 99), percentile(whole, 100)
	return rep
}

// percentile is the least of the sorted times that p of 100 do not exceed, in
// milliseconds; 0 when there are none.
func percentile(sorted []time.Duration, p int) float64 {
	if len(sorted) == 0 {
		return 0
	}
	rank := (len(sorted)*p + 99) / 100
	return float64(sorted[max(rank, 1)-1].Microseconds()) / 1000
}
