package heard

import "errors"

// class is a set of what a phrase can be.
type class uint64

// What a phrase can be: words of time first, then words that tell who says it and how.
const (
	weekdayWord   class = 1 << iota // Monday is 1; a part of that day stands in the second byte
	weekdayShort                    // counts only with a date, a clock or a preposition beside it
	monthWord                       // January is 1
	dayWord                         // days from today
	partWord                        // of the day, see parts
	weekEnd                         // weeks from now
	monthEnd                        // months from now
	nextWorkday                     // "next working day"
	numberWord                      // "three"
	articleOne                      // "a", "eine": one, of a length of time
	unitWord                        // see units
	minutesWord                     // a length of time in one phrase
	clockWord                       // "Uhr", "o'clock", "h"
	amWord                          // "am"
	pmWord                          // "pm"
	clockBefore                     // "half past": minutes to add
	clockBehind                     // "et demie"
	zoneWord                        // see zones
	nextWord                        // "next" Friday: unsure
	thisWord                        // "this" Friday
	lastWord                        // "last" Friday: past
	fuzzyWord                       // "early next week", "a few hours": a time that nobody can note
	byWord                          // "by", "no later than"
	beforeWord                      // "before": an hour, never a day
	untilWord                       // "until", which may be how long
	inWord                          // "in", "within"
	atWord                          // "at"
	onWord                          // "on"
	aroundWord                      // "around"
	afterWord                       // "after"
	ofWord                          // "of", "from", "since": the time belongs to a thing
	forWord                         // "for"
	betweenWord                     // "between"
	rangeWord                       // "and", "to" between two clocks
	glueWord                        // may stand within a time
	latestWord                      // "at the latest"
	ordinalWord                     // "th"
	subjectWord                     // "I", "we"
	willWord                        // with its subject: "I will"
	weakWord                        // "I hope to", "I can"
	formWord                        // a verb's form that promises with its subject: "melde"
	verbWord                        // a verb that promises behind will: "send"
	phraseWord                      // promises by itself: "next update"
	callWord                        // of a telephone
	notWord                         // "not"
	ifWord                          // "if"
	hedgeWord                       // "probably"
	thatWord                        // begins a clause within: "that", "which"
	pleaseWord                      // asks the reader
	andWord                         // joins clauses
	idleWord                        // "be out", "wait": no promise of work
	colleagueWord                   // "my colleague"
	willOther                       // "will" with another subject
	formOther                       // "meldet sich"
	everyWord                       // "every", "Fridays"
	correctWord                     // "no, sorry"
	needWord                        // a customer's "we need"
	eventWord                       // a thing that has a time of its own: "meeting"
	otherWord                       // another subject: "you", "the courier"
	purposeWord                     // "to", "pour", before a verb: somebody else's deed
	deedWord                        // a verb whose time may be that of the deed or of its object: only "by" promises
	newsWord                        // "answer", "Bescheid": what makes a deed one for the reader
	articleWord                     // before a noun: what follows is no verb
	neutralWord                     // a phrase in which a word of another class says nothing: "no problem"
)

// errUnknownClass is what a language file with a name that we do not know gives.
var errUnknownClass = errors.New("this name is not known")

// wordClasses are the names under [words] of a language file.
var wordClasses = map[string]class{
	"next_workday": nextWorkday, "one": articleOne, "clock": clockWord, "am": amWord, "pm": pmWord, "next": nextWord, "this": thisWord, "last": lastWord,
	"fuzzy": fuzzyWord, "by": byWord, "before": beforeWord, "until": untilWord, "in": inWord, "at": atWord, "on": onWord, "around": aroundWord,
	"after": afterWord, "of": ofWord, "for": forWord, "between": betweenWord, "range": rangeWord, "glue": glueWord, "latest": latestWord,
	"ordinal": ordinalWord, "subject": subjectWord, "will": willWord, "weak": weakWord, "form": formWord, "verb": verbWord, "phrase": phraseWord,
	"call": callWord, "call_verb": callWord | verbWord, "call_form": callWord | formWord, "please_form": pleaseWord | formWord, "call_phrase": callWord | phraseWord, "call_other": callWord | formOther,
	"deed_other": deedWord | formOther, "call_please": callWord | pleaseWord | formWord, "not": notWord, "if": ifWord, "hedge": hedgeWord, "that": thatWord, "please": pleaseWord, "and": andWord, "idle": idleWord,
	"colleague": colleagueWord, "will_other": willOther, "form_other": formOther, "every": everyWord, "correct": correctWord, "need": needWord,
	"event": eventWord, "other": otherWord, "purpose": purposeWord, "deed_form": deedWord | formWord, "deed_verb": deedWord | verbWord, "news": newsWord, "article": articleWord, "neutral": neutralWord,
}

// timeWords can be in a time.
const timeWords = weekdayWord | weekdayShort | monthWord | dayWord | partWord | weekEnd | monthEnd | nextWorkday | unitWord | minutesWord |
	clockWord | amWord | pmWord | clockBefore | fuzzyWord

// prepositions stand before a time.
const prepositions = byWord | beforeWord | untilWord | inWord | atWord | onWord | aroundWord | afterWord | ofWord | forWord | betweenWord | latestWord

// parts of the day, by their names in the language files.
var parts = []string{"", "morning", "early", "noon", "afternoon", "evening", "midnight", "close"}

const (
	noPart = iota
	morning
	early
	noon
	afternoon
	evening
	midnight
	closing
)

// units of time, by their names in the language files.
var units = []string{"", "minute", "hour", "workhour", "day", "workday", "week", "month"}

const (
	noUnit = iota
	unitMinute
	unitHour
	unitWorkhour
	unitDay
	unitWorkday
	unitWeek
	unitMonth
)
