package mailgw

import (
	"context"
	"errors"
	"strings"
	"testing"

	"supportgw/mailgw/smtpd"
	"supportgw/threading"
)

func TestRecipient(t *testing.T) {
	h := newHouse(t, `hostname="mx.example.com"`, `desk.billing.reply_token="subdomain"`, `desk.billing.reply_domain="reply.example.com"`,
		`desk.support.reply_address="s@example.com"`)
	token := h.keys.Seal(threading.Ref{Purpose: threading.Reply, Ticket: 7, Entry: 1})
	for _, c := range []struct{ addr, desk string }{
		{"support@example.com", "support"},
		{"SUPPORT@Example.COM", "support"},
		{"help@example.com", "support"},
		{"billing@example.com", "billing"},
		{"support+" + token + "@example.com", "support"},
		{"Support+" + token + "@EXAMPLE.com", "support"},
		{"support-" + token + "@example.com", "support"},
		{"support=" + token + "@example.com", "support"},
		{"help+" + token + "@example.com", "support"},
		{"support+garbage@example.com", "support"},
		{"s@example.com", "support"},
		{"S@EXAMPLE.COM", "support"},
		{"s+" + token + "@example.com", "support"},
		{"s-" + token + "@example.com", "support"},
		{"s+anything@example.com", "support"},
		{"support+@example.com", "support"},
		{"support+a+b@example.com", "support"},
		{token + "@reply.example.com", "billing"},
		{token + "@REPLY.example.com", "billing"},
		{`"support+` + token + `"@example.com`, "support"},
		{`"support"@example.com`, "support"},
		{`"` + token + `"@reply.example.com`, "billing"},
		{"prvs=1234567890=support+" + token + "@example.com", "support"},
		{"prvs=1234567890=billing@example.com", "billing"},
		{"prvs=1234567890=s+" + token + "@example.com", "support"},
		{"prvs=1234567890=" + token + "@reply.example.com", "billing"},
		{"SRS0=aBcD=XY=example.com=support+" + token + "@example.com", "support"},
		{"SRS0=aBcD=XY=example.com=support@mx.example.com", "support"},
		{"srs0+abcd=xy=example.com=help@example.com", "support"},
		{"SRS1=aBcD=first.example==HHH=TT=example.com=support+" + token + "@example.com", "support"},
		{`"SRS0=aBcD=XY=example.com=support"@example.com`, "support"},
		{"postmaster", "postmaster"},
		{"Postmaster", "postmaster"},
		{"abuse", "postmaster"},
		{"postmaster@example.com", "postmaster"},
		{"ABUSE@example.com", "postmaster"},
		{"postmaster@mx.example.com", "postmaster"},

		{"support-garbage@example.com", ""},
		{"support=garbage@example.com", ""},
		{"s-garbage@example.com", ""},
		{"prvs=1234567890=nobody@example.com", ""},
		{"prvs=1234567890=support@foreign.example", ""},
		{"SRS0=aBcD=XY=example.com=support@forwarder.example", ""},
		{"SRS0=aBcD=XY=foreign.example=mia@example.com", ""},
		{`"sup port"@example.com`, ""},
		{`"support@example.com"@foreign.example`, ""},
		{`""@example.com`, ""},
		{`"@example.com`, ""},
		{"s@example.net", ""},
		{"support@example.net", ""},
		{"support+" + token + "@example.net", ""},
		{"garbage@reply.example.com", ""},
		{token + "@example.com", ""},
		{"supporter@example.com", ""},
		{"nobody@example.com", ""},
		{"postmaster@foreign.example", ""},
		{"abuse@reply.example.com", ""},
		{"nobody", ""},
		{"", ""},
		{"@example.com", ""},
		{"support@", ""},
		{"support@example.com@foreign.example", ""},
	} {
		err := h.Recipient(context.Background(), c.addr)
		got := ""
		if d := h.settings.Load().route(c.addr); d != nil {
			got = d.Name
		}
		if got != c.desk || (err == nil) != (c.desk != "") {
			t.Errorf("%q: desk %q, error %v; want %q", c.addr, got, err, c.desk)
		}
		if plus := h.settings.Load().plusForm(c.addr); strings.Contains(c.addr, token) && c.desk == "billing" && plus != "billing+"+token+"@example.com" {
			t.Errorf("%q is read as %q", c.addr, plus)
		}
		var reply *smtpd.ReplyError
		if c.desk == "" && (!errors.As(err, &reply) || reply.Code != 550 || reply.Enhanced != [3]int{5, 1, 1}) {
			t.Errorf("%q: %v, want 550 5.1.1", c.addr, err)
		}
	}
}
