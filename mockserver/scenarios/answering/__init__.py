"""What a scenario answers: its form, its placeholders, the answer made of both."""
