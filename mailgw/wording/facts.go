package wording

// The styles of an acknowledgement: how much of the customer's own words it may
// show, which depends on how sure we are that the mail is really theirs. An
// automatic answer must not carry a stranger's words to somebody whose address
// was forged.
const (
	StyleListened = "listened" // authenticated: subject and words are shown
	StyleFull     = "full"     // a known address or domain, not authenticated: all that we say, and of theirs what the facts hold
	StyleNeutral  = "neutral"  // unknown and not authenticated: nothing that the mail said
)

// AckFacts is what an acknowledgement says, fixed when it was decided. Empty
// fields leave out their sentence, except where noted.
type AckFacts struct {
	// Style is one of the Style constants; anything else counts as neutral.
	Style string `json:"style"`
	// Template names own words for this acknowledgement (see [Load]); "", and one that
	// is not there, in this language or at all, are the usual ones.
	Template string `json:"template,omitempty"`
	// DeskName is the desk's display name ("Example Support"); it also signs when
	// Signature is empty.
	DeskName string `json:"desk_name,omitempty"`
	// DeskAddress is the address the customer wrote to; named in the last line.
	DeskAddress string `json:"desk_address,omitempty"`
	// CustomerName is the person's display name. When "" or not like a name (an
	// address, a link, very long) nobody is greeted by name. Never shown in neutral.
	CustomerName string `json:"customer_name,omitempty"`
	// Company is the customer the ticket was put down to. Never shown in neutral.
	Company string `json:"company,omitempty"`
	// Subject is theirs, decoded. Never shown in neutral.
	Subject string `json:"subject,omitempty"`
	// Excerpt is their new words in short; at most the first 400 characters or 6
	// lines are shown, and only in listened.
	Excerpt string `json:"excerpt,omitempty"`
	// Ticket is the number, said small at the end; 0 is not said.
	Ticket uint64 `json:"ticket,omitempty"`
	// By is the promised time, said in the mail's language and the customer's zone:
	// "by 15:00 today, Tuesday 14 July (CEST)". "" promises nothing.
	By string `json:"by,omitempty"`
	// NextDay says that the promised time lies on another working day: how to say
	// that it is an emergency then stands before everything else.
	NextDay bool `json:"next_day,omitempty"`
	// Urgent says that somebody was paged: the mail then says so, and does not say
	// again how to call for help.
	Urgent bool `json:"urgent,omitempty"`
	// Emergency is the desk's sentence on how to say that it cannot wait.
	Emergency string `json:"emergency,omitempty"`
	// Signature is the desk's, one or more lines, set below our closing words; ""
	// signs with DeskName.
	Signature string `json:"signature,omitempty"`
	// AskCompany asks which company the person writes for. It names none.
	AskCompany bool `json:"ask_company,omitempty"`
	// ReplyTo is where the answer to that comes home to; "" offers no link that writes it.
	ReplyTo string `json:"reply_to,omitempty"`
	// Impact asks how much it hurts, or says what we understood of the answer.
	Impact ImpactFacts `json:"impact,omitzero"`
	// NameTo is the address of the link by which the customer says how they want to be
	// called; "" offers none. Never shown in neutral.
	NameTo string `json:"name_to,omitempty"`
}

// The events that a notice tells of.
const (
	EventNew      = "new"      // a new ticket
	EventReply    = "reply"    // new words on a ticket
	EventNote     = "note"     // an agent's words for the house alone
	EventAnswered = "answered" // an agent's words, on their way to the customer
	EventYours    = "yours"    // the reader was given the ticket
)

// BeforeFacts are how it went with a customer before. A zero field is not worth a word.
type BeforeFacts struct {
	// WaitedOn is the ticket on which they last waited long for an answer; 0: they did not.
	WaitedOn uint64 `json:"waited_on,omitempty"`
	// WaitedHours is how many hours that took; two days or more are said in days.
	WaitedHours int `json:"waited_hours,omitempty"`
	// Unkept is how many promises to them were broken in the last 90 days.
	Unkept int `json:"unkept,omitempty"`
	// Reopened is how many of their tickets were opened again in the last 90 days.
	Reopened int `json:"reopened,omitempty"`
	// Mails is how many mails they wrote in the last 7 days.
	Mails int `json:"mails,omitempty"`
}

// NoticeFacts is what an agent is told about a mail. Empty fields leave out
// their part. Priority, Status and Confidence are the gateway's own English
// words and are translated; an unknown one is shown as it is.
type NoticeFacts struct {
	// Ticket is the number.
	Ticket uint64 `json:"ticket,omitempty"`
	// Desk is the desk's short name in the configuration.
	Desk string `json:"desk,omitempty"`
	// DeskName is its display name; "" shows Desk.
	DeskName string `json:"desk_name,omitempty"`
	// From is who wrote: "Name <addr>".
	From string `json:"from,omitempty"`
	// Company is the customer's name.
	Company string `json:"company,omitempty"`
	// Candidates are companies that it could be, too near to tell; 5 are named.
	Candidates []string `json:"candidates,omitempty"`
	// CandidatesWhy is why it could be they.
	CandidatesWhy string `json:"candidates_why,omitempty"`
	// RuleNotes are what rules tell the agents, each with the rule's name; nil for none.
	RuleNotes []string `json:"rule_notes,omitempty"`
	// Left is what the mail says of somebody who has left the company; "" when it does not.
	Left string `json:"left,omitempty"`
	// LeftUnproven says that nothing proves who wrote that.
	LeftUnproven bool `json:"left_unproven,omitempty"`
	// Confidence says how sure Company is: known, domain, claimed or unknown.
	Confidence string `json:"confidence,omitempty"`
	// Level is the service level's name.
	Level string `json:"level,omitempty"`
	// Priority is low, normal, high or urgent; urgent also stands in the subject.
	Priority string `json:"priority,omitempty"`
	// Status is new, open, pending, solved or closed.
	Status string `json:"status,omitempty"`
	// Due is when the answer is due, said in the agent's zone.
	Due string `json:"due,omitempty"`
	// Subject is the customer's, decoded.
	Subject string `json:"subject,omitempty"`
	// Impact is how much it hurts, as far as the customer has said or was asked.
	Impact NoticeImpact `json:"impact,omitzero"`
	// Words is what the customer newly wrote; shown up to 4096 bytes.
	Words string `json:"words,omitempty"`
	// WordsHTML is the same as HTML that was cleaned (letter.CleanHTML): the HTML of
	// the notice shows it as it is. "" shows Words there too.
	WordsHTML string `json:"words_html,omitempty"`
	// Attachments are their names, with sizes if wanted; 20 are listed.
	Attachments []string `json:"attachments,omitempty"`
	// History is what went before, one line each, newest last; the last are listed, as
	// many as Matter leaves room for.
	History []string `json:"history,omitempty"`
	// Matter is what is known of the matter beside that; see MaxMatter.
	Matter []MatterLine `json:"matter,omitempty"`
	// Similar are solved tickets that may help; 3 are shown.
	Similar []NoticeSimilar `json:"similar,omitempty"`
	// Goes is whom an answer to the notice goes to; nobody when it cannot be answered.
	Goes NoticeGoes `json:"goes,omitzero"`
	// Links are what the reader can do in one step.
	Links NoticeLinks `json:"links,omitzero"`
	// Evidence is why the mail is on this ticket; 10 are listed.
	Evidence []string `json:"evidence,omitempty"`
	// Tags are the ticket's; 20 are listed.
	Tags []string `json:"tags,omitempty"`
	// Maybe are other tickets that the mail may have to do with, one line each; 5 are listed.
	Maybe []string `json:"maybe,omitempty"`
	// Needs are the times by which the customer needs something, one line each; 5 are listed.
	Needs []string `json:"needs,omitempty"`
	// Phones are phone numbers that the writer gave, such as +41446681800; 5 are shown.
	Phones []string `json:"phones,omitempty"`
	// LevelWhy is which agreement gives the level, and why; "" when there is no more to say of it.
	LevelWhy string `json:"level_why,omitempty"`
	// Ending are the customer's agreements that end soon, or ended not long ago, one
	// phrase each; 5 are shown.
	Ending []string `json:"ending,omitempty"`
	// Before is how it went with the customer before; the zero value says nothing.
	Before BeforeFacts `json:"before,omitzero"`
	// Event is one of the Event constants; anything else counts as new.
	Event string `json:"event,omitempty"`
	// Asks is the ticket that a held mail asks for, without proof that its writer
	// belongs there; 0: it is not held.
	Asks uint64 `json:"asks,omitempty"`
	// HeldID is the held mail's id, by which it is admitted.
	HeldID string `json:"held_id,omitempty"`
	// Said is what the customer answered when we asked whether it is solved: yes, no
	// or partly; "" when that was not asked, or the words are none of these.
	Said string `json:"said,omitempty"`
	// CanReply says that a reply goes to the customer; the notice then says how to
	// answer. Else it says that a reply stays in the house.
	CanReply bool `json:"can_reply,omitempty"`
}

// PageFacts is what the person on call is told. Empty fields leave out their part.
type PageFacts struct {
	// Ticket is the number.
	Ticket uint64 `json:"ticket,omitempty"`
	// From is who wrote: "Name <addr>".
	From string `json:"from,omitempty"`
	// Company is the customer's name.
	Company string `json:"company,omitempty"`
	// Subject is the customer's, decoded.
	Subject string `json:"subject,omitempty"`
	// Words is what the customer wrote; the first 400 characters or 6 lines are shown.
	Words string `json:"words,omitempty"`
	// Due is when the answer is due, said in the agent's zone.
	Due string `json:"due,omitempty"`
	// Rule is the name of the rule that pages.
	Rule string `json:"rule,omitempty"`
	// Desk is the desk's name.
	Desk string `json:"desk,omitempty"`
}
