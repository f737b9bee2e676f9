"""Session types, packages and add-ons, and the guided choice between them."""
