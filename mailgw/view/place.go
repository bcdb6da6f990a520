package view

import "supportgw/mailgw/ticket"

// Place is where mails stand in what agents see as folders: on a shelf, in the order of
// their UIDs (RFC 9051 §2.3.1.1). It is one mail, or several of one ticket whose
// numbers and UIDs both go up by one. What shelves there are, which folder shows them,
// and when a mail gets another place, follows from the tickets.
//
// A UID stands for one mail on all shelves together, and is never given again.
type Place struct {
	Shelf  string    // see [Shelf.String]; no NUL
	UID    uint32    // of the first
	Count  uint32    // how many, at least 1
	Ticket uint64    // the ticket that they are on; 0 of an Item
	Seq    uint32    // the first one's entry on it; 0 of an Item
	Item   ticket.ID // a mail on no ticket: one of a drawer, or an agent's own; 0 of others

	Customer uint64 // whose they are; 0: not known
	Answered uint32 // entries up to this one were answered
	Urgent   bool   // for the desk
	Overdue  bool   // what was promised, or aimed at, is past
}

// MailRef names a mail that a Place shows.
type MailRef struct {
	Ticket uint64
	Seq    uint32
	Item   ticket.ID // instead of both
}
