"""The forms in which others keep recorded exchanges: each a row of ``table.FORMATS``, told by its content."""
