"""The panel's subscriptions to the worker and to other programs."""
