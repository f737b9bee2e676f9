"""What a kind of session asks its clients, in versions, and what each of them has answered.

A client who has begun keeps to the version they began, so that no answer loses its question.
"""
