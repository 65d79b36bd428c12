"""Publishing that nothing interrupts: the journal, looking after lost answers, durable runs, schedules.

Nothing here is loaded before it is used: a plain run needs no database.
"""
