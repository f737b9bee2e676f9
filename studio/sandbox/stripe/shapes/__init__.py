"""How new objects look in the pinned version of Stripe's API, for the parts the studio meets.

Fields that Stripe always sends are always here, empty where the stand-in has nothing to say.
"""
