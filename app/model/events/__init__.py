"""Events: what the worker observed and what users did. `kinds` has one class per kind, `event` the common part.

A new kind is a class in `kinds` and the code that raises it. Everything else derives from the class: the filter by
topic, icons and colors, the log level, journal fields, rows and API documents.
"""

from app.model.events import kinds as kinds  # so that every kind is registered, whichever module is imported
