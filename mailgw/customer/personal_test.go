package customer

import (
	"slices"
	"testing"

	"supportgw/mailgw/ticket"
)

// TestAuthorOrCompany: what is the author's own name, or somebody else's company, is
// not the author's company.
func TestAuthorOrCompany(t *testing.T) {
	d, problems := New([]Customer{
		{Name: "Weber GmbH"}, {Name: "Lindner Group AG"}, {Name: "Lindner Services AG"}, {Name: "The Paper Company Ltd"}, {Name: "Globex Ltd"}, {Name: "Initech Inc."}, {Name: "Element A/S"},
	}, nil)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, c := range []struct {
		name string
		said Said
		want string
		near []string
	}{
		{"a family name", Said{Display: "Eva Weber", Signature: "Eva\nWeber\nBern"}, "", []string{"Weber GmbH"}},
		{"a family name behind an initial", Said{Display: "buero", Signature: "E. Weber"}, "", []string{"Weber GmbH"}},
		{"a company behind a name with an initial", Said{Display: "Eva K.", Signature: "Eva K., Weber"}, "Weber GmbH", nil},
		{"a family name below a sign-off", Said{Display: "buero", Words: "Es geht nicht.\nMfG\nWeber"}, "", []string{"Weber GmbH"}},
		{"a company below a name", Said{Display: "Eva Kurz", Words: "Es geht nicht.\nMfG\nEva Kurz\nWeber"}, "Weber GmbH", nil},
		{"a family name and its legal form", Said{Display: "Eva Weber", Signature: "Eva Weber\nWeber GmbH"}, "Weber GmbH", nil},
		{"a signature below the author's name, ended by a sentence", Said{Display: "Eva Kurz", Words: "Es geht nicht.\n\nDr. Eva Kurz\nGlobex Ltd\nWe are not connected with Initech Inc. or any of its many subsidiaries."}, "Globex Ltd", nil},
		{"a signature in one line", Said{Display: "Eva", Words: "Es geht nicht.\nE. Kurz | Head of Anything | Globex Ltd | 8000 Bern | +41 1 234 56 78"}, "Globex Ltd", nil},
		{"passed on", Said{Display: "Eva Kurz", Words: "See below.", Passed: "Hello,\nit is down.\nBob\nGlobex Ltd"}, "", []string{"Globex Ltd"}},
		{"signed, and another one passed on", Said{Display: "Eva Kurz", Words: "See below.\nEva Kurz\nInitech Inc.", Passed: "Hello,\nBob\nGlobex Ltd"}, "Initech Inc.", nil},
		{"passed on by whom nobody knows", Said{Display: "Eva Kurz", Passed: "I work for Globex Ltd and it is down."}, "", []string{"Globex Ltd"}},
		{"a customer of the company", Said{Words: "Ich bin Kundin der Globex Ltd seit 2012."}, "", nil},
		{"customers of the company", Said{Words: "We are Globex customers and see nothing."}, "", []string{"Globex Ltd"}},
		{"customer service of the company", Said{Display: "Globex customer service"}, "Globex Ltd", nil},
		{"a noun that presents nobody", Said{Display: "Eva Kurz", Words: "Ich bin Brieffreundin von Globex."}, "", []string{"Globex Ltd"}},
		{"the author presents herself", Said{Display: "Eva Kurz", Words: "Hier ist Eva von Globex."}, "Globex Ltd", nil},
		{"the author's name and the company's", Said{Display: "Eva Kurz", Words: "Hello, Eva from Globex. It is down."}, "Globex Ltd", nil},
		{"somebody else's name and the company's", Said{Display: "Eva Kurz", Words: "Yesterday Bob from Globex called."}, "", []string{"Globex Ltd"}},
		{"we, the company", Said{Words: "Herewith we, Globex Ltd, cancel the contract."}, "Globex Ltd", nil},
		{"we, and no company behind it", Said{Words: "Herewith we return what Globex Ltd sent us."}, "", []string{"Globex Ltd"}},
		{"a word left out that tells sisters apart", Said{Display: "Lindner IT"}, "", []string{"Lindner Group AG", "Lindner Services AG"}},
		{"the word that tells sisters apart", Said{Display: "Lindner Group"}, "Lindner Group AG", nil},
		{"an article left out", Said{Display: "Paper Company"}, "The Paper Company Ltd", nil},
		{"an article left out, within other words", Said{Display: "our paper company printer"}, "", []string{"The Paper Company Ltd"}},
		{"a subject of one word", Said{Subject: "Element"}, "", []string{"Element A/S"}},
		{"a subject that begins with the name", Said{Subject: "Globex: no label"}, "Globex Ltd", nil},
		{"a subject that ends on the name", Said{Subject: "Decision makers at Globex Ltd"}, "", []string{"Globex Ltd"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			id := d.IdentifyMail("x@gmail.com", true, c.said)
			if id.Customer != c.want || !slices.Equal(id.Candidates, c.near) || (id.Confidence == ticket.Claimed) != (c.want != "") {
				t.Errorf("%+v", id)
			}
		})
	}
}
