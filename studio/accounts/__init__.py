"""People who sign in: owner, manager, photographer and prep staff, and what each may do.

Promises that a route for staff is opened by nobody else, and that signing out ends it. Uses the
database and the pages' guards; knows no other feature.
"""
