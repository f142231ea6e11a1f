"""The schema's history. Each revision is one script in `versions/`, for both engines.

A new one: change `storage/models.py`, write the next script by hand (explicit operations, no
import of the models, `op.batch_alter_table` where SQLite cannot alter) and add its id here.
"""

# Oldest first. Known without Alembic, so that opening a database stays fast; a test compares.
REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0007")
