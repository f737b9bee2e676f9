"""Forgetting a client: who they were goes, what the books need stays."""
