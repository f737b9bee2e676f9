"""Where a client answers what their kind of session asks, and shows pictures to go by."""
