"""The terminal front end: verbs and their options, what they print, signals and completion."""
