package letter

import (
	"encoding/json"
	"strings"

	"supportgw/threading"
)

// notice is what Amazon SES tells through its notification service, as JSON in a
// mail's text: https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html.
type notice struct {
	Message          string `json:"Message"` // the same once more, when the service wraps it
	NotificationType string `json:"notificationType"`
	EventType        string `json:"eventType"`
	Bounce           struct {
		BounceType        string            `json:"bounceType"`
		BouncedRecipients []noticeRecipient `json:"bouncedRecipients"`
	} `json:"bounce"`
	Delivery struct {
		Recipients []string `json:"recipients"`
	} `json:"delivery"`
	Mail struct {
		MessageID     string `json:"messageId"` // the service's own
		CommonHeaders struct {
			MessageID string `json:"messageId"`
		} `json:"commonHeaders"`
		Headers []struct {
			Name  string `json:"name"`
			Value string `json:"value"`
		} `json:"headers"`
	} `json:"mail"`
}

// noticeRecipient is one recipient of a notice.
type noticeRecipient struct {
	EmailAddress   string `json:"emailAddress"`
	Action         string `json:"action"`
	Status         string `json:"status"`
	DiagnosticCode string `json:"diagnosticCode"`
}

// readNotice reads such a text; nil when it is none.
func readNotice(text string) *notice {
	const longest = 512 << 10 // bytes; a mail through the service has at most 256 KiB
	if !strings.HasPrefix(text, "{") || len(text) > longest || !strings.Contains(text, "otificationType") && !strings.Contains(text, "eventType") {
		return nil
	}
	// Long lines are folded on the way, also within strings.
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\n ", ""), "\n", "")
	n := decodeNotice(text)
	if n != nil && n.Message != "" {
		n = decodeNotice(n.Message)
	}
	if n == nil || n.kind() == "" {
		return nil
	}
	return n
}

// decodeNotice reads the first JSON value of s.
func decodeNotice(s string) *notice {
	n := &notice{}
	if json.NewDecoder(strings.NewReader(s)).Decode(n) != nil {
		return nil
	}
	return n
}

// kind is what the notice tells: bounce, complaint, delivery or another event.
func (n *notice) kind() string {
	if n.NotificationType != "" {
		return strings.ToLower(n.NotificationType)
	}
	return strings.ToLower(n.EventType)
}

// judge decides what kind of mail holds the notice.
func (n *notice) judge(c *classifier) bool {
	reason := "notification of type " + short(n.kind())
	switch n.kind() {
	case "bounce", "delivery":
		c.mail.Bounce = n.info()
		return c.is(Bounce, reason)
	case "complaint":
		return c.is(Report, reason)
	}
	return c.is(AutoReply, reason)
}

// info is what a notice says about a mail's recipients.
func (n *notice) info() *BounceInfo {
	b := &BounceInfo{}
	ids := []string{n.Mail.CommonHeaders.MessageID}
	for _, h := range n.Mail.Headers {
		if strings.EqualFold(h.Name, "Message-ID") {
			ids = append(ids, h.Value)
		}
	}
	for _, id := range ids {
		if found := threading.ScanIDs(capped(id)); len(found) > 0 {
			b.OriginalMessageID = found[0]
			break
		}
	}
	for _, to := range n.Bounce.BouncedRecipients[:min(len(n.Bounce.BouncedRecipients), maxBounceRecipients)] {
		r := BounceRecipient{
			Address: typedAddress(to.EmailAddress), Action: keyword(unfold(to.Action)), Status: statusCode(to.Status),
			Diagnostic: capped(afterType(unfold(to.DiagnosticCode))),
		}
		if r.Action == "" {
			r.Action = "failed"
		}
		if r.Status == "" {
			r.Status = failureStatus(r.Diagnostic)
		}
		r.Permanent = permanent(r) && !strings.EqualFold(n.Bounce.BounceType, "Transient")
		b.Recipients = append(b.Recipients, r)
	}
	for _, to := range n.Delivery.Recipients[:min(len(n.Delivery.Recipients), maxBounceRecipients)] {
		b.Recipients = append(b.Recipients, BounceRecipient{Address: typedAddress(to), Action: "delivered"})
	}
	return b
}
