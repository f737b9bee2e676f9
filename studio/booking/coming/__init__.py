"""Whether a client comes, and when: asked before the session, told on its day."""
