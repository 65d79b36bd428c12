"""What things look like in answers, seen through a request's lens."""
