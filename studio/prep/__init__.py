"""Prep guides, tracks and checklists, per session type."""
