// Package config reads the TOML file of a gateway into a [Config] that is
// complete and checked.
//
// [Load] reads a file and [Parse] text that is already there; both are called
// once, at the start of a command. A Config never changes afterwards, so any
// number of goroutines may read it. The package opens no listener and looks
// nothing up. Load reads the file that it is given, included ones and the folders wording.dir and wording.answers;
// [Config.CheckFiles] looks at the other files that are named in it.
//
// Failure policy: a configuration is right or it is refused. Everything that
// is wrong is reported at once as [Problems], each with its line, its key, what
// was found and what to write instead: text that is not TOML, unknown keys,
// wrong types, values out of range, names that lead nowhere, and what the
// packages rules, hours and customer say about their tables. What is right and
// can hardly be meant is told by [Config.Warnings] to those who ask.
package config

import (
	"net/netip"
	"time"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/wording"
	"supportgw/rules"
	"supportgw/rules/hours"
	"supportgw/rules/hours/holiday"
)

// Config is a whole configuration, checked and with defaults filled in. Load
// makes it; nobody changes it afterwards.
type Config struct {
	// The file it was read from; "" for the built-in defaults.
	Path string `toml:"-"`
	// SHA-256 of the text that it was read from and, with include, wording.dir, wording.answers and holidays_file, of those files: a change of it is a change of the configuration. Zero for the built-in defaults.
	Sum [32]byte `toml:"-"`
	// How the gateway names itself in greetings, Received lines and Message-IDs: a full domain name. "localhost" stands for the machine's own name, which serve puts there.
	Hostname string `toml:"hostname" eg:"support.example.com"`
	// The data folder: database, raw mails and, with relay.kind = "file", the mails sent. Relative paths begin in the working directory.
	Data string `toml:"data" eg:"/var/lib/mailgw"`
	// The file that keeps what was erased, so that it is erased again when an old copy of the data folder is put back. It must lie outside of that folder and of its backups, where the gateway's user may write. Empty: beside the data folder, whose name with -erased.log it has.
	ErasedLog string `toml:"erased_log" eg:"/var/lib/mailgw-erased.log"`
	// Domains beside the built-in ones in which anybody can get an address; they never stand for a company.
	FreeMail []string `toml:"free_mail_domains" eg:"mail.example"`
	// Domains of companies though the built-in lists of mail providers have them: a customer's own domain that is refused as a mail provider's.
	CompanyDomains []string `toml:"company_domains" eg:"acme.example"`
	// Files with further [[rule]] and [[test]] tables, and nothing else: names, or patterns like rules.d/*.toml, in the order of the list and then by name. Relative paths begin in the folder of the configuration file. Their rules follow its own. Read with the configuration, and again when one changes, comes or goes.
	Include []string `toml:"include" eg:"rules.d/*.toml"`
	// Indexes of those of Include that no file matched.
	NoFile []int `toml:"-"`

	// Who runs the gateway.
	Admin Admin `toml:"admin"`
	// The MX listener, and what both listeners share.
	SMTP SMTP `toml:"smtp"`
	// The listener for a mail server in front of the gateway.
	LMTP LMTP `toml:"lmtp"`
	// Where agents' mail programs hand in what they write.
	Submission Submission `toml:"submission"`
	// Where agents' mail programs read the queue as folders.
	IMAP IMAP `toml:"imap"`
	// The listener for figures, health checks and the setup of mail clients.
	HTTP HTTP `toml:"http"`
	// Gets the certificate for STARTTLS from an authority.
	ACME ACME `toml:"acme"`
	// Whom to believe about who wrote a mail.
	Sender Sender `toml:"sender"`
	// Who answers questions about senders.
	DNS DNS `toml:"dns"`
	// The way out.
	Relay Relay `toml:"relay"`
	// Mailboxes at providers that take no passwords: logins by OAuth 2.0.
	OAuth []OAuth `toml:"oauth"`
	// Spam and virus filters that are asked about each mail while it comes in, in this order.
	Milters []Milter `toml:"milter"`
	// The virus scanner that is asked about each mail, behind the milters.
	Clamd Clamd `toml:"clamd"`
	// How waiting mail leaves.
	Outbox Outbox `toml:"outbox"`
	// Who is told outside of mail when something is wrong.
	Alarms []Alarm `toml:"alarm"`
	// Private keys that sign outgoing mail. All keys of the From domain sign, or those of the nearest domain above it.
	DKIM []DKIM `toml:"dkim"`
	// The database.
	Store Store `toml:"store"`
	// How due times are made.
	Promise Promise `toml:"promise"`
	// The automatic first answer.
	Acknowledge Acknowledge `toml:"acknowledge"`
	// Own words instead of the built-in ones.
	Wording Wording `toml:"wording"`

	// Working hours, by name.
	Calendars []Calendar `toml:"calendar"`
	// Service levels. The built-in standard and premium are there as long as no [[level]] is written.
	Levels []Level `toml:"level"`
	// Support addresses with their people, hours and wording.
	Desks []Desk `toml:"desk"`
	// The people who answer.
	Agents []Agent `toml:"agent"`
	// The companies that support is given to.
	Customers []customer.Customer `toml:"customer"`
	// What a mail deserves; tried in the order of the file.
	Rules []rules.Rule `toml:"rule"`
	// Mails, and what the rules must make of them.
	Tests []RuleTest `toml:"test"`

	// Rules, compiled; never nil.
	RuleSet *rules.Set `toml:"-"`
	// Customers, indexed; never nil.
	Directory *customer.Directory `toml:"-"`
	// What the gateway says, with the phrases of wording.dir; never nil.
	Words *wording.Catalogue `toml:"-"`
	// The canned answers of wording.answers; nil when there are none.
	Canned *wording.Canned `toml:"-"`
	// Calendars by name, compiled.
	Hours map[string]*hours.Calendar `toml:"-"`

	source *reporter // knows where the keys were written; nil for the built-in defaults
}

// Admin is who runs the gateway.
type Admin struct {
	// Gets the mail for postmaster and abuse. Not an address of a desk.
	Address string `toml:"address" need:"always" eg:"admin@example.com"`
}

// SMTP is the MX listener and what both listeners share.
type SMTP struct {
	// host:port to listen on; no host means every address of the machine, port 0 a free port. Empty: no MX listener.
	Listen []string `toml:"listen" eg:"127.0.0.1:2525"`
	// File with the certificate chain for STARTTLS, PEM; read again when it changes. Empty: no STARTTLS.
	TLSCertificate string `toml:"tls_certificate" eg:"/etc/mailgw/cert.pem"`
	// File with the private key of tls_certificate, PEM.
	TLSKey string `toml:"tls_key" eg:"/etc/mailgw/key.pem"`
	// Networks whose own mail is believed without further proof. Whoever can connect from there can write as anybody: list nothing that strangers share.
	TrustedNetworks []netip.Prefix `toml:"trusted_networks"`
	// Longest mail that is accepted; longer ones are refused while they come in.
	MaxMessageBytes int64 `toml:"max_message_bytes" unit:"bytes" min:"1024" max:"1073741824"`
	// Room in memory for all mails that are coming in or being delivered, all listeners together; when it is full, further mail is asked to come later (452). A mail may take twice its length. Not less than max_message_bytes.
	MaxBufferedBytes int64 `toml:"max_buffered_bytes" unit:"bytes" min:"1024" max:"1099511627776"`
	// Recipients of one mail. RFC 5321 §4.5.3.1.8 asks for at least 100.
	MaxRecipients int `toml:"max_recipients" unit:"recipients" min:"1" max:"10000"`
	// Connections open at the same time, all listeners together.
	MaxConnections int `toml:"max_connections" unit:"connections" min:"1" max:"100000"`
	// Connections open at the same time from one IPv4 address or one IPv6 /64, be it trusted or not. 0: no limit, for a gateway that only a mail server in front of it can reach.
	MaxConnectionsPerIP int `toml:"max_connections_per_ip" unit:"connections" min:"0" max:"100000"`
	// Connections open at the same time from one IPv4 /24 or one IPv6 /48. Mail servers of the house (trusted_networks, sender.upstream_networks) are not counted. 0: no limit.
	MaxConnectionsPerNetwork int `toml:"max_connections_per_network" unit:"connections" min:"0" max:"100000"`
	// How long a stranger's program is listened to before the greeting: one that speaks first reads no answers, and is sent away. Mail servers of the house are greeted at once. 0s: all are.
	GreetPause time.Duration `toml:"greet_pause" min:"0s" max:"30s" eg:"250ms"`
	// Block lists of the DNS that are asked about strangers' addresses, such as zen.spamhaus.org; mail from an address that one of them lists is refused. Read first what a list blocks, and whether you may ask it.
	BlockLists []string `toml:"block_lists" eg:"zen.spamhaus.org"`
	// Commands of one connection; at least three a mail, and a busy mail server keeps one connection for thousands of mails. 0: no limit.
	MaxCommands int `toml:"max_commands" unit:"commands" min:"0" max:"1000000000"`
	// Refused commands of one connection, other than for a failure of our own,
	// after which it is closed.
	MaxErrors int `toml:"max_errors" unit:"commands" min:"1" max:"1000000"`
	// Longest silence of a peer: between two commands, and between two reads within a mail. RFC 5321 §4.5.3.2.7 asks for 5m.
	CommandTimeout time.Duration `toml:"command_timeout" min:"1s" max:"1h" eg:"5m"`
	// Longest time from DATA to the final dot.
	MessageTimeout time.Duration `toml:"message_timeout" min:"1s" max:"24h" eg:"10m"`
	// Received lines of a mail; with more it is refused as a loop. Deviation: RFC 5321 §6.3 speaks of 100; mail that honestly takes 50 hops does not exist.
	MaxReceivedHops int `toml:"max_received_hops" unit:"lines" min:"5" max:"1000"`
	// What happens to a mail with a CR or LF that stands alone: it is refused, or the line end is repaired.
	BareNewline string `toml:"bare_newline" one:"reject|fix"`
	// How long mails on their way in may still take when the gateway stops.
	ShutdownGrace time.Duration `toml:"shutdown_grace" min:"0s" max:"10m" eg:"30s"`
}

// LMTP is the listener for a mail server in front of the gateway. Its limits are those of SMTP.
type LMTP struct {
	// host:port, or unix: and the path of a socket. Empty: no LMTP listener.
	Listen []string `toml:"listen" eg:"unix:/run/mailgw/lmtp.sock"`
}

// Submission is where agents' mail programs hand in what they write, after logging in. Its limits are those of SMTP. Passwords are taken through TLS only, but from this machine itself; the certificate is that of smtp.tls_certificate or acme.
type Submission struct {
	// host:port to listen on, with STARTTLS; the world looks at port 587. Empty: nowhere.
	Listen []string `toml:"listen" eg:"127.0.0.1:2587"`
	// host:port to listen on with TLS from the first byte; the world looks at port 465. Empty: nowhere.
	TLSListen []string `toml:"tls_listen" eg:"0.0.0.0:465"`
}

// IMAP is where agents' mail programs read the queue as folders, after logging in. Passwords are taken through TLS only, but from this machine itself; the certificate is that of smtp.tls_certificate or acme.
type IMAP struct {
	// host:port to listen on, with STARTTLS; the world looks at port 143. Empty: nowhere.
	Listen []string `toml:"listen" eg:"127.0.0.1:2143"`
	// host:port to listen on with TLS from the first byte; the world looks at port 993. Empty: nowhere.
	TLSListen []string `toml:"tls_listen" eg:"0.0.0.0:993"`
	// Connections open at the same time; a mail program keeps about five.
	MaxConnections int `toml:"max_connections" unit:"connections" min:"1" max:"100000"`
	// Connections open at the same time from one IPv4 address or one IPv6 /64; an office may have one address for all. 0: no limit.
	MaxConnectionsPerIP int `toml:"max_connections_per_ip" unit:"connections" min:"0" max:"100000"`
}

// HTTP is the listener for figures, health checks and the setup of mail clients.
type HTTP struct {
	// host:port where /metrics and /healthz answer, which show no mail, and where mail clients ask how an account is set up. Empty: nowhere.
	Listen []string `toml:"listen" eg:"127.0.0.1:2580"`
}

// ACME gets the certificate for STARTTLS from an authority such as Let's Encrypt, and renews it (RFC 8555), in place of smtp.tls_certificate. Whoever turns it on agrees to the authority's terms.
type ACME struct {
	// host:port where the authority's proofs over HTTP are answered; it looks for them at port 80 of each name. Empty: no certificate is asked for.
	Listen []string `toml:"listen" eg:"0.0.0.0:80"`
	// The names of the certificate. Empty: the hostname.
	Names []string `toml:"names" eg:"mx.example.com"`
	// Where the authority may write to. Empty: nowhere.
	Email string `toml:"email" eg:"admin@example.com"`
	// The authority's directory.
	Directory string `toml:"directory" eg:"https://acme-v02.api.letsencrypt.org/directory"`
	// File with the certificates that vouch for the directory's own server, PEM. Empty: those of the system.
	CAFile string `toml:"ca_file" eg:"/etc/mailgw/ca.pem"`
}

// Sender says whom to believe about who wrote a mail.
type Sender struct {
	// Networks of the mail servers in front of the gateway, whose Authentication-Results are believed. Only servers that take out such fields when they come in under one of their own names; list nothing that strangers share. A Unix socket counts as 127.0.0.1.
	UpstreamNetworks []netip.Prefix `toml:"upstream_networks"`
	// The names (authserv-id) with which those servers begin their Authentication-Results; "-" for a server that writes none. From all others such fields are taken out.
	TrustedAuthservIDs []string `toml:"trusted_authserv_ids" eg:"mx.example.com"`
}

// DNS says who answers questions about senders: SPF, DKIM and DMARC of mail that comes straight from outside.
type DNS struct {
	// host:port of the name server to ask. Empty: those of the system.
	Resolver string `toml:"resolver" eg:"127.0.0.1:53"`
}

// Milter is a filter that is asked about each mail while it comes in.
type Milter struct {
	// Where it listens: host:port, or unix: and the path of a socket.
	Address string `toml:"address" need:"always" eg:"127.0.0.1:11332"`
	// Longest time that it may take for one mail, all answers together.
	Timeout time.Duration `toml:"timeout" min:"1s" max:"10m" eg:"30s"`
	// What becomes of a mail that it cannot be asked about: "accept" takes it, and the entry says that the filter has not seen it; "tempfail" asks the sender's server to come later.
	WhenDown string `toml:"when_down" one:"accept|tempfail"`
}

// Clamd is a virus scanner. A mail that it cannot be asked about is never taken: the sender's server is asked to come later.
type Clamd struct {
	// Where clamd listens: unix: and the path of a socket, or host:port. Empty: nobody looks for viruses here.
	Address string `toml:"address" eg:"unix:/run/clamav/clamd.ctl"`
	// Longest time that it may take for one mail.
	Timeout time.Duration `toml:"timeout" min:"1s" max:"10m" eg:"1m"`
}

// Relay is the way out.
type Relay struct {
	// Where outgoing mail goes: "file" writes each one to sent/ in the data folder, "smtp" hands it to the server at relay.address, "mx" to the servers of its recipients' domains.
	Kind string `toml:"kind" one:"file|smtp|mx"`
	// host:port of the mail server that takes all outgoing mail, with kind = "smtp". Port 465 speaks TLS from the first byte, others begin it with STARTTLS.
	Address string `toml:"address" eg:"mail.example.com:587"`
	// "required" sends only through TLS to a server whose certificate is valid for the host of relay.address, or of the MX; "opportunistic" encrypts where it can and verifies nothing, but for domains that demand it (MTA-STS); "off" never encrypts. Empty: "required" with kind = "smtp", "opportunistic" with kind = "mx".
	TLS string `toml:"tls" one:"off|opportunistic|required" unset:"yes"`
	// File with the certificates of a private authority that signs the server's, PEM; read again for each connection. Empty: those of the system.
	TLSCAFile string `toml:"tls_ca_file" eg:"/etc/mailgw/ca.pem"`
	// Name to log in with (AUTH PLAIN or LOGIN), only through TLS or on this machine. Empty: no login.
	Username string `toml:"username" eg:"mailgw"`
	// File whose first line is the password of relay.username; read again for each connection.
	PasswordFile string `toml:"password_file" eg:"/etc/mailgw/relay.password"`
	// Name of the [[oauth]] to log in with, in place of username and password_file (AUTH XOAUTH2 or OAUTHBEARER), only through TLS or on this machine. Empty: no such login.
	OAuth string `toml:"oauth" eg:"support"`
	// Connections at the same time, with kind = "smtp" to the server, with kind = "mx" to all servers.
	Connections int `toml:"connections" unit:"connections" min:"1" max:"256"`
	// How many of them work for one destination (a domain of recipients) at most; 0: half.
	PerDestination int `toml:"per_destination" unit:"connections" min:"0" max:"256"`
	// Mails to one destination in a minute, at most, evenly; 0: as many as go.
	Rate int `toml:"rate" unit:"mails a minute" min:"0" max:"6000"`
	// Longest silence of the server after a command; twice that after the end of a mail. RFC 5321 §4.5.3.2 asks for 5m.
	CommandTimeout time.Duration `toml:"command_timeout" min:"1s" max:"1h" eg:"5m"`
	// Pause before a mail that failed for now is tried again. Each further pause is twice as long, give or take 20 %, at most 4h.
	RetryFirst time.Duration `toml:"retry_first" min:"1s" max:"4h" eg:"1m"`
}

// OAuth is a mailbox that is logged in at with tokens (OAuth 2.0): "mailgw oauth login NAME" once, and the gateway keeps the login from then on. What each provider needs: docs/oauth.md.
type OAuth struct {
	// How other tables and commands call it: letters, digits, - and _. The login is kept in the data folder under this name.
	Name string `toml:"name" need:"always" eg:"support"`
	// Whose mailbox it is: "google", "microsoft", or "custom" with addresses and scopes of its own.
	Provider string `toml:"provider" need:"always" one:"google|microsoft|custom" eg:"google"`
	// The mailbox's address.
	User string `toml:"user" need:"always" eg:"support@example.com"`
	// The program's id, as the provider gave it at the registration.
	ClientID string `toml:"client_id" need:"always" eg:"1234-abcd.apps.googleusercontent.com"`
	// File whose first line is the program's secret; read again for each request. Google gives one to every program. Empty: the program was registered without (a public client).
	ClientSecretFile string `toml:"client_secret_file" eg:"/etc/mailgw/oauth.secret"`
	// With provider = "microsoft": the tenant in which the program is registered, as a domain or an id; "organizations" or "common" for a program of many tenants. Empty: "common".
	Tenant string `toml:"tenant" eg:"example.onmicrosoft.com"`
	// https URL where a person logs in with a browser. Empty: the provider's; custom: no login with a browser.
	AuthURL string `toml:"auth_url" eg:"https://id.example.com/authorize"`
	// https URL where tokens are given. Empty: the provider's.
	TokenURL string `toml:"token_url" eg:"https://id.example.com/token"`
	// https URL where codes for a login on another machine are given (RFC 8628). Empty: the provider's; custom: no such login.
	DeviceURL string `toml:"device_url" eg:"https://id.example.com/device"`
	// What the login is asked to be good for. Empty: what the provider wants for IMAP and SMTP.
	Scopes []string `toml:"scopes" eg:"https://mail.google.com/"`
	// The last day of the client's secret, where the provider does not tell it to programs (Microsoft): it is warned of 30, 7 and 1 days before. Empty: not known, nothing is warned of.
	Expires string `toml:"expires" eg:"2027-11-30"`
}

// Alarm is a place outside of mail that is told when something is wrong: a webhook (url), or a program (command).
type Alarm struct {
	// How commands and the log call it.
	Name string `toml:"name" need:"always" eg:"ops"`
	// Where messages are posted, https (http on this machine alone), as Standard Webhooks.
	URL string `toml:"url" eg:"https://ops.example.com/hooks/mailgw"`
	// With url: file with the secret that messages are signed with, whsec_ and base64, one on each line; read again for each message.
	SecretFile string `toml:"secret_file" eg:"/etc/mailgw/alarm.secret"`
	// In place of url: a program and its arguments, which gets the message as JSON on its standard input. No shell is asked.
	Command []string `toml:"command" eg:"/usr/local/bin/page"`
	// What it is told of: "certificate", "drawers", "login", "outbox", "relay", "search", "store", "stuck", "sum_law", "token_ending". Empty: all.
	On []string `toml:"on" eg:"store"`
	// After which what is still wrong is told again; 0s: never.
	Repeat time.Duration `toml:"repeat" min:"0s" max:"168h" eg:"4h"`
}

// Outbox says how waiting mail leaves.
type Outbox struct {
	// Mails that are written at the same time, with relay.kind = "file".
	Workers int `toml:"workers" unit:"mails" min:"1" max:"256"`
	// How long waiting mail lets arriving mail go first; then it leaves all the same. 0s: it never waits.
	Yield time.Duration `toml:"yield" min:"0s" max:"10m" eg:"10s"`
	// Age at which a mail that fails once more is given up; it was tried at least three times. A mail that is refused for good is given up at once.
	GiveUpAfter time.Duration `toml:"give_up_after" min:"1m" max:"2160h" eg:"120h"`
}

// DKIM is a private key that signs outgoing mail (RFC 6376).
type DKIM struct {
	// The domain that publishes the public key; it signs mail from its addresses, and from those of domains below it.
	Domain string `toml:"domain" need:"always" eg:"example.com"`
	// The name under which the domain publishes it: SELECTOR._domainkey.DOMAIN.
	Selector string `toml:"selector" need:"always" eg:"mailgw-2026"`
	// File with the private key, PEM: RSA of 2048 to 4096 bits, or Ed25519. "mailgw dkim new" makes one. Read at the start, and with each new configuration.
	KeyFile string `toml:"key_file" need:"always" eg:"/etc/mailgw/mailgw-2026.pem"`
}

// Store is the database.
type Store struct {
	// Raw mails up to this size are kept in the database itself, longer ones as files beside it. 0: all are files.
	InlineBytes int `toml:"inline_bytes" unit:"bytes" min:"0" max:"1048576"`
}

// Promise says how due times are made.
type Promise struct {
	// What a promised time is computed from: "target", the level's working time; "calibrated", the time in which 95 of 100 such cases were answered, and the target as long as there is too little history.
	Mode string `toml:"mode" one:"target|calibrated"`
	// What the customer is told when history says that the target cannot be kept, with mode = "calibrated": "honest", the later, true time, and the target counts as missed; "target", the target's time all the same. The desk is alarmed in both cases.
	Behind string `toml:"behind" one:"honest|target"`
}

// Acknowledge rules the automatic first answer.
type Acknowledge struct {
	// Envelope sender of automatic mail: "null" is <>, so that nothing answers
	// it; "bounce" is an address of its own for each mail, for a relay that
	// refuses the null sender.
	EnvelopeFrom string `toml:"envelope_from" one:"null|bounce"`
	// How many automatic answers may leave.
	Budget Budget `toml:"budget"`
}

// Budget is how many automatic answers may leave per hour. Authenticated
// senders have tenfold; 0 is no limit.
type Budget struct {
	// To one address.
	PerAddress int `toml:"per_address" unit:"mails per hour" min:"0" max:"1000000"`
	// To all addresses of one domain.
	PerDomain int `toml:"per_domain" unit:"mails per hour" min:"0" max:"1000000"`
	// For mails from one network of the outside: a /24, or a /48 with IPv6.
	PerNetwork int `toml:"per_network" unit:"mails per hour" min:"0" max:"1000000"`
	// In all.
	Total int `toml:"total" unit:"mails per hour" min:"0" max:"10000000"`
}

// Wording is what the gateway says in an admin's own words.
type Wording struct {
	// Folder with files like en.toml or de.toml that replace single phrases of the built-in texts, see docs/wording.md. Relative paths begin in the folder of the configuration file. Read with the configuration, and again when a file in it changes. Empty: the built-in words.
	Dir string `toml:"dir" eg:"wording"`
	// Folder with canned answers, which agents put into theirs with #use NAME: plain text, one file for each answer and language, like install.en.txt; see docs/agents.md. Relative paths begin in the folder of the configuration file. The default one need not be there. Read with the configuration, and again when a file in it changes. Empty: no canned answers.
	Answers string `toml:"answers" eg:"answers"`
	// Phrases that must not stand in an agent's answer: one that has such a phrase waits until its writer has looked. Case, accents, hyphens and apostrophes do not count. Empty: "do not reply", "as soon as possible", "your contract number" and the like, in the languages of the mails. ["none"] stops none.
	Avoid []string `toml:"avoid" eg:"do not reply"`
}

// Calendar is a named week of working hours.
type Calendar struct {
	// How desks call it; unique.
	Name string `toml:"name" need:"always" eg:"zurich"`
	// When it is open.
	hours.Spec
	// Where more of its holidays come from.
	holiday.Sources

	// Unused are those of NotHolidays that are no holiday, by index.
	Unused []int `toml:"-"`
}

// Level is a service level: how soon a customer of it is answered.
type Level struct {
	// How desks, customers and rules call it; unique.
	Name string `toml:"name" need:"always" eg:"standard"`
	// Time until the first answer, in working time of the desk's calendar: 8h is eight open hours, not a third of a day.
	FirstAnswer time.Duration `toml:"first_answer" need:"always" min:"1m" max:"2000h" eg:"8h"`
	// Time until the answer to a later mail of the customer, in working time. 0s: first_answer.
	NextAnswer time.Duration `toml:"next_answer" min:"0s" max:"2000h" eg:"4h"`
	// Longest time without a word to a customer who waits, in working time: when it passes, they hear what is known, and by when more. 0s: no such clock.
	Update time.Duration `toml:"update" min:"0s" max:"2000h" eg:"8h"`
	// Time until it is solved, in working time; it stands still while the customer is waited for. The customer is not told it, agents are reminded. 0s: no such clock.
	Resolution time.Duration `toml:"resolution" min:"0s" max:"5000h" eg:"40h"`
	// Time until the answer to an urgent ticket, around the clock. 0s: urgent tickets have the targets of other ones.
	UrgentAnswer time.Duration `toml:"urgent_answer" min:"0s" max:"2000h" eg:"30m"`
	// Targets of tickets of priority low; 0s, or a key that is not there: as above.
	Low Targets `toml:"low"`
	// Targets of tickets of priority high; 0s, or a key that is not there: as above.
	High Targets `toml:"high"`
	// Targets of urgent tickets, around the clock; 0s, or a key that is not there: as above.
	Urgent Targets `toml:"urgent"`
}

// Targets are the targets of a level for one priority.
type Targets struct {
	// As the level's first_answer. For urgent tickets urgent_answer says it.
	FirstAnswer time.Duration `toml:"first_answer" min:"0s" max:"2000h" eg:"1h"`
	// As the level's next_answer.
	NextAnswer time.Duration `toml:"next_answer" min:"0s" max:"2000h" eg:"1h"`
	// As the level's update.
	Update time.Duration `toml:"update" min:"0s" max:"2000h" eg:"2h"`
	// As the level's resolution.
	Resolution time.Duration `toml:"resolution" min:"0s" max:"5000h" eg:"8h"`
}

// Desk is a support address with its people, hours and wording.
type Desk struct {
	// How the desk is called in folders, rules and commands: lower-case letters, digits, - and _; unique.
	Name string `toml:"name" need:"always" eg:"support"`
	// Its address; customers write to it and get answers from it.
	Address string `toml:"address" need:"always" eg:"support@example.com"`
	// Further addresses of the desk.
	Aliases []string `toml:"aliases" eg:"help@example.com"`
	// Display name on mails to customers. Empty: the address stands alone.
	FromName string `toml:"from_name" eg:"Example Support"`
	// Name of the [[calendar]] with its working hours.
	Calendar string `toml:"calendar" need:"always" eg:"zurich"`
	// Name of the level of a sender who has none.
	Level string `toml:"level" eg:"standard"`
	// Addresses of the [[agent]]s on the desk.
	Agents []string `toml:"agents" need:"always" eg:"anna@example.com"`
	// Addresses that are paged, by mail. Empty: the desk's agents are.
	OnCall []string `toml:"on_call" eg:"oncall@example.com"`
	// Language of answers when that of the customer's mail is not known, as a BCP 47 tag.
	Language string `toml:"language" eg:"en"`
	// How a reply's address shows its ticket: "plus" is support+token@, "subdomain" is token@reply_domain, "off" does without. Empty: "plus" when the world's mail comes straight to the gateway (smtp.listen is set, lmtp.listen and sender.upstream_networks are not); else "plus" as soon as mail to such an address has come in, and "off" until then, for not every mail server delivers plus addresses.
	ReplyToken string `toml:"reply_token" one:"plus|subdomain|off" unset:"yes"`
	// The domain of reply_token = "subdomain", used for nothing else.
	ReplyDomain string `toml:"reply_domain" eg:"reply.example.com"`
	// A shorter address that "plus" puts its tokens into, when the part before the @ of address leaves no room for them (24 octets do). In the domain of a desk, and unique like all addresses; mail to it without a token is mail to the desk. Empty: the desk's address.
	ReplyAddress string `toml:"reply_address" eg:"help@example.com"`
	// A short name that stands in the subjects of the desk's mails: "SUP" is [SUP-1234]. 2 to 12 letters and digits, not digits alone; unique. Empty: subjects stay the customer's own.
	SubjectTag string `toml:"subject_tag" eg:"SUP"`
	// How long after a ticket was closed a reply opens it again; a later one opens a new ticket that is linked to it. In days ("30d") or shorter units. 0s: a closed ticket is never opened again.
	ReopenWithin time.Duration `toml:"reopen_within" min:"0s" max:"3650d" eg:"30d" days:"yes"`
	// How long after an agent solved a ticket it is closed by itself, when its customer, who was asked whether it is solved, says nothing. They get a last notice on a working day before, at least 24 hours. In days ("7d") or shorter units. 0s: a ticket is never closed by itself.
	CloseAfter time.Duration `toml:"close_after" min:"0s" max:"3650d" eg:"7d" days:"yes"`
	// How long after a ticket was closed its mails and words are kept; then they are erased, and its number, dates and figures stay. Never while a promise is open or a mail waits in a drawer. In days ("730d") or shorter units. 0s: for ever.
	Keep time.Duration `toml:"keep" min:"0s" max:"36500d" eg:"730d" days:"yes"`
	// Whether a mail without any other evidence joins a ticket of the same people with the same subject. It can be wrong: two matters may have one subject. False: the ticket is only suggested to the agent.
	JoinSameSubject bool `toml:"join_same_subject"`
	// What becomes of a mail whose author is proven to be somebody else (sender_auth is fail). "hold": it joins no ticket and is never answered, and people see it. "quarantine": it goes to the junk. "reject": its sender's server is told 550, where the policy of the author's domain is to reject; else it goes to the junk, and so it does when a mail server of the house hands it over.
	FailingSender string `toml:"failing_sender" one:"hold|quarantine|reject"`
	// Whether a new matter of an author of whom nothing is proven (sender_auth is none) is acknowledged. "answer": with the time, and with none of their words unless they are known. "silent": nothing goes out by itself, the desk finds it on its daily list, and the target runs.
	UnprovenSender string `toml:"unproven_sender" one:"answer|silent"`
	// Whether an agent whose answer has left without a time for the next step is asked for one, by mail in their working hours: after the first answer on a ticket, and after each one where the level has an update target. Their reply tells the customer that time.
	AskNextStep bool `toml:"ask_next_step"`
	// How long an agent's answer waits before it leaves, so that its writer can take it back: they get a mail with a link for that. 0s: it leaves at once.
	AnswersHold time.Duration `toml:"answers_hold" min:"0s" max:"1h" eg:"30s"`
	// Within what time a second agent's answer to the same mail is held, and its writer is shown the first one. One who has seen that is not asked. 0s: never.
	CollisionWithin time.Duration `toml:"collision_within" min:"0s" max:"24h" eg:"10m"`
	// Whether a new matter's acknowledgement asks how many people are affected and whether it stops the customer's work, when some rule looks at that and the mail has not said it: two short questions, answered in their own words or by a link that writes a mail. What they say counts for the rules, and they are told the time that it moves.
	AskImpact bool `toml:"ask_impact"`
	// Whether acknowledgements and answers to people of a known customer have a small line at their end by which they say how they want to be called. A mail is enough: of whoever is provenly of the customer at once, of others when a colleague has said yes. The old name stays as an alias, and each change can be taken back.
	OwnName bool `toml:"own_name"`
	// A sentence for acknowledgements: what to do when it cannot wait. Empty: nothing is said.
	Emergency string `toml:"emergency" prose:"yes" eg:"If it cannot wait, write \"production down\" in the subject and we are woken up."`
	// Lines below each mail to customers. Empty: none.
	Signature string `toml:"signature" prose:"yes" eg:"Example Support"`
	// The same for mails in some languages, by BCP 47 tag; a region counts less than its language. Mails in other languages have signature.
	Signatures map[string]string `toml:"signatures" prose:"yes" eg:"Ihr Beispiel-Team"`

	direct bool // the world's mail comes straight to the gateway
}

// Agent is a person who answers.
type Agent struct {
	// The person's name, as customers read it.
	Name string `toml:"name" need:"always" eg:"Anna Keller"`
	// Where notices go, and from where answers come; unique.
	Address string `toml:"address" need:"always" eg:"anna@example.com"`
	// The argon2id or bcrypt hash of the password with which this person's mail program logs in; "mailgw passwd" makes it. Empty: no login, but with the passwords of single devices.
	Password string `toml:"password" eg:"$argon2id$v=19$m=19456,t=2,p=1$…"`
	// Keys of the same password for logins by SCRAM-SHA-256; "mailgw passwd" makes them. Empty: SCRAM takes passwords of single devices only.
	SCRAM string `toml:"scram" eg:"SCRAM-SHA-256$32768:…"`
	// Name of the [[calendar]] with this person's own working hours: reminders come within them. Empty: those of each desk.
	Calendar string `toml:"calendar" eg:"zurich"`
	// What this person knows, in words of your own that rules ask for (assignee.skills).
	Skills []string `toml:"skills" eg:"billing"`
	// Languages that this person answers in, as BCP 47 tags; rules ask for them (assignee.language).
	Languages []string `toml:"languages" eg:"de"`
	// Address of the [[agent]] who gets this person's work, and reminders of it, while they are away. Empty: the desk's other agents.
	StandIn string `toml:"stand_in" eg:"ben@example.com"`
	// Address of the [[agent]] who reads this person's answers before they leave, as a new hire's: they wait for that one's word (or their stand_in's, while they are away), and promises run on. Empty: answers leave by themselves.
	ReviewBy string `toml:"review_by" eg:"ben@example.com"`
	// How this person is told of what is new: each thing in a mail of its own, or many in one list.
	Notices string `toml:"notices" one:"each|digest"`
	// Time from one list to the next, from the start of this person's working day on, in quarters of an hour. A list waits no longer than its tickets can: what is due sooner comes at once.
	DigestEvery time.Duration `toml:"digest_every" min:"15m" max:"24h" eg:"2h"`
	// Whether notices wait for this person's working time, or come at any hour. What pages, and what is due before they work again, comes at once.
	NoticesAt string `toml:"notices_at" one:"working|always"`
	// Times of the day, in the zone of this person's calendar, at which no notice comes, unless it pages or cannot wait.
	Quiet []string `toml:"quiet" eg:"22:00-07:00"`
	// Whether this person is told only of tickets that are theirs, of what a rule names them for, of what pages, and of the rest when nobody else of the desk is in.
	OnlyMine bool `toml:"only_mine"`
	// Lowest priority that this person is told of; the rest of their own tickets is told all the same.
	NoticesFrom string `toml:"notices_from" one:"low|normal|high|urgent"`
}
