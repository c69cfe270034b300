"""Events: what the worker saw and what people did. `kinds` holds one class per kind, `event` what all kinds share.

A new kind is a class in `kinds` and the place that raises it. Everything else is derived from the class: the filter by
topic, icons and colors, the level in the log, the fields of the journal, rows and documents.
"""

from app.model.events import kinds as kinds  # so that every kind is registered, whichever module is imported
