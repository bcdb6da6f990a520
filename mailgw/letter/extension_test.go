package letter

import (
	"regexp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestExtension(t *testing.T) {
	const docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
	for _, c := range []struct{ name, media, content, want string }{
		{"PDF", "application/pdf", "%PDF-1.7\n", ".pdf"},
		{"PDF of no type", "application/octet-stream", "%PDF-1.7\n", ".pdf"},
		{"PDF that says it is HTML", "text/html", "%PDF-1.7\n", ".pdf"},
		{"HTML that says it is PDF", "application/pdf", "<html>", ".bin"},
		{"program that says it is PDF", "application/pdf", "MZ\x90\x00", ".bin"},
		{"picture", "image/png", "\x89PNG\r\n\x1a\n\x00", ".png"},
		{"picture of another type", "image/png", "\xff\xd8\xff\xe0", ".jpg"},
		{"moving picture", "image/webp", "RIFF\x00\x00\x00\x00WEBPVP8 ", ".webp"},
		{"photo", "image/heic", "\x00\x00\x00\x18ftypmif1", ".heic"},
		{"bitmap", "image/bmp", "BM\x00\x00", ".bmp"},
		{"no bitmap", "application/octet-stream", "BMW", ".bin"},
		{"document", docx, "PK\x03\x04", ".docx"},
		{"archive", "application/octet-stream", "PK\x03\x04", ".zip"},
		{"macros", "application/vnd.ms-word.document.macroenabled.12", "PK\x03\x04", ".zip"},
		{"program in an archive", "application/java-archive", "PK\x03\x04", ".bin"},
		{"no document", docx, "hello", ".bin"},
		{"old document", "application/msword", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".doc"},
		{"installer", "application/x-msi", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".bin"},
		{"text", "text/plain", "hello", ".txt"},
		{"empty text", "text/plain", "", ".txt"},
		{"table", "text/csv", "a;b\n", ".csv"},
		{"mail", "message/rfc822", "Subject: x\r\n\r\nx", ".eml"},
		{"HTML", "text/html", "<p>hello", ".bin"},
		{"HTML that says it is text", "text/plain", "\ufeff <!DOCTYPE html>", ".bin"},
		{"HTML behind words", "text/plain", "hello <ScRiPt>x", ".bin"},
		{"drawing", "image/svg+xml", "<svg onload=x>", ".bin"},
		{"drawing that says it is a picture", "image/png", "<svg onload=x>", ".bin"},
		{"script", "text/plain", "#!/bin/sh\n", ".bin"},
		{"script of a type", "application/x-sh", "echo", ".bin"},
		{"batch", "text/plain", "@ECHO off", ".bin"},
		{"JavaScript", "text/javascript", "alert(1)", ".bin"},
		{"program", "application/x-msdownload", "MZ\x00", ".bin"},
		{"program that says it is text", "text/plain", "MZ words", ".bin"},
		{"Linux program", "application/octet-stream", "\x7fELF", ".bin"},
		{"text with NUL", "text/plain", "a\x00b", ".bin"},
		{"nothing", "", "", ".bin"},
	} {
		if got := Extension(c.media, []byte(c.content)); got != c.want {
			t.Errorf("%s: %q, must be %q", c.name, got, c.want)
		}
	}
}

// Whatever type and content are, the ending is one of ours.
func TestExtensionIsOurs(t *testing.T) {
	plain := regexp.MustCompile(`^\.[a-z0-9]{2,4}x?$`)
	dangerous := []string{".html", ".htm", ".svg", ".exe", ".js", ".sh", ".bat", ".cmd", ".com", ".scr", ".lnk", ".msi", ".jar", ".hta", ".vbs", ".ps1", ".docm", ".php", ".xml"}
	rapid.Check(t, func(t *rapid.T) {
		media := rapid.OneOf(rapid.SampledFrom([]string{"text/html", "text/plain", "image/svg+xml", "application/x-msdownload", "application/hta", "text/csv/../../.exe", "application/pdf"}), rapid.String()).Draw(t, "media")
		content := rapid.SliceOf(rapid.Byte()).Draw(t, "content")
		if got := Extension(media, content); !plain.MatchString(got) || slices.Contains(dangerous, got) {
			t.Errorf("%q of %q", got, media)
		}
	})
	for _, k := range knownContents {
		for _, ext := range append([]typeExtension{{"", k.ext}}, k.types...) {
			if !plain.MatchString(ext.ext) || slices.Contains(dangerous, ext.ext) {
				t.Errorf("the table has %q", ext.ext)
			}
		}
	}
}
