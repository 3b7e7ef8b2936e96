"""Message batches: their requests are answered when they are created, and their progress follows the clock."""
