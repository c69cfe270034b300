"""The HTTPS panel: pages for people, an API for programs, one service layer under both.

From the top; each room imports only what is below it (pyproject.toml holds the contract):

__main__     the process: certificate, sockets, panel, application and server put together
application  the ASGI application: every router, and what stands before them
pages, api   the routes, and how errors are answered
live         the live parts of pages, rendered once per change and sent to every open page
access       what every request passes first; who may call a route; how long a change waits to be confirmed
panel        what one running panel consists of; every request gets it
protection   login back-off, the queue for password hashes, WAN exposure
rendering    templates and static files
links        the subscription to the worker
forms        what a person typed, field by field, and what was wrong with it
views        what a page shows, as plain values
transport    sockets, TLS and certificates, connection limits
"""
