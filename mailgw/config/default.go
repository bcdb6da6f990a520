package config

import (
	"reflect"
	"time"

	"supportgw/mailgw/customer"
	"supportgw/mailgw/wording"
	"supportgw/rules"
	"supportgw/rules/hours"
)

// Default is the built-in configuration: what every key is when nobody writes
// it. It has no desks, agents or administrator, so Parse would refuse it.
func Default() *Config {
	c := builtin()
	c.Levels = builtinLevels()
	c.RuleSet, _ = rules.Compile(nil)
	c.Directory, _ = customer.New(nil, nil)
	c.Hours = map[string]*hours.Calendar{}
	return c
}

func builtin() *Config {
	return &Config{
		Words:    wording.Builtin(),
		Hostname: localhost,
		Data:     "data",
		SMTP: SMTP{
			MaxMessageBytes:          32 << 20,
			MaxBufferedBytes:         512 << 20, // sixteen of the longest mails
			MaxRecipients:            100,       // RFC 5321 §4.5.3.1.8: at least 100 have to be possible
			MaxConnections:           1000,
			MaxConnectionsPerIP:      200, // a busy relay in front keeps up to 100; no one peer may take all
			MaxConnectionsPerNetwork: 400,
			GreetPause:               250 * time.Millisecond, // longer than the way there and back to most of the world
			MaxCommands:              100_000,
			MaxErrors:                20,
			CommandTimeout:           5 * time.Minute, // RFC 5321 §4.5.3.2.7: a server should wait at least 5 minutes
			MessageTimeout:           10 * time.Minute,
			MaxReceivedHops:          50,
			BareNewline:              "reject",
			ShutdownGrace:            30 * time.Second,
		},
		IMAP:    IMAP{MaxConnections: 1000, MaxConnectionsPerIP: 400},
		ACME:    ACME{Directory: "https://acme-v02.api.letsencrypt.org/directory"},
		Relay:   Relay{Kind: "file", Connections: 4, CommandTimeout: 5 * time.Minute, RetryFirst: time.Minute},
		Clamd:   Clamd{Timeout: time.Minute},
		Outbox:  Outbox{Workers: 4, Yield: 10 * time.Second, GiveUpAfter: 120 * time.Hour},
		Store:   Store{InlineBytes: 16 << 10},
		Wording: Wording{Answers: defaultAnswers},
		Promise: Promise{Mode: PromiseTarget, Behind: BehindHonest},
		Acknowledge: Acknowledge{
			EnvelopeFrom: "null",
			Budget:       Budget{PerAddress: 3, PerDomain: 200, PerNetwork: 600, Total: 20_000},
		},
	}
}

// localhost is the hostname that means: the one of the machine.
const localhost = "localhost"

// day is what a "d" stands for in a duration of days.
const day = 24 * time.Hour

// builtinLevels stand in when the configuration has no [[level]].
func builtinLevels() []Level {
	return []Level{
		{Name: "standard", FirstAnswer: 8 * time.Hour, UrgentAnswer: 30 * time.Minute},
		{Name: "premium", FirstAnswer: 2 * time.Hour, UrgentAnswer: 30 * time.Minute},
	}
}

// levelTables is builtinLevels as the document would say it, so that --set
// reaches the built-in levels by name.
func levelTables() []any {
	var tables []any
	for _, l := range builtinLevels() {
		tables = append(tables, map[string]any{
			"name": l.Name, "first_answer": l.FirstAnswer.String(), "urgent_answer": l.UrgentAnswer.String(),
		})
	}
	return tables
}

// setDefaults fills a member of a list of tables with what its keys are when
// nobody writes them.
func setDefaults(v reflect.Value) {
	switch t := v.Addr().Interface().(type) {
	case *Desk:
		*t = Desk{Level: "standard", Language: "en", ReopenWithin: 30 * day, CloseAfter: 7 * day, CollisionWithin: 10 * time.Minute, FailingSender: FailHold, UnprovenSender: UnprovenAnswer, AskNextStep: true, AskImpact: true, OwnName: true}
	case *Agent:
		*t = Agent{Notices: NoticesEach, DigestEvery: 2 * time.Hour, NoticesAt: NoticesWorking, NoticesFrom: "low"}
	case *Milter:
		*t = Milter{Timeout: 30 * time.Second, WhenDown: "accept"}
	case *Alarm:
		*t = Alarm{Repeat: 4 * time.Hour}
	case *RuleTest:
		*t = RuleTest{Mail: TestMail{SenderAuth: "pass"}}
	case *Level:
		*t = Level{UrgentAnswer: 30 * time.Minute}
	}
}
