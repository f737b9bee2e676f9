"""Stand-ins for a machine without the outside world: processes of their own, for trying things.

Nothing else in the studio imports this package; it uses the standard library and Jinja only.
"""
