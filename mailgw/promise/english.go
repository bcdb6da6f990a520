package promise

// english is spoken where a language is not known too.
func english() language {
	return language{
		today:    "by {time} today, {weekday} {date} ({zone})",
		tomorrow: "by {time} tomorrow, {weekday} {date} ({zone})",
		later:    "by {time} on {weekday}, {date} ({zone})",
		date:     "{day} {month}",
		year:     " {year}",
		weekdays: [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		months: [12]string{"January", "February", "March", "April", "May", "June",
			"July", "August", "September", "October", "November", "December"},
	}
}
