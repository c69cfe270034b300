"""Programs that run inside the lab's machines, each as a process of its own (`python -m lab.inside.NAME`).

They know nothing of namespaces: they are started inside one.
"""
