"""The HTTPS panel: pages for people, an API for programs, one service layer under both.

serve        sockets, certificate, uvicorn: a running panel
application  the ASGI application, put together
panel        what one running panel consists of; every request gets it
access       who may come in: Host and Origin, set-up, login, sessions, API tokens
live         the worker's word, rendered once per change and sent to every open page
views        what a page shows, as plain values
forms        what a person typed, field by field, and what was wrong with it
pages, api   the routes
"""
