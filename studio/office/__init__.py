"""The office: Today, calendar, sessions, prep centre. Composes what the features know."""
