"""The domain: frozen dataclasses that validate forms, the API, database rows and exports alike.

Nothing here uses a clock, a file or a socket. Every type refuses impossible values, with the field's name.
"""
