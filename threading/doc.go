// Package threading answers three questions about a ticket's mail: which ticket
// does this mail belong to ([Match]), may it write there ([Admit]), and how is
// our own mail written so that replies find home ([Keyring.Seal],
// [Keyring.MessageID], [ReplyAddress]).
//
// It reads no mail: whoever parses a mail hands over header fields and
// addresses. It is pure: no clock, no disk, no network, no goroutines, and it
// imports nothing of the house. All functions, and a [Keyring] once made, may
// be used by many goroutines at once.
//
// Whatever comes in, nothing here fails: an id, an address or a token that
// cannot be read is no evidence, and a mail without evidence is a new matter.
// There is no unsigned fallback: knowing a ticket's number proves nothing.
package threading
