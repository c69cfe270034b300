"""The one way configuration changes: validate, copy the head into the next revision, wake the worker."""
