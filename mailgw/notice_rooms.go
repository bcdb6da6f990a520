package mailgw

import (
	"slices"
	"strings"

	"supportgw/mailgw/config"
	"supportgw/mailgw/ticket"
	"supportgw/mailgw/wording"
	"supportgw/threading"
)

// personal are the purposes of tokens that stand in the words of a mail to people of
// the house, each reader's own.
var personal = [...]threading.Purpose{
	threading.Private, threading.ActTake, threading.ActSolve, threading.ActWait, threading.ActAsk, threading.ActWrongCustomer,
	threading.ActNotForUs, threading.ActCall, threading.ActUndo, threading.ActSend, threading.ActTakeBack,
}

// personalAddress is an address of the desk with a room for the reader's own token, to
// stand in the facts of a mail to the house whose entry is seq; "" when the desk's
// addresses carry none. The room is a token of nobody: no words of a stranger's can
// hold it, and it is good for nothing, should it ever be seen.
func (v voice) personalAddress(p threading.Purpose, seq uint32) string {
	return v.tokenAddress(v.houseMode(), v.g.keys.Seal(threading.Ref{Purpose: p, Ticket: v.ticket, Entry: seq}))
}

// rooms are the rooms that texts of a row have, by the purpose of what belongs there.
func (g *Gateway) rooms(row *ticket.Outgoing, texts ...string) map[threading.Purpose]string {
	found := map[threading.Purpose]string{}
	for _, p := range personal {
		room := g.keys.Seal(threading.Ref{Purpose: p, Ticket: row.Ticket, Entry: row.EntrySeq})
		if slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, room) }) {
			found[p] = room
		}
	}
	return found
}

// fillRooms are pairs of a room and the token that one person gets there.
func (g *Gateway) fillRooms(row *ticket.Outgoing, rooms map[threading.Purpose]string, person uint32) (pairs []string) {
	for _, p := range personal {
		if room, ok := rooms[p]; ok {
			pairs = append(pairs, room, g.keys.Seal(threading.Ref{Purpose: p, Ticket: row.Ticket, Entry: row.EntrySeq, Person: person}))
		}
	}
	return pairs
}

// privateConversation is the person of a ticket's second pseudo id: notes of the house
// hang together in clients, and never with what a customer may read.
const privateConversation = 1

// privatePseudoID stands first in References of what is for the house alone.
func (v voice) privatePseudoID() string {
	return v.g.keys.MessageID(threading.Ref{Purpose: threading.Pseudo, Ticket: v.ticket, Person: privateConversation}, domainOf(v.desk.Address))
}

// noticeLinks are what makes sense to do in one step about a ticket, for its assignee
// or for others of the desk.
func (v voice) noticeLinks(t *ticket.Ticket, seq uint32, event string, mine bool) (l wording.NoticeLinks) {
	if v.houseMode() == config.TokenOff || event == wording.EventNote { // a note has an address of its own
		return l
	}
	at := func(p threading.Purpose, when bool) string {
		if !when {
			return ""
		}
		return v.personalAddress(p, seq)
	}
	over := t.Status == ticket.Solved || t.Status == ticket.Closed
	asked := event == wording.EventNew || event == wording.EventReply || event == wording.EventYours
	return wording.NoticeLinks{
		Take:          at(threading.ActTake, asked && !mine && t.Assignee == ""),
		Solve:         at(threading.ActSolve, asked && !over),
		Wait:          at(threading.ActWait, asked && !over),
		Ask:           at(threading.ActAsk, t.Status == ticket.Pending && !over),
		WrongCustomer: at(threading.ActWrongCustomer, asked && t.Customer != ""),
		NotForUs:      at(threading.ActNotForUs, asked && !over),
		Call:          at(threading.ActCall, asked && !over && len(v.phones) > 0),
		Private:       at(threading.Private, true),
	}
}
