"""The steps that bring an older vault to the present tables (Alembic); `database.py` runs them."""
