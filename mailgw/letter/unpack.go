package letter

import "strings"

// isTNEF tells the part in which Outlook hides what it sends to Outlook.
func isTNEF(media, name string) bool {
	return media == "application/ms-tnef" || media == "application/vnd.ms-tnef" || strings.EqualFold(name, "winmail.dat")
}

// tnef reads a winmail.dat: its files are the mail's, and its words are read where
// the mail has no others. done is false when nothing could be read of it.
func (w *walker) tnef(p part, media string) (blocks []block, done bool) {
	body := w.decode(p)
	content, ok := readTNEF(body, max(0, w.lim.Parts-w.parts), 0)
	if !ok || len(content.files) == 0 && content.text == "" && content.html == "" {
		if !ok {
			w.note("winmail.dat is not readable: kept as it is")
		}
		w.decoded -= int64(len(body)) // it will be decoded once more
		return nil, false
	}
	// A message in the message is written anew, which makes it longer.
	free := len(body)
	for i, f := range content.files {
		free -= len(f.Bytes)
		if w.decoded-int64(min(free, 0)) > w.lim.DecodedBytes {
			w.note("too much to decode: the rest was left out")
			content.files = content.files[:i]
			break
		}
	}
	w.decoded -= int64(min(free, 0))
	w.parts += len(content.files)
	if w.files != nil {
		w.files.add(content.files)
		return nil, true
	}
	w.sum.data(body)
	w.sum.end()
	w.list(content.files)
	if len(content.files) == 0 {
		w.attach(cleanFileName(p.fileName(w.topCharset)), media, body, true)
	}
	switch {
	case content.text != "":
		blocks = []block{{plain: content.text, named: true}}
	case content.html != "":
		blocks = []block{{html: content.html, named: true, isHTML: true}}
	}
	return blocks, true
}

// uuencoded takes the uuencoded files out of a text.
func (w *walker) uuencoded(body []byte) []byte {
	rest, files := takeUU(body, max(0, w.lim.Parts-w.parts))
	w.parts += len(files)
	if w.files != nil {
		w.files.add(files)
	} else {
		w.list(files)
	}
	return rest
}

// list names files that are no parts of their own as attachments.
func (w *walker) list(files []File) {
	for _, f := range files {
		media, _, _ := strings.Cut(f.Type, ";")
		w.attach(cleanFileName(f.Name), media, f.Bytes, true)
	}
}

// add keeps files that were taken out of a part.
func (c *collector) add(files []File) {
	for _, f := range files {
		f.Name, f.Bytes = cleanFileName(f.Name), append([]byte{}, f.Bytes...)
		c.files = append(c.files, f)
	}
}
