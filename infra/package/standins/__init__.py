"""What stands in the Lambda's zip for modules that are imported there and hardly used.

Connexion and Starlette import for every feature that they have, and most of a cold start is that.
"""
