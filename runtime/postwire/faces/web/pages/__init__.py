"""What people see. Each module has its `ROUTES`."""
