"""The domain, once: frozen dataclasses that validate a form, the API, a database row and an export alike.

Nothing here knows a clock, a file or a socket. Every type refuses what cannot be, with the field's name.
"""
