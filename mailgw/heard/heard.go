// Package heard reads times in people's words: what an agent promises in an
// answer ("I'll get back to you by 3 pm"), by when a customer needs something,
// and a time that an agent types. [Solved] reads whether a customer says that their
// matter is solved; [ReadImpact] how many people it affects and whether they can work.
//
// It is made for being right: a time that can be understood in two ways, or that
// is hedged, conditional or somebody else's, is not Sure, and whoever uses it asks
// the writer. What it does not understand, it does not see.
//
// It is pure: no clock but [Context.Now], no network, no disk; safe for
// concurrent use. Its work is bounded by the length of the text.
package heard

import (
	"time"

	"supportgw/rules/hours"
)

// Context is what words are understood from.
type Context struct {
	Now   time.Time       // when they were written, in the writer's zone: "today" is that day there
	Lang  string          // BCP 47 of the words; "" or one that is not known: every language is tried
	Hours *hours.Calendar // when the desk works, for "end of day" and "by Friday"; nil is Mon-Fri 09:00-17:00 in Now's zone
}

// Promise is a time that the writer promised, or asked for, in words.
type Promise struct {
	Words    string    // the sentence as it was written, at most 200 bytes
	Start    int       // where the words of the time begin, in bytes of the text
	End      int       // where they end
	At       time.Time // by when, in the zone of Now; zero when no time could be made of it
	Sure     bool      // it can be noted without asking
	Callback bool      // a call was promised, not a mail
	Why      string    // how it was understood, or why it is not sure; for the agent, in English
}
