package rules

// Days lists days of the week, "mon" to "sun", and runs of them like "mon-fri".
type Days []string

// Spans lists spans of the day, like "08:00-12:30".
type Spans []string
