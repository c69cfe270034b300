"""The panel's subscriptions to the worker, and what every subscription does."""
