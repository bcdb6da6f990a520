package bolt

import (
	"supportgw/mailgw/promise"
	"supportgw/mailgw/ticket"
)

// The records, member by member in the order of their fields.

func (a *appender) receipt(r *ticket.Receipt) {
	a.open()
	a.id("id", r.ID)
	a.text("message_id", r.MessageID)
	a.text("outcome", string(r.Outcome))
	if r.Ticket != 0 {
		a.number("ticket", r.Ticket)
	}
	a.time("at", r.At)
	a.text("source", r.Source)
	a.text("peer", r.Peer)
	a.some("helo", r.Helo)
	a.text("mail_from", r.MailFrom)
	a.list("rcpt_to", r.RcptTo)
	a.text("author", r.Author)
	a.bytes("hash", r.Hash)
	a.integer("size", r.Size)
	if len(r.RawSum) > 0 {
		a.bytes("raw_sum", r.RawSum)
	}
	a.someID("original", r.Original)
	if r.Erased != nil {
		a.rare("erased", r.Erased)
	}
	a.end('}')
}

func (a *appender) ticket(t *ticket.Ticket) {
	a.open()
	a.number("number", t.Number)
	a.text("desk", t.Desk)
	a.text("status", string(t.Status))
	a.text("priority", string(t.Priority))
	a.text("subject", t.Subject)
	a.text("requester", t.Requester)
	a.text("address", t.Address)
	a.someList("people", t.People)
	a.someList("copies", t.Copies)
	a.some("customer", t.Customer)
	if t.CustomerID != 0 {
		a.number("customer_id", t.CustomerID)
	}
	a.text("customer_confidence", string(t.Confidence))
	a.isTrue("asked_who", t.AskedCompany)
	a.text("level", t.Level)
	a.some("level_why", t.LevelWhy)
	a.some("assignee", t.Assignee)
	a.someList("tags", t.Tags)
	a.someList("rules_done", t.RulesDone)
	if t.Affected != 0 {
		a.number("affected", uint64(t.Affected))
	}
	a.some("blocked", t.Blocked)
	a.isTrue("asked_impact", t.AskedImpact)
	if len(t.Linked) > 0 {
		a.rare("linked", t.Linked)
	}
	if t.MovedTo != 0 {
		a.number("moved_to", t.MovedTo)
	}
	if t.MovedAs != 0 {
		a.number("moved_as", uint64(t.MovedAs))
	}
	if len(t.Moves) > 0 {
		a.rare("moves", t.Moves)
	}
	if t.Merged != nil {
		a.rare("merged", t.Merged)
	}
	if t.SplitFrom != 0 {
		a.number("split_from", t.SplitFrom)
	}
	if t.FollowedBy != 0 {
		a.number("followed_by", t.FollowedBy)
	}
	if t.Closing != nil {
		a.rare("closing", t.Closing)
	}
	a.someTime("wait_until", t.WaitUntil)
	a.some("workaround", t.Workaround)
	a.some("solution", t.Solution)
	a.some("satisfaction", string(t.Satisfaction))
	a.time("created_at", t.CreatedAt)
	a.time("updated_at", t.UpdatedAt)
	a.someTime("closed_at", t.ClosedAt)
	a.someID("promise_id", t.PromiseID)
	a.someTime("promise_due", t.PromiseDue)
	a.text("promise_state", t.PromiseIs)
	a.isTrue("told", t.Told)
	a.isTrue("put_off", t.PutOff)
	a.some("language", t.Language)
	a.number("entries", uint64(t.Entries))
	a.some("last_in_mid", t.LastIn)
	a.someTime("erased_at", t.ErasedAt)
	a.end('}')
}

func (a *appender) entry(e *ticket.Entry) {
	a.open()
	a.id("id", e.ID)
	a.number("ticket", e.Ticket)
	a.number("seq", uint64(e.Seq))
	a.text("kind", string(e.Kind))
	a.text("from", e.From)
	a.someList("to", e.To)
	a.someList("cc", e.Cc)
	a.time("at", e.At)
	a.some("subject", e.Subject)
	a.some("message_id", e.MessageID)
	a.some("excerpt", e.Excerpt)
	a.some("text", e.Text)
	a.some("outcome", string(e.Outcome))
	a.someList("evidence", e.Evidence)
	a.some("sender_auth", e.SenderAuth)
	a.someList("sender_auth_reasons", e.SenderWhy)
	a.some("by_agent", e.ByAgent)
	if len(e.Attachments) > 0 {
		a.name("attachments")
		a.b = append(a.b, '[')
		for i := range e.Attachments {
			a.open()
			a.text("name", e.Attachments[i].Name)
			a.text("type", e.Attachments[i].Type)
			a.integer("size", e.Attachments[i].Size)
			a.some("sha256", e.Attachments[i].SHA256)
			a.end('}')
		}
		a.end(']')
	}
	a.someList("problems", e.Problems)
	if e.Outgoing != nil {
		a.name("outgoing")
		a.outgoing(e.Outgoing)
	}
	a.someTime("sent_at", e.SentAt)
	a.some("reply", e.Reply)
	a.someTime("taken_back_at", e.TakenBackAt)
	a.someID("became", e.Became)
	a.someTime("erased_at", e.ErasedAt)
	a.end('}')
}

func (a *appender) events(list []ticket.Event) {
	if list == nil {
		a.b = append(a.b, "null,"...)
		return
	}
	a.b = append(a.b, '[')
	for i := range list {
		e := &list[i]
		a.open()
		a.number("ticket", e.Ticket)
		a.id("id", e.ID)
		a.time("at", e.At)
		a.text("who", e.Who)
		a.text("what", e.What)
		a.some("why", e.Why)
		a.end('}')
	}
	a.end(']')
}

func (a *appender) outgoing(o *ticket.Outgoing) {
	a.open()
	a.id("id", o.ID)
	a.number("ticket", o.Ticket)
	a.text("kind", string(o.Kind))
	a.text("envelope_from", o.EnvelopeFrom)
	a.list("envelope_to", o.EnvelopeTo)
	a.text("from", o.From)
	a.list("to", o.To)
	a.someList("cc", o.Cc)
	a.some("subject", o.Subject)
	a.some("tag", o.Tag)
	a.some("reply_to", o.ReplyTo)
	a.text("message_id", o.MessageID)
	a.time("date", o.Date)
	a.some("in_reply_to", o.InReplyTo)
	a.someList("references", o.References)
	a.text("template", o.Template)
	a.text("language", o.Language)
	a.raw("facts", o.Facts)
	a.someID("entry", o.Entry)
	a.number("entry_seq", uint64(o.EntrySeq))
	a.some("clock", o.Clock)
	a.some("lane", o.Lane)
	if len(o.Files) > 0 {
		a.name("files")
		a.b = append(a.b, '[')
		for i := range o.Files {
			a.open()
			a.integer("number", o.Files[i].Number)
			a.some("name", o.Files[i].Name)
			a.end('}')
		}
		a.end(']')
	}
	a.isTrue("omitted", o.Omitted)
	a.some("waits", string(o.Waits))
	if o.Held != nil {
		a.rare("held", o.Held)
	}
	a.integer("attempts", o.Attempts)
	a.someTime("released", o.Released)
	a.time("next_at", o.NextAt)
	a.some("last_reply", o.LastReply)
	a.someTime("erased_at", o.ErasedAt)
	a.end('}')
}

func (a *appender) promise(p *promise.Promise) {
	a.open()
	a.id("id", p.ID)
	a.number("ticket", p.Ticket)
	a.text("customer", p.Customer)
	a.text("agent", p.Agent)
	a.text("kind", string(p.Kind))
	a.flag("told", p.Told)
	a.text("state", string(p.State))
	a.time("due_at", p.DueAt)
	a.someTime("alarm_at", p.AlarmAt)
	a.some("stage", string(p.Stage))
	if p.Late != 0 {
		a.integer("late", p.Late)
	}
	a.someTime("announced_at", p.Announced)
	a.someTime("paused_at", p.PausedAt)
	a.someTime("resumed_at", p.Resumed)
	if p.Left != 0 {
		a.integer("left", int(p.Left))
	}
	if p.Spent != 0 {
		a.integer("spent", int(p.Spent))
	}
	a.isTrue("clock", p.Clock)
	a.time("made_at", p.MadeAt)
	a.text("made_by", p.MadeBy)
	a.some("mail", p.Mail)
	a.some("words", p.Words)
	a.someTime("kept_at", p.KeptAt)
	a.someList("kept_by", p.KeptBy)
	a.text("cause", p.Cause)
	a.some("why", p.Why)
	a.some("owed_to", p.OwedTo)
	if p.Wanted != 0 {
		a.integer("wanted", int(p.Wanted))
	}
	a.some("priority", string(p.Priority))
	a.isTrue("calibrated", p.Calibrated)
	a.isTrue("given_up", p.GivenUp)
	a.end('}')
}
