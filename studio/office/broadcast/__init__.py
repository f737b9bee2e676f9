"""One message to all sessions of a day or a selection: chosen, looked at, sent."""
