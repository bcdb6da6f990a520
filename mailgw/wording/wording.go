// Package wording is what the gateway says, and how: to customers the
// acknowledgement, the word that a told time will not be kept and the frame of an
// agent's answer, to agents notices, pages, promises that break and what did not
// work, each as subject, text and HTML, in the languages of the folder lang.
//
// Facts come in, a Message goes out; the same facts in the same words always give the same
// message, so that an outbox row can hold facts instead of bytes. The package
// computes no time, chooses no language and knows no addresses: times come said
// ("by 15:00 today"), and headers are made by package letter. Facts are words
// from hostile mail: they are cleaned of what could disguise or break a mail
// (control characters, direction overrides), cut to a bounded length and
// escaped here, and nowhere else.
//
// A new language is one more file in lang, with every phrase of en.toml; the
// tests say what is missing. The files are part of the program and read at the
// first call. A [Catalogue] is those languages, [Builtin] as they are and [Load]
// with phrases that an admin has replaced. It never changes, so everything is safe
// for concurrent use. Facts never cause an error; only an unknown template, JSON
// that is no facts, or a broken built-in language does. An admin's file that is
// wrong is refused by Load, with all that is wrong in it.
package wording

import (
	"encoding/json"
	"fmt"
)

// Message is a mail's content, ready for headers and encoding.
type Message struct {
	// Subject is one line of at most 250 characters, not encoded; never "".
	Subject string
	// Text is the plain form: UTF-8, lines end with LF, the last one too. Each
	// paragraph is one line: clients wrap.
	Text string
	// HTML is the same content as a whole HTML document: inline styles, no
	// pictures, nothing that is loaded from elsewhere.
	HTML string
}

// The names of the templates, as outbox rows hold them.
const (
	TemplateAcknowledgement = "acknowledgement" // of AckFacts
	TemplateNotice          = "notice"          // of NoticeFacts
	TemplatePage            = "page"            // of PageFacts
	TemplateAnswer          = "answer"          // of AnswerFacts
	TemplateNotSent         = "not_sent"        // of NotSentFacts
	TemplateCommands        = "commands"        // of CommandFacts
	TemplateUndelivered     = "undelivered"     // of UndeliveredFacts
	TemplateDrawer          = "drawer"          // of DrawerFacts
	TemplateSlow            = "slow"            // of SlowFacts
	TemplateLate            = "late"            // of LateFacts
	TemplateDue             = "due"             // of DueFacts
	TemplateBehind          = "behind"          // of DrawerFacts
	TemplateLastHour        = "last_hour"       // of DrawerFacts
	TemplateDigest          = "digest"          // of DigestFacts
	TemplateSolved          = "solved"          // of SolvedFacts
	TemplateClock           = "clock"           // of ClockFacts
	TemplateUpdate          = "update"          // of UpdateFacts
	TemplateStatus          = "status"          // of StatusFacts
	TemplateOwnName         = "own_name"        // of OwnNameFacts
	TemplateForward         = "forward"         // of ForwardFacts
	TemplateUnsent          = "unsent"          // of UnsentFacts
	TemplateDone            = "done"            // of DoneFacts
	TemplateWhy             = "why"             // of WhyFacts
	TemplateHelp            = "help"            // of HelpFacts
)

// Render writes what an outbox row says: the named template in the language
// nearest to lang with the facts in their JSON form. It errs on a template that
// does not exist and on JSON that is not of the template's facts.
func (c *Catalogue) Render(template, lang string, facts json.RawMessage) (Message, error) {
	switch template {
	case TemplateAcknowledgement:
		return renderJSON(c, lang, facts, (*Catalogue).Acknowledgement)
	case TemplateNotice:
		return renderJSON(c, lang, facts, (*Catalogue).Notice)
	case TemplatePage:
		return renderJSON(c, lang, facts, (*Catalogue).Page)
	case TemplateAnswer:
		return renderJSON(c, lang, facts, (*Catalogue).Answer)
	case TemplateNotSent:
		return renderJSON(c, lang, facts, (*Catalogue).NotSent)
	case TemplateCommands:
		return renderJSON(c, lang, facts, (*Catalogue).Commands)
	case TemplateUndelivered:
		return renderJSON(c, lang, facts, (*Catalogue).Undelivered)
	case TemplateDrawer:
		return renderJSON(c, lang, facts, (*Catalogue).Drawer)
	case TemplateSlow:
		return renderJSON(c, lang, facts, (*Catalogue).Slow)
	case TemplateLate:
		return renderJSON(c, lang, facts, (*Catalogue).Late)
	case TemplateDue:
		return renderJSON(c, lang, facts, (*Catalogue).Due)
	case TemplateBehind:
		return renderJSON(c, lang, facts, (*Catalogue).Behind)
	case TemplateLastHour:
		return renderJSON(c, lang, facts, (*Catalogue).LastHour)
	case TemplateDigest:
		return renderJSON(c, lang, facts, (*Catalogue).Digest)
	case TemplateSolved:
		return renderJSON(c, lang, facts, (*Catalogue).Solved)
	case TemplateClock:
		return renderJSON(c, lang, facts, (*Catalogue).Clock)
	case TemplateUpdate:
		return renderJSON(c, lang, facts, (*Catalogue).Update)
	case TemplateStatus:
		return renderJSON(c, lang, facts, (*Catalogue).Status)
	case TemplateOwnName:
		return renderJSON(c, lang, facts, (*Catalogue).OwnName)
	case TemplateForward:
		return renderJSON(c, lang, facts, (*Catalogue).Forward)
	case TemplateUnsent:
		return renderJSON(c, lang, facts, (*Catalogue).Unsent)
	case TemplateDone:
		return renderJSON(c, lang, facts, (*Catalogue).Done)
	case TemplateWhy:
		return renderJSON(c, lang, facts, (*Catalogue).Why)
	case TemplateHelp:
		return renderJSON(c, lang, facts, (*Catalogue).Help)
	}
	return Message{}, fmt.Errorf("unknown template %q", template)
}

func renderJSON[F any](c *Catalogue, lang string, facts json.RawMessage, write func(*Catalogue, string, F) (Message, error)) (Message, error) {
	var f F
	if err := json.Unmarshal(facts, &f); err != nil {
		return Message{}, fmt.Errorf("read facts: %w", err)
	}
	return write(c, lang, f)
}
