"""Where features meet: hold, confirm, settle, cancel, and the client's own pages."""
