package letter

import "strings"

// maxTails is how many pieces are taken from the end of the new words; more
// nobody adds.
const maxTails = 60

// cutTails takes from the end of the new words and of the signature what mail
// programs and companies add: "Sent from my phone", disclaimers.
func (s *quoteSplitter) cutTails() {
	if i := s.lastSpan(len(s.spans), SpanSignature); i >= 0 {
		if at := s.legalTail(s.spans[i].Start, s.spans[i].End); at < s.spans[i].End {
			s.carve(i, at, SpanDisclaimer)
		}
	}
	i := s.lastSpan(len(s.spans), SpanNew)
	for range maxTails {
		if i < 0 {
			return
		}
		span := s.spans[i]
		words := strings.TrimRight(s.text[span.Start:span.End], blankSigns+"\n")
		if words == "" {
			i = s.lastSpan(i, SpanNew)
			continue
		}
		if at := lastLine(words); IsDeviceLine(words[at:]) {
			s.carve(i, span.Start+at, SpanSignature)
			continue
		}
		at := s.legalTail(span.Start, span.End)
		if at == span.End || s.isSigned(i) || s.isFirst(i, at) {
			return
		}
		s.carve(i, at, SpanDisclaimer)
	}
}

// lastSpan returns the last span of a kind before the one with the number i; -1
// when there is none.
func (s *quoteSplitter) lastSpan(i int, kind SpanKind) int {
	for i--; i >= 0 && s.spans[i].Kind != kind; i-- {
	}
	return i
}

// isSigned tells whether "-- " stands directly below a span: disclaimers stand
// below a signature, not above it.
func (s *quoteSplitter) isSigned(i int) bool {
	return i+2 < len(s.spans) && s.spans[i+1].Kind == SpanSeparator && s.spans[i+2].Kind == SpanSignature
}

// isFirst tells whether nobody's words stand above a place in a span, new or old:
// then what stands there is what the mail says.
func (s *quoteSplitter) isFirst(i, at int) bool {
	return isBlank(s.text[s.spans[i].Start:at]) && (i == 0 || isBlank(s.text[:s.spans[i].Start]))
}

// lastLine returns where the last line begins.
func lastLine(s string) int { return strings.LastIndexByte(s, '\n') + 1 }
