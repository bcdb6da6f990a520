// Package imapd shows an agent's tickets as folders to any mail client, by IMAP4rev1
// and IMAP4rev2 (RFC 3501, RFC 9051).
//
// It speaks the protocol and knows no tickets: what folders there are, what a mail
// says, and what moving one does is an [Account]'s. The commands are go-imap's work.
// Between it and the network stands a front, one for each connection, that owns TLS,
// looks at each line before go-imap does, and gathers answers into few writes; what
// go-imap lacks or does wrong is done there. A comment "Workaround:" names each and its
// test.
//
// A session reads an immutable [View] of its folder. What changed since is told between
// commands, and while the client idles, by comparing two of them.
//
// Concurrency: one goroutine for each connection, and one more while it idles. A client
// that does not read costs nobody else anything: its own goroutine waits for it, with a
// limit.
//
// Failure policy: an error of an Account that is no *imap.Error is logged, and answered
// NO without its text. A panic ends its connection.
package imapd
