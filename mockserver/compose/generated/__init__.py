"""The parts of a generated reply: its language, sentences, thoughts, tool calls, JSON values and citations."""
