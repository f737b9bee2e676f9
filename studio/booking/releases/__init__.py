"""Who is photographed, and how far the studio may show their pictures.

A release is separate from the contract: nobody has to give one, nothing is ticked beforehand, and
whoever gave one may take it back.
"""
