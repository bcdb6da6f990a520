// Package imapd shows an agent's tickets as folders to any mail client, by IMAP4rev1
// and IMAP4rev2 (RFC 3501, RFC 9051).
//
// It speaks the protocol and knows no tickets: what folders there are, what a mail
// says, and what moving one does is an [Account]'s. The commands are go-imap's work.
package imapd
