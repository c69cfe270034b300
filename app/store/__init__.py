"""The two SQLite files.

config.db is read and written revision by revision with plain sqlite3 (reader.py, writer.py), state.db by the worker
(state.py, history.py): neither worker nor console loads an ORM. rows.py describes config.db's tables for migrations.
"""
