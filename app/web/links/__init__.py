"""The panel's subscriptions to the worker and to the lab."""
