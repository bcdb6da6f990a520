package web

import (
	"math"
	"strconv"
	"strings"
)

// Kind is what a metric's values mean.
type Kind string

// The kinds of metrics.
const (
	Counter   Kind = "counter"   // only grows, and begins anew at a restart unless its help says otherwise
	Gauge     Kind = "gauge"     // goes up and down
	Histogram Kind = "histogram" // its samples have the suffixes _bucket, _sum and _count
)

// Metric is a family of figures.
type Metric struct {
	Name    string   // in snake_case, its unit at the end
	Help    string   // one line: what is counted, in which unit, since when
	Kind    Kind     // what the values mean
	Samples []Sample // the figures; none: only the name is shown
}

// Sample is one figure.
type Sample struct {
	Suffix string  // behind the metric's name; "" but in a histogram
	Labels []Label // nil = none
	Value  float64
}

// Label tells the samples of a metric apart.
type Label struct {
	Name  string // in snake_case
	Value string // any text
}

// Value is a metric of one figure without labels.
func Value(name string, kind Kind, help string, v float64) Metric {
	return Metric{Name: name, Help: help, Kind: kind, Samples: []Sample{{Value: v}}}
}

// Add appends a sample; labels are names and values in turn.
func (m *Metric) Add(v float64, labels ...string) {
	m.Samples = append(m.Samples, Sample{Labels: pairs(labels), Value: v})
}

// AddPart appends a sample of a histogram, with its suffix.
func (m *Metric) AddPart(suffix string, v float64, labels ...string) {
	m.Samples = append(m.Samples, Sample{Suffix: suffix, Labels: pairs(labels), Value: v})
}

func pairs(texts []string) (out []Label) {
	for i := 0; i+1 < len(texts); i += 2 {
		out = append(out, Label{texts[i], texts[i+1]})
	}
	return out
}

// In Prometheus' text format these cannot stand as they are.
var (
	helpText  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	labelText = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
)

// appendMetrics appends metrics in Prometheus' text format, version 0.0.4.
func appendMetrics(out []byte, metrics []Metric) []byte {
	for _, m := range metrics {
		out = append(out, "# HELP "+m.Name+" "+helpText.Replace(m.Help)+"\n# TYPE "+m.Name+" "+string(m.Kind)+"\n"...)
		for _, s := range m.Samples {
			out = append(out, m.Name+s.Suffix...)
			for i, l := range s.Labels {
				sep := byte(',')
				if i == 0 {
					sep = '{'
				}
				out = append(out, sep)
				out = append(out, l.Name+`="`+labelText.Replace(strings.ToValidUTF8(l.Value, "?"))+`"`...)
			}
			if len(s.Labels) > 0 {
				out = append(out, '}')
			}
			out = append(out, ' ')
			out = appendValue(out, s.Value)
			out = append(out, '\n')
		}
	}
	return out
}

func appendValue(out []byte, v float64) []byte {
	switch {
	case math.IsInf(v, 1):
		return append(out, "+Inf"...)
	case math.IsInf(v, -1):
		return append(out, "-Inf"...)
	case v == math.Trunc(v) && math.Abs(v) < 1<<53: // counters are easier read without an exponent
		return strconv.AppendInt(out, int64(v), 10)
	}
	return strconv.AppendFloat(out, v, 'g', -1, 64)
}
