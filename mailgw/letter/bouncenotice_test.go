package letter

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNotice(t *testing.T) {
	const inner = `{"notificationType":"Bounce","bounce":{"bounceType":"Permanent","bouncedRecipients":[{"emailAddress":"to@far.example","action":"failed","status":"5.1.1","diagnosticCode":"smtp; 550 5.1.1 unknown"}]},"mail":{"messageId":"0101","headers":[{"name":"Message-ID","value":"<orig@desk.example>"}]}}`
	failed := &BounceInfo{"orig@desk.example", []BounceRecipient{{"to@far.example", "failed", "5.1.1", "550 5.1.1 unknown", true}}}
	for _, c := range []struct {
		name, from, text string
		kind             Kind
		want             *BounceInfo
	}{
		{"plain", "no-reply@sns.example", inner + "\n\n--\nIf you wish to stop receiving notifications", Bounce, failed},
		{"wrapped and folded", "no-reply@sns.example", `{` + "\n" + `  "Type" : "Notification",` + "\n" + `  "Message" : "{\"notificationType\":\"Bounce\",\"bounce\":{\"bounceType\":\"Permanent\",\"bouncedRecipients\":[{\"emailAddress\":\"to@far.ex` + "\n " + `ample\",\"diagnosticCode\":\"smtp; 550 5.1.1 unknown\"}]},\"mail\":{\"commonHeaders\":{\"messageId\":\"<orig@desk.example>\"}}}"` + "\n}", Bounce, failed},
		{"transient", "no-reply@sns.example", `{"eventType":"Bounce","bounce":{"bounceType":"Transient","bouncedRecipients":[{"emailAddress":"to@far.example"}]}}`, Bounce,
			&BounceInfo{"", []BounceRecipient{{Address: "to@far.example", Action: "failed"}}}},
		{"delivered", "no-reply@sns.example", `{"notificationType":"Delivery","delivery":{"recipients":["to@far.example"]}}`, Bounce, &BounceInfo{"", []BounceRecipient{{Address: "to@far.example", Action: "delivered"}}}},
		{"complaint", "no-reply@sns.example", `{"notificationType":"Complaint","complaint":{}}`, Report, nil},
		{"another event", "no-reply@sns.example", `{"eventType":"Open"}`, AutoReply, nil},
		{"a person shows one", "a@b.example", inner, Person, nil},
		{"cut off", "no-reply@sns.example", inner[:100], Person, nil},
		{"other JSON", "no-reply@sns.example", `{"eventType":7}`, Person, nil},
	} {
		m := Parse([]byte("From: "+c.from+"\nSubject: AWS Notification Message\n\n"+c.text), "x@b.example", Limits{})
		if diff := cmp.Diff(c.want, m.Bounce); diff != "" || m.Kind != c.kind {
			t.Errorf("%s: %s %q %s", c.name, m.Kind, m.Reasons, diff)
		}
	}
}

func FuzzNotice(f *testing.F) {
	f.Add(`{"notificationType":"Bounce","bounce":{"bouncedRecipients":[{"emailAddress":"<a@b>"}]}}`)
	f.Add(`{"Message":"{\"eventType\":\"x\"}"}`)
	f.Fuzz(func(t *testing.T, text string) {
		n := readNotice(text)
		if n == nil {
			return
		}
		if b := n.info(); n.kind() == "" || len(b.Recipients) > 2*maxBounceRecipients {
			t.Errorf("%+v", b)
		}
	})
}
