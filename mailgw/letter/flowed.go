package letter

import "strings"

// flowedText joins the lines of a text whose paragraphs flow (RFC 3676): a line
// that ends with a space goes on in the next one of the same quote depth. With
// delsp that space is none of the text's, as in scripts that write no spaces.
func flowedText(s string, delsp bool) string {
	if !strings.Contains(s, " \n") && !strings.Contains(s, "\n ") && !strings.HasPrefix(s, " ") {
		return s
	}
	var out strings.Builder
	out.Grow(len(s))
	flows, before := false, 0
	for s != "" {
		line, rest, ended := strings.Cut(s, "\n")
		s = rest
		depth := 0
		for depth < len(line) && line[depth] == '>' {
			depth++
		}
		// RFC 3676 §4.4: one space in front is stuffing.
		text := strings.TrimPrefix(line[depth:], " ")
		// RFC 3676 §4.3: the line above a signature never flows.
		sig := text == "-- "
		if !flows || sig || depth != before {
			if flows {
				out.WriteByte('\n')
			}
			out.WriteString(line[:depth])
			if depth > 0 && text != "" {
				out.WriteByte(' ')
			}
		}
		flows = ended && !sig && strings.HasSuffix(text, " ")
		if before = depth; flows && delsp {
			text = text[:len(text)-1]
		}
		out.WriteString(text)
		if ended && !flows {
			out.WriteByte('\n')
		}
	}
	return out.String()
}

// enrichedText reads text/enriched (RFC 1896) and its forerunner text/richtext
// (RFC 1341 §7.1.3): commands in angle brackets are left out.
func enrichedText(s string) string {
	var out strings.Builder
	out.Grow(len(s))
	quiet, plain, lines := 0, 0, 0
	put := func(v string) {
		if quiet > 0 {
			return
		}
		// RFC 1896: one line end is a space, each further one is an empty line's.
		switch {
		case lines == 1 && plain == 0:
			out.WriteByte(' ')
		case plain == 0:
			out.WriteString(strings.Repeat("\n", max(0, lines-1)))
		default:
			out.WriteString(strings.Repeat("\n", lines))
		}
		lines = 0
		out.WriteString(v)
	}
	for s != "" {
		i := strings.IndexAny(s, "<\n")
		if i < 0 {
			put(s)
			break
		}
		if i > 0 {
			put(s[:i])
		}
		switch s = s[i:]; {
		case s[0] == '\n':
			lines++
			s = s[1:]
		case strings.HasPrefix(s, "<<"):
			put("<")
			s = s[2:]
		default:
			const longest = 70 // a command has up to 60 characters
			end := strings.IndexByte(s[:min(len(s), longest)], '>')
			if end < 0 {
				put("<")
				s = s[1:]
				continue
			}
			switch strings.ToLower(s[1:end]) {
			case "param", "comment":
				quiet++
			case "/param", "/comment":
				quiet = max(0, quiet-1)
			case "nofill":
				put("")
				plain++
			case "/nofill":
				put("")
				plain = max(0, plain-1)
			case "lt":
				put("<")
			case "nl", "np", "paragraph", "/paragraph":
				put("\n")
			}
			s = s[end+1:]
		}
	}
	put("")
	return out.String()
}
