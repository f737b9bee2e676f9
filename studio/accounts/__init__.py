"""People who sign in: owner, manager, photographer and prep staff, and what each may do."""
