package letter

import (
	"bytes"
	"strings"
)

// Extension returns the ending, with its dot, under which a file of a media type
// (lower case, without parameters) is written to a disk: one of few, that no system
// starts or shows as a page when it is opened. The content decides, and the type
// only among what the content may be; ".bin" is all the rest, among it HTML, SVG,
// scripts and programs, whatever they are called.
func Extension(media string, content []byte) string {
	for _, k := range knownContents {
		if !k.matches(content) {
			continue
		}
		for _, t := range k.types {
			if t.media == media {
				return t.ext
			}
		}
		return k.ext
	}
	if ext := textTypes[media]; ext != "" && isHarmlessText(content) {
		return ext
	}
	return noExtension
}

// noExtension is the ending of what is not known.
const noExtension = ".bin"

// typeExtension is the ending of a media type.
type typeExtension struct{ media, ext string }

// knownContent is how a sort of files begins.
type knownContent struct {
	begins string
	at     int    // where that stands
	ext    string // when the type says nothing more
	types  []typeExtension
}

func (k *knownContent) matches(content []byte) bool {
	return len(content) >= k.at && bytes.HasPrefix(content[k.at:], []byte(k.begins))
}

var knownContents = [...]knownContent{
	{begins: "%PDF-", ext: ".pdf"},
	{begins: "\x89PNG\r\n\x1a\n", ext: ".png"},
	{begins: "\xff\xd8\xff", ext: ".jpg"},
	{begins: "GIF87a", ext: ".gif"},
	{begins: "GIF89a", ext: ".gif"},
	{begins: "WEBP", at: 8, ext: ".webp"},
	{begins: "WAVE", at: 8, ext: ".wav"},
	{begins: "BM", ext: noExtension, types: []typeExtension{{"image/bmp", ".bmp"}, {"image/x-ms-bmp", ".bmp"}}},
	{begins: "II*\x00", ext: ".tiff"},
	{begins: "MM\x00*", ext: ".tiff"},
	{begins: "ftypheic", at: 4, ext: ".heic"},
	{begins: "ftyp", at: 4, ext: ".mp4", types: []typeExtension{{"video/quicktime", ".mov"}, {"audio/mp4", ".m4a"}, {"image/heic", ".heic"}}},
	{begins: "OggS", ext: ".ogg"},
	{begins: "ID3", ext: ".mp3"},
	{begins: "\x1f\x8b", ext: ".gz"},
	{begins: "7z\xbc\xaf\x27\x1c", ext: ".7z"},
	{begins: "PK\x03\x04", ext: ".zip", types: []typeExtension{
		{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx"},
		{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx"},
		{"application/vnd.openxmlformats-officedocument.presentationml.presentation", ".pptx"},
		{"application/vnd.oasis.opendocument.text", ".odt"},
		{"application/vnd.oasis.opendocument.spreadsheet", ".ods"},
		{"application/vnd.oasis.opendocument.presentation", ".odp"},
		{"application/java-archive", noExtension},
		{"application/vnd.android.package-archive", noExtension},
	}},
	// An old document of Office, an installer, or a mail of Outlook.
	{begins: "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ext: noExtension, types: []typeExtension{
		{"application/msword", ".doc"}, {"application/vnd.ms-excel", ".xls"}, {"application/vnd.ms-powerpoint", ".ppt"}, {"application/vnd.ms-outlook", ".msg"},
	}},
	{begins: `{\rtf`, ext: ".rtf"},
}

// textTypes are the endings of texts.
var textTypes = map[string]string{
	"text/plain": ".txt", "text/csv": ".csv", "text/tab-separated-values": ".tsv", "text/calendar": ".ics", "text/vcard": ".vcf", "text/x-vcard": ".vcf",
	"text/x-log": ".txt", "text/markdown": ".txt", "application/json": ".json", "message/rfc822": ".eml", "message/global": ".eml",
	"message/delivery-status": ".txt", "text/rfc822-headers": ".txt",
}

// isHarmlessText reports whether bytes are a text that no program runs or shows as
// a page: programs look at how a file begins.
func isHarmlessText(content []byte) bool {
	const far = 4 << 10
	head := bytes.TrimPrefix(content[:min(len(content), far)], []byte("\ufeff"))
	if bytes.IndexByte(head, 0) >= 0 || bytes.HasPrefix(head, []byte("MZ")) || bytes.HasPrefix(head, []byte("#!")) {
		return false
	}
	low := strings.ToLower(string(bytes.TrimSpace(head)))
	if strings.HasPrefix(low, "<") || strings.HasPrefix(low, "@echo") {
		return false
	}
	for _, tag := range []string{"<!doctype", "<html", "<script", "<svg", "<?php", "<?xml", "<body", "<iframe"} {
		if strings.Contains(low, tag) {
			return false
		}
	}
	return true
}
