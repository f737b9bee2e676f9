"""Photographers' own calendars elsewhere: they only ever take availability away."""
