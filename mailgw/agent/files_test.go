package agent

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"supportgw/mailgw/letter"
)

func TestFiles(t *testing.T) {
	notice := "Message-ID: <" + agentToken + "@example.com>\r\nReply-To: support+" + agentToken + "@example.com\r\n\r\nAnswer due"
	wide := strings.Join(strings.Split("support+"+agentToken+"@example.com", ""), "\x00")
	tests := []struct {
		name  string
		files []letter.File
		kept  []string
		alone bool
	}{
		{"none", nil, nil, false},
		{"a file", []letter.File{{Name: "a.pdf", Type: "application/pdf"}}, []string{"a.pdf"}, true},
		{"a picture that was attached", []letter.File{{Name: "a.png", Type: "image/png"}}, []string{"a.png"}, true},
		{"a picture in the text", []letter.File{{Name: "image001.png", Type: "image/png", Inline: true}}, []string{"image001.png"}, false},
		{"a document marked inline", []letter.File{{Name: "a.pdf", Type: "application/pdf", Inline: true}}, []string{"a.pdf"}, true},
		{"a visiting card", []letter.File{{Name: "anna.vcf", Type: "text/vcard; charset=utf-8"}, {Name: "Anna.VCF", Type: "application/octet-stream"}}, nil, false},
		{"the notice", []letter.File{{Type: "message/rfc822", Bytes: []byte(notice)}}, nil, false},
		{"the notice as a file", []letter.File{{Name: "notice.EML", Type: "application/octet-stream", Bytes: []byte(notice)}}, nil, false},
		{"the notice as Outlook keeps it", []letter.File{{Name: "notice.msg", Type: "application/vnd.ms-outlook", Bytes: []byte(wide)}}, nil, false},
		{"a mail to the agent", []letter.File{{Type: "message/rfc822", Bytes: []byte("To: anna@example.com\n\nx")}}, nil, false},
		{"another mail", []letter.File{{Name: "b.eml", Type: "message/rfc822", Bytes: []byte("To: support@example.com\n\nx")}}, []string{"b.eml"}, true},
		{"a log is not read", []letter.File{{Name: "mail.log", Type: "text/plain", Bytes: []byte(notice)}}, []string{"mail.log"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, alone := Files(tt.files, context())
			var names []string
			for _, f := range got {
				names = append(names, f.Name)
			}
			if diff := cmp.Diff(tt.kept, names); diff != "" || alone != tt.alone {
				t.Errorf("alone %v, %s", alone, diff)
			}
		})
	}
}
