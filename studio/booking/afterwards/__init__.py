"""After the session: the pictures, a review, and a word when it is time for new ones."""
