"""The Simulation page: the lab's own page in the panel of the router that it simulates.

The only part of the lab that uses the router's code: it adds one page to the router's panel (`app.web.extension`).
"""
