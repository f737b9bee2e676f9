"""The sheet of a day, mailed to everybody who works on it the evening before."""

TEMPLATE = "day_sheet"
