package main

import "strings"

// table prints rows as they come, for a list may be long; so its widths are fixed.
type table struct {
	*app
	columns []column
	started bool
}

// column is one of a table. Its width is in columns of the terminal: numbers with
// a negative one stand at its right, and 0, for the last column, is not bounded.
type column struct {
	name  string
	width int
}

// row prints one row, and before the first one the names of the columns.
func (t *table) row(cells ...string) error {
	if err := t.head(); err != nil {
		return err
	}
	return t.print(cells)
}

func (t *table) head() error {
	if t.started {
		return nil
	}
	t.started = true
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return t.print(names)
}

func (t *table) print(cells []string) error {
	for i, c := range t.columns {
		switch {
		case c.width < 0:
			cells[i] = strings.Repeat(" ", max(0, -c.width-columns(cells[i]))) + cells[i]
		case c.width == 0:
			cells[i] = safe(cells[i])
		default:
			cells[i] = fit(cells[i], c.width)
		}
	}
	return t.printf("%s\n", strings.TrimRight(strings.Join(cells, "  "), " "))
}

// end is for the answer's end: an empty table has its names, too.
func (t *table) end(err error) error {
	if err != nil || t.json {
		return err
	}
	return t.head()
}
