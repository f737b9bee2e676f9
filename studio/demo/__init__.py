"""The demo studio North Light as data, and its loader."""
