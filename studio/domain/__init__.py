"""The studio's rules as plain values.

Imports the standard library only, asks no clock and opens nothing.
"""
