package search

import (
	"strconv"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/document"
	index "github.com/blevesearch/bleve_index_api"
)

// Document is what the index knows of one ticket.
type Document struct {
	// Ticket is its number.
	Ticket uint64
	// Stamp changes whenever the ticket does; see [Index.Stamps].
	Stamp uint64
	// Desk is the name of the desk that has it.
	Desk string
	// Status is where it stands in its life.
	Status string
	// Subject is its subject, whose words count more.
	Subject string
	// Words is everything else by which it is found: who wrote, for which company, and what.
	Words string
	// Matter is what it was about, in its customer's words, when its solution may help
	// others; "" when it has none.
	Matter string
}

// The fields of a document.
const (
	fieldWords   = "w"
	fieldSubject = "s"
	fieldMatter  = "m"
	fieldDesk    = "d"
	fieldStatus  = "l"
	fieldStamp   = "v"
)

// made is the document as the index takes it.
func (d *Document) made() *document.Document {
	doc := document.NewDocument(strconv.FormatUint(d.Ticket, 10))
	text := func(field, value string) {
		if value != "" {
			doc.AddField(document.NewTextFieldCustom(field, nil, []byte(value), index.IndexField, stems{}))
		}
	}
	name := func(field, value string, more index.FieldIndexingOptions) {
		doc.AddField(document.NewTextFieldCustom(field, nil, []byte(value), index.IndexField|index.SkipFreqNorm|more, nil))
	}
	text(fieldWords, d.Subject+"\n"+d.Words)
	text(fieldSubject, d.Subject)
	text(fieldMatter, d.Matter)
	name(fieldDesk, d.Desk, 0)
	name(fieldStatus, d.Status, 0)
	name(fieldStamp, strconv.FormatUint(d.Stamp, 16), index.DocValues)
	return doc
}

// stems is the analysis of texts, as the index asks for it.
type stems struct{}

// Analyze splits a text into its stems.
func (stems) Analyze(text []byte) analysis.TokenStream {
	list := Stems(string(text))
	out := make(analysis.TokenStream, len(list))
	for i, s := range list {
		out[i] = &analysis.Token{Term: []byte(s), Position: i + 1, Type: analysis.AlphaNumeric}
	}
	return out
}
