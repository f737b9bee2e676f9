"""What we book, as a calendar that a photographer's own calendar subscribes to."""
