"""Shared by every page: errors, guards, headers, filters. Knows no feature."""
